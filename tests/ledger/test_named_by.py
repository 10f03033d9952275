"""A verified report is about the campaign, stream and sending domain that only the sender can have written (F7)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bounced import times, tokens
from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.ledger import database, schema
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, RawMessage
from bounced.parse import parse
from bounced.policy import Policy
from tests.support.signing import NAME, arf, dsn, newsletter, record, sign

KEY = tokens.Key("k2", bytes(range(32)))
SENDER = Sender(
    campaign="X-Campaign-ID",
    stream="X-Stream",
    verp=("{campaign}-{user}={domain}@news.example.org",),
    keys=(KEY,),
    anchors=TrustAnchors(own_domains=("example.org",), dkim_keys={NAME: record()}),
)
VERIFIED = Policy(
    count={"bounce": "verified", "complaint": "verified"},
    complaints={"abuse": "stream"},
    transactional=("invoices",),
)
PLAUSIBLE = replace(VERIFIED, count={"bounce": "plausible", "complaint": "plausible"})
NOW = times.now()
ANN = "ann@example.net"

FORGED = b"X-Campaign-ID: spring\nX-Stream: invoices\nFrom: news@shop.example.org\nTo: ann@example.net\n"


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, VERIFIED, clock=lambda: NOW) as opened:
        yield opened


def token(**names: str) -> bytes:
    made = tokens.make(KEY, date(NOW.year + 1, 1, 1), recipient=ANN, **names)
    return b"X-Bounced-Token: " + made.encode() + b"\n"


def take(ledger: Ledger, report: bytes) -> Event:
    parsed = parse(report, SENDER, (), NOW)
    message = RawMessage(Origin("file:/x", ""), NOW, report, len(report))
    [item] = ledger.take([Item(message, fingerprint(report), parsed)]).items
    ledger.upkeep.recount()
    assert item.parsed is not None
    [event] = item.parsed.events
    return event


def rates(path: str) -> dict[str, int]:
    """How many bounced or complained, by campaign and sending domain."""
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT name, bounces + complaints FROM campaign_health WHERE dimension <> 'provider'"
        return {name: number for name, number in db.execute(sql) if number}


def forbidden(path: str) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [scope for (scope,) in db.execute("SELECT scope FROM suppressed ORDER BY scope")]


@pytest.mark.parametrize("report", [arf, dsn])
def test_a_token_that_names_no_campaign_proves_none(report: Any, ledger: Ledger, path: str) -> None:
    event = take(ledger, report(token() + FORGED + b"\n"))
    assert (event.trust, event.campaign, event.campaign_by) == ("verified", "spring", "header")
    assert (event.sending_domain, event.sending_domain_by) == ("shop.example.org", "header")
    assert rates(path) == {}


def test_the_campaign_in_the_token_counts(ledger: Ledger, path: str) -> None:
    event = take(ledger, arf(token(campaign="autumn", stream="invoices") + FORGED + b"\n"))
    assert (event.campaign, event.campaign_by, event.stream_by) == ("autumn", "token", "token")
    assert rates(path) == {"autumn": 1}
    assert forbidden(path) == ["invoices"]


def test_a_stream_that_nobody_proved_forbids_no_more_than_marketing(ledger: Ledger, path: str) -> None:
    event = take(ledger, arf(token() + FORGED + b"\n"))
    assert (event.stream, event.stream_by) == ("invoices", "header")
    assert forbidden(path) == ["marketing"]


SIGNED = (b"from", b"to", b"message-id", b"x-campaign-id", b"x-stream")


def marked() -> bytes:
    return newsletter().replace(b"Subject:", b"X-Campaign-ID: autumn\nX-Stream: invoices\nSubject:")


def test_the_campaign_that_our_signature_covers_counts(ledger: Ledger, path: str) -> None:
    event = take(ledger, arf(sign(marked(), headers=SIGNED)))
    assert (event.campaign_by, event.stream_by, event.sending_domain_by) == ("dkim", "dkim", "dkim")
    assert rates(path) == {"autumn": 1, "news.example.org": 1}
    assert forbidden(path) == ["invoices"]


@pytest.mark.parametrize(
    ("headers", "added"),
    [
        pytest.param(SIGNED[:3], b"", id="not signed"),
        pytest.param(SIGNED, b"X-Campaign-ID: spring\nX-Stream: shop\n", id="another one on top"),
    ],
)
def test_a_campaign_beside_the_signature_does_not(
    headers: tuple[bytes, ...], added: bytes, ledger: Ledger, path: str
) -> None:
    event = take(ledger, arf(added + sign(marked(), headers=headers)))
    assert (event.trust, event.campaign_by, event.stream_by) == ("verified", "header", "header")
    assert rates(path) == {"news.example.org": 1}


def test_the_signed_campaign_of_a_message_to_somebody_else_is_no_proof(ledger: Ledger, path: str) -> None:
    """One's own token, and a signed message that another one got."""
    others = sign(marked().replace(b"ann@", b"ben@"), headers=SIGNED)
    event = take(ledger, arf(token() + others))
    assert (event.address, event.trust, event.campaign_by) == (ANN, "verified", "header")
    assert rates(path) == {}


def test_what_sends_says_replaces_what_a_header_says(ledger: Ledger, path: str) -> None:
    row = ("1@x", ANN, "autumn", "news", "Shop2.example.org")
    sql = "INSERT INTO sends (message_id, address, campaign, stream, sending_domain) VALUES (?, ?, ?, ?, ?)"
    ledger.write(lambda db: db.execute(sql, row))
    event = take(ledger, arf(b"Message-ID: <1@x>\n" + FORGED + b"\n"))
    assert (event.trust, event.campaign, event.stream) == ("verified", "autumn", "news")
    assert {event.campaign_by, event.stream_by, event.sending_domain_by} == {"sends"}
    assert rates(path) == {"autumn": 1, "shop2.example.org": 1}


def test_where_sends_names_no_campaign_the_header_is_as_good_as_before(ledger: Ledger, path: str) -> None:
    ledger.write(lambda db: db.execute("INSERT INTO sends (message_id, address) VALUES ('1@x', ?)", [ANN]))
    event = take(ledger, arf(b"Message-ID: <1@x>\n" + FORGED + b"\n"))
    assert (event.trust, event.campaign, event.campaign_by) == ("verified", "spring", "header")
    assert rates(path) == {}


def test_what_is_attributed_later_is_about_the_campaign_of_sends(ledger: Ledger, path: str) -> None:
    parsed = parse(arf(b"Message-ID: <1@x>\n" + FORGED + b"\n"), SENDER, (), NOW)
    nameless = replace(parsed, events=(replace(parsed.events[0], address="", charged_by=""),))
    ledger.take([Item(RawMessage(Origin("file:/x", ""), NOW, b"x", 1), "f" * 64, nameless)])
    row = ("1@x", ANN, "autumn")
    ledger.write(lambda db: db.execute("INSERT INTO sends (message_id, address, campaign) VALUES (?, ?, ?)", row))
    assert [receipt.attributed[0].address for receipt in ledger.attribute()] == [ANN]
    ledger.upkeep.recount()
    assert rates(path) == {"autumn": 1}


def test_a_campaign_in_the_envelope_sender_is_a_claim(ledger: Ledger, path: str) -> None:
    returned = b"Return-Path: <spring-ann=example.net@news.example.org>\n" + token()
    event = take(ledger, arf(returned + b"\n"))
    assert (event.trust, event.campaign, event.campaign_by) == ("verified", "spring", "verp")
    assert rates(path) == {}


def test_another_level_counts_all_again(ledger: Ledger, path: str) -> None:
    take(ledger, arf(token() + FORGED + b"\n"))
    take(ledger, dsn(token(campaign="autumn") + FORGED + b"\n"))
    assert rates(path) == {"autumn": 1}
    for policy, counts in (
        (PLAUSIBLE, {"autumn": 1, "spring": 1, "shop.example.org": 2}),
        (
            replace(VERIFIED, count={"bounce": "plausible", "complaint": "verified"}),
            {"autumn": 1, "shop.example.org": 1},
        ),
        (VERIFIED, {"autumn": 1}),
        (Policy(), {"autumn": 1, "spring": 1, "shop.example.org": 2}),
    ):
        ledger.adopt(policy)
        ledger.upkeep.recount()
        assert rates(path) == counts


def test_what_a_person_accepts_counts_with_its_names(ledger: Ledger, path: str) -> None:
    event = take(ledger, arf(FORGED + b"\n"))
    assert (event.trust, rates(path)) == ("plausible", {})
    ledger.decisions.accept([1], "seen")
    ledger.upkeep.recount()
    assert rates(path) == {"spring": 1, "shop.example.org": 1}


def test_a_third_party_sees_what_names_them(ledger: Ledger, path: str) -> None:
    take(ledger, arf(token(campaign="autumn") + FORGED + b"\n"))
    with closing(sqlite3.connect(path)) as db:
        sql = "SELECT campaign_by, stream_by, sending_domain_by FROM events_view"
        assert db.execute(sql).fetchall() == [("token", "header", "header")]


def test_what_was_recorded_before_is_proved_by_its_token_or_by_sends(tmp_path: Path) -> None:
    """A database of the version that did not know what names a campaign."""
    db = Database(str(tmp_path / "before.db"))
    schema.migrations.apply(db, stop_before="m010_named_by")
    message = {"fingerprint": "ab" * 32, "arrived_at": "", "recorded_at": "", "source": "", "size": 0, "kind": "bounce"}
    database.insert(db, "messages", {**message, "id": 1, "decoder": "", "subject": "", "recognized": 1, "problem": ""})
    empty = ("reason", "status", "reply_code", "diagnostic_code", "final_recipient", "original_recipient", "rule")
    known = {"message": 1, "happened_at": "", "address": ANN, "kind": "bounce", "action": "failed", "class": ""}
    names = {"campaign": "spring", "stream": "news", "reporting_mta": "", "remote_mta": "", "feedback_type": ""}
    proofs = (
        "token k2 2026-12-31 spring",
        "token k2 2026-12-31 spring news",
        "token k2 2026-12-31 springs",
        "1@s",
        "2@s",
    )
    for proved in proofs:
        row = {**dict.fromkeys(empty, ""), **known, **names, "original_message_id": proved, "proved": proved}
        database.insert(db, "events", row)
    database.insert(db, "sends", {"message_id": "1@s", "address": ANN, "campaign": "spring"})
    schema.migrations.apply(db)
    found = [tuple(row.values()) for row in db.query("SELECT campaign_by, stream_by FROM events ORDER BY id")]
    assert found == [("token", ""), ("token", "token"), ("", ""), ("sends", ""), ("", "")]
    db.close()
