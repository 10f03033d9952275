"""Reports that somebody who knows a bounce mailbox has made up, to get other people suppressed.

The worst case: our own server adds no ``Received:``, so that the forger's is the topmost one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.utils import format_datetime

from bounced.tokens import Key, make
from tests.support.daemon import Daemon, secret_file

OURS = "sender.test"

#: The days that the three reports about a victim claim to lie back.
CLAIMS = (16, 8, 0)

REPORT = """\
Received: from mx.rcpt.test (mx.rcpt.test [192.0.2.{host}]) by mx.sender.test; {date}
Received: from inside.rcpt.test by mx.rcpt.test; {date}
Date: {date}
Message-ID: <{number}@forger.test>
From: MAILER-DAEMON@mx.rcpt.test
To: bounces@sender.test
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={type}; boundary=b

--b

It failed.
--b
{claim}
--b
Content-Type: text/rfc822-headers

{original}
--b--
"""

FAILED = """\
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.rcpt.test
Arrival-Date: {date}

Final-Recipient: rfc822; {victim}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 user unknown
Last-Attempt-Date: {date}
"""

COMPLAINED = """\
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Junk/1
Version: 1
Original-Rcpt-To: {victim}
Arrival-Date: {date}
"""

FOREIGN = "Message-ID: <{number}@elsewhere.test>\nFrom: news@elsewhere.test\nSubject: hello\n"
MADE_UP = "Message-ID: <{number}@sender.test>\nFrom: news@sender.test\nSubject: our newsletter\n"
ONE_FOR_ALL = "Message-ID: <newsletter@sender.test>\nFrom: news@sender.test\nSubject: our newsletter\n"
#: The forger knows the id of our key, and how tokens are made, but not the secret.
OUR_KEY, FORGERS_KEY = Key("k2", b"s" * 32), Key("k2", b"f" * 32)
TOKEN = "Message-ID: <{number}@elsewhere.test>\nX-Bounced-Token: {token}\nSubject: hello\n"

#: What is sent, and how many reports name one victim.
SETS: tuple[tuple[str, str, int], ...] = (
    (FAILED, "", len(CLAIMS)),
    (FAILED, FOREIGN, len(CLAIMS)),
    (FAILED, MADE_UP, len(CLAIMS)),
    (FAILED, ONE_FOR_ALL, 1),
    (FAILED, MADE_UP, 10**9),  # all of them about one victim, from one source
    (FAILED, TOKEN, len(CLAIMS)),
    (COMPLAINED, MADE_UP, 1),
    (COMPLAINED, FOREIGN, 1),
)


def forged(mails: int, now: datetime) -> Iterator[bytes]:
    """So many of them, of every set in turn, as they would be written at ``now``."""
    for mail in range(mails):
        number, kind = divmod(mail, len(SETS))
        claim, original, reports = SETS[kind]
        victim = f"victim{kind}-{number // reports}@rcpt.test"
        claimed = now - timedelta(days=CLAIMS[number % len(CLAIMS)])
        yield _mail(claim, original, f"{kind}.{number}", victim, claimed, kind)


def _mail(claim: str, original: str, number: str, victim: str, when: datetime, host: int) -> bytes:
    token = make(FORGERS_KEY, date(2099, 1, 1), recipient=victim)
    facts = {"number": number, "victim": victim, "token": token, "date": format_datetime(when), "host": host}
    type_ = "feedback-report" if claim is COMPLAINED else "delivery-status"
    says = {"claim": claim.format(**facts), "original": original.format(**facts), "type": type_}
    return REPORT.format(**facts, **says).encode()


def careful(daemon: Daemon, trust: str) -> None:
    """Adds ``trust`` and our key to the daemon's configuration."""
    keys = secret_file(daemon.directory / "token.keys", f"{OUR_KEY.id} {OUR_KEY.secret.hex()}\n")
    text = daemon.config.read_text().replace("[identify]\n", f'[identify]\ntoken_keys = "{keys}"\n')
    daemon.config.write_text(text + trust)
