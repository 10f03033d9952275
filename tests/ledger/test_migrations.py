"""Databases of earlier versions open, and say what they said: databases/*.sql, each made by that version."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bounced.config import Config
from bounced.ledger import database, queries, reading, schema
from bounced.ledger.fingerprint import earlier, fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Origin, Parsed, RawMessage
from tests.support.commands import bounced, one_line

DUMPS = {path.stem: path for path in sorted((Path(__file__).parent / "databases").glob("*.sql"))}

SAMPLES = Path(__file__).parents[2] / "samples"

#: What both versions were configured with, and the domain that m002 was told of.
POLICY = Config.model_validate({"policy": {"expire": {"mailbox_full": "3650d"}}}).rule()
CAREFUL = Config.model_validate(
    {"policy": {"expire": {"mailbox_full": "3650d"}}, "trust": {"own_domains": ["sender.test"]}}
).rule()
POLICIES = {"m001": POLICY, "m002": CAREFUL}

#: The other file was made by `m018`, of the second and a few samples: what has changed since is in `test_compact`.
PARTLY = "m018"

#: These have events, suppressions, decisions, sends and, as far as there were any, changes in the outbox and failures
#: that were undone, each made by commands of a build of that schema. No build ended with m022 alone.
LATER = ("m021", "m023", "m024", "m025", "m026", "m027", "m028", "m029")

#: What the builds of LATER were configured with.
LATER_POLICY = Config.model_validate(
    {
        "policy": {"hard": {"bounces": 2, "days": 6}, "expire": {"mailbox_full": "3650d"}},
        "trust": {"own_domains": ["sender.test", "example.org"]},
    }
).rule()

FOLDED = """
SELECT address, scope, cause, reason, class, since, until, bounces, first_bounce_at, last_bounce_at, detail
FROM suppressions ORDER BY address, scope, cause
"""
FACTS = "SELECT count(*), min(happened_at), max(happened_at), group_concat(address || reason) FROM events_view"

Rows = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(params=POLICIES)
def version(request: pytest.FixtureRequest) -> str:
    """The last migration of the file."""
    name: str = request.param
    return name


@pytest.fixture
def path(version: str, tmp_path: Path) -> str:
    """The file as that version left it."""
    return restored(version, tmp_path)


@pytest.fixture
def rows(path: str) -> Rows:
    """What a statement finds in the file."""

    def found(sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
            return reader.execute(sql).fetchall()

    return found


def restored(version: str, folder: Path) -> str:
    path = folder / "bounced.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(DUMPS[version].read_text("utf-8"))
    return str(path)


def migrate(version: str, path: str) -> None:
    with Ledger(path, POLICIES[version]):
        pass


def test_every_earlier_schema_has_a_file(rows: Rows, version: str) -> None:
    applied = [name for (name,) in rows("SELECT name FROM _sqlite_migrations ORDER BY name")]
    assert applied[-1].startswith(version)
    assert list(DUMPS) == [*POLICIES, PARTLY, *LATER]


def test_a_file_that_is_migrated_has_the_tables_of_a_new_one(
    path: str, rows: Rows, version: str, tmp_path: Path
) -> None:
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name"
    Ledger(str(tmp_path / "new.db"), POLICY).close()
    migrate(version, path)
    with closing(sqlite3.connect(tmp_path / "new.db")) as new:
        assert rows(schema) == new.execute(schema).fetchall()
    assert rows("PRAGMA integrity_check") == [("ok",)]
    assert rows("PRAGMA foreign_key_check") == []


def test_suppressions_survive_the_migration_and_another_fold(path: str, rows: Rows, version: str) -> None:
    before, facts = rows(FOLDED), rows(FACTS)
    assert len(before) >= 4
    migrate(version, path)
    assert (rows(FOLDED), rows(FACTS)) == (before, facts)
    with Ledger(path, POLICIES[version]) as ledger:
        ledger.adopt(replace(POLICIES[version], max_gap=POLICIES[version].max_gap / 90))
        assert rows(FOLDED) != before
        ledger.adopt(POLICIES[version])
    assert rows(FOLDED) == before


def test_what_was_suppressed_already_is_not_told_as_new(path: str, rows: Rows, version: str) -> None:
    with Ledger(path, POLICIES[version]) as ledger:
        assert not ledger.followed()
    assert rows("SELECT * FROM outbox_view") == []


def test_unrecognized_messages_are_listed_and_their_content_is_kept(path: str, rows: Rows, version: str) -> None:
    listed = rows("SELECT id, kind, subject FROM messages WHERE understood = 0 ORDER BY arrived_at DESC, id DESC")
    kept = {number: zlib.decompress(content) for number, content in rows("SELECT message, content FROM unread")}
    assert len(kept) >= 9
    assert {"other", "bounce", "complaint"} <= {kind for _, kind, _ in listed}
    migrate(version, path)
    db = database.open_for_reading(path)
    with closing(db.conn):
        found = list(queries.unrecognized(db))
        assert [(row["id"], row["kind"], row["subject"]) for row in found] == listed
        assert {row["id"]: queries.content(db, row["id"]) for row in found if row["kept"]} == kept


@pytest.mark.parametrize("version", ["m002"])
def test_what_was_held_accepted_attributed_and_withheld_stays_so(path: str, rows: Rows, version: str) -> None:
    tables = ("doubts", "accepted", "attributions", "decisions", "trials", "places", "cursors", "polls", "sends")
    before = {table: rows(f"SELECT * FROM {table}") for table in tables}
    assert all(before.values())
    assert {why for _, _, why in before["doubts"]} == {"not counted: unverified, the configuration asks for plausible"}
    not_spam = rows("SELECT id FROM events WHERE feedback_type = 'not-spam'")
    before["doubts"] = [
        (
            address,
            event,
            f"held: trust unverified, {'verified' if (event,) in not_spam else 'plausible'} required",
            None,
        )
        for address, event, _ in before["doubts"]
    ]
    named_by = ("", "", "")  # sends has another campaign
    before["attributions"] = [(*attribution, 0, *named_by, "") for attribution in before["attributions"]]
    before["decisions"] = [  # releases of every cause, and of no list
        (*decision, *("",) * 4, None) for decision in before["decisions"]
    ]
    before["polls"] = [(*poll, 0) for poll in before["polls"]]  # no login was refused
    migrate(version, path)
    assert {table: sorted(rows(f"SELECT * FROM {table}")) for table in tables} == before
    with Ledger(path, CAREFUL) as ledger:
        assert ledger.fetches.due("imap:bounces/INBOX") == [Origin("imap:bounces/INBOX", "3", 1, 3)]


@pytest.mark.parametrize("version", ["m002"])
def test_failures_that_a_crowd_held_stay_held_and_complaints_count(path: str, rows: Rows, version: str) -> None:
    """What the guard takes back is nothing from then on, and it no longer asks complaints."""
    trusted = "SELECT id FROM events WHERE kind = '{}' AND trust = 'plausible' AND address <> '' AND held = '' LIMIT 1"
    [(failure,)], [(complaint,)] = (rows(trusted.format(kind)) for kind in ("bounce", "complaint"))
    why = "reports about one message name more than 1000 addresses"
    with closing(sqlite3.connect(path)) as db, db:
        sql = "INSERT INTO doubts SELECT address, id, ? FROM events WHERE id IN (?, ?)"
        db.execute(sql, [f"not counted: {why}", failure, complaint])
    migrate(version, path)
    held = rows(f"SELECT event, why FROM doubts WHERE event IN ({failure}, {complaint})")
    assert held == [(failure, f"held: {why}")]
    named, reported = "message_id, source, address FROM named", "original_message_id, source, address FROM events"
    assert rows(f"SELECT {named} EXCEPT SELECT {reported}") == []
    assert rows("SELECT sum(addresses) FROM crowds") == rows("SELECT count(*) FROM named")


def test_a_message_that_was_recorded_before_is_not_counted_again(
    path: str, rows: Rows, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fingerprint is that of the version before; what is new has a fingerprint of now, and counts once as well."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bounced.toml").write_text(f'workers = 1\n[database]\npath = "{path}"\n')
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    counted = "SELECT count(*) FROM messages"
    [(before,)] = rows(counted)
    story = sorted((SAMPLES / "story" / "bounces").glob("*.eml"))
    assert len(story) >= 20
    assert scanned(*story) == {"repeated": len(story)}
    new = tmp_path / "new.eml"
    new.write_bytes(story[0].read_bytes().replace(b"Message-ID:", b"Message-ID: <new@mx.test>\nX-Other:", 1))
    assert scanned(new) == {"counted": 1}
    assert scanned(new, *story) == {"repeated": len(story) + 1}
    assert rows(counted) == [(before + 1,)]


def test_an_old_fingerprint_is_known_only_for_recorded_messages(path: str, version: str) -> None:
    """B13: two reports that one header tells apart are two from now on."""
    mails = [b"Message-ID: <1@b.test>\nFrom: %b@b.test\n\ntext\n" % name for name in (b"anna", b"ben")]
    with Ledger(path, POLICIES[version]) as ledger:
        assert ledger.fingerprints.of(mails) == [fingerprint(mail) for mail in mails]
        ledger.take([item(mails[0], fingerprint(mails[0]))])
        assert ledger.fingerprints.of(mails) == [fingerprint(mail) for mail in mails]
        recorded = SAMPLES / "story" / "bounces" / "01-anna-unknown.eml"
        assert ledger.fingerprints.of([recorded.read_bytes()]) == [earlier(recorded.read_bytes())]


def item(content: bytes, fingerprint: str) -> Item:
    message = RawMessage(Origin("file:/mails", "1.eml"), datetime(2026, 9, 1, tzinfo=UTC), content, len(content))
    return Item(message, fingerprint, Parsed("other"))


def scanned(*files: Path) -> dict[str, int]:
    """The outcomes of a scan."""
    outcomes: dict[str, int] = json.loads(bounced("scan", "--json", *map(str, files)).stdout)["outcomes"]
    return outcomes


@pytest.mark.parametrize("version", ["m002"])
def test_a_token_with_an_id_is_still_known_for_one(path: str, version: str) -> None:
    known = {"recipient_id": "4799", "original_message_id": "list@sender.test", "trust": "verified"}
    ids = [add_event(path, evidence=evidence, **known) for evidence in ("token k1; too old", "DKIM of sender.test")]
    migrate(version, path)
    with Ledger(path, CAREFUL) as ledger:
        add_sent_to_another(ledger)
        attributed = {one.event: one.trust for receipt in ledger.attribute() for one in receipt.attributed}
    assert [attributed[number] for number in ids] == ["verified", "unverified"]


def add_event(path: str, **columns: str) -> int:
    """A complaint that names nobody, like another one of the file but for ``columns``; returns its number."""
    with closing(sqlite3.connect(path)) as db, db:
        db.row_factory = sqlite3.Row
        event = dict(db.execute("SELECT * FROM events WHERE kind = 'complaint' LIMIT 1").fetchone())
        event |= {"id": None, "address": "", "charged_by": "", **columns}
        values = ", ".join(f":{name}" for name in event)
        return db.execute(f"INSERT INTO events VALUES ({values})", event).lastrowid or 0


def add_sent_to_another(ledger: Ledger) -> None:
    """The sender's tables learn of both marks, which name two."""

    def add(db: Database) -> None:
        db.execute("INSERT INTO sends (message_id, address) VALUES ('list@sender.test', 'ben@rcpt.test')")
        db.execute("INSERT INTO sends (message_id, address) VALUES ('list@sender.test', 'cat@rcpt.test')")
        db.execute("INSERT INTO recipients (id, address) VALUES ('4799', 'anna@rcpt.test')")

    ledger.write(add)


def test_facts_stay_append_only(path: str, version: str) -> None:
    migrate(version, path)
    with closing(sqlite3.connect(path)) as db:
        for statement in ("UPDATE messages SET recognized = 1", "DELETE FROM messages", "DELETE FROM events"):
            with pytest.raises(sqlite3.IntegrityError, match="are append-only"):
                db.execute(statement)


def test_of_an_event_only_what_tables_say_may_change_and_only_while_it_is_judged(path: str, version: str) -> None:
    migrate(version, path)
    with closing(sqlite3.connect(path)) as db:
        [(event, verdict)] = db.execute("SELECT id, verdict FROM event_rows LIMIT 1").fetchall()
        copy = "INSERT INTO verdicts (kind, action, reason, trust, evidence, charged_by, held) "
        of = " FROM verdicts WHERE id = ?"
        same = db.execute(f"{copy} SELECT kind, action, 'virus', trust, evidence, charged_by, held{of}", [verdict])
        more = db.execute(f"{copy} SELECT kind, action, reason, 'verified', 'x', charged_by, held{of}", [verdict])
        change = "UPDATE event_rows SET verdict = ? WHERE id = ?"
        with pytest.raises(sqlite3.IntegrityError, match="are append-only"):
            db.execute(change, [same.lastrowid, event])
        db.execute("INSERT INTO meta (name, value) VALUES ('judging', '')")
        db.execute(change, [same.lastrowid, event])
        for statement in (
            change.replace("?", str(more.lastrowid), 1),
            "UPDATE event_rows SET happened_at = 0 WHERE id = ?",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="are append-only"):
                db.execute(statement, [event])


def test_a_view_that_an_admin_made_of_the_old_names_still_works(path: str, rows: Rows, version: str) -> None:
    view = "SELECT subject FROM messages JOIN unread ON unread.message = messages.id WHERE understood = 0"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"CREATE VIEW kept AS {view}")
    before = sorted(rows("SELECT * FROM kept"))
    migrate(version, path)
    assert sorted(rows("SELECT * FROM kept")) == before != []


def test_before_it_is_migrated_check_works_and_the_others_say_what_to_do(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    (tmp_path / "bounced.toml").write_text(f'[database]\npath = "{path}"\n')
    checked = bounced("check", "anna@example.org")
    assert (checked.exit_code, checked.stderr) == (1, "")
    assert checked.stdout == "anna@example.org: no: bounce (user_unknown) since 2026-09-23T06:16:48Z\n"
    for command in ("suppressions", "explain anna@example.org", "unrecognized", "replay", "policy preview"):
        asked = bounced(*command.split())
        assert (asked.exit_code, asked.stdout) == (74, "")
        assert one_line(asked) == f"bounced: {path}: {reading.OUTDATED}"
    assert bounced("status").stdout == f"BOUNCED CRITICAL - {path}: {reading.OUTDATED}\n"


SHOWN = ("events_view", "events", "messages", "attributions", "places", "doubts", "crowded", "named", "latest_outcomes")


def test_the_views_show_row_for_row_what_the_tables_before_held(path: str) -> None:
    """Of every version: facts, and what is derived from them."""
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection, execute_plugins=False)
        schema.migrations.apply(db, stop_before="m015_shared_rows")
        selects = [select(db, table) for table in SHOWN]
        before = [shown(db, sql) for sql in selects]
        assert all(before[:3])
        for last in ("m016_deferred", "m021_compact_rows", None):
            schema.migrations.apply(db, stop_before=last)
            assert [shown(db, sql) for sql in selects] == before


def select(db: Database, table: str) -> str:
    """What selects all that is compared: of a fingerprint what is stored since `m021`."""
    names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    columns = ("substr(fingerprint, -32)" if name == "fingerprint" else name for name in names)
    return f"SELECT {', '.join(columns)} FROM {table}"


def shown(db: Database, sql: str) -> list[tuple[Any, ...]]:
    return sorted(db.execute(sql).fetchall(), key=repr)


def test_a_file_of_m018_shows_row_for_row_what_it_did(tmp_path: Path) -> None:
    with closing(sqlite3.connect(restored("m018", tmp_path))) as connection:
        db = Database(connection, execute_plugins=False)
        selects = [
            select(db, table) for table in (*SHOWN, "suppressions", "outcomes", "unrecognized", "campaign_health")
        ]
        before = [shown(db, sql) for sql in selects]
        assert [sql for sql, rows in zip(selects, before, strict=True) if not rows] == [select(db, "crowded")]
        schema.migrations.apply(db)
        assert [shown(db, sql) for sql in selects] == before
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_file_of_m018_is_folded_the_same(tmp_path: Path) -> None:
    path = restored("m018", tmp_path)
    with closing(sqlite3.connect(path)) as reader, Ledger(path, CAREFUL) as ledger:
        before = reader.execute(FOLDED).fetchall()
        assert len(before) >= 4
        ledger.adopt(replace(CAREFUL, max_gap=CAREFUL.max_gap / 90))
        assert reader.execute(FOLDED).fetchall() != before
        ledger.adopt(CAREFUL)
        assert reader.execute(FOLDED).fetchall() == before


def test_suppressions_are_shown_as_they_were_stored(tmp_path: Path) -> None:
    """Whatever is in their texts: the address in it, the mark that stands for that, domains of U-labels."""
    stored = [
        ("anna@b.test", "all", "bounce", "550 <anna@b.test>: unknown (anna@b.test)", "anna@b.test"),
        ("ben@xn--fa-hia.example", "all", "manual", "ben@xn--fa-hia.example asked", "ben@faß.example"),
        ("@b.test", "marketing", "complaint", "x", "@b.test"),
    ]
    more = [("carl@b.test", "all", "bounce", "a \x1a b carl@b.test", "carl@b.test")]
    insert = (
        "INSERT INTO suppressions (address, scope, cause, reason, class, since, bounces, detail, address_unicode)"
        " VALUES (?, ?, ?, 'user_unknown', 'hard', '2026-09-01T12:00:00Z', 3, ?, ?)"
    )
    shown = "SELECT address, scope, cause, detail, address_unicode FROM suppressions ORDER BY address DESC"
    with closing(sqlite3.connect(tmp_path / "bounced.db")) as connection:
        db = Database(connection, execute_plugins=False)
        schema.migrations.apply(db, stop_before="m032_suppression_rows")
        for row in stored:
            db.execute(insert, row)
        before = db.execute(shown).fetchall()
        schema.migrations.apply(db)
        assert db.execute(shown).fetchall() == before
        db.execute(insert, more[0])
        assert db.execute("SELECT detail FROM suppressions WHERE address = 'carl@b.test'").fetchall() == [
            ("a   b carl@b.test",)
        ]
        assert db.execute("SELECT number FROM totals WHERE name = 'suppressed'").fetchall() == [(4,)]
        db.execute("DELETE FROM suppressions WHERE address_unicode IN ('ben@faß.example', 'anna@b.test')")
        assert [address for address, *_ in db.execute(shown)] == ["carl@b.test", "@b.test"]
        assert db.execute("SELECT number FROM totals WHERE name = 'suppressed'").fetchall() == [(2,)]


#: What a file says, whatever its tables are: views, and tables that every schema of LATER has.
SAID = (
    "SELECT id, address, kind, action, class, reason, diagnostic_code, trust, doubt, happened_at FROM events_view",
    "SELECT id, kind, subject, problem, recognized FROM messages",
    "SELECT address, scope, cause, reason, class, since, until, detail, address_unicode FROM suppressed",
    "SELECT id, decided_at, address, what, scope, why FROM decisions",
    "SELECT message_id, address, campaign, stream, sent_at FROM sends",
    "SELECT address, event, why FROM doubts",
    "SELECT dimension, name, day, bounces, complaints FROM outcomes",
)
CHANGES = "SELECT id, written_at, type, address, scope, cause, reason, since, detail FROM outbox_view"


@pytest.mark.parametrize("version", LATER)
def test_a_later_file_says_what_it_said_and_is_folded_the_same(version: str, tmp_path: Path) -> None:
    path, said = restored(version, tmp_path), (*SAID, *([CHANGES] if version > "m022" else []))
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection, execute_plugins=False)
        before = [shown(db, sql) for sql in said]
        assert all(before[:5])
        schema.migrations.apply(db)
        assert [shown(db, sql) for sql in said] == before
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    with Ledger(path, LATER_POLICY) as ledger:
        ledger.adopt(replace(LATER_POLICY, max_gap=LATER_POLICY.max_gap / 90))
        ledger.adopt(LATER_POLICY)
        assert [shown(ledger._db, sql) for sql in SAID] == before[: len(SAID)]


@pytest.mark.parametrize("version", LATER)
def test_a_later_file_that_is_migrated_has_the_tables_of_a_new_one(version: str, tmp_path: Path) -> None:
    objects = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name"
    path = restored(version, tmp_path)
    Ledger(path, LATER_POLICY).close()
    Ledger(str(tmp_path / "new.db"), LATER_POLICY).close()
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(tmp_path / "new.db")) as new:
        assert old.execute(objects).fetchall() == new.execute(objects).fetchall()
        [(last,)] = old.execute("SELECT coalesce(max(id), 0) FROM outbox_rows").fetchall()
        assert old.execute("SELECT seq >= ? FROM sqlite_sequence WHERE name = 'outbox_rows'", [last]).fetchall() in (
            [(1,)],
            [],
        )


def test_what_the_brake_has_counted_stays_and_tenants_have_what_is_known() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        db = Database(connection, execute_plugins=False)
        schema.migrations.apply(db, stop_before="m042_brake_groups")
        db.execute("INSERT INTO suppressions_begun VALUES (490000, 12, 3), (490001, 5, 0)")
        db.execute("INSERT INTO withheld (address, since, reason) VALUES ('a@b.test', '2026-09-01T12:00:00Z', '')")
        for address in ("a@b.test", "(acme)a@b.test", "(acme)c@b.test"):
            row = {"address": address, "scope": "all", "cause": "bounce", "since": "1970-01-01T02:30:00+00:00"}
            facts = {"reason": "user_unknown", "class": "hard", "bounces": 1, "detail": ""}
            database.insert(db, "suppression_rows", {**row, **facts})
        schema.migrations.apply(db)
        assert db.execute("SELECT * FROM suppressions_begun").fetchall() == [
            ("", 490000, 0, 12, 3),
            ("", 490001, 0, 5, 0),
            ("acme", 2, 0, 2, 0),
        ]
        assert db.execute("SELECT resumed, unproved FROM withheld").fetchall() == [(0, 0)]
