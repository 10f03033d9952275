"""What a leaked token or a leaked signed message proves: one message, to one address, whatever is written beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from sqlite_utils import Database

from bounced import policy, tokens
from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.ledger import history
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, RawMessage, proof
from bounced.parse import parse
from bounced.policy import Policy
from tests.support.ledger import item
from tests.support.signing import NAME, arf, dsn, newsletter, record, sign, sign_without_time

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


INSERT_SENT = "INSERT INTO sends (message_id, address, sent_at) VALUES (?, ?, ?)"
SENT = ("1@news.example.org", VICTIM, "2026-10-08T12:00:00Z")
LATE = ("late@news.example.org", VICTIM, "2026-10-28T12:00:00Z")


def token(recipient: str, campaign: str = "", stream: str = "", id_: str = "") -> bytes:
    until = date(2026, 12, 31)
    made = tokens.make(KEY, until, recipient=recipient, recipient_id=id_, campaign=campaign, stream=stream)
    return made.encode()


def resigned(mail: bytes) -> bytes:
    """``mail`` with a signature that covers no Message-ID, and another form of its body."""
    return sign(mail, headers=(b"from", b"to", b"date"), canonicalisation=(b"simple", b"relaxed"))


def original(*fields: bytes, sender: bytes = b"news@news.example.org") -> bytes:
    """The header of a returned message of ours, with LF line ends."""
    return b"\n".join([b"From: " + sender, b"To: somebody@example.net", *fields, b"Subject: news", b"", b"Hello\n"])


def judged(path: str, *reports: bytes) -> tuple[list[Event], list[tuple[str, str]]]:
    """The events of ``reports``, nine days apart, and what is suppressed in the end; id 4711 is the victim's."""
    events: list[Event] = []
    with Ledger(path, CAREFUL, clock=lambda: NOW) as ledger:
        ledger.write(lambda db: db.execute("INSERT INTO recipients (id, address) VALUES ('4711', ?)", [VICTIM]))
        ledger.write(lambda db: db.conn.executemany(INSERT_SENT, [SENT, LATE]))
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


#: What somebody who has one message to the victim can return: each a proof of it of another kind.
LEAKED = b"Date: Thu, 08 Oct 2026 12:00:00 +0000\n" + newsletter(VICTIM.encode())
SIGNED = sign_without_time(LEAKED, b"from", b"to", b"date", b"message-id")
PROOFS = {
    "a token": original(b"Return-Path: <bounces+%b@news.example.org>" % token(VICTIM)),
    "a token with its campaign": original(b"List-Unsubscribe: <https://x.example/%b>" % token(VICTIM, "autumn")),
    "a token with its stream": original(b"X-Bounced-Token: " + token(VICTIM, stream="tips")),
    "a token with an id": original(b"X-Bounced-Token: " + token("", id_="4711")),
    "a signed Message-ID": SIGNED,
    "another signature": sign_without_time(LEAKED, b"from", b"to", b"date").replace(b"<1@", b"<other@"),
    "a relaxed one": resigned(LEAKED).replace(b"<1@", b"<third@"),
    "the table sends": original(b"Message-ID: <1@news.example.org>"),
}


@pytest.mark.parametrize("shown", [*combinations(PROOFS, 3)], ids="; ".join)
def test_all_proofs_of_one_message_are_one_failure(shown: tuple[str, ...], path: str) -> None:
    """Whatever its recipient leaves out, in whatever order."""
    for number, names in enumerate((shown, shown[::-1])):
        events, suppressed = judged(f"{path}-{number}", *(dsn(PROOFS[name], recipient=VICTIM) for name in names))
        assert [event.trust for event in events] == ["plausible" if "sends" in name else "verified" for name in names]
        assert suppressed == []


def test_signed_messages_of_others_tell_no_messages_apart(path: str) -> None:
    """Any subscriber has many signed messages, and can put a leaked token on top."""
    mails = [
        b"X-Bounced-Token: " + token(VICTIM, campaign) + b"\n" + sign(newsletter(b"joe@x.test").replace(b"<1@", mid))
        for campaign, mid in (("", b"<1@"), ("autumn", b"<2@"), ("", b"<3@"))
    ]
    events, suppressed = judged(path, *(dsn(mail, recipient=VICTIM) for mail in mails))
    assert {event.evidence for event in events} == {"token k2"}
    assert suppressed == []


def test_a_sender_who_changes_the_proofs_loses_no_failure(path: str) -> None:
    """A token in the return path alone, then a signature too, then only the row in ``sends``."""
    dated = b"Date: Sat, 17 Oct 2026 00:00:00 +0000\n" + newsletter(VICTIM.encode()).replace(b"<1@", b"<2@")
    signed = b"X-Bounced-Token: %b\n" % token(VICTIM) + sign_without_time(dated, b"from", b"to", b"date", b"message-id")
    mails = [original(b"Return-Path: <bounces+%b@news.example.org>" % token(VICTIM, "one")), signed]
    mails.append(original(b"Message-ID: <late@news.example.org>"))
    assert judged(path, *(dsn(mail, recipient=VICTIM) for mail in mails))[1] == [(VICTIM, "bounce")]


def test_a_message_that_sends_names_later_is_the_one_that_was_proved(path: str) -> None:
    """A report that names nobody is attributed with the proof that attributes it."""
    failure: Any = {"kind": "bounce", "action": "failed", "class_": "hard", "reason": "user_unknown"}
    shown = Event(VICTIM, **failure, trust="verified", proved=proof("token-address", "1"))
    nameless = Event("", **failure, original_message_id=SENT[0])
    with Ledger(path, CAREFUL, clock=lambda: NOW) as ledger:
        ledger.take([item(1, 0, shown), item(2, 9, nameless)])
        ledger.write(lambda db: db.execute(INSERT_SENT, SENT))
        assert [event.address for receipt in ledger.attribute() for event in receipt.attributed] == [VICTIM]
    with closing(sqlite3.connect(path)) as connection:
        judgment = policy.decide(VICTIM, history.entries(Database(connection), VICTIM, CAREFUL), CAREFUL)
    assert [step.note for step in judgment.steps if step.entry.id] == [
        "failure 1 of the streak",
        "not counted: no proof tells its message from those that failed before",
    ]


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
