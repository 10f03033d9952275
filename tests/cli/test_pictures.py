"""What people see of a year on a terminal of 80 and of 120 columns; pictures are kept in $BOUNCED_ARTIFACTS."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from wcwidth import wcswidth

from bounced import times
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
}


#: Lines for monitors and remarks, which go on in the next line.
SENTENCES = ("BOUNCED ", "note: ")


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
    return folder / "bounced.toml"


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
