"""Which fix a block gets: by what real replies say."""

from __future__ import annotations

import time

import pytest

from bounced.classify import fixes
from bounced.classify.fixes import BY_REASON, FIXES, Fix
from bounced.policy.providers import DOMAINS, SERVERS
from bounced.reasons import REASONS

#: Replies, the provider that gave them, and the code of the row.
REPLIES = (
    ("550 5.7.1 Client host [192.0.2.1] blocked using pbl.spamhaus.org", "", "Spamhaus PBL"),
    ("554 IB103 Connection refused. 192.0.2.1 is listed on the Exploits Block List (XBL)", "", "Spamhaus XBL"),
    ("550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.1 is blacklisted using SPAMHAUS-XBL.", "", "Spamhaus XBL"),
    ("554 5.7.1 Rejected: 192.0.2.1 is listed, https://www.spamhaus.org/css/ Spamhaus CSS", "", "Spamhaus CSS"),
    ("550 5.7.1 rejected due to a domain in the Spamhaus DBL -- see https://www.spamhaus.org/dbl/", "", "Spamhaus DBL"),
    ("550 5.7.1 Service unavailable, MailFrom domain is listed in Spamhaus. (S8002)", "microsoft", "Spamhaus DBL"),
    ("554 5.7.1 blocked using sbl.spamhaus.org; https://www.spamhaus.org/sbl/query/SBL1", "", "Spamhaus SBL"),
    (
        "554 5.7.1 blocked using zen.spamhaus.org; Error: open resolver; https://www.spamhaus.org/returnc/pub/",
        "",
        "Spamhaus open resolver",
    ),
    ("550 5.7.1 Connecting host [192.0.2.1] is listed by the lookup site 'zen.spamhaus.org.'.", "", "Spamhaus"),
    (
        "553 5.7.1 [BL21] refused from 192.0.2.10, because the ip is in Spamhaus's list",
        "yahoo",
        "Spamhaus",
    ),
    ("554 blocked using bl.spamcop.net; Blocked - see https://www.spamcop.net/bl.shtml?192.0.2.1", "", "SpamCop"),
    ("550 5.7.1 blocked using b.barracudacentral.org; http://www.barracudacentral.org/reputation", "", "Barracuda"),
    ("554 Your IP is listed at UCEPROTECT-Network, see http://www.uceprotect.net/rblcheck.php", "", "UCEPROTECT"),
    ("550 Blocked by Abusix Mail Intelligence, https://lookup.abusix.com/search?q=192.0.2.1", "", "Abusix"),
    ("550 5.7.1 blocked, see https://csi.cloudmark.com/en/reset/?ip=192.0.2.1", "", "Cloudmark CSI"),
    ("554 5.7.1 blocked using psbl.surriel.com; Listed in PSBL", "", "PSBL"),
    ("550 5.7.1 Blacklisted URL in message. (shop.example) in [multi.surbl.org]", "", "SURBL"),
    ("550 blocked using sip.invaluement, see https://www.invaluement.com/lookup/", "", "Invaluement"),
    ("554 5.7.1 Client host [192.0.2.1] blocked using ix.dnsbl.manitu.net", "", "NiX Spam"),
    ("554 5.7.1 blocked using dnsbl.sorbs.net; Currently Sending Spam", "", "SORBS"),
    ("550 blocked using ips.backscatterer.org; Sorry 192.0.2.1 is blacklisted", "", "Backscatterer"),
    ("550 blocked using dnsbl.spfbl.net; https://matrix.spfbl.net/192.0.2.1", "", "SPFBL"),
    ("550-5.7.26 Your email has been blocked because the sender is unauthenticated.", "google", "Gmail 5.7.26"),
    ("550-5.7.27 Your email has been blocked because SPF didn't pass.", "google", "Gmail 5.7.27"),
    ("550-5.7.30 Your email has been blocked because DKIM didn't pass.", "google", "Gmail 5.7.30"),
    ("550-5.7.40 the sending domain doesn't have a DMARC record", "google", "Gmail 5.7.40"),
    (
        "421-4.7.32 Your email has been rate limited because the From: header isn't aligned",
        "google",
        "Gmail 5.7.32",
    ),
    (
        "550-5.7.25 [192.0.2.10] The sending IP does not have a PTR record",
        "google",
        "Gmail 5.7.25",
    ),
    ("421-4.7.29 rate limited because this message wasn't sent over a TLS connection.", "google", "Gmail 5.7.29"),
    ("421-4.7.28 Gmail has detected an unusual rate of unsolicited mail", "google", "Gmail 5.7.28"),
    ("550-5.7.1 suspicious due to the very low reputation of the sending domain.", "google", "Gmail low reputation"),
    (
        "550 5.7.1 https://support.google.com/mail/?p=UnsolicitedMessageError - gsmtp",
        "google",
        "Gmail unsolicited",
    ),
    ("450 4.2.1 https://support.google.com/mail/?p=ReceivingRate", "google", "Gmail ReceivingRate"),
    ("552-5.7.0 blocked because its content presents a potential security issue.", "google", "Gmail BlockedMessage"),
    ("550-5.7.1 This message is not RFC 5322 compliant", "google", "Gmail RFC 5322"),
    ("550 5.4.5 Daily SMTP relay sending limit exceeded for customer.", "google", "Gmail relay limit"),
    ("550 5.7.515 Access denied, sending domain shop.example doesn't meet the level.", "microsoft", "Outlook 5.7.515"),
    (
        "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your provider "
        "since part of their network is on our block list (S3150).",
        "microsoft",
        "Outlook S3140, S3150",
    ),
    ("451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited", "microsoft", "Outlook S775, S3116"),
    ("451 4.7.652 exceeded the maximum number of connections. (S3116)", "microsoft", "Outlook S775, S3116"),
    (
        "550 5.7.606 Access denied, banned sending IP [192.0.2.45]. To request removal visit https://sender.office.com/",
        "microsoft",
        "Microsoft 365 5.7.606 to 5.7.649",
    ),
    ("550 5.7.511 Access denied, banned sender[192.0.2.10].", "microsoft", "Microsoft 365 5.7.511"),
    ("550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant", "", "Microsoft 365 5.7.512"),
    ("550 5.7.509 Access denied, domain does not pass DMARC and has a policy of reject", "", "Microsoft 365 5.7.509"),
    ("550 5.7.233 Your message can't be sent because your tenant exceeded TERRL", "", "Microsoft 365 TERRL"),
    ("550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.", "", "Microsoft 365 5.7.705"),
    ("550 5.1.8 Access denied, bad outbound sender AS(42003)", "microsoft", "Microsoft 365 5.1.8"),
    (
        "550 5.7.23 rejected because of Sender Policy Framework violation",
        "microsoft",
        "Microsoft 365 5.7.23",
    ),
    ("550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized", "", "Exchange restricted recipient"),
    ("451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (AS77714950)", "", "Microsoft 365 server busy"),
    (
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 deferred due to unexpected volume",
        "yahoo",
        "Yahoo TSS04, TS04",
    ),
    ("553 5.7.1 [TSS09] All messages from 192.0.2.1 will be permanently deferred", "yahoo", "Yahoo TSS05 to TSS11"),
    ("554 5.7.9 Message not accepted for policy reasons. [PH01]", "yahoo", "Yahoo PH01"),
    ("553 5.7.1 [BL23] Connections not accepted from IP addresses with complaints", "yahoo", "Yahoo BL21, BL23"),
    ("554 5.7.9 Message not accepted for policy reasons. https://postmaster.yahooinc.com", "yahoo", "Yahoo 5.7.9"),
    ("421 Resources restricted. Please try again later [RL01]", "yahoo", "Yahoo RL"),
    ("451 Message temporarily deferred due to unresolvable RFC.5321 from domain", "yahoo", "Yahoo sender domain"),
    ("554 5.7.1 [CS01] Message rejected due to local policy.", "apple", "iCloud CS01, CS02"),
    (
        "550 5.7.1 [HM07] Message rejected due to the sender's domain having a poor reputation.",
        "apple",
        "iCloud HM07, HM08",
    ),
    (
        "554 IP=192.0.2.10 - A problem occurred. (contact tosa@rx.t-online.de)",
        "telekom",
        "T-Online",
    ),
    (
        "554-No SMTP service 554-Bad DNS PTR resource record. 554 For explanation …",
        "",
        "GMX, web.de rDNS",
    ),
    (
        "554-gmx.net (mxgmx104) Nemesis ESMTP Service not available 554-block listed.",
        "",
        "GMX, web.de block",
    ),
    ("554 mx.freenet.de refused, see https://postmaster.freenet.de", "freenet.de", "freenet"),
    ("421 mwinf5c40 ME Trop de connexions, Too many connections, slow down. OFR005_104 [104]", "orange", "Orange OFR"),
    ("550 5.7.1 Service refuse. Veuillez essayer plus tard. LPN007_510", "laposte", "La Poste LPN"),
    ("421 Too many spams from your IP (192.0.2.10), please visit http://postmaster.free.fr/", "free", "Free"),
    ("421 4.7.1 too many unknown users, retry later", "sfr", "SFR"),
    (
        "554 block for spam. See http://postmaster.comcast.net/smtp-error-codes.php#BL000000",
        "comcast",
        "Comcast BL",
    ),
    ("421 4.1.0 192.0.2.1 Throttled - try again later.", "comcast", "Comcast RL, throttled"),
    ("550 5.2.0 Message rejected due to DMARC. Please see …#DM000001", "comcast", "Comcast DM"),
    ("521 5.2.1 AUP#CXBL: Connection refused. IP 192.0.2.1 blocked by Cox", "", "Cox"),
    ("552 sender rejected AUP#POL", "charter", "Spectrum AUP"),
    ("553 5.3.0 flpd577 DNSBL:ATTRBL 521< 192.0.2.1 >_is_blocked.", "", "AT&T"),
    ("550 Ip frequency limited. http://service.mail.qq.com/cgi-bin/help", "tencent", "QQ frequency"),
    ("550 SPF check failed. https://service.mail.qq.com/detail/122/72", "tencent", "QQ SPF"),
    ("550 Mail content denied. http://service.mail.qq.com/cgi-bin/help", "tencent", "QQ content"),
    (
        "554 DT:SPM mx14,PsCowABXv Please see http://mail.163.com/help/help_spam_16.htm",
        "netease",
        "NetEase DT:SPM, HL:REP",
    ),
    ("550 MI:SPF mx14,PsCowABXv https://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1", "netease", "NetEase MI:SPF"),
    ("554 RP:TRL rejected by system, mail from aliyun.com user is limited", "netease", "NetEase rate"),
    ("554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc", "yandex", "Yandex spam"),
    ("550 Access from ip address 192.0.2.10 blocked. Visit http://mail.ru/notspam/", "mail.ru", "Mail.ru"),
    ("550 Administrative prohibition - https://community.mimecast.com/docs/DOC-1369#550 [x]", "mimecast", "Mimecast"),
    ("554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1", "proofpoint", "Proofpoint"),
    ("554-Your access to this mail system has been rejected, see http://www.senderbase.org", "cisco", "Cisco Talos"),
    ("553 Message filtered. See http://www.symanteccloud.com/troubleshooting (#5.7.1)", "symantec", "Symantec cloud"),
    ("550 5.7.1 blocked by Trend Micro ERS, see https://www.ers.trendmicro.com/reputations", "", "Trend Micro"),
    ("550 The sending IP (192.0.2.1) is listed on https://spamrl.com.", "", "SpamRL (SpamExperts)"),
    ("571 5.7.1 message classified as spam (antispameurope, hornetsecurity)", "hornetsecurity", "Hornetsecurity"),
    ("451 4.7.1 Try again later (greylisting). 192.0.2.10 see https://napoveda.seznam.cz", "seznam", "Seznam"),
    ("550 5.7.20 No passing DKIM signature found", "", "5.7.20 to 5.7.22"),
    ("550 5.7.23 SPF validation failed", "", "5.7.23, 5.7.24"),
    ("450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", "", "5.7.25"),
    ("550 Message rejected due to senders DMARC policy", "", "5.7.26"),
    ("550 5.7.27 Sender address has null MX", "", "5.7.27"),
    ("504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", "", "HELO"),
)


@pytest.mark.parametrize(("text", "provider", "code"), REPLIES)
def test_a_reply_gets_its_fix(text: str, provider: str, code: str) -> None:
    found = fixes.fix(text, provider, "policy")
    assert found
    assert found.code == code


def test_each_row_has_a_reply() -> None:
    assert {row.code for row in FIXES} == {code for _, _, code in REPLIES}
    assert len(FIXES) > 80


@pytest.mark.parametrize("reason", [reason for reason, (class_, _) in REASONS.items() if class_ == "block"])
def test_without_a_known_word_the_reason_says_what_to_do(reason: str) -> None:
    assert fixes.fix("550 no", "example.org", reason) == BY_REASON[reason]


def test_what_is_no_block_has_no_fix() -> None:
    assert fixes.fix("550 5.1.1 user unknown", "example.org", "user_unknown") is None


@pytest.mark.parametrize("row", [*FIXES, *BY_REASON.values()], ids=lambda row: row.code)
def test_rows_can_match_and_say_where_they_are_from(row: Fix) -> None:
    assert [sign for sign in row.signs if fixes.words(sign).strip() != sign] == []
    assert row.source.startswith(("https://", "http://postmaster.free.fr/"))
    assert row.provider in {"", "freenet.de", *SERVERS.values(), *DOMAINS.values()}
    assert "|" not in row.meaning + row.fix


def test_codes_of_one_provider_mean_nothing_elsewhere() -> None:
    found = fixes.fix("550-5.7.27 no MX", "example.org", "authentication")
    assert found
    assert found.code == "5.7.27"


def test_a_part_of_a_number_is_none() -> None:
    found = fixes.fix("550 15.7.606 and 5.7.6060", "microsoft", "policy")
    assert found == BY_REASON["policy"]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("550 see https://check.spamhaus.org/query/ip/192.0.2.1.", "https://check.spamhaus.org/query/ip/192.0.2.1"),
        ("(HTTP://a.test/x) http://b.test", "HTTP://a.test/x"),
        ('<https://a.test/"onclick>', "https://a.test/"),
        ("550 no", ""),
    ],
)
def test_the_url_of_a_reply(text: str, url: str) -> None:
    assert fixes.url(text) == url


@pytest.mark.parametrize("text", ["5." * 500_000, "https://" * 200_000, "a" * 1_000_000, ". " * 500_000])
def test_a_hostile_reply_takes_no_time(text: str) -> None:
    begun = time.process_time()
    for _ in range(10):
        fixes.fix(text, "google", "policy")
        fixes.url(text)
    assert time.process_time() - begun < 1
