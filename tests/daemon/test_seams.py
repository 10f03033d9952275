"""A second kind of polled source, and another output: each is a file and a row, and nothing else knows of it.

The source is a Maildir. Its UIDs are the numbers that file names begin with; what was read goes from new/ to cur/.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from bounced.config import Config, MailboxSection
from bounced.config.database import DatabaseSection
from bounced.daemon import once, outputs
from bounced.daemon.outputs import Output
from bounced.errors import FolderMissing
from bounced.ledger.ledger import Receipt
from bounced.model import Batch, Cursor, Expiration, Intake, Item, Origin, RawMessage
from bounced.sources import NO_COPIES, Copies, Polled, RetainedFolder, Watcher, configured
from bounced.sources.batches import grouped
from bounced.sources.retry import Pause
from tests.support.daemon import bounce

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


class MaildirSection(MailboxSection):
    """[mailbox.NAME] of a Maildir: its host is a directory."""

    kind: ClassVar[str] = "maildir"


class MaildirFolder:
    """New mail in one Maildir."""

    def __init__(self, name: str, root: Path) -> None:
        self.name = f"maildir:{name}"
        self.account_name = name
        self.last_uid = 0
        self.retained_folders: Sequence[RetainedFolder] = ()
        self.connected = True
        self._root = root
        self._epoch = 1

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        paths = self._paths()
        self.last_uid = max(paths, default=0)
        uids = sorted(uid for uid in paths if uid > (after.uid if after else 0))
        for messages in grouped((self._message(uid, paths[uid]) for uid in uids), lambda message: message.size):
            yield Batch(messages, Cursor(self.name, self._epoch, messages[-1].origin.uid))

    def only(self, origins: Sequence[Origin], *, withheld: bool = False) -> Iterator[Batch]:
        paths = self._paths()
        there = tuple(self._message(origin.uid, paths[origin.uid]) for origin in origins if origin.uid in paths)
        vanished = tuple(origin for origin in origins if origin.uid not in paths)
        if origins:
            yield Batch(there, vanished=vanished)

    def overlap(self, cursor: Cursor) -> list[Origin]:
        return [self._origin(uid) for uid in sorted(self._paths()) if uid <= cursor.uid]

    def may_have_reused(self, cursor: Cursor) -> bool:
        return False

    @property
    def remark(self) -> str:
        return ""

    @property
    def expirations(self) -> Sequence[Expiration]:
        return ()

    def settle(self, intakes: Sequence[Intake], copies: Copies = NO_COPIES) -> None:
        paths = self._paths()
        for path in (paths[intake.origin.uid] for intake in intakes if intake.origin.uid in paths):
            if path.parent.name == "new":
                path.rename(self._root / "cur" / f"{path.name}:2,S")

    def watcher(self, wake: Callable[[], None], connecting: Pause) -> Watcher | None:
        return None

    def close(self) -> None: ...

    def interrupt(self) -> None: ...

    def _paths(self) -> dict[int, Path]:
        try:
            found = [path for folder in ("new", "cur") for path in (self._root / folder).iterdir()]
        except FileNotFoundError as problem:
            raise FolderMissing(f"{self.name}: {problem.strerror}") from None
        return {int(path.name.partition(".")[0]): path for path in found}

    def _origin(self, uid: int) -> Origin:
        return Origin(self.name, str(uid), self._epoch, uid)

    def _message(self, uid: int, path: Path) -> RawMessage:
        content = path.read_bytes()
        return RawMessage(self._origin(uid), datetime.fromtimestamp(uid, UTC), content, len(content))


def maildirs(config: Config, name: str, _: Mapping[str, str]) -> list[Polled]:
    return [MaildirFolder(name, Path(config.mailbox[name].host))]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("new", "cur"):
        (tmp_path / "Maildir" / folder).mkdir(parents=True)
    return tmp_path / "Maildir"


@pytest.fixture
def config(root: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """One Maildir, of a kind that ``configured`` has a row for."""
    monkeypatch.setattr(configured, "POLLED", {**configured.POLLED, "maildir": maildirs})
    section = MaildirSection(host=str(root), user="bounces", password_env="UNUSED")
    database = DatabaseSection(path=str(root.parent / "bounced.db"), keep_backups=0)
    return Config(mailbox={"local": section}, database=database, workers=1)


def deliver(root: Path, number: int) -> None:
    """Bounce ``number``, to another recipient each, delivered that many days after DAY0."""
    at = DAY0 + timedelta(days=number)
    content = bounce(number, f"r{number}@rcpt.test", at)
    (root / "new" / f"{at.timestamp():.0f}.M{number}P1.host").write_bytes(content)


def rows(config: Config, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(config.database.path)) as reader:
        return reader.execute(sql).fetchall()


ENVIRONMENT = {"UNUSED": "secret"}


def test_a_maildir_is_polled_as_an_imap_folder_is(config: Config, root: Path) -> None:
    for number in (1, 2):
        deliver(root, number)
    assert once.run(config, (), ENVIRONMENT)
    assert rows(config, "SELECT address FROM events ORDER BY address") == [("r1@rcpt.test",), ("r2@rcpt.test",)]
    assert not list((root / "new").iterdir())
    deliver(root, 3)
    for _ in range(2):
        assert once.run(config, (), ENVIRONMENT)
    assert rows(config, "SELECT count(*) FROM events") == [(3,)]
    assert len(list((root / "cur").iterdir())) == 3
    assert rows(config, "SELECT mailbox, problem FROM polls") == [("maildir:local", "")]


def test_a_maildir_that_is_missing_backs_off(config: Config, root: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING", "bounced")
    root.rename(root.parent / "elsewhere")
    assert not once.run(config, (), ENVIRONMENT)
    assert caplog.messages == ['poll-failed mailbox=maildir:local problem="maildir:local: No such file or directory"']


def test_a_source_is_named_by_its_kind(config: Config) -> None:
    assert configured.is_polled("maildir:local")
    [mailbox] = configured.from_source(config, "maildir:local", {})
    assert mailbox.name == "maildir:local"
    assert isinstance(mailbox, Polled)


class Listing:
    """An output: the addresses of every batch."""

    heard: ClassVar[list[str]] = []

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        self.heard.extend(event.address for item in items if item.parsed for event in item.parsed.events)

    def status(self) -> str:
        return f"{len(self.heard)} listed"


def test_an_output_hears_of_every_batch_and_adds_to_the_status(
    config: Config, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_of_outputs: tuple[Callable[[], Output], ...] = (*outputs.OUTPUTS, Listing)
    monkeypatch.setattr(outputs, "OUTPUTS", rows_of_outputs)
    deliver(root, 1)
    assert once.run(config, (), ENVIRONMENT)
    assert Listing.heard == ["r1@rcpt.test"]
    assert outputs.Outputs().status() == "0 messages counted, 0 suppressions; 1 listed"
