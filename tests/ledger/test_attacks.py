"""What somebody achieves who can only write a mail: from the mail to the list, by the rows of docs/attacks.md."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from bounced import tokens
from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Origin, RawMessage
from bounced.parse import parse
from bounced.policy import Ladder, Limit, Policy
from bounced.policy.incidents import IncidentLimits
from bounced.sources.arrival import arrived_at
from tests.support.signing import arf, dsn

KEY = tokens.Key("k2", bytes(range(32)))
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
VICTIM = "victim@example.net"
PLAUSIBLE = Policy(count=dict.fromkeys(("bounce", "complaint", "delivered", "auto-reply"), "plausible"))
VERIFIED = Policy(count=dict.fromkeys(("bounce", "complaint", "delivered", "auto-reply"), "verified"))
SENDER = Sender(
    keys=(KEY,),
    verp=("bounces-{user}={domain}@example.org",),
    anchors=TrustAnchors(own_domains=("example.org",), authserv_ids=("mx.example.org",)),
)

SUCCESS = b"""\
From: MAILER-DAEMON@mx.example.net
To: bounces@example.org
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; victim@example.net
Action: delivered
Status: 2.0.0

--b
Content-Type: text/rfc822-headers

From: news@example.org
Message-ID: <%d@example.org>

--b--
"""

VACATION = b"""\
From: victim@example.net
To: news@example.org
Subject: Out of office
Auto-Submitted: auto-replied
In-Reply-To: <%d@example.org>

I am away.
"""

APPLE = b"""\
From: victim@example.net
To: news@example.org
Subject: unsubscribe
In-Reply-To: <1@example.org>
Content-Type: text/plain

Apple Mail sent this email to unsubscribe from the message "Monday".
"""


@dataclass
class Mailbox:
    """A ledger, and a mailbox that strangers write to."""

    ledger: Ledger
    path: str
    sender: Sender = SENDER
    numbers: Iterator[int] = field(default_factory=count)

    def get(self, mail: bytes, days_ago: float = 0, *, host: str = "", days_claimed: float | None = None) -> str:
        """Takes ``mail``, which is stored ``days_ago``; returns the trust levels of its events.

        ``host`` hands it to our server; with ``days_claimed`` our server adds no Received, and a forger's is on top.
        """
        stored_at = NOW - timedelta(days=days_ago)
        claimed = stored_at if days_claimed is None else NOW - timedelta(days=days_claimed)
        relay = f"{host or 'mx.rcpt.test'} ({host or 'mx.rcpt.test'} [192.0.2.{next(self.numbers) % 250}])"
        content = f"Received: from {relay} by mx.example.org; {claimed:%a, %d %b %Y %H:%M:%S +0000}\n".encode() + mail
        arrived = arrived_at(content, stored_at, NOW)
        message = RawMessage(
            Origin("imap:bounces/INBOX", str(next(self.numbers))), arrived, content, len(content), stored_at=stored_at
        )
        parsed = parse(content, self.sender, (), stored_at)
        self.ledger.take([Item(message, fingerprint(content), parsed)])
        return " ".join(event.trust for event in parsed.events)

    def suppressed(self) -> list[tuple[str, str, str]]:
        with closing(sqlite3.connect(self.path)) as connection:
            sql = "SELECT address, scope, cause FROM suppressed ORDER BY address"
            return connection.execute(sql).fetchall()


@contextmanager
def attacked(path: str, policy: Policy, sender: Sender = SENDER) -> Iterator[Mailbox]:
    with Ledger(path, policy, clock=lambda: NOW) as ledger:
        yield Mailbox(ledger, path, sender)


def ours(number: int) -> bytes:
    """A message that anybody can make up."""
    return b"From: news@example.org\nTo: x@example.net\nMessage-ID: <%d@example.org>\nSubject: News\n\nHello\n" % number


def failure(number: int, recipient: str = VICTIM) -> bytes:
    return dsn(ours(number), recipient=recipient)


def complaint(recipient: str = VICTIM) -> bytes:
    return arf(ours(1)).replace(b"ann@example.net", recipient.encode())


BOUNCED = [(VICTIM, "all", "bounce")]
COMPLAINED = [(VICTIM, "marketing", "complaint")]


@pytest.mark.parametrize(
    ("policy", "suppressed"),
    [
        pytest.param(Policy(), BOUNCED, id="A1: everything counts"),
        pytest.param(PLAUSIBLE, BOUNCED, id="A2: plausible counts"),
        pytest.param(VERIFIED, [], id="A3: only what is verified counts"),
    ],
)
def test_a_patient_forger_is_plausible_and_no_more(
    policy: Policy, suppressed: list[tuple[str, str, str]], path: str
) -> None:
    with attacked(path, policy) as mailbox:
        for number, day in enumerate((16.1, 8, 0)):
            mailbox.get(failure(number), day)
        assert mailbox.suppressed() == suppressed


def test_reports_that_return_nothing_of_ours_change_nothing(path: str) -> None:
    """A4."""
    with attacked(path, PLAUSIBLE) as mailbox:
        original = b"From: news@elsewhere.example\nMessage-ID: <%d@elsewhere.example>\n\n"
        trust = [mailbox.get(dsn(original % day, recipient=VICTIM), day) for day in range(40, 0, -1)]
        assert set(trust) == {"unverified"}
        assert mailbox.suppressed() == []


def test_a_token_of_the_forger_is_about_the_forger(path: str) -> None:
    """A17, A18, A19: whoever else the report names, in Final-Recipient, beside it, or in a VERP address."""
    token = tokens.make(KEY, date(2026, 12, 31), recipient="ann@example.net").encode()
    original = b"X-Bounced-Token: " + token + b"\n" + ours(1)
    verp = b"To: bounces-victim=example.net@example.org"
    another = b"Final-Recipient: rfc822; ann@example.net\nAction: failed\nStatus: 5.1.1\n\nOriginal-Recipient"
    reports = (
        dsn(original, recipient=VICTIM),
        dsn(original, recipient=VICTIM).replace(b"To: bounces@news.example.org", verp),
        dsn(original, recipient=VICTIM).replace(b"Original-Recipient", another),
    )
    with attacked(path, VERIFIED) as mailbox:
        assert [mailbox.get(report) for report in reports] == ["verified", "verified", "verified plausible"]
        charged = mailbox.ledger.write(
            lambda db: db.execute("SELECT DISTINCT address FROM events WHERE trust = 'verified'").fetchall()
        )
        assert charged == [("ann@example.net",)]


def test_one_forged_complaint_forbids_marketing_where_plausible_ones_count(path: str) -> None:
    """A20."""
    with attacked(path, PLAUSIBLE) as mailbox:
        mailbox.get(complaint())
        assert mailbox.suppressed() == COMPLAINED


def test_a_forged_unsubscribe_request_forbids_marketing(path: str) -> None:
    """A23: as trust.md says, it stands until it is released."""
    with attacked(path, PLAUSIBLE) as mailbox:
        mailbox.get(APPLE)
        assert mailbox.suppressed() == COMPLAINED
    with attacked(f"{path}.verified", VERIFIED) as mailbox:
        mailbox.get(APPLE)
        assert mailbox.suppressed() == []


@pytest.mark.parametrize(
    "sender",
    [
        "bounces-victim=example.net@example.org",
        "SRS0=hash=tt=example.org=bounces-victim=example.net@forwarder.example",
        "SRS1=hash=forwarder.example==hash=tt=example.org=bounces-victim=example.net@second.example",
        "prvs=4711deadbe=bounces-victim=example.net@example.org",
    ],
)
def test_a_forged_verp_address_is_plausible_and_no_more(sender: str, path: str) -> None:
    """A28: rewritten or not."""
    original = f"Return-Path: <{sender}>\nFrom: news@example.org\nMessage-ID: <1@example.org>\n\nHello\n".encode()
    with attacked(path, VERIFIED) as mailbox:
        assert mailbox.get(dsn(original, recipient=VICTIM)) == "plausible"


@pytest.mark.parametrize(
    "sender",
    [
        "bounces-victim=example.net@example.org.evil.example",
        "bounces-victim=example.net\u202e@example.org",
        '"bounces-victim=example.net"@example.org@evil.example',
        "bounces-victim=example.net=evil.example@example.org",
    ],
)
def test_what_looks_like_a_verp_address_names_no_victim(sender: str, path: str) -> None:
    """A29: a suffix, an override of direction, quotes, a second =."""
    original = f"Return-Path: <{sender}>\nMessage-ID: <1@elsewhere.example>\n\nHello\n".encode()
    with attacked(path, PLAUSIBLE) as mailbox:
        for day in (16.1, 8, 0):
            mailbox.get(dsn(original, recipient="ann@elsewhere.example"), day)
        assert VICTIM not in {address for address, _, _ in mailbox.suppressed()}


def test_a_report_within_what_a_report_returns_is_not_believed(path: str) -> None:
    """A31: nor is one in an attachment beside it."""
    inner = failure(2)
    attached = b"\n--b\nContent-Type: message/rfc822\nContent-Disposition: attachment\n\n" + inner + b"\n--b--\n"
    outer = dsn(inner, recipient="ann@example.net")
    with attacked(path, Policy()) as mailbox:
        for day in (16.1, 8, 0):
            mailbox.get(outer, day)
            mailbox.get(dsn(ours(3), recipient="ann@example.net").replace(b"\n--b--\n", attached), day)
        assert VICTIM not in {address for address, _, _ in mailbox.suppressed()}


@pytest.mark.parametrize("proof", [SUCCESS, VACATION], ids=["B7: a success report", "B8: an automatic reply"])
def test_forged_proof_of_delivery_breaks_a_streak_where_plausible_counts(proof: bytes, path: str) -> None:
    for policy, suppressed in ((PLAUSIBLE, []), (VERIFIED, BOUNCED)):
        with attacked(f"{path}.{len(suppressed)}", policy) as mailbox:
            for number, day in enumerate((17, 9, 1)):
                token = tokens.make(KEY, date(2026, 12, 20 + number), recipient=VICTIM).encode()
                original = b"X-Bounced-Token: " + token + b"\n" + ours(number)
                assert mailbox.get(dsn(original, recipient=VICTIM), day) == "verified"
                mailbox.get(proof % number, day - 0.5)
            assert mailbox.suppressed() == suppressed


@pytest.mark.parametrize("levels", [{}, {"delivered": "verified", "auto-reply": "verified"}, VERIFIED.count])
def test_a_forged_failure_and_success_hide_a_genuine_failure_where_plausible_counts(levels: Any, path: str) -> None:
    """B10: nothing comes of it but what B7 does."""
    with attacked(path, replace(PLAUSIBLE, count={**PLAUSIBLE.count, **levels})) as mailbox:
        for number, day in enumerate((17, 9, 1)):
            token = tokens.make(KEY, date(2026, 12, 20 + number), recipient=VICTIM).encode()
            assert mailbox.get(failure(number), day + 0.3) == "plausible"
            mailbox.get(SUCCESS % number, day + 0.2)
            assert (
                mailbox.get(dsn(b"X-Bounced-Token: " + token + b"\n" + ours(number), recipient=VICTIM), day)
                == "verified"
            )
        assert mailbox.suppressed() == (BOUNCED if levels else [])


def test_forged_proof_of_delivery_lifts_no_suppression(path: str) -> None:
    """B9."""
    with attacked(path, PLAUSIBLE) as mailbox:
        for number, day in enumerate((17, 9, 1)):
            mailbox.get(failure(number), day)
        mailbox.get(SUCCESS % 2)
        assert mailbox.suppressed() == BOUNCED


def test_no_forged_received_makes_days_pass(path: str) -> None:
    """E1, E3, E4: stored today, and dated 17, 8 and 0 days ago by whoever wrote them."""
    with attacked(path, PLAUSIBLE) as mailbox:
        for number, day in enumerate((17, 8, 0)):
            mailbox.get(failure(number), 0, days_claimed=day)
        assert mailbox.suppressed() == []
        for number, (stored, claimed) in enumerate(((14.05, 15.01), (7, 7), (0, 0)), 3):
            mailbox.get(failure(number, "ann@example.net"), stored, days_claimed=claimed)
        assert mailbox.suppressed() == []


def test_what_looks_like_sql_is_text(path: str) -> None:
    """H7."""
    name = "x'; DROP TABLE events; --"
    original = f"X-Campaign-ID: {name}\nFrom: news@example.org\nMessage-ID: <1@example.org>\n\nHello\n".encode()
    with attacked(path, PLAUSIBLE, replace(SENDER, campaign="X-Campaign-ID")) as mailbox:
        mailbox.get(dsn(original, recipient="o'or'1'='1@example.net"))
        mailbox.get(arf(original).replace(b"abuse", name.encode()))
    with closing(sqlite3.connect(path)) as connection:
        events = connection.execute("SELECT address, campaign, feedback_type FROM events_view ORDER BY id").fetchall()
    assert events == [("o'or'1'='1@example.net", name, ""), ("ann@example.net", name, name.lower())]


def tokened(recipient: str, week: int) -> bytes:
    """A report about the newsletter of a week, which its recipient really got."""
    token = tokens.make(KEY, date(2026, 12, 1) + timedelta(days=week), recipient=recipient).encode()
    return dsn(b"X-Bounced-Token: " + token + b"\n" + ours(week), recipient=recipient)


def test_subscribers_who_make_up_outages_delay_and_no_more(path: str) -> None:
    """K1: each week as many of them fail as an incident takes, and one two days later, so that it is over."""
    policy = replace(VERIFIED, incidents=IncidentLimits(addresses=5, learn=timedelta()))
    with attacked(path, policy) as mailbox:
        for week in range(7):
            mailbox.get(tokened("dead@gmail.com", week), 48 - 7 * week)
            for number in range(5):
                mailbox.get(tokened(f"mallory{number}@gmail.com", week), 48 - 7 * week)
            mailbox.get(tokened("mallory@gmail.com", week), 46 - 7 * week)
        assert ("dead@gmail.com", "all", "bounce") in mailbox.suppressed()


def test_subscribers_do_not_prolong_an_outage_until_it_counts(path: str) -> None:
    """K2: for longer than ``longest``, where a hard failure suppresses at once."""
    incidents = IncidentLimits(addresses=3, learn=timedelta())
    policy = replace(VERIFIED, limits={**VERIFIED.limits, "hard": Limit(1, 0)}, incidents=incidents)
    with attacked(path, policy) as mailbox:
        for number in range(10):
            mailbox.get(tokened(f"living{number}@gmail.com", 0), 20)
        for day in range(1, 18):
            for number in range(3):
                mailbox.get(tokened(f"mallory{number}@gmail.com", day), 20 - day)
        assert not [address for address, _, _ in mailbox.suppressed() if address.startswith("living")]


@pytest.mark.parametrize(("policy", "suppressed"), [(PLAUSIBLE, BOUNCED), (VERIFIED, [])])
def test_one_forged_report_is_enough_on_probation_where_plausible_counts(
    policy: Policy, suppressed: list[tuple[str, str, str]], path: str
) -> None:
    """A32: after a suppression has lapsed, where ``expire`` has steps."""
    ladder = Ladder((timedelta(days=10), None))
    with attacked(path, replace(policy, expire={"hard": ladder})) as mailbox:
        for week, day in enumerate((60, 52, 44)):
            assert mailbox.get(tokened(VICTIM, week), day) == "verified"
        assert mailbox.get(failure(9), 5) == "plausible"
        assert mailbox.suppressed() == suppressed
