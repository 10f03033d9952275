"""What a leaked token or a leaked signed message proves: one message, to one address, whatever is written beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from bounced import tokens
from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, RawMessage
from bounced.parse import parse
from bounced.policy import Policy
from tests.support.signing import NAME, arf, dsn, newsletter, record, sign

KEY = tokens.Key("k2", bytes(range(32)))
SENDER = Sender(
    recipient_id="X-Subscriber",
    verp=("bounces-{id}@news.example.org",),
    keys=(KEY,),
    anchors=TrustAnchors(own_domains=("example.org",), dkim_keys={NAME: record()}),
)
CAREFUL = Policy(count={"bounce": "verified", "complaint": "verified"}, own=("example.org",))
NOW = datetime(2026, 11, 1, tzinfo=UTC)
VICTIM = "victim@example.net"


def token(recipient: str, campaign: str = "") -> bytes:
    return tokens.make(KEY, date(2026, 12, 31), recipient=recipient, campaign=campaign).encode()


def original(*fields: bytes, sender: bytes = b"news@news.example.org") -> bytes:
    """The header of a returned message of ours, with LF line ends."""
    return b"\n".join([b"From: " + sender, b"To: somebody@example.net", *fields, b"Subject: news", b"", b"Hello\n"])


def judged(path: str, *reports: bytes) -> tuple[list[Event], list[tuple[str, str]]]:
    """The events of ``reports``, nine days apart, and what is suppressed in the end; id 4711 is the victim's."""
    events: list[Event] = []
    with Ledger(path, CAREFUL, clock=lambda: NOW) as ledger:
        ledger.write(lambda db: db.execute("INSERT INTO recipients VALUES ('4711', ?)", [VICTIM]))
        for number, report in enumerate(reports):
            arrived_at = NOW - timedelta(days=9 * (len(reports) - 1 - number))
            parsed = parse(report, SENDER, (), arrived_at)
            message = RawMessage(Origin("file:/x", str(number)), arrived_at, report, len(report))
            ledger.take([Item(message, fingerprint(report + b"%d" % number), parsed)])
            events += parsed.events
    with closing(sqlite3.connect(path)) as connection:
        return events, connection.execute("SELECT address, cause FROM suppressed ORDER BY address").fetchall()


@pytest.mark.parametrize(
    ("recipient", "report"),
    [
        pytest.param("ann@example.net", b"X-Subscriber: 4711", id="A11: an id in a header"),
        pytest.param("ann@example.net", b"Return-Path: <bounces-4711@news.example.org>", id="A12: an id in VERP"),
        pytest.param("colleague@example.org", b"X-Subscriber: 4711", id="A12: a token to one of our own"),
        pytest.param("fbl@fbl.test", b"X-Subscriber: 4711", id="A12: a token to the reporter"),
    ],
)
def test_a_token_with_an_address_outranks_an_unsigned_id(recipient: str, report: bytes, path: str) -> None:
    returned = original(b"X-Bounced-Token: " + token(recipient), b"Message-ID: <1@news.example.org>", report)
    events, suppressed = judged(path, arf(returned))
    assert [event.recipient_id for event in events] == [""]
    assert VICTIM not in dict(suppressed)


@pytest.mark.parametrize("recipient", ["colleague@example.org", "fbl@fbl.test"])
def test_a_token_whose_address_is_never_charged_verifies_nothing(recipient: str) -> None:
    returned = original(b"X-Bounced-Token: " + token(recipient))
    [event] = parse(arf(returned), SENDER, (), NOW).events
    assert (event.address, event.trust) == ("", "plausible")
    assert "token k2, which names an address that is never charged" in event.evidence


def test_to_is_ignored_when_a_token_names_an_exempt_address(path: str) -> None:
    """The Message-ID of the victim's message in a report with a token of one's own."""
    with Ledger(path, CAREFUL, clock=lambda: NOW) as ledger:
        ledger.write(lambda db: db.execute("INSERT INTO sends (message_id, address) VALUES ('9@x', ?)", [VICTIM]))
    returned = original(b"X-Bounced-Token: " + token("fbl@fbl.test"), b"Message-ID: <9@x>")
    assert judged(path, arf(returned))[1] == []


@pytest.mark.parametrize("place", [b"X-Bounced-Token: %b", b"List-Unsubscribe: <https://news.example.org/u/%b>"])
def test_one_token_under_three_message_ids_is_one_failure(place: bytes, path: str) -> None:
    """A14."""
    fields = [[place % token(VICTIM), b"Message-ID: <%d@news.example.org>" % number] for number in range(3)]
    events, suppressed = judged(path, *(dsn(original(*lines), recipient=VICTIM) for lines in fields))
    assert [(event.address, event.trust) for event in events] == [(VICTIM, "verified")] * 3
    assert suppressed == []


def test_three_tokens_are_three_failures(path: str) -> None:
    campaigns = ("one", "two", "three")
    returned = [original(b"X-Bounced-Token: " + token(VICTIM, campaign)) for campaign in campaigns]
    assert judged(path, *(dsn(mail, recipient=VICTIM) for mail in returned))[1] == [(VICTIM, "bounce")]


@pytest.mark.parametrize("headers", [(b"from", b"to", b"message-id"), (b"from", b"to")])
def test_one_signed_message_under_several_message_ids_is_one_failure(headers: tuple[bytes, ...], path: str) -> None:
    """A16, and the same where the Message-ID is not signed at all."""
    signed = sign(newsletter(VICTIM.encode()), headers=headers)
    mails = [b"Message-ID: <%d@news.example.org>\n" % number + signed for number in range(3)]
    if headers[-1] == b"to":  # the first of that name has to go: it would be the one that is read
        mails = [mail.replace(b"Message-ID: <1@news.example.org>\nSubject", b"Subject") for mail in mails]
    events, suppressed = judged(path, *(dsn(mail, recipient=VICTIM) for mail in mails))
    assert [(event.address, event.trust) for event in events] == [(VICTIM, "verified")] * 3
    assert suppressed == []


def test_three_signed_messages_are_three_failures(path: str) -> None:
    mails = [sign(newsletter(VICTIM.encode()).replace(b"<1@", b"<%d@" % number)) for number in range(3)]
    assert judged(path, *(dsn(mail, recipient=VICTIM) for mail in mails))[1] == [(VICTIM, "bounce")]


def test_reports_with_and_without_proof_share_a_message_id(path: str) -> None:
    """Two servers on the way report one failure; the second returns no more than the Message-ID."""
    everything = Policy()
    returned = original(b"X-Bounced-Token: " + token(VICTIM), b"Message-ID: <1@news.example.org>")
    bare = original(b"Message-ID: <1@news.example.org>")
    with Ledger(path, everything, clock=lambda: NOW) as ledger:
        for days, mail in ((20, returned), (2, bare), (1, bare)):
            arrived_at = NOW - timedelta(days=days)
            report = dsn(mail, recipient=VICTIM)
            message = RawMessage(Origin("file:/x", str(days)), arrived_at, report, len(report))
            ledger.take([Item(message, f"{days:064x}", parse(report, SENDER, (), arrived_at))])
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM suppressed").fetchone() == (0,)
