"""The commands as a user types them: in this process, or in one of their own where signals, pipes and limits count."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bounced.cli import main
from bounced.errors import EXIT_SOFTWARE
from bounced.identify import Sender
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Item, Origin, RawMessage
from bounced.parse import parse
from bounced.policy import Policy
from tests.support.daemon import bounce, days

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)

COMMAND = (sys.executable, "-m", "bounced")

#: Takes root's power to read and write everything away from a command.
AS_ANYBODY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()

#: A mail that is no report.
ODD = b"From: a@b.test\nSubject: hello\nMessage-ID: <odd@b.test>\n\nhow are you?\n"

COMPLAINT = b"""\
Received: from fbl.test by mx.sender.test; Tue, 01 Sep 2026 12:00:00 +0000
From: fbl@fbl.test
Subject: abuse report
Message-ID: <fbl@fbl.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b

A complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Junk/1
Version: 1
Original-Rcpt-To: carl@rcpt.test

--b
Content-Type: text/rfc822-headers

Message-ID: <carl@sender.test>

--b--
"""


def directory_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes ``tmp_path``/here the working directory, under a configuration with one worker that lies beside it."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("BOUNCED_CONFIG", use_one_worker(tmp_path))
    return folder


def use_one_worker(folder: Path) -> str:
    """A configuration that differs from none at all in the number of workers only; they take time to start."""
    file = folder / "one-worker.toml"
    file.write_text('workers = 1\n[database]\npath = "bounced.db"\n')
    return str(file)


def bounced(*words: str, stdin: bytes = b"") -> Result:
    """Runs a command in this process; an exception that a user would see as an internal error is raised."""
    result = CliRunner().invoke(main, words, input=stdin, catch_exceptions=False, prog_name="bounced")
    if result.exit_code == EXIT_SOFTWARE and result.exception and result.exception.__context__:
        raise result.exception.__context__
    return result


def process(*words: str, before: Iterable[str] = (), **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own, ``before`` standing before it on the command line."""
    command = [*before, *COMMAND, *words]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "timeout": 60, **options}
    return subprocess.run(command, check=False, **options)


def one_line(ended: Result | subprocess.CompletedProcess[str]) -> str:
    """The one line that a command which failed has said."""
    [line] = ended.stderr.splitlines()
    assert line.startswith("bounced: ")
    return line


def events(database: str = "bounced.db") -> list[tuple[str, str, str]]:
    """What was counted, whatever the order."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader:
        return sorted(reader.execute("SELECT address, happened_at, original_message_id FROM events"))


def count(
    mails: Iterable[tuple[bytes, datetime]],
    database: str = "bounced.db",
    sender: Sender | None = None,
    policy: Policy | None = None,
) -> None:
    """Takes mails with the times at which they arrived into the ledger, as a scan does."""
    with Ledger(database, policy or Policy()) as ledger:
        ledger.take([_item(content, when, sender or Sender()) for content, when in mails])


def _item(content: bytes, when: datetime, sender: Sender) -> Item:
    message = RawMessage(Origin("file:/mails", "1.eml"), when, content, len(content))
    return Item(message, fingerprint(content), parse(content, sender))


def write(folder: Path, mails: Iterable[bytes]) -> Path:
    """Writes the mails into ``folder``, one file each."""
    folder.mkdir(parents=True)
    for number, content in enumerate(mails):
        (folder / f"{number:05}.eml").write_bytes(content)
    return folder


def failures(address: str, *on: float, first: datetime = DAY0) -> list[tuple[bytes, datetime]]:
    """Reports of different messages that failed on so many days after ``first``."""
    dates = days(first, *on)
    return [(bounce(number, address, when), when) for number, when in enumerate(dates)]
