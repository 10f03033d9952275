"""Suppressions, for programs in Python: what `bounced check` says, in every state of the file, and no wrong answer."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bounced.errors import LedgerError, UserError
from bounced.ledger import backup, database, lookup
from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Policy, Suppression
from bounced.policy.scopes import StreamKind
from tests.support.commands import bounced

NOW = datetime(2026, 9, 18, 12, tzinfo=UTC)
STREAMS: dict[str, StreamKind] = {"news": "marketing", "invoices": "transactional"}

#: As people and programs write addresses.
WRITTEN = (
    "all@b.test",
    "ALL@B.test",
    '"all"@b.test',
    "marketing@b.test",
    "both@b.test",
    "news@b.test",
    "invoices@b.test",
    "joe@münchen.example",
    "JOE@MU\u0308NCHEN.example",
    "nobody@b.test",
    "it's@b.test",
)

NOT_ADDRESSES = (
    "nonsense",
    "",
    " all@b.test",
    "all@b.test\n",
    "All <all@b.test>",
    "<all@b.test>",
    "rfc822; all@b.test",
    "a@b.test all@b.test",
    "all@b.test@c.test",
    "al(x)l@b.test",
    "IMCEASMTP-all+40b+2Etest@relay.test",
    "'all@b.test",
    "all@b.test.",
    "all@\N{FULLWIDTH LATIN SMALL LETTER B}.test",
    "a@b.test,c@d.test",
    "a@b.test;c@d.test",
    "x" * 65 + "@b.test",
    "\udcff@b.test",
    "@",
)

WRITER = """
import sys
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
with Ledger(sys.argv[1], Policy()) as ledger:
    for number, line in enumerate(sys.stdin):
        ledger.decisions.decide([line.strip()], "suppress", "all", "")
        print(number, flush=True)
"""


def suppressed(ledger: Ledger) -> None:
    for name in ("all", "marketing", "news", "invoices"):
        ledger.decisions.decide([f"{name}@b.test"], "suppress", name, "")
    ledger.decisions.decide(["both@b.test", "joe@xn--mnchen-3ya.example"], "suppress", "marketing", "")
    ledger.decisions.decide(["both@b.test"], "suppress", "all", "by phone")


@pytest.fixture
def path(public_path: Path) -> str:
    """Where another user finds the ledger, too."""
    return str(public_path / "bounced.db")


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    """An open ledger, as the daemon has it, with suppressions of every scope."""
    with Ledger(path, Policy(), clock=lambda: NOW) as opened:
        suppressed(opened)
        yield opened


@pytest.fixture
def suppressions(ledger: Ledger, path: str) -> Iterator[Suppressions]:
    with Suppressions(path, STREAMS) as opened:
        yield opened


@pytest.mark.parametrize(
    ("scope", "forbidden"),
    [
        ("all", {"all"}),
        ("marketing", {"all", "marketing"}),
        ("news", {"all", "marketing", "news"}),
        ("a stream that is not configured", {"all", "marketing"}),
        ("invoices", {"all", "invoices"}),
    ],
)
def test_what_forbids_a_scope(scope: str, forbidden: set[str], suppressions: Suppressions) -> None:
    names = ("all", "marketing", "news", "invoices")
    assert {name for name in names if suppressions.get(f"{name}@b.test", scope)} == forbidden
    assert suppressions.filter((f"{name}@b.test" for name in names), scope).keys() == {f"{n}@b.test" for n in forbidden}


def test_a_suppression_of_all_mail_comes_first(suppressions: Suppressions) -> None:
    first, second = suppressions.all("BOTH@b.test")
    assert first == Suppression("all", "manual", "manual", "", NOW, detail="by phone")
    assert (second.scope, second.since) == ("marketing", NOW)
    assert suppressions.get("both@b.test") == first
    assert suppressions.filter(["BOTH@b.test", "both@b.test"]) == {"BOTH@b.test": first, "both@b.test": first}


@pytest.mark.parametrize("scope", ["all", "marketing", "news", "invoices", "unheard of"])
def test_the_answers_are_those_of_bounced_check(
    scope: str, suppressions: Suppressions, path: str, tmp_path: Path
) -> None:
    configuration = tmp_path / "bounced.toml"
    streams = "".join(f'{name} = "{kind}"\n' for name, kind in STREAMS.items())
    configuration.write_text(f'[database]\npath = "{path}"\n[streams]\n{streams}')
    checked = bounced("check", "--json", "--config", str(configuration), "--scope", scope, "--", *WRITTEN)
    allowed = [json.loads(line)["allowed"] for line in checked.stdout.splitlines()]
    assert set(allowed) == {True, False}
    assert [suppressions.get(text, scope) is None for text in WRITTEN] == allowed
    forbidden = suppressions.filter(WRITTEN, scope)
    assert [text not in forbidden for text in WRITTEN] == allowed


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_no_answer_for_what_is_not_an_address(text: str, suppressions: Suppressions) -> None:
    assert bounced("check", "--", text).exit_code == 2
    for question in (suppressions.get, suppressions.all, lambda text: suppressions.filter(["a@b.test", text])):
        with pytest.raises(UserError, match="is not a mail address") as refused:
            question(text)
        assert str(refused.value).isprintable()


def test_a_list_of_nonsense_is_refused_in_a_few_lines(suppressions: Suppressions) -> None:
    with pytest.raises(UserError) as refused:
        suppressions.filter(f"{number}\n" * 1000 for number in range(20_000))
    assert len(refused.value.problems) == lookup.PROBLEMS_LIMIT
    assert len(str(refused.value)) < 10_000


def test_what_has_expired_forbids_nothing(path: str) -> None:
    policy = Policy(expire={"mailbox_full": timedelta(days=1)})
    origin = Origin("file:/mails", "1.eml")
    days = [NOW - timedelta(days=day) for day in (17, 9, 1, 0)]
    events = [(Event("a@b.test", "bounce", "failed", "hard", "mailbox_full"), at) for at in days[:3]]
    with Ledger(path, policy, clock=lambda: NOW) as ledger, Suppressions(path) as suppressions:
        ledger.take(
            [
                Item(RawMessage(origin, at, b"x", 1), f"{number:064x}", Parsed("bounce", "dsn", "", (event,)))
                for number, (event, at) in enumerate(events)
            ]
        )
        with closing(sqlite3.connect(path)) as reader:
            assert reader.execute("SELECT until FROM suppressions").fetchall() == [("2026-09-18T12:00:00Z",)]
        assert suppressions.get("a@b.test", "all") is None
        assert suppressions.filter(["a@b.test"], "all") == {}


def test_a_suppression_of_all_mail_comes_before_every_stream(ledger: Ledger, suppressions: Suppressions) -> None:
    ledger.decisions.decide(["all@b.test"], "suppress", "a stream", "")
    assert [found.scope for found in suppressions.all("all@b.test", "a stream")] == ["all", "a stream"]


def test_a_decision_holds_in_the_next_answer(ledger: Ledger, suppressions: Suppressions) -> None:
    assert suppressions.get("new@b.test") is None
    ledger.decisions.decide(["new@b.test"], "suppress", "marketing", "")
    assert suppressions.get("new@b.test") is not None
    ledger.decisions.decide(["new@b.test"], "release", "", "")
    assert suppressions.get("new@b.test") is None


# many addresses


def addresses(number: int) -> Iterator[str]:
    return (f"User{n}@rcpt{n % 100}.test" for n in range(number))


@pytest.fixture
def many(path: str) -> str:
    """A file in which every twentieth of ``addresses(100_000)`` is suppressed."""
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.decisions.decide([text.lower() for text in list(addresses(100_000))[::20]], "suppress", "marketing", "")
    return path


def test_a_list_is_read_once_and_answered_as_it_was_written(many: str) -> None:
    with Suppressions(many) as suppressions:
        forbidden = suppressions.filter(addresses(100_000))
    assert list(forbidden) == list(addresses(100_000))[::20]
    assert {found.scope for found in forbidden.values()} == {"marketing"}


def test_a_long_list_needs_no_more_memory_than_a_short_one(many: str) -> None:
    with Suppressions(many) as suppressions:
        peaks = []
        for number in (20_000, 100_000):
            tracemalloc.start()
            suppressions.filter((text for text in addresses(number)), "all")
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_a_list_is_looked_up_by_the_index(many: str) -> None:
    parameters = {"keys": "[]", "scopes": "[]"}
    with closing(sqlite3.connect(many)) as writer:
        writer.execute("ANALYZE")
    with closing(database.open_for_reading(many).conn) as db:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {lookup.AGAINST}", parameters)]
    assert plan[0].startswith("SCAN wanted VIRTUAL TABLE")
    assert plan[1].startswith("SEARCH suppressions USING PRIMARY KEY (address=?")


# threads and the daemon


def test_threads_may_share_one(suppressions: Suppressions) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(suppressions.get, WRITTEN * 50))
    assert answers == list(map(suppressions.get, WRITTEN)) * 50


def test_no_answer_is_missing_under_write_load(ledger: Ledger, suppressions: Suppressions) -> None:
    stop = threading.Event()
    written: list[str] = []

    def write() -> None:
        while not stop.is_set():
            ledger.decisions.decide([f"user{len(written)}@b.test"], "suppress", "all", "")
            written.append(f"user{len(written)}@b.test")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 200:
            assert suppressions.get("all@b.test")
            known = written[:]
            assert suppressions.filter(known, "all").keys() == set(known)
    finally:
        stop.set()
        writer.join()


def test_a_file_in_rollback_mode_is_waited_for(ledger: Ledger, path: str) -> None:
    """Beside a program that writes while no daemon runs: without a busy timeout most questions would fail."""
    ledger.close()
    stop = threading.Event()
    locked: list[int] = []

    def lock() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            while not stop.is_set():
                other.execute("BEGIN EXCLUSIVE")
                locked.append(1)
                other.execute("ROLLBACK")

    with Suppressions(path) as suppressions:
        writer = threading.Thread(target=lock)
        writer.start()
        try:
            while len(locked) < 1000:
                assert suppressions.get("all@b.test")
        finally:
            stop.set()
            writer.join()


def test_a_file_that_stays_locked_is_an_error_that_passes(
    ledger: Ledger, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.close()
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with Suppressions(path) as suppressions, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match="another program keeps it locked") as refused:
            suppressions.get("all@b.test")
        assert refused.value.passing
        other.execute("ROLLBACK")
        assert suppressions.get("all@b.test")


def test_no_transaction_stays_open(ledger: Ledger, suppressions: Suppressions, path: str) -> None:
    """One would keep the -wal file from being emptied."""
    suppressions.filter(WRITTEN)
    with closing(sqlite3.connect(path)) as writer:
        busy, *_ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, Path(f"{path}-wal").stat().st_size) == (0, 0)


# the states of the file


def test_one_object_lives_through_every_state_of_the_file(
    ledger: Ledger, suppressions: Suppressions, path: str
) -> None:
    assert suppressions.get("all@b.test")
    ledger.close()
    assert suppressions.get("all@b.test")
    suppressions.close()
    with Ledger(path, Policy()):  # nobody has it open: it goes back to a rollback journal
        pass
    assert not Path(f"{path}-wal").exists()
    assert suppressions.get("all@b.test")
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stdin
        assert daemon.stdout
        print("killed@b.test", file=daemon.stdin, flush=True)
        assert daemon.stdout.readline() == "0\n"
        assert suppressions.get("killed@b.test")
        daemon.kill()
    assert Path(f"{path}-wal").exists()
    assert suppressions.get("killed@b.test")
    assert suppressions.get("all@b.test")


UNPRIVILEGED = """
import os, sys
from bounced.ledger.lookup import Suppressions
os.setgroups([int(sys.argv[2])])
os.setgid(65534)
os.setuid(65534)
with Suppressions(sys.argv[1]) as suppressions:
    for line in map(str.strip, sys.stdin):
        print(suppressions.get(line) is not None, sorted(suppressions.filter([line])), flush=True)
"""
READERS = 64321  # the group that may read; nobody is made a member of it


@pytest.fixture
def unprivileged(ledger: Ledger, path: str) -> Iterator[subprocess.Popen[str]]:
    """A program of somebody who may read the file and its directory, and write neither."""
    if os.geteuid() != 0:
        pytest.skip("only root can run a program as somebody else")
    folder = Path(path).parent
    os.chown(folder, 0, READERS)
    folder.chmod(0o750)
    for file in folder.iterdir():
        os.chown(file, 0, READERS)
    with subprocess.Popen(
        [sys.executable, "-c", UNPRIVILEGED, path, str(READERS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def ask(process: subprocess.Popen[str]) -> str:
    assert process.stdin
    assert process.stdout
    print("all@b.test", file=process.stdin, flush=True)
    return process.stdout.readline().strip()


def test_somebody_who_may_write_nothing_reads_it_in_every_state(
    ledger: Ledger, path: str, unprivileged: subprocess.Popen[str]
) -> None:
    yes, no = "True ['all@b.test']", "False []"
    assert ask(unprivileged) == yes
    ledger.decisions.decide(["all@b.test"], "release", "", "")
    assert ask(unprivileged) == no
    ledger.close()
    assert ask(unprivileged) == no
    with Ledger(path, Policy()) as again:
        again.decisions.decide(["all@b.test"], "suppress", "all", "")
        assert ask(unprivileged) == yes
    assert ask(unprivileged) == yes


def test_a_restored_backup_is_opened_by_itself(
    ledger: Ledger, suppressions: Suppressions, path: str, tmp_path: Path
) -> None:
    copy = backup.run(path, tmp_path / "backups", 7)
    ledger.decisions.decide(["late@b.test"], "suppress", "all", "")
    assert suppressions.get("late@b.test")
    ledger.close()
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in Path(path).parent.glob("bounced.db*"):
        file.rename(damaged / file.name)
    for _ in range(2):
        with pytest.raises(LedgerError, match="no such database"):
            suppressions.get("all@b.test")
    shutil.copy(copy, path)
    assert suppressions.get("late@b.test") is None
    assert suppressions.get("all@b.test")
    assert str(damaged / "bounced.db") not in open_files()


def test_a_file_that_comes_back_is_used_again(suppressions: Suppressions, path: str) -> None:
    Path(path).rename(f"{path}.away")
    with pytest.raises(LedgerError, match="no such database"):
        suppressions.filter(["all@b.test"])
    Path(f"{path}.away").rename(path)
    assert suppressions.get("all@b.test")


def test_what_is_closed_is_opened_again(ledger: Ledger, suppressions: Suppressions, path: str) -> None:
    ledger.close()
    assert suppressions.get("all@b.test")
    assert path in open_files()
    for _ in range(2):
        suppressions.close()
        assert path not in open_files()
    assert suppressions.get("all@b.test")


def open_files() -> set[str]:
    """What this process has open."""
    return {os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()}


# what is wrong with the file


def newer(path: Path) -> None:
    with Ledger(str(path), Policy()):
        pass
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE _sqlite_migrations SET name = 'm999' WHERE name = 'm001_first_tables'")


def another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE suppressed (address, scope)")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: None, "no such database"),
        (Path.touch, "is not a ledger of bounced"),
        (Path.mkdir, "is a directory"),
        (lambda path: path.write_bytes(b"x" * 5000), "it is not an SQLite file"),
        (another_program, "is not a ledger of bounced"),
        (newer, "newer version of bounced \\(m999\\)"),
        (lambda path: path.symlink_to(path), "symbolic link"),
    ],
)
def test_a_file_that_is_not_a_ledger_is_refused_in_one_line(make: object, problem: str, path: str) -> None:
    assert callable(make)
    make(Path(path))
    with pytest.raises(LedgerError, match=problem) as refused:
        Suppressions(path)
    assert len(refused.value.problems) == 1
    assert isinstance(refused.value, UserError)


def test_damage_is_no_permission_to_send(ledger: Ledger, path: str) -> None:
    ledger.close()
    with Suppressions(path) as suppressions:
        with Path(path).open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * (Path(path).stat().st_size - 100))
        with pytest.raises(LedgerError, match="it is damaged"):
            suppressions.get("all@b.test")
