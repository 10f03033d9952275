"""Wordings of single providers and products that the general rows would miss or misread. They are looked up first."""

from __future__ import annotations

from dataclasses import replace

from bounced.classify.phrases.phrase import Phrase, Rank, rows

MICROSOFT = ("outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.de", "outlook.fr", "hotmail.fr")
GOOGLE = ("google.com", "gmail.com", "googlemail.com")
YAHOO = ("yahoodns.net", "yahoo.com", "aol.com", "ymail.com", "rocketmail.com", "aim.com")
TENCENT = ("qq.com", "foxmail.com")
NETEASE = ("163.com", "126.com", "yeah.net", "netease.com")
SPECTRUM = ("charter.net", "spectrum.net", "rr.com", "roadrunner.com", "twc.com")

_MICROSOFT_ROWS = (
    # Directory-based edge blocking says this of recipients that the directory doesn't list; elsewhere it is a rule.
    *rows("user_unknown", "recipient address rejected access denied", codes=("5.4.1",)),
    # The same with "All recipient addresses": some of them may exist.
    *rows("refused", "all recipient addresses rejected", codes=("5.4.1",)),
    # Hotmail since 2003 (550 alone, later 550 5.5.0): the mailbox does not exist.
    *rows("user_unknown", "requested action not taken mailbox unavailable", at=MICROSOFT),
    # The same, where only its number tells whose words these are.
    *rows("user_unknown", "mailbox unavailable (s2017"),
    # Exchange Online to itself and to others, with 5.1.351.
    *rows("user_unknown", "remote server returned unknown recipient or mailbox unavailable"),
    *rows(
        "reputation",
        """
        access denied, banned sending ip
        access denied, traffic not accepted from this ip
        access denied, banned sender
        access denied, bad outbound sender
        part of their network is on our block list
        """,
    ),
    *rows("authentication", "access denied, sending domain"),
    *rows("policy", "access denied, banned recipient"),
    *rows(
        "unreachable",
        """
        connection dropped due to socketerror
        connection dropped due to connectionreset
        connection dropped due to timedout
        """,
    ),
    *rows("policy", "access denied, bad inbound connector"),
    *rows("rate_limited", "server busy. please try again later from"),
    *rows("relay_denied", "tenantattribution"),
    # Codes of the SNDS that begin the text: "421 RP-001 …" is a rate, "550 SC-001 …" and the others a block.
    *rows("rate_limited", "rp 00", at=MICROSOFT),
    *rows("reputation", "sc 00\nou 00\ndy 00\nru 00", at=MICROSOFT),
    # Exchange since 2007: what its components are called is the same in every language.
    *rows("sender_rejected", "resolver.rst.notauthorized"),
    # A group or mailbox that is closed to the outside (5.7.124 to 5.7.136), as X.7.2 is in RFC 3463: no fault of the
    # address that wrote. "Set up to reject messages from outside its organization", says Microsoft's page of 5.7.133.
    *rows("policy", "resolver.rst.restricted\nresolver.rst.sendernotauth"),
    *rows("too_large", "resolver.rst.sendsizelimit\nresolver.rst.recipsizelimit\nresolver.rst.sizelimit"),
    *rows("mailbox_full", "storedrv.deliver; mailbox full\nstoredrv.deliver.exception quotaexceeded"),
    *rows("mailbox_disabled", "storedrv.deliver.exception accountdisabled"),
    *rows("content", "storedrv.deliver; corrupt message content"),
    *rows("mailbox_full", "storedrv.deliver", codes=("5.2.2", "4.2.2")),
    *rows("remote_error", "storedrv.deliver"),
)

_GOOGLE_ROWS = (
    # The page behind the link names the case: OverQuotaPerm and OverQuotaTemp come with 552 5.2.2 and 452 4.2.2.
    *rows("mailbox_full", "mail ?p=overquota\nthe email account that you tried to reach is over"),
    *rows("user_unknown", "mail ?p=nosuchuser"),
    *rows("user_unknown", "answer.py?answer=6596", codes=("5.1.1",)),  # until 2015, also for disabled accounts
    *rows("mailbox_disabled", "mail ?p=disableduser"),
    *rows("rate_limited", "mail ?p=receivingrate\nmail ?p=unsolicitedratelimiterror\nmail answer 6592"),
    *rows("rate_limited", "unusual rate of unsolicited mail"),
    # Since 2024, also of mail that is only "rate limited" for it: what bulk senders have to do.
    *rows("tls", "sent without tls\nsenders to use tls"),
    *rows("authentication", "because it is unauthenticated\nbecause the sender is unauthenticated"),
    *rows("authentication", "spf didn't pass\ndkim didn't pass\nauthenticate with spf\nauthenticate with dkim"),
    *rows("spam_content", "mail ?p=unsolicitedmessageerror\nlikely unsolicited mail", at=GOOGLE),
    # Google Groups in any language: the link is the same. The group does not exist, or does not take our posts.
    *rows("refused", "topic.py?topic=25838\ngroups.google.com support"),
    # Its own DNS errors, with status 4.0.0 although nothing is tried again.
    *rows("not_accepting", "returned null mx"),
    *rows("domain_unknown", "responded with code nxdomain"),
    # An attachment of a kind that Gmail never takes (552 5.7.0).
    *rows("policy", "mail ?p=blockedmessage\nmessage was blocked because its content presents a potential"),
)

_YAHOO_ROWS = (
    # Bracketed codes of postmaster.yahooinc.com: TS complaints and volume, BL lists, PH rules, RL rate.
    *rows("reputation", "[tss0\n[ipts0"),
    *rows("reputation", "[ts0\n[ts1\n[bl2", at=YAHOO),
    *rows("policy", "[ph0", at=YAHOO),
    *rows("rate_limited", "[rl0\nresources restricted", at=YAHOO),
    *rows("reputation", "temporarily deferred due to unexpected volume\ntemporarily deferred due to user complaints"),
    # "554 delivery error: dd …" until 2018.
    *rows("user_unknown", "delivery error dd this user doesn't have a\ndelivery error dd not a valid recipient"),
    *rows("mailbox_disabled", "this account has been disabled or discontinued"),
    # AOL's own postmaster mails: the subscriber's settings.
    *rows("policy", "not accepting mail with attachments\nare not accepting mail from", at=("aol.com",)),
)

_ASIAN_ROWS = (
    *rows("user_unknown", "mailbox unavailable or access denied", at=TENCENT),
    *rows("spam_content", "mail content denied", at=TENCENT),
    *rows("policy", "mail is rejected by recipients", at=TENCENT),
    *rows("sender_rejected", "domain may not exist or dns check failed", at=TENCENT),
    *rows("reputation", "suspected bounce attacks\nsuspected spam ip", at=TENCENT),
    # KDDI's au one net.
    *rows("domain_unknown", "remote domain doesnt exist"),
    # NetEase explains its codes on help.163.com; Coremail answers with them at its customers too.
    *rows("spam_content", "dt spm"),
    *rows("reputation", "hl rep\nhl mep\nhl ipb\nhl ihu\ndt rbl\nmi spb"),
    *rows("reputation", "ip in blacklist\nuser in blacklist", at=NETEASE),
    *rows("rate_limited", "hl icc\nhl ifc\nmi cel\nmi dmc\nmi ccl\nmi sfq\nrp qrc\nrp cel\nrp drc\nrp trl"),
    *rows("authentication", "mi spf\nmi nhd"),
    *rows("content", "mi imf\ndt sum\nmi stc"),
    *rows("too_large", "exceeded mailsize limit"),
    # Aliyun: "550 RCPT (a@b) dosn't exist".
    *rows("user_unknown", "rcpt @ dosn't exist"),
)

_EUROPEAN_ROWS = (
    # Orange and Wanadoo end the line with "OFR_416 [416]", La Poste with "LPN007_426", SFR and Free write it out.
    *rows("user_unknown", "ofr_416"),
    *rows("mailbox_full", "ofr_417"),
    *rows("spam_content", "ofr_506"),
    *rows("reputation", "ofr_999"),
    *rows("sender_rejected", "lpn007_405"),
    *rows("user_unknown", "lpn007_416"),
    *rows("mailbox_full", "lpn007_417"),
    *rows("mailbox_disabled", "lpn007_426"),
    *rows("reputation", "lpn027_503\nlpn007_503"),
    *rows("spam_content", "lpn007_506\nlpn007_510"),
    *rows("authentication", "lpn007_517"),
    *rows("policy", "lpn000_"),
    *rows("reputation", "too many spams from"),
    # GMX, web.de, mail.com: the code stands in the link to the explanation.
    *rows("user_unknown", "&c=mbun\n&i=recipient"),
    *rows("reputation", "&i=ip"),
    *rows("mailbox_full", "benutzer hat zuviele mails"),
    # Mail.ru.
    *rows("mailbox_disabled", "local mailbox @ is disabled", at=("mail.ru",)),
    *rows("rate_limited", "ratelimit exceeded for mailbox", at=("mail.ru",)),
)

_AMERICAN_ROWS = (
    # Charter, Time Warner, Spectrum: "AUP#In-1310" is the number of messages, other numbers other rules.
    *rows("rate_limited", "aup#in 1310\naup#i 1310\naup#limit"),
    *rows("policy", "aup#", at=SPECTRUM),
    *rows("reputation", "bl000000\nbl000001\nbl000010", at=("comcast.net",)),
    *rows("rate_limited", "rl000001\nrl000003", at=("comcast.net",)),
    *rows("reputation", "ipbl0\nipbl1\ncxbl", at=("cox.net",)),
    *rows("rate_limited", "cxthrt", at=("cox.net",)),
    # GoDaddy: "… has sent to too many recipients this hour. IB607".
    *rows("rate_limited", "ib504\nib605\nib606\nib607\nib609", at=("secureserver.net",)),
    *rows("reputation", "ib103\nib104\nib105\nib106\nib110", at=("secureserver.net",)),
    # Facebook: P1 no such user, P2 the user's own preferences.
    *rows("user_unknown", "rcp p1"),
    *rows("refused", "rcp p2"),
)

_PRODUCT_ROWS = (
    # Seen with 554 5.7.1 and 450 4.2.1.
    *rows("mailbox_disabled", "this mailbox is inactive and has been disabled"),
    # Symantec Email Security.cloud, of addresses that its customer has not registered.
    *rows("user_unknown", "542 @ rejected", at=("messagelabs.com",)),
    # Sophos Central Email, "SMTP error codes": the words beside the code are "Command rejected".
    *rows("authentication", "xgemail_0001\nxgemail_0002\nxgemail_0003"),
    *rows("reputation", "xgemail_0004\nxgemail_0005"),
    *rows("tls", "xgemail_0006"),
    *rows("sender_rejected", "xgemail_0008\nxgemail_0009"),
    *rows("relay_denied", "xgemail_0010"),
    *rows("user_unknown", "xgemail_0011"),
    *rows("too_large", "xgemail_0012"),
    *rows("rate_limited", "xgemail_0013\nxgemail_0014\nxgemail_0015"),
    # FortiMail names its filters: FortiSpamURL, FortiSpamATS.
    *rows("spam_content", "contains fortispam"),
    # SecuMail, of Hamburg.
    *rows("user_unknown", "denied by secumail valid address filter"),
    # Mimecast: its spam signatures come with the words "security policies".
    *rows("spam_content", "mcspamsignature"),
    *rows("policy", "email rejected due to security policies\nanti spoofing policy"),
    *rows("reputation", "proofpoint dynamic reputation\nipcheck.proofpoint.com"),
    *rows("spam_content", "prohibited virus or spam content"),
    # Cisco IronPort.
    *rows("reputation", "sending mta's poor reputation"),
    *rows("spam_content", "spam blocked psmtp"),
    *rows("authentication", "please turn on smtp authentication"),
    # Mailgun's own codes 605 to 607; SparkPost.
    *rows("suppressed_upstream", "not delivering to\nrecipient address was suppressed"),
    # Barracuda, of a recipient whose filter refused us.
    *rows("reputation", "one or more recipients @ blocked"),
    # Amazon SES in the sandbox and when an account is paused.
    *rows("sender_rejected", "the following identities failed the check"),
    *rows("policy", "sending paused for this account"),
    # NTT Docomo takes every recipient, and says this of those that filter us.
    *rows("refused", "unknown user @ (in reply to end of data", at=("docomo.ne.jp",)),
    # RFC 7505.
    *rows("not_accepting", "null mx\nnullmx"),
    # Amazon SES; the last rows are what its notifications say of themselves.
    *rows("suppressed_upstream", "amazon ses has suppressed sending\nhistory of returning as an invalid address"),
    *rows("user_unknown", "bounce permanent no email"),
    *rows("virus", "reject bad content"),
    # cPanel's Exim.
    *rows("domain_unknown", "account or domain may not exist, they may be blacklisted"),
    *rows("policy", "sending to from an address that has been blacklisted"),
)

PROVIDERS: tuple[Phrase, ...] = tuple(
    replace(row, rank=Rank.PROVIDER)
    for row in (
        *_MICROSOFT_ROWS,
        *_GOOGLE_ROWS,
        *_YAHOO_ROWS,
        *_ASIAN_ROWS,
        *_EUROPEAN_ROWS,
        *_AMERICAN_ROWS,
        *_PRODUCT_ROWS,
    )
)
