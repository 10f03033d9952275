"""What single providers and products mean by their codes, as their postmaster pages say."""

from __future__ import annotations

from bounced.classify.fixes.fix import Fix

_GMAIL_ERRORS = "https://support.google.com/a/answer/3726730"
_GMAIL_GUIDELINES = "https://support.google.com/a/answer/81126"
_EXCHANGE_CODES = (
    "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/"
    "non-delivery-reports-in-exchange-online"
)
_OUTLOOK_CODES = "https://sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx"
_YAHOO_CODES = "https://senders.yahooinc.com/smtp-error-codes/"
_APPLE = "https://support.apple.com/en-us/102322"
_COMCAST = "https://postmaster.comcast.net/smtp-error-codes.php"
_ORANGE = "https://postmaster.orange.fr/"
_QQ = "https://service.mail.qq.com/detail/122"
_NETEASE = "https://mail.163.com/help/help_spam_16.htm"

_GOOGLE_FIXES = (
    Fix(
        "Gmail 5.7.26",
        ("5.7.26", "4.7.26"),
        "the message passes neither SPF nor DKIM, or your DMARC policy forbids it",
        "publish SPF for the server that sends, sign with DKIM for the domain of the From header, and look at the "
        "DMARC reports for what is not aligned",
        _GMAIL_ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.27",
        ("5.7.27", "4.7.27"),
        "SPF did not pass for your envelope sender",
        "add the sending address to the SPF record of the envelope domain; at most ten DNS look-ups",
        _GMAIL_ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.30",
        ("5.7.30", "4.7.30"),
        "DKIM did not pass",
        "sign each message for the domain of the From header with a key of at least 1024 bits, after everything that "
        "changes it",
        _GMAIL_ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.40",
        ("5.7.40", "4.7.40"),
        "your domain has no DMARC record, or nothing that is aligned with it",
        'publish "v=DMARC1; p=none; rua=mailto:…" at _dmarc of the From domain, and sign with DKIM for it',
        _GMAIL_ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.32",
        ("5.7.32", "4.7.32"),
        "the From header's domain is aligned with neither SPF nor DKIM",
        "sign with DKIM for the domain of the From header itself, not only for that of the mailing service",
        _GMAIL_ERRORS,
        "google",
    ),
    Fix(
        "Gmail 5.7.25",
        ("5.7.25", "4.7.23", "4.7.25"),
        "the sending address has no reverse DNS that leads back to it",
        "have the owner of the address set a PTR record to the name of your server, and that name an A or AAAA record "
        "to the address",
        _GMAIL_GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail 5.7.29",
        ("5.7.29", "4.7.29"),
        "the message came without TLS",
        "turn on opportunistic TLS for outbound mail (Postfix: smtp_tls_security_level = may)",
        _GMAIL_GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail 5.7.28",
        ("5.7.28", "4.7.28", "unusual rate of unsolicited mail", "unsolicitedratelimiterror"),
        "too much of your mail is unwanted: from the address, the network or the domain",
        "slow down to what was accepted before, mail only whoever opened lately, and watch the spam rate in Postmaster "
        "Tools: below 0.1 percent, never 0.3",
        _GMAIL_GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail low reputation",
        ("very low reputation", "low reputation of the sending domain", "low reputation of the sending ip"),
        "Gmail's users mark your mail as spam",
        "stop mail to whoever did not open for months, send one-click unsubscribe (RFC 8058), ask nobody who did not "
        "confirm; it takes weeks",
        _GMAIL_GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail unsolicited",
        ("unsolicitedmessageerror", "likely unsolicited mail", "likely suspicious"),
        "the filter takes this message for spam",
        "compare it with one that got through: links, attachments, From name; test single parts with an account of "
        "your own",
        _GMAIL_GUIDELINES,
        "google",
    ),
    Fix(
        "Gmail ReceivingRate",
        ("receivingrate", "receiving mail too quickly", "receiving mail at a rate that"),
        "this mailbox gets more mail than Gmail lets in, not only yours",
        "send less to this one address; often it is an account that collects alerts",
        "https://support.google.com/mail/answer/6592",
        "google",
    ),
    Fix(
        "Gmail BlockedMessage",
        ("blockedmessage", "potential security issue"),
        "an attachment of a kind that Gmail never takes, or a link in it",
        "send a link to the file instead",
        "https://support.google.com/mail/answer/6590",
        "google",
    ),
    Fix(
        "Gmail RFC 5322",
        ("not rfc 5322 compliant", "rfc 5322 specifications", "invalidmessageformat", "messages missing a valid"),
        "a header is missing, malformed or there twice",
        "each message needs one From, one Date and one Message-ID, and nothing twice",
        "https://support.google.com/mail/?p=RfcMessageNonCompliant",
        "google",
    ),
    Fix(
        "Gmail relay limit",
        ("daily smtp relay", "smtp relay sending limit", "daily user sending"),
        "your Google Workspace account has sent as much as it may today",
        "spread the mailing over days, or use a sending service",
        "https://support.google.com/a/answer/166852",
        "google",
    ),
)

_MICROSOFT_FIXES = (
    Fix(
        "Outlook 5.7.515",
        ("5.7.515",),
        "you send more than 5,000 messages a day to outlook.com without passing SPF, DKIM and DMARC",
        "pass SPF and DKIM, and publish DMARC (at least p=none) that is aligned with one of them",
        "https://techcommunity.microsoft.com/blog/microsoftdefenderforoffice365blog/4399730",
    ),
    Fix(
        "Outlook S3140, S3150",
        ("s3140", "s3150", "as3140", "as3150", "part of their network is on our block list", "sc 001", "ou 001"),
        "your address, or your network, is on the blocklist of outlook.com",
        "register the address in SNDS and JMRP, then open a case with the sender support form, and answer its first "
        "refusal: a person reads that",
        _OUTLOOK_CODES,
    ),
    Fix(
        "Outlook S775, S3116",
        ("s775", "s774", "s776", "s777", "s3115", "s3116", "s3113", "s3114", "4.7.650", "4.7.651", "4.7.652", "rp 001"),
        "more connections or mail than the reputation of your address allows",
        "open fewer connections, send a new address's first mail slowly over weeks, watch SNDS",
        _OUTLOOK_CODES,
    ),
    Fix(
        "Microsoft 365 5.7.606 to 5.7.649",
        (*(f"5.7.{number}" for number in range(606, 650)), "banned sending ip"),
        "your address is on the blocklist of Microsoft 365",
        "remove it at sender.office.com (delist portal); it takes up to a day",
        "https://learn.microsoft.com/en-us/defender-office-365/use-the-delist-portal-to-remove-yourself-from-the-"
        "office-365-blocked-senders-lis",
    ),
    Fix(
        "Microsoft 365 5.7.511",
        ("5.7.511", "banned sender"),
        "your address is banned, and the delist portal will not lift it",
        "send the whole report to delist@microsoft.com, and say what was mended",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 5.7.512",
        ("5.7.512",),
        "the From header has no valid address, or more than one",
        "write one From header with one address of your own domain",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 5.7.509",
        ("5.7.509", "dmarc policy of reject"),
        "the message fails your own DMARC policy",
        "sign with DKIM for the From domain, or have the forwarder keep the message as it is",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 TERRL",
        ("terrl", "5.7.233", "5.7.232", "4.7.233"),
        "your own Microsoft 365 tenant has sent to as many external recipients as it may a day",
        "look at the report on the external recipient rate in the Exchange admin center; send bulk mail by a service "
        "for it (Azure Communication Services, or another)",
        "https://techcommunity.microsoft.com/blog/exchange/introducing-exchange-online-tenant-outbound-email-limits/"
        "4372797",
    ),
    Fix(
        "Microsoft 365 5.7.705",
        ("5.7.705", "5.7.708", "5.7.750", "tenant has exceeded threshold"),
        "your own tenant is restricted: new, on trial, or it sent spam or from domains that are not registered",
        "find the account or connector in Defender, register the domains, then ask Microsoft's support to lift it",
        _EXCHANGE_CODES,
    ),
    Fix(
        "Microsoft 365 5.1.8",
        ("5.1.8 access denied", "bad outbound sender"),
        "your own account is blocked, since it sent spam: probably it is hijacked",
        "secure it (password, sessions, rules), then unblock it under Restricted entities",
        "https://learn.microsoft.com/en-us/defender-office-365/outbound-spam-restore-restricted-users",
    ),
    Fix(
        "Microsoft 365 5.7.23",
        ("5.7.23", "violated sender policy framework"),
        "SPF failed",
        "add the sending address to the SPF record of the envelope domain",
        _EXCHANGE_CODES,
        "microsoft",
    ),
    Fix(
        "Exchange restricted recipient",
        ("resolver.rst.restricted", "resolver.rst.notauthorized", "resolver.rst.sendernotauthenticatedforgroup"),
        "the group or mailbox takes mail from members or from inside only",
        "nothing on your side: ask the recipient to allow outside senders, or use another address",
        "https://learn.microsoft.com/en-us/troubleshoot/exchange/email-delivery/ndr/fix-error-code-550-5-7-1-in-"
        "exchange-online",
    ),
    Fix(
        "Microsoft 365 server busy",
        ("as 77714950", "as77714950", "as 780090", "server busy please try again later from"),
        "your address sends more than usual, and has to show first that it is wanted",
        "send less at a time and let the server try again; raise the volume slowly",
        _EXCHANGE_CODES,
    ),
)

_YAHOO_FIXES = (
    Fix(
        "Yahoo TSS04, TS04",
        ("tss04", "tss02", "tss03", "ts02", "ts04", "unexpected volume"),
        "deferred: more mail than expected, or complaints",
        "send to whoever opened lately first, slow down, join the complaint feedback loop for your DKIM domain",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo TSS05 to TSS11",
        ("tss05", "tss06", "tss07", "tss08", "tss09", "tss10", "tss11", "ts01", "ts03", "ts11"),
        "refused for good: complaints, or mail that looks like spam",
        "stop, mend the list and the authentication, then open a case with the sender support form",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo PH01",
        ("ph01", "ph0"),
        "the message breaks a rule: phishing, a bad link or attachment",
        "look at every link and its domain; send from one domain, signed",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo BL21, BL23",
        ("bl21", "bl22", "bl23"),
        "your address is on a public blocklist that Yahoo asks",
        "look it up at check.spamhaus.org, and mend the cause there",
        _YAHOO_CODES,
    ),
    Fix(
        "Yahoo 5.7.9",
        ("5.7.9", "not accepted for policy reasons"),
        "the message fails DMARC: yours, or that of the domain in its From header",
        "sign with DKIM for the From domain; never send as an address at yahoo.com or aol.com",
        _YAHOO_CODES,
        "yahoo",
    ),
    Fix(
        "Yahoo RL",
        ("rl01", "rl02", "rl03", "resources restricted"),
        "too many connections or messages at a time",
        "fewer connections, fewer messages in each; try again later",
        _YAHOO_CODES,
        "yahoo",
    ),
    Fix(
        "Yahoo sender domain",
        ("unresolvable rfc.5321 from domain", "unresolvable rfc 5321 from domain"),
        "your envelope domain has no MX or A record",
        "publish an MX record for it; a bounce address must be able to get mail",
        _YAHOO_CODES,
    ),
)

_APPLE_FIXES = (
    Fix(
        "iCloud CS01, CS02",
        ("cs01", "cs02"),
        "the content filter (Proofpoint) takes the message for spam",
        "take out link shorteners and doubtful domains, sign with DKIM; then write to icloudadmin@apple.com with the "
        "whole reply",
        _APPLE,
    ),
    Fix(
        "iCloud HM07, HM08",
        ("hm07", "hm08"),
        "your domain or address has a poor reputation at iCloud",
        "mail only whoever opens; then write to icloudadmin@apple.com with the whole reply",
        _APPLE,
    ),
)

_GERMAN_FIXES = (
    Fix(
        "T-Online",
        ("tosa", "rx.t online.de", "tosa pool"),
        "T-Online does not know your server, or its address has a poor reputation",
        "reverse DNS to a name of your domain that has a web page with an imprint (contact data); then write to "
        "tosa@rx.t-online.de with the address",
        "https://postmaster.t-online.de/",
    ),
    Fix(
        "GMX, web.de rDNS",
        ("bad dns ptr resource record", "c rdns", "c hdns"),
        "the sending address has no reverse DNS, or a generic one",
        "set a PTR record to a name of your own domain that leads back to the address",
        "https://postmaster.gmx.net/en/error-messages",
    ),
    Fix(
        "GMX, web.de block",
        ("nemesis", "postmaster.gmx.net", "postmaster.web.de", "postmaster.1und1.de", "postmaster.mail.com"),
        "your address is listed at GMX and web.de, or sends too much",
        "open the page in the reply, which says why; use its contact form when the cause is mended",
        "https://postmaster.gmx.net/en/error-messages",
    ),
    Fix(
        "freenet",
        ("freenet.de", "postmaster.freenet.de"),
        "freenet's filter has refused your address",
        "check reverse DNS, SPF and blocklists, then write to its postmaster",
        "https://kundenservice.freenet.de/",
        "freenet.de",
    ),
)

_FRENCH_FIXES = (
    Fix(
        "Orange OFR",
        ("ofr", "ofr004", "ofr005", "ofr006", "ofr007", "ofr008", "too many connections slow down"),
        "Orange limits connections, or has refused your address for complaints",
        "at most two connections, slowly; code 506 and others that stay: the form on its postmaster site",
        _ORANGE,
        "orange",
    ),
    Fix(
        "La Poste LPN",
        ("lpn007", "lpn"),
        "La Poste has refused or deferred your server",
        "send slowly with few connections, pass SPF and DKIM; then write to its postmaster",
        "https://www.laposte.net/",
    ),
    Fix(
        "Free",
        ("too many spams from your ip", "postmaster.free.fr"),
        "Free counted too much spam from your address",
        "stop the source; open the page in the reply and unblock the address there",
        "http://postmaster.free.fr/",
    ),
    Fix(
        "SFR",
        ("sfr.fr", "lbs", "too many unknown users"),
        "SFR limits servers with many unknown recipients",
        "remove dead addresses first, then send slowly",
        "https://postmaster.sfr.fr/",
        "sfr",
    ),
)

_AMERICAN_FIXES = (
    Fix(
        "Comcast BL",
        ("bl000000", "bl000001", "bl000010", "bl000100", "bl000110", "bl004"),
        "your address sent what looks like spam, or is on a list that Comcast asks",
        "open the page in the reply; when the cause is mended, ask for removal with its form",
        _COMCAST,
    ),
    Fix(
        "Comcast RL, throttled",
        ("rl000001", "rl000002", "rl000003", "throttled"),
        "more mail at a time than the reputation of your address allows",
        "fewer connections, fewer recipients in each message, slower",
        _COMCAST,
        "comcast",
    ),
    Fix(
        "Comcast DM",
        ("dm000001", "rejected due to dmarc"),
        "the message fails the DMARC policy of its From domain",
        "sign with DKIM for the domain of the From header",
        _COMCAST,
    ),
    Fix(
        "Cox",
        ("cox.net", "cxbl", "cxthrt", "cxsnd", "cxdns", "cxmxrt", "cxcnct"),
        "Cox limits or refuses your address; its mail is at Yahoo since 2024",
        "look the address up at Spamhaus, slow down; then Yahoo's sender support form",
        "https://www.cox.com/residential/support/email-error-codes.html",
    ),
    Fix(
        "Spectrum AUP",
        ("aup", "aup in 1310", "aup i 1000", "aup cnct", "aup mxrt", "aup out", "aup pol"),
        "Spectrum's rules: too many connections or messages, a listing, or a policy",
        "the number behind AUP# is on its page; slow down, look the address up at Spamhaus and Cloudmark",
        "https://www.spectrum.net/support/internet/understanding-email-error-codes",
    ),
    Fix(
        "AT&T",
        ("attrbl", "dnsbl attrbl", "abuse att.net"),
        "your address is on the blocklist of AT&T",
        "its domains are at Yahoo now: use the sender support form there",
        "https://senders.yahooinc.com/contact/",
    ),
)

_ASIAN_FIXES = (
    Fix(
        "QQ frequency",
        ("ip frequency limited", "sender frequency limited", "connection frequency limited", "frequency limited"),
        "more mail or connections at a time than QQ lets in from your address",
        "send slowly over the day, raise the volume from a new address over weeks",
        _QQ,
        "tencent",
    ),
    Fix(
        "QQ SPF",
        ("spf check failed",),
        "SPF failed",
        "add the sending address to the SPF record of the envelope domain",
        f"{_QQ}/72",
        "tencent",
    ),
    Fix(
        "QQ content",
        ("mail content denied", "suspected spam", "suspected bounce attacks", "suspected spam ip"),
        "QQ's filter takes the message, or your address, for spam",
        "change the text and its links, sign with DKIM; use the appeal on its postmaster pages",
        _QQ,
        "tencent",
    ),
    Fix(
        "NetEase DT:SPM, HL:REP",
        ("dt spm", "mi dmc", "mi spb", "hl rep", "hl ipb", "hl ihu", "hl mep", "dt rbl"),
        "NetEase takes the message for spam, or your address for a spammer",
        "change the text and its links, slow down; the page in the reply has the meaning of each code",
        _NETEASE,
    ),
    Fix(
        "NetEase MI:SPF",
        ("mi spf", "mi nhd"),
        "SPF failed, or the From header's domain is not yours",
        "add the sending address to the SPF record of the envelope domain",
        _NETEASE,
    ),
    Fix(
        "NetEase rate",
        ("hl icc", "hl ifc", "mi cel", "mi ccl", "mi sfq", "rp qrc", "rp cel", "rp drc", "rp trl"),
        "too many connections or messages at a time",
        "fewer connections, fewer messages in each; try again later",
        _NETEASE,
    ),
)

_RUSSIAN_FIXES = (
    Fix(
        "Yandex spam",
        ("under suspicion of spam", "ya.cc 1irbc", "message rejected under suspicion of spam"),
        "Yandex's filter takes the message for spam",
        "sign with DKIM, send List-Unsubscribe, look at postmaster.yandex.ru, then write with its form",
        "https://yandex.com/support/mail/spam/honest-mailers.html",
    ),
    Fix(
        "Mail.ru",
        ("mail.ru notspam", "notspam", "spam message rejected", "spam message discarded"),
        "Mail.ru's filter has refused the message or your address",
        "sign with DKIM, register the domain at postmaster.mail.ru, then write with the form in the reply",
        "https://postmaster.mail.ru/",
        "mail.ru",
    ),
)

_PRODUCT_FIXES = (
    Fix(
        "Mimecast",
        ("doc 1369", "community.mimecast.com", "mimecast.com"),
        "a rule of the recipient's Mimecast gateway: its blocklist, an own rule or its anti-spoofing",
        "the number behind # in the link says which; the recipient's administrator can permit your address",
        "https://mimecastsupport.zendesk.com/hc/en-us/articles/34000370482067",
    ),
    Fix(
        "Proofpoint",
        ("ipcheck.proofpoint.com", "pdr"),
        "your address has a poor reputation at Proofpoint",
        "look it up and ask for removal",
        "https://ipcheck.proofpoint.com/",
    ),
    Fix(
        "Cisco Talos",
        ("talosintelligence.com", "www.talosintelligence.com", "senderbase.org", "www.senderbase.org", "senderbase"),
        "your address has a poor reputation at Talos",
        "look it up; mend blocklist entries and complaints first, then open a ticket",
        "https://talosintelligence.com/reputation_center",
    ),
    Fix(
        "Symantec cloud",
        ("symanteccloud.com", "www.symanteccloud.com", "knowledge.broadcom.com", "messagelabs"),
        "the recipient's Symantec gateway has refused your address",
        "look the address up at ipremoval.sms.symantec.com",
        "https://ipremoval.sms.symantec.com/",
    ),
    Fix(
        "Trend Micro",
        ("ers.trendmicro.com", "www.ers.trendmicro.com", "mail abuse.com", "rbl plus"),
        "your address is listed at Trend Micro",
        "look it up and ask for removal",
        "https://servicecentral.trendmicro.com/en-us/ers/reassess/",
    ),
    Fix(
        "SpamRL (SpamExperts)",
        ("spamrl.com", "antispamcloud.com", "spamexperts"),
        "your address, domain or a link is listed at SpamExperts",
        "look it up; the page in the reply shows the message that led to it",
        "https://spamrl.com/",
    ),
    Fix(
        "Hornetsecurity",
        ("hornetsecurity", "hornetsecurity.com", "antispameurope.com"),
        "the recipient's Hornetsecurity gateway has refused your mail",
        "send the whole reply to its support; the recipient's administrator can permit your address",
        "https://support.hornetsecurity.com/",
    ),
    Fix(
        "Seznam",
        ("napoveda.seznam.cz", "seznam.cz"),
        "Seznam has deferred or refused your server",
        "pass SPF and DKIM, let the server try again, register for its feedback loop",
        "https://napoveda.seznam.cz/en/email/",
        "seznam",
    ),
)

PROVIDERS = (
    *_GOOGLE_FIXES,
    *_MICROSOFT_FIXES,
    *_YAHOO_FIXES,
    *_APPLE_FIXES,
    *_GERMAN_FIXES,
    *_FRENCH_FIXES,
    *_AMERICAN_FIXES,
    *_ASIAN_FIXES,
    *_RUSSIAN_FIXES,
    *_PRODUCT_FIXES,
)
