"""An erased address is nowhere in the file, octet by octet, and still refused; what is about others is as before."""

from __future__ import annotations

import base64
import hashlib
import json
import quopri
import sqlite3
import zlib
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bounced import tokens
from bounced.address import in_unicode
from bounced.errors import LedgerError
from bounced.ledger import database, erased, exporting, queries, scrubbing
from bounced.ledger.exporting import Selection
from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.ledger.spellings import Spellings
from bounced.lists.entry import Entry
from bounced.model import Event, Item
from bounced.policy import Limit, Policy
from tests.support.ledger import DAY0, NOW, failed, item, rows

ANNA = "anna.Ö@xn--bcher-kva.example".lower()
BERT = "bert@example.org"

POLICY = Policy({**Policy().limits, "hard": Limit(1, 0)}, delimiters="+")

#: How an address may be in a file, as octets in lower case.
CODINGS = (str.encode, lambda text: text.encode("utf-16-le"), lambda text: text.encode("utf-16-be"))


def spellings(address: str) -> set[bytes]:
    local, _, domain = address.rpartition("@")
    forms = {address, in_unicode(address), f"{local}={domain}", f"{local}%40{domain}", json.dumps(address)[1:-1]}
    octets = {coding(form) for form in forms for coding in CODINGS}
    return octets | {quopri.encodestring(each).strip() for each in octets} | set(map(zipped, octets))


def zipped(octets: bytes) -> bytes:
    """What base64 has of ``octets`` wherever they begin."""
    return base64.b64encode(octets[: len(octets) // 3 * 3])


def left(path: str, address: str) -> list[tuple[str, bytes]]:
    files = Path(path).parent.glob(f"{Path(path).name}*")
    contents = [(file.name, file.read_bytes()) for file in files]
    return [
        (name, spelling)
        for name, content in contents
        for spelling in spellings(address)
        if spelling in content or spelling.lower() in content.lower()
    ]


def about(address: str, **fields: Any) -> Event:
    text = f"550 5.1.1 <{address}> of Anna Aarhus: no such user"
    return failed(address, diagnostic_code=text, trust="verified", evidence=f"token for {address}", **fields)


def not_recognized(number: int, content: bytes, *events: Event) -> Item:
    odd = item(number, 3, *events, uid=number)
    assert odd.parsed
    parsed = replace(odd.parsed, events_dropped=1, subject="who knows")
    return replace(odd, message=replace(odd.message, content=content), parsed=parsed)


def messages() -> Iterator[Item]:
    shown = in_unicode(ANNA)
    for number, tenant in enumerate(("", "acme"), 1):
        names = {"final_recipient": shown.upper(), "campaign": "may", "original_message_id": f"{number}@x"}
        yield item(number, number, about(ANNA, tenant=tenant, **names), uid=number)
    subject = item(3, 3, about(ANNA), uid=3)
    assert subject.parsed
    yield replace(subject, parsed=replace(subject.parsed, subject="Undelivered: Anna Aarhus"))
    bert = failed(BERT, diagnostic_code=f"also {shown}, and bert", original_recipient=ANNA, trust="verified")
    yield item(4, 4, bert, about(ANNA), about(ANNA.replace("@", "+news@")), uid=4)
    headers = (("X-List", f"bounce-{ANNA.replace('@', '=')}@list.example"), ("X-Other", f'"{shown}"'))
    yield item(5, 5, failed(BERT, headers=headers, campaign=f"for {ANNA}", original_message_id=ANNA), uid=5)
    yield item(6, 6, Event(ANNA, "complaint", feedback_type="abuse", trust="verified"), uid=6, kind="complaint")
    yield not_recognized(7, f"Subject: x\n\nto {shown}".encode())
    yield not_recognized(8, b"\n\n" + base64.encodebytes(f"for {ANNA}, it failed".encode()))
    yield not_recognized(9, b"\n\n" + quopri.encodestring(f"for {ANNA}".encode()), failed(""))
    yield not_recognized(10, b"\n\nnobody", failed(""))
    for number in range(20):
        yield item(100 + number, 10 + number, failed(BERT, diagnostic_code=f"by {ANNA}" if number == 19 else "none"))


@pytest.fixture
def full(path: str) -> Iterator[Ledger]:
    """Anna is in as many tables as can be, of nobody and of a tenant."""
    with Ledger(path, POLICY, clock=lambda: NOW) as ledger:
        ledger.write(
            lambda db: database.insert(db, "recipients", {"id": "7", "address": ANNA, "engaged_at": "2026-08-01"})
        )
        for address in (ANNA, BERT):
            row = {"message_id": f"{address.partition('@')[0]}@sent", "address": address, "campaign": "may"}
            ledger.write(partial(database.insert, table="sends", row=row))
        ledger.take(list(messages()))
        ledger.upkeep.recount()
        ledger.decisions.decide([ANNA, f"(acme){ANNA}"], "suppress", "marketing", f"{ANNA} asked")
        ledger.decisions.decide([BERT], "release", "", f"not {ANNA}")
        ledger.lists.take([Entry(ANNA, "manual", "", "", "news", DAY0, "by list", "old")])
        yield ledger


def refused(path: str, address: str, scope: str = "all", tenant: str = "") -> bool:
    with Suppressions(path, tenant=tenant) as suppressions:
        return suppressions.get(address, scope) is not None


def test_nothing_of_it_is_left_in_the_file(full: Ledger, path: str) -> None:
    assert left(path, ANNA), "else the search finds nothing"
    result = full.erasure.erase(ANNA, "+")
    full.erasure.rewrite()
    assert left(path, ANNA) == [] == left(path, ANNA.replace("@", "+news@"))
    assert not any(b"Aarhus" in file.read_bytes() for file in Path(path).parent.glob("bounced.db*"))
    assert result.rows["event_rows"] == 6
    places = {uid: message.is_shared for message in result.messages for _, _, uid in message.places}
    assert places == {1: False, 2: False, 3: False, 4: True, 6: False, 7: True, 8: True, 9: True}
    full.close()
    assert left(path, ANNA) == []
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []


def test_what_is_packed_does_not_name_it(full: Ledger, path: str) -> None:
    full.erasure.erase(ANNA, "+")
    kept = [database_content for (database_content,) in rows(path, "SELECT content FROM unrecognized")]
    assert len(kept) == 1
    states = [erased_states for (erased_states,) in rows(path, "SELECT kept FROM states")]
    names = Spellings(ANNA, "+")
    assert not any(names.are_in(zlib.decompress(each).decode()) for each in (*kept, *states))


def test_it_is_refused_as_before(full: Ledger, path: str) -> None:
    before = {
        (scope, tenant): refused(path, ANNA, scope, tenant) for scope in ("all", "marketing") for tenant in ("", "acme")
    }
    full.erasure.erase(ANNA, "+")
    assert before == {key: refused(path, in_unicode(ANNA).upper(), *key) for key in before}
    assert any(before.values())
    assert refused(path, ANNA.replace("@", "+other@"))
    full.replay()
    assert before == {key: refused(path, ANNA, *key) for key in before}


def test_others_are_as_before(full: Ledger, path: str) -> None:
    sql = """
        SELECT id, happened_at, address, class, reason, headers <> '{}', trust FROM tenant_events
        WHERE address NOT LIKE 'anna%' ORDER BY id
    """
    facts = [
        *(sql, "SELECT * FROM suppressed WHERE address = 'bert@example.org'", "SELECT * FROM campaign_health"),
        *("SELECT fingerprint FROM messages ORDER BY id", "SELECT * FROM volume"),
        "SELECT * FROM failure_counts WHERE span > 0",
    ]
    before = [rows(path, each) for each in facts]
    full.erasure.erase(ANNA, "+")
    assert [rows(path, each) for each in facts] == before
    [(text,)] = rows(path, "SELECT diagnostic_code FROM events_view WHERE diagnostic_code LIKE 'also%'")
    assert text == "also erased, and bert"
    assert all(json.loads(headers) is not None for (headers,) in rows(path, "SELECT headers FROM events_view"))


def test_no_column_is_left_out(full: Ledger, path: str) -> None:
    """Whatever table has it, in whatever column that takes any text."""
    full.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for table in ("sends", "recipients"):  # their addresses are checked
            connection.execute(f"DELETE FROM {table} WHERE address = ?", [ANNA])
        planted = sum(plant(connection, table, column) for table, column in columns(connection, ("TEXT",)))
        assert planted > 60
        db = Database(connection, execute_plugins=False)
        assert scrubbing.scrub(db, Spellings(ANNA)) > 30
        connection.execute("VACUUM")
    assert left(path, ANNA) == []


def plant(db: sqlite3.Connection, table: str, column: str) -> int:
    """Writes the address into ``column`` of a row, if it takes it."""
    sql = f"UPDATE {table} SET {column} = {column} || ? WHERE {column} = (SELECT max({column}) FROM {table})"
    try:
        return db.execute(sql, [f" {ANNA} "]).rowcount
    except sqlite3.IntegrityError:
        return 0


def columns(db: sqlite3.Connection, types: Collection[str]) -> list[tuple[str, str]]:
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [
        (table, column)
        for (table,) in db.execute(tables).fetchall()
        for _, column, type_, *_ in db.execute(f'PRAGMA table_info("{table}")').fetchall()
        if type_ in types
    ]


def test_what_is_packed_is_known(path: str) -> None:
    """A new column of this type has to be unpacked by bounced.ledger.scrubbing."""
    with Ledger(path, POLICY), closing(sqlite3.connect(path)) as db:
        packed = {("message_rows", "fingerprint"), ("unrecognized", "content"), ("states", "kept")}
        assert set(columns(db, ("BLOB", "ANY", ""))) == packed


def test_facts_are_guarded_again(full: Ledger, path: str) -> None:
    sql = "SELECT name, sql FROM sqlite_master ORDER BY name"
    before = rows(path, sql)
    full.erasure.erase(ANNA, "+")
    assert rows(path, sql) == before


def test_again_it_changes_nothing(full: Ledger, path: str) -> None:
    full.erasure.erase(ANNA, "+")
    sql = "SELECT address, scope, cause, since FROM suppressions ORDER BY 1, 2, 3"
    before = rows(path, sql)
    again = full.erasure.erase(ANNA, "+")
    assert (again.rows, again.texts, again.kept) == ({}, 0, 0)
    assert rows(path, sql) == before
    full.erasure.rewrite()
    assert left(path, ANNA) == [], "it was killed before it was written anew"


def test_entirely_keeps_nothing(full: Ledger, path: str) -> None:
    full.erasure.erase(ANNA, "+")
    assert refused(path, ANNA)
    full.erasure.erase(ANNA, "+", entirely=True)
    assert not refused(path, ANNA)
    assert not refused(path, ANNA, "marketing", "acme")


def test_the_same_mailbox_and_new_reports_do_not_bring_it_back(full: Ledger, path: str) -> None:
    full.erasure.erase(ANNA, "+")
    receipt = full.take([*messages()])
    assert {intake.outcome for intake in receipt.intakes} == {"repeated"}
    new = item(500, 40, about(ANNA), failed(BERT, diagnostic_code=f"as {ANNA}"), uid=500)
    only = item(501, 40, about(ANNA.replace("@", "+news@")), uid=501)
    odd = not_recognized(502, f"\n\nto {ANNA}".encode())
    receipt = full.take([new, only, odd])
    assert [intake.outcome for intake in receipt.intakes] == [
        "counted",
        "counted",
        "unreadable",
    ]
    assert [len(each.parsed.events) for each in receipt.items if each.parsed] == [1, 0, 0]
    full.erasure.rewrite()
    assert left(path, ANNA) == []


def test_a_list_does_not_bring_it_back_and_a_release_does(full: Ledger, path: str) -> None:
    full.erasure.erase(ANNA, "+")
    assert full.lists.take([Entry(ANNA, "manual", "", "", "all", DAY0, "", "crm")]).new == 0
    folded = full.decisions.decide([ANNA], "release", "", "")
    assert {address for address, _ in folded.ended} == {ANNA}
    assert not refused(path, ANNA)
    full.take([item(600, 41, about(ANNA), uid=600)])
    assert rows(path, f"SELECT count(*) FROM events_view WHERE address = '{ANNA}'") == [(1,)]


def test_nobody_is_told_an_entry(full: Ledger, path: str) -> None:
    full.erasure.erase(ANNA, "+")
    with closing(sqlite3.connect(path)) as db:
        assert all("@" in entry.address for entry in exporting.entries(db, Selection()))
        assert not any(erased.is_entry(address) for (address,) in db.execute("SELECT address FROM outbox"))


def test_an_export_is_written_again(full: Ledger, path: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        before = exporting.last_change(db)
        full.erasure.erase(ANNA, "+", entirely=True)
        assert exporting.last_change(db) != before


def test_a_reader_that_keeps_the_log_is_an_error(full: Ledger, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM texts").fetchone()
        full.write(lambda db: db.execute("PRAGMA busy_timeout = 100"))
        full.erasure.erase(ANNA, "+")
        with pytest.raises(LedgerError, match="run it again"):
            full.erasure.rewrite()
        reader.execute("ROLLBACK")
    full.erasure.rewrite()
    assert left(path, ANNA) == []


def test_a_daemon_that_writes_meanwhile_goes_on(full: Ledger, path: str) -> None:
    """It remembers ids of rows that only facts about the address had."""
    with Ledger(path, POLICY, clock=lambda: NOW) as daemon:
        facts = {"campaign": "hers", "remote_mta": "mx.example", "evidence": "hers", "diagnostic_code": "hers"}
        daemon.take([item(700, 42, failed(ANNA, **facts), uid=700)])
        full.erasure.erase(ANNA, "+")
        full.erasure.rewrite()
        daemon.take([item(701, 43, failed(BERT, **facts), uid=701)])
        sql = "SELECT campaign, remote_mta, evidence, diagnostic_code FROM events_view WHERE campaign = 'hers'"
        assert rows(path, sql) == [("hers", "mx.example", "hers", "hers")]
        assert left(path, ANNA) == []


def test_events_are_counted_as_there_are(path: str) -> None:
    """Also where the newest are erased: no number is given again, as somebody may be about to accept that event."""
    with Ledger(path, Policy()) as ledger:
        for day, address in enumerate(["b@c.test", "a@b.test", "b@c.test", "a@b.test", "a@b.test"]):
            ledger.take([item(day, day, failed(address))])
        ledger.erasure.erase("a@b.test", "")
        for more in (0, 1):
            assert queries.counts(ledger._db, NOW)["event_count"] == 2 + more
            ledger.take([item(9 + more, 9, failed("b@c.test"))])
    assert rows(path, "SELECT id FROM events ORDER BY id") == [(1,), (3,), (6,), (7,)]


def test_other_spellings_of_its_mailbox_stay_refused(path: str) -> None:
    with Ledger(path, replace(POLICY, spellings=("google",)), clock=lambda: NOW) as ledger:
        ledger.decisions.decide(["joe.doe@gmail.com"], "suppress", "all", "")
        assert refused(path, "jo.edoe@gmail.com")
        ledger.erasure.erase("joe.doe@gmail.com", "")
        assert refused(path, "jo.edoe@gmail.com")
        assert not refused(path, "joe.do@gmail.com")
        ledger.erasure.erase("joe.doe@gmail.com", "", entirely=True)
        assert not refused(path, "joe.doe@gmail.com")
        assert not refused(path, "jo.edoe@gmail.com")


def test_whatever_refers_to_an_incident_goes_before_it(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        tables = [table.name for table in ledger._db.tables]
        referring = {
            (table, row["table"])
            for table in tables
            for row in ledger._db.query(f"PRAGMA foreign_key_list({table})")
            if row["table"] in ("failure_units", "incident_spans")
        }
    order = ("incident_rows", *scrubbing.OF_UNITS)
    assert all(order.index(table) < order.index(to) for table, to in referring), referring
    assert len(referring) > 2


def test_codes_and_hashes_of_it_are_left_nowhere(path: str) -> None:
    """In texts about others: links and return paths of bounced and of other programs."""
    anna = "anna@example.net"
    token = tokens.make(tokens.Key("ab", b"k" * 32), date(2026, 1, 1), recipient=anna)
    code, digest = base64.b64encode(anna.encode()).decode(), hashlib.md5(anna.encode()).hexdigest()
    rest = (f"SRS0=abcd=TT=example.net=anna@{BERT}", "prvs=1234abcd=Anna@Example.Net", "anna (at) example.net")
    texts = (f"b+{token}@x.org", f"https://x.test/u/{code}", f"https://x.test/o/{digest}", *rest)
    with Ledger(path, POLICY, clock=lambda: NOW) as ledger:
        ledger.take([item(number, number, failed(BERT, diagnostic_code=text)) for number, text in enumerate(texts, 1)])
        known = [token[8:30], code[:20], digest, "example.net=anna", "anna@example", "anna (at) example"]
        assert all(in_files(path, text) for text in known)
        ledger.erasure.erase(anna, "")
        ledger.erasure.rewrite()
        assert [text for text in known if in_files(path, text)] == []
        assert rows(path, "SELECT count(*) FROM events_view WHERE diagnostic_code LIKE '%erased%'") == [(len(texts),)]


def in_files(path: str, text: str) -> bool:
    files = Path(path).parent.glob(f"{Path(path).name}*")
    return any(text.lower().encode() in file.read_bytes().lower() for file in files)
