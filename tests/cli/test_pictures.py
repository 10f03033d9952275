"""What people see of a year on a terminal of 80 and of 120 columns; pictures are kept in $BOUNCED_ARTIFACTS."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from wcwidth import wcswidth

from bounced import times
from bounced.ledger.filters import Filter
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.conftest import missing
from tests.support import chromium, pictures, reported

NOW = times.now()

CONFIG = """
workers = 1
[database]
path = "{0}/bounced.db"
[mailbox.bounces]
host = "imap.test"
user = "bounces"
password_env = "PASSWORD"
"""

#: The commands, with the keys that end them, and words that must be seen.
COMMANDS = {
    "report": (b"", "What is your fault"),
    "report --by day": (b"", "By day"),
    "top": (b"q", "newest suppressions"),
    "status": (b"", "imap:bounces/INBOX"),
    "suppressions": (b"", "complaint"),
    "health": (b"", "spring"),
    "reports": (b"", "abuse"),
    "held": (b"", "verified"),
    "incidents": (b"", "outage.test"),
    "unrecognized": (b"", "document.ti"),
    "withheld": (b"", "slow@odd.test"),
    "alarms": (b"", "disk"),
    "sink list": (b"", "newsletter"),
    "undo --list": (b"", "--reason reputation"),
}


#: Lines for monitors and remarks, which go on in the next line.
SENTENCES = ("BOUNCED ", "note: ", "bounced: ")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a ledger with a year of mail: each month as the last."""
    folder = tmp_path_factory.mktemp("year")
    (folder / "bounced.toml").write_text(CONFIG.format(folder))
    for month in reversed(range(12)):
        reported.month(f"{folder}/bounced.db", NOW - timedelta(days=30 * month))
    with Ledger(f"{folder}/bounced.db", Policy()) as ledger:
        for number in range(40):
            ledger.take([reported.item(NOW - timedelta(days=number), reported.unproved(number))])
        ledger.folders.polled("imap:bounces/INBOX", 0)
        ledger.upkeep.ran("backup", "")
        ledger.upkeep.ran(
            "retention", "imap:bounces: the server said NO, and something rather long about why it would not"
        )
        ledger.decisions.decide(
            ["a.very.long.local.part.of.an.address@a.very.long.name.of.a.host.example.org"], "suppress", "all", ""
        )
        ledger.upkeep.recount()
        ledger.undo.undo(Filter(reason="reputation"), "the address was not ours any more")
    with closing(sqlite3.connect(folder / "bounced.db")) as db, db:
        add_what_waits(db)
    return folder / "bounced.toml"


def add_what_waits(db: sqlite3.Connection) -> None:
    """What stands in lists when something is wrong, as they are read."""
    hour, now = times.seconds(NOW) // 3600, times.iso(NOW)
    db.execute("INSERT INTO failure_units VALUES (1, 0, 'provider', 'outage.test', 'verified', '')")
    db.execute("INSERT INTO incident_spans VALUES (1, 1, ?, 3, ?, NULL)", [hour, hour])
    db.execute("INSERT INTO withheld (address, since, reason) VALUES ('slow@odd.test', ?, 'user_unknown')", [now])
    problem = "/var/lib/bounced has 2 % left, and that is 104 MB"
    db.execute("INSERT INTO alarms VALUES ('disk', '/var/lib/bounced', ?, 1, ?, ?, 1, NULL)", [problem, now, now])
    db.execute("INSERT INTO sinks (name, configured, position) VALUES ('newsletter', 1, 0)")
    db.execute(
        "INSERT INTO doubts (event, why) SELECT id, 'unverified' FROM events WHERE address LIKE '%@held.test' LIMIT 9"
    )


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", COMMANDS)
def test_it_fits_the_terminal(year: Path, command: str, columns: int, tmp_path: Path) -> None:
    if chromium.is_missing():
        missing("Chromium (Debian: chromium)")
    keys, words = COMMANDS[command]
    text = pictures.shown(columns, 45, *command.split(), "--config", str(year), keys=keys)
    picture = chromium.pictures(tmp_path) / f"terminal-{command.replace(' --', '-').replace(' ', '-')}-{columns}.png"
    lines = pictures.draw(text, columns, picture)
    assert any(words in line for line in lines)
    assert [line for line in lines if wcswidth(line.rstrip()) > columns and not line.startswith(SENTENCES)] == []
    assert picture.read_bytes().startswith(b"\x89PNG")
