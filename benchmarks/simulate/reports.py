"""Delivery status notifications as five mail systems write them, and as somebody forges them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from benchmarks.simulate.world import Fate

HOST = "news.sender.example"

#: What a server answers, ``{}`` being the address: by provider, ``*`` where it says the same as most.
REPLIES: Mapping[Fate, Mapping[str, str]] = {
    "unknown": {
        "google": "550-5.1.1 The email account that you tried to reach does not exist. Please try"
        " 550-5.1.1 double-checking the recipient's email address for typos or"
        " 550 5.1.1 unnecessary spaces. https://support.google.com/mail/?p=NoSuchUser 4fb4d7f45d1cf-5d0ad - gsmtp",
        "microsoft": "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."
        " [DB1PEPF.eurprd05.prod.outlook.com]",
        "yahoo": "554 delivery error: dd This user doesn't have a yahoo.com account ({}) [0]",
        "apple": "550 5.1.1 <{}>: user does not exist",
        "united-internet": "550 Requested action not taken: mailbox unavailable",
        "mail.ru": "550 Message was not accepted -- invalid mailbox. Local mailbox {} is unavailable: user not found",
        "yandex": "550 5.7.1 No such user!",
        "tencent": "550 Mailbox unavailable or access denied",
        "netease": "550 User not found: {}",
        "*": "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table",
    },
    "full": {
        "google": "452-4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to"
        " 452 4.2.2 https://support.google.com/mail/?p=OverQuotaTemp a640c23a62f3a - gsmtp",
        "microsoft": "552 5.2.2 The email account that you tried to reach is over quota",
        "*": "452 4.2.2 <{}>: Mailbox is full",
    },
    "disabled": {
        "google": "550-5.2.1 The email account that you tried to reach is inactive. Learn more at"
        " 550 5.2.1 https://support.google.com/mail/?p=DisabledUser a640c23a62f3a - gsmtp",
        "*": "554 5.2.1 <{}>: Recipient address rejected: this account has been disabled",
    },
    "listed": {
        "microsoft": "550 5.7.1 Unfortunately, messages from [192.0.2.20] weren't sent. Please contact your Internet"
        " service provider since part of their network is on our block list (S3150).",
        "*": "554 5.7.1 Service unavailable; Client host [192.0.2.20] blocked using zen.spamhaus.org",
    },
    "dmarc": {
        "google": "550-5.7.26 Unauthenticated email from sender.example is not accepted due to domain's"
        " 550 5.7.26 DMARC policy. https://support.google.com/mail/?p=UnauthenticatedMessage - gsmtp",
        "*": "554 5.7.9 Message not accepted for policy reasons: DMARC policy of sender.example",
    },
    "late": {"*": "421 4.4.2 mx.{} Error: timeout exceeded"},
}

STATUSES: Mapping[Fate, str] = {
    "unknown": "5.1.1",
    "full": "5.2.2",
    "disabled": "5.2.1",
    "listed": "5.7.1",
    "dmarc": "5.7.26",
    "late": "4.4.2",
}

#: What is tried again until it expires, and how long after sending its report comes; others come within hours.
EXPIRING = frozenset(("full", "late"))
LIFETIME = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that was not delivered, as its report says it."""

    address: str
    provider: str
    fate: Fate
    at: datetime
    message_id: str
    return_path: str

    @property
    def reply(self) -> str:
        """What the server answered."""
        replies = REPLIES[self.fate]
        return replies.get(self.provider, replies["*"]).replace("{}", self.address)

    @property
    def host(self) -> str:
        """The name of the recipient's server."""
        return f"mx.{self.address.rpartition('@')[2]}"


def postfix(failure: Failure) -> str:
    """By our own relay, or somebody else's Postfix."""
    reply = failure.reply
    text = f"<{failure.address}>: host {failure.host}[198.51.100.1] said: {reply} (in reply to RCPT TO command)"
    group = f"""Reporting-MTA: dns; {HOST}
X-Postfix-Queue-ID: C645E212A32
X-Postfix-Sender: rfc822; {failure.return_path}
Arrival-Date: {format_datetime(failure.at)}

Final-Recipient: rfc822; {failure.address}
Original-Recipient: rfc822;{failure.address}
Action: failed
Status: {STATUSES[failure.fate]}
Remote-MTA: dns; {failure.host}
Diagnostic-Code: smtp; {reply}
"""
    return _report(failure, "Undelivered Mail Returned to Sender", f"MAILER-DAEMON@{HOST}", text, group)


def exim(failure: Failure) -> str:
    """Text only."""
    return f"""X-Failed-Recipients: {failure.address}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@{failure.host}>
To: {failure.return_path}
Subject: Mail delivery failed: returning message to sender
Date: {format_datetime(failure.at)}

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {failure.address}
    host {failure.host} [198.51.100.1]
    SMTP error from remote mail server after RCPT TO:<{failure.address}>:
    {failure.reply}

------ This is a copy of the message, including all the headers. ------

{_returned(failure)}"""


def exchange(failure: Failure) -> str:
    """Microsoft 365."""
    text = f"""Delivery has failed to these recipients or groups:

{failure.address}
Your message couldn't be delivered.

Diagnostic information for administrators:

Generating server: {failure.host}

{failure.address}
Remote Server returned '{failure.reply}'
"""
    group = f"""Reporting-MTA: dns;{failure.host}
Arrival-Date: {format_datetime(failure.at)}

Final-Recipient: rfc822;{failure.address}
Action: failed
Status: {STATUSES[failure.fate]}
Diagnostic-Code: smtp;{failure.reply}
"""
    return _report(failure, "Undeliverable: News", f"postmaster@{failure.host}", text, group)


def qmail(failure: Failure) -> str:
    """The QSBMF of qmail-send."""
    return f"""From: MAILER-DAEMON@{failure.host}
To: {failure.return_path}
Subject: failure notice
Date: {format_datetime(failure.at)}

Hi. This is the qmail-send program at {failure.host}.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{failure.address}>:
198.51.100.1 does not like recipient.
Remote host said: {failure.reply}
Giving up on 198.51.100.1.

--- Below this line is a copy of the message.

{_returned(failure)}"""


def gmail(failure: Failure) -> str:
    """Google's, of which each recipient is a group of fields, and the text a page for people."""
    text = f"""** Address not found **

Your message wasn't delivered to {failure.address}.

The response from the remote server was:

{failure.reply}
"""
    group = f"""Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; {failure.return_path}
Arrival-Date: {format_datetime(failure.at)}
X-Original-Message-ID: <{failure.message_id}>

Final-Recipient: rfc822; {failure.address}
Action: failed
Status: {STATUSES[failure.fate]}
Remote-MTA: dns; {failure.host}. (198.51.100.1, the server for the domain.)
Diagnostic-Code: smtp; {failure.reply}
Last-Attempt-Date: {format_datetime(failure.at)}
"""
    return _report(failure, "Delivery Status Notification (Failure)", "mailer-daemon@googlemail.com", text, group)


#: Who reports for a provider; our own relay for the others, as most refuse in the SMTP session.
SYSTEMS: Mapping[str, Callable[[Failure], str]] = {
    "google": gmail,
    "microsoft": exchange,
    "small": exim,
    "orange": qmail,
}


def report(failure: Failure, number: int) -> bytes:
    """The message that reaches the bounce mailbox, as an mbox has it; ``number`` makes its Message-ID."""
    system = SYSTEMS.get(failure.provider, postfix) if number % 3 else postfix
    received = f"from {failure.host} by {HOST} with ESMTP id {number:X}; {format_datetime(failure.at)}"
    head = f"Return-Path: <>\nReceived: {received}\nMessage-ID: <report.{number}@{failure.host}>\n"
    text = (head + system(failure)).replace("\nFrom ", "\n>From ")
    return f"From MAILER-DAEMON {failure.at:%a %b %d %H:%M:%S %Y}\n{text}\n\n".encode()


def _report(failure: Failure, subject: str, sender: str, text: str, group: str) -> str:
    return f"""From: Mail Delivery System <{sender}>
To: {failure.return_path}
Subject: {subject}
Date: {format_datetime(failure.at)}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_frontier"

--=_frontier
Content-Type: text/plain; charset=utf-8

{text}
--=_frontier
Content-Type: message/delivery-status

{group}
--=_frontier
Content-Type: text/rfc822-headers

{_returned(failure)}
--=_frontier--"""


def _returned(failure: Failure) -> str:
    return f"""Return-Path: <{failure.return_path}>
From: News <news@sender.example>
To: {failure.address}
Subject: News
Date: {format_datetime(failure.at)}
Message-ID: <{failure.message_id}>
List-Id: News <weekly.sender.example>
"""
