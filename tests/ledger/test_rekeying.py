"""Migration m006: what an earlier version charged by the keys of IDNA 2003 is charged by those of now, and folded anew.

The file is that of m002 (databases/m002.sql) with events, decisions and rows of the sender's tables added as that
version would have written them.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bounced.ledger import database
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.commands import bounced

DUMP = Path(__file__).parent / "databases" / "m002.sql"

FASS, ESZETT = "joe@fass.example", "joe@xn--fa-hia.example"
SUPPRESSED = "SELECT address, scope, cause, bounces FROM suppressions ORDER BY address, scope, cause"

#: What was charged, what the report says, and what is charged now. The comment says why.
EVENTS = [
    (FASS, "joe@faß.example", ESZETT),
    (FASS, "rfc822; joe@XN--Fa-hia.example", ESZETT),  # IDNA 2008 all along, while To said faß
    (FASS, r"utf-8-addr; joe@fa\x{DF}.example", ESZETT),
    (FASS, "joe@fass.example", FASS),
    (FASS, "", FASS),  # nobody can tell
    ("mia@fass.example", "mia@elsewhere.example", "mia@fass.example"),  # a forwarder's
    ("eve@example.test", "eve@exam\N{SOFT HYPHEN}ple.test", ""),
    ("eve@example.test", "eve@\N{FULLWIDTH LATIN SMALL LETTER E}xample.test", ""),
    ("eve@evil@example.test", "eve@evil\N{SMALL COMMERCIAL AT}example.test", ""),
    ("ann@\N{CYRILLIC SMALL LETTER MONOGRAPH UK}.example", "", "ann@xn--xw8a.example"),  # none in Unicode 3.2
    ("\N{LATIN SMALL LIGATURE FI}n@example.test", "\N{LATIN SMALL LIGATURE FI}n@example.test", ""),
    ("ben@xn--mnchen-3ya.example", "ben@münchen.example", "ben@xn--mnchen-3ya.example"),
    ('"o;o"@example.test', "", '"o;o"@example.test'),
]


@pytest.fixture
def path(tmp_path: Path) -> str:
    """The file of the earlier version, in which FASS is suppressed by five failures, of which two are its own."""
    path = str(tmp_path / "bounced.db")
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(DUMP.read_text("utf-8"))
        db.row_factory = sqlite3.Row
        for number, (address, recipient, _) in enumerate(EVENTS):
            add_event(db, number, address, recipient)
        db.execute(
            "INSERT INTO suppressions SELECT ?, scope, cause, reason, class, since, until, 5, first_bounce_at,"
            " last_bounce_at, detail FROM suppressions WHERE cause = 'bounce' LIMIT 1",
            [FASS],
        )
        decided = [(FASS, "marketing"), ("kim@\N{CYRILLIC SMALL LETTER MONOGRAPH UK}.example", "all")]
        for address, scope in decided:
            db.execute(
                "INSERT INTO decisions (decided_at, address, what, scope, why) VALUES ('2026-09-01T12:00:00Z', ?,"
                " 'suppress', ?, '')",
                [address, scope],
            )
        db.execute("INSERT INTO sends (message_id, address) VALUES ('u@our.test', 'u\u0308lo@example.test')")
        db.execute("INSERT INTO recipients (id, address) VALUES ('u', 'Ülo@example.test')")
        attribute(db)
    return path


def add_event(db: sqlite3.Connection, number: int, address: str, recipient: str, **columns: Any) -> int:
    """A failure as another one of the file, on a day of its own; returns its id."""
    event = dict(db.execute("SELECT * FROM events WHERE class = 'hard' AND address <> '' LIMIT 1").fetchone())
    event |= {
        "id": None,
        "address": address,
        "happened_at": f"2026-08-{1 + 8 * (number % 3):02}T0{number % 10}:00:00Z",
        "stored_at": None,
        "trust": "plausible",
        "charged_by": "to",
        "final_recipient": recipient,
        "original_recipient": "",
        "original_message_id": "crowd@our.test" if number < 2 else f"{number}@our.test",
        "source": "mx.test",
        "held": "",
        **columns,
    }
    values = ", ".join(f":{name}" for name in event)
    return db.execute(f"INSERT INTO events VALUES ({values})", event).lastrowid or 0


def attribute(db: sqlite3.Connection) -> None:
    """An event that named nobody, charged by the sender's table to the key that faß had there."""
    event = add_event(db, 90, "", "joe@faß.example", happened_at="2026-08-25T00:00:00Z")
    db.execute(
        "INSERT INTO attributions VALUES (?, '2026-08-26T00:00:00Z', ?, '', '', '', 'plausible', '')", [event, FASS]
    )


def rows(path: str, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
        return reader.execute(sql, parameters).fetchall()


def test_events_are_charged_by_what_their_reports_say(path: str) -> None:
    last = rows(path, "SELECT max(id) FROM events")[0][0]
    Ledger(path, Policy()).close()
    found = rows(path, "SELECT address FROM events WHERE id BETWEEN ? AND ? ORDER BY id", last - len(EVENTS), last - 1)
    assert [address for (address,) in found] == [now for _, _, now in EVENTS]
    assert rows(path, "SELECT address FROM attributions WHERE event = ?", last) == [(ESZETT,)]


def test_histories_are_merged_and_folded_again(path: str) -> None:
    assert (FASS, "all", "bounce", 5) in rows(path, SUPPRESSED)
    with Ledger(path, Policy()):
        found = [row for row in rows(path, SUPPRESSED) if row[0] in (FASS, ESZETT)]
        assert found == [(FASS, "marketing", "manual", 0), (ESZETT, "all", "bounce", 3)]
        assert rows(path, "SELECT address_unicode FROM suppressed WHERE address = ?", ESZETT) == [("joe@faß.example",)]
        shown = "SELECT DISTINCT address_unicode FROM events_view WHERE address = ?"
        assert rows(path, shown, ESZETT) == [("joe@faß.example",)]
        assert rows(path, shown, FASS) == [(FASS,)]


def test_folding_everything_again_changes_nothing_more(path: str) -> None:
    Ledger(path, Policy()).close()
    derived = ("suppressions", "doubts", "named", "crowds")
    before = {table: rows(path, f"SELECT * FROM {table}") for table in derived}
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM suppressions")
        db.execute("DELETE FROM doubts")
        db.execute("DELETE FROM meta WHERE name = 'policy'")
    Ledger(path, Policy()).close()
    assert {table: rows(path, f"SELECT * FROM {table}") for table in derived} == before
    assert rows(path, "SELECT address FROM named WHERE message_id = 'crowd@our.test'") == [(ESZETT,)]
    assert rows(path, "SELECT addresses FROM crowds WHERE message_id = 'crowd@our.test'") == [(1,)]


def test_decisions_and_sender_tables_get_the_current_keys(path: str) -> None:
    Ledger(path, Policy()).close()
    decided = rows(path, "SELECT address FROM decisions WHERE decided_at = '2026-09-01T12:00:00Z' ORDER BY id")
    assert decided == [(FASS,), ("kim@xn--xw8a.example",)]
    assert rows(path, "SELECT address FROM sends WHERE message_id = 'u@our.test'") == [("ülo@example.test",)]
    assert rows(path, "SELECT address FROM recipients WHERE id = 'u'") == [("ülo@example.test",)]


def test_the_command_that_opens_the_file_says_what_changed_and_no_other(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bounced.toml").write_text(f'[database]\npath = "{path}"\n')
    monkeypatch.setenv("BOUNCED_CONFIG", str(tmp_path / "bounced.toml"))
    news = "8 addresses have other keys by IDNA 2008, in 9 events"
    judged = "judged by other numbers than before: 4 more suppressed, 1 fewer"
    said = f"bounced: {path}: {news}\nbounced: {path}: {judged}\nx@example.test: suppressed\n"
    assert bounced("suppress", "x@example.test").stderr == said
    assert bounced("suppress", "y@example.test").stderr == "y@example.test: suppressed\n"
    assert rows(path, "SELECT value FROM meta WHERE name = 'rekeyed'") == [(news,)]


def test_a_file_in_which_nothing_changes_is_migrated_in_silence(tmp_path: Path) -> None:
    path = str(tmp_path / "bounced.db")
    with closing(sqlite3.connect(path)) as db:
        db.executescript(DUMP.read_text("utf-8"))
    with Ledger(path, Policy()) as ledger:
        assert ledger.news == ""
    assert rows(path, "SELECT value FROM meta WHERE name = 'rekeyed'") == [("",)]


def test_facts_are_append_only_afterwards(path: str) -> None:
    Ledger(path, Policy()).close()
    with closing(sqlite3.connect(path)) as db:
        for table in ("events", "attributions", "decisions"):
            for statement in (f"UPDATE {table} SET address = 'x'", f"DELETE FROM {table}"):
                with pytest.raises(sqlite3.IntegrityError, match="are append-only"):
                    db.execute(statement)


def test_a_reader_finds_a_suppression_at_every_moment_of_the_migration(path: str) -> None:
    """The migration commits before everything is folded: what was suppressed stays in the view until then."""
    database.close_written(database.open_for_writing(path))
    assert rows(path, "SELECT address, address_unicode FROM suppressed WHERE address = ?", FASS) == [(FASS, FASS)]
