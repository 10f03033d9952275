"""Which server answered, where no Remote-MTA states it."""

from __future__ import annotations

import time

import pytest

from bounced.classify.servers import stating_server
from bounced.identify import Sender
from bounced.model import Report
from bounced.parse import parse
from bounced.policy.providers import provider

UNKNOWN = "550-5.1.1 The email account that you tried to reach does not exist."
GSMTP = f"{UNKNOWN} 550 5.1.1 https://support.google.com/mail/?p=NoSuchUser a1b2.485 - gsmtp"
OUTLOOK = "550 5.4.1 Recipient address rejected: Access denied. [AM5EUR03FT041.eop-EUR03.prod.protection.outlook.com"

QMAIL = """Return-Path: <>
From: MAILER-DAEMON@mail.example.org
To: bounces@example.org
Subject: failure notice

Hi. This is the qmail-send program at mail.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<anna@firm.example>:
192.0.2.27 does not like recipient.
Remote host said: {reply}
Giving up on 192.0.2.27.

--- Below this line is a copy of the message.

Message-ID: <1@example.org>
To: anna@firm.example
"""


def server(text: str, stated: str = "") -> str:
    return stating_server(Report("failed", "anna@firm.example", diagnostic_code=text, remote_mta=stated)).remote_mta


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("host aspmx.l.google.com[192.0.2.27] said: 550 5.1.1 No such user (in reply to RCPT TO", "aspmx.l.google.com"),
        ("host MX.example.net [2001:db8::1] SMTP error from remote mail server after RCPT TO", "mx.example.net"),
        ("rejected by the server for the domain example.net by mx.example.net. [192.0.2.25].", "mx.example.net"),
        ("mx.example.org [198.51.100.1] did not like our RCPT TO: 550 5.1.1 unknown", "mx.example.org"),
        ("connect to mx.closed.test[203.0.113.6]:25: Connection refused", "mx.closed.test"),
        (GSMTP, "mx.google.com"),
        (f"192.0.2.27 does not like recipient. Remote host said: {GSMTP} Giving up on 192.0.2.27.", "mx.google.com"),
        (f"{OUTLOOK} 2026-02-11T09:12:33.123Z 08DD4A]", "am5eur03ft041.eop-eur03.prod.protection.outlook.com"),
        (f"{OUTLOOK}]", "am5eur03ft041.eop-eur03.prod.protection.outlook.com"),
    ],
)
def test_the_words_name_the_server(text: str, name: str) -> None:
    assert server(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "550 5.1.1 <anna@firm.example>: user unknown",
        "192.0.2.25 does not like recipient. Remote host said: 550 5.1.1 User unknown",
        "554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using dnsbl.example",
        "554 5.7.1 <mail.example.org[192.0.2.10]>: Client host rejected: Access denied",
        "550 5.7.1 mail from bob@mail.example.org [192.0.2.10] refused",
        "550 mails to gsmtp-users@example.net are not accepted",
        "The original message was received at Fri, 15 Jun 2018 17:36:54 +0900 from f373.i.mail.ru [192.0.2.10]",
        "received from out.protection.outlook.com (out.protection.outlook.com [192.0.2.10]): 550 5.1.1 User unknown",
        "Remote host said: 550-out.protection.outlook.com [192.0.2.10] is not permitted to relay",
        "Remote host said: 550 5.7.1 H=out.protection.outlook.com [192.0.2.10] is listed",
        "192.0.2.25 does not like recipient. Remote host said: 550 host mx.google.com[192.0.2.27] said: 550 unknown",
        "",
    ],
)
def test_other_words_name_none(text: str) -> None:
    assert not server(text)


def test_what_the_report_states_comes_first() -> None:
    assert server(GSMTP, stated="mx.firm.example") == "mx.firm.example"


def test_hostile_words_take_no_time() -> None:
    texts = ["a." * 500_000, "a-" * 500_000, "[" + "a." * 500_000, "mx.example.net[" * 70_000, "a.b [1" * 170_000]
    since = time.process_time()
    for text in texts:
        server(text)
    assert time.process_time() - since < 5


@pytest.mark.parametrize(("reply", "name"), [(GSMTP, "google"), (f"{OUTLOOK}]", "microsoft")])
def test_a_company_is_at_its_provider_where_qmail_states_no_server(reply: str, name: str) -> None:
    [event] = parse(QMAIL.format(reply=reply).encode(), Sender()).events
    assert (event.address, event.reason) == ("anna@firm.example", "user_unknown")
    assert provider(event.address, event.remote_mta) == name
