"""A scan on a Dask cluster records what a scan here records, whoever is killed meanwhile."""

from __future__ import annotations

import gzip
import http.server
import math
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path

import dask
import fsspec
import pytest
from distributed import Client, LocalCluster

from benchmarks.storm import storm, write_mbox
from bounced import pipeline
from bounced.errors import MailboxError, UserError
from bounced.identify.sender import TrustAnchors
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Item
from bounced.pipeline.spread import Spread
from bounced.policy import Policy
from bounced.sources import files, parts
from bounced.sources.batches import MAX_MESSAGES
from bounced.sources.files import FileMailbox, open_source
from bounced.sources.parts import Divisible
from bounced.sources.remote import RemoteMailbox
from bounced.workers import Workers, cluster
from bounced.workers.cluster import ON_THIS_MACHINE, SETTINGS, Cluster, Lost
from bounced.workers.dkim_keys import Keys
from tests.conftest import missing
from tests.pipeline.test_dkim_keys import Server, serving
from tests.pipeline.test_workers import SLOW, SLOW_MAIL, children
from tests.support import sshd
from tests.support.commands import process
from tests.support.signing import DOMAIN, NAME, dsn, newsletter, record, sign

#: Columns that say when it was.
CLOCKS = frozenset(
    ("recorded_at", "applied_at", "written_at", "ran_at", "finished_at", "until", "value", "known_until")
)

SENDER = replace(SLOW, anchors=TrustAnchors(own_domains=(DOMAIN,)))

Observer = Callable[[Sequence[Item], Receipt], None]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are small, and nothing ends because a machine is slow."""
    monkeypatch.setattr(cluster, "NO_WORKER_SECONDS", 300.0)
    monkeypatch.setattr(files, "MAX_OCTETS", 200_000)
    drain = import_module("bounced.pipeline.drain")
    monkeypatch.setattr(drain, "TRANSACTION_SECONDS", math.inf)
    monkeypatch.setattr(drain, "PATIENCE", math.inf)
    monkeypatch.setattr(import_module("bounced.ledger.ledger"), "JUDGING_SECONDS", math.inf)


@pytest.fixture(scope="module")
def four() -> Iterator[LocalCluster]:
    """Four workers, processes that are replaced when they die."""
    with dask.config.set(SETTINGS), LocalCluster(n_workers=4, **ON_THIS_MACHINE) as started:
        yield started


@pytest.fixture
def inside() -> Iterator[LocalCluster]:
    """A worker in this process, which sees its memory and what tests patch."""
    with LocalCluster(n_workers=1, processes=False, protocol="tcp", **ON_THIS_MACHINE) as started:
        yield started


@pytest.fixture(scope="module")
def dns() -> Iterator[Server]:
    with serving({NAME: [record()]}) as server:
        yield server


def nothing(_: Sequence[Item], __: Receipt) -> None:
    """Observes nothing."""


class Scan:
    """Counts mailboxes into a ledger of its own, here or on a cluster."""

    def __init__(self, path: Path, server: Server | None = None) -> None:
        self.path = path
        self._problems: list[str] = []
        self._keys = Keys(server.resolver if server else None)

    def here(self, *mailboxes: Divisible) -> dict[str, list[str]]:
        with Workers(SENDER, count=2, keys=self._keys) as workers:
            self._drain(workers, list(mailboxes), nothing)
        return {**rows(self.path), "problems": self._problems}

    def there(self, address: str, *mailboxes: Divisible, observe: Observer = nothing) -> dict[str, list[str]]:
        on = Cluster(address)
        with Workers(SENDER, count=on.count, keys=self._keys, pool=on) as workers:
            self._drain(workers, [Spread(mailbox, on, workers) for mailbox in mailboxes], observe)
        return {**rows(self.path), "problems": self._problems}

    def _drain(self, workers: Workers, mailboxes: Sequence[Divisible | Spread], observe: Observer) -> None:
        with Ledger(str(self.path), Policy()) as ledger:
            for mailbox in mailboxes:
                try:
                    pipeline.drain(mailbox, ledger, workers, observe)
                except MailboxError as error:
                    self._problems.append(str(error))


def rows(path: Path) -> dict[str, list[str]]:
    """The rows of all tables, but clocks."""
    with closing(sqlite3.connect(path)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: list(_rows(db, table)) for table in tables}


def _rows(db: sqlite3.Connection, table: str) -> Iterator[str]:
    cursor = db.execute(f"SELECT * FROM {table}")
    names = [name for name, *_ in cursor.description]
    for row in cursor:
        yield repr([(name, value) for name, value in zip(names, row, strict=True) if name not in CLOCKS])


def opened(path: Path) -> Divisible:
    [mailbox] = open_source(str(path), sys.stdin.buffer)
    assert isinstance(mailbox, FileMailbox)
    return mailbox


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A large mbox, and a directory: reports, some of them signed or hostile, some twice, and what can't be read."""
    folder = tmp_path_factory.mktemp("sources")
    with (folder / "storm.mbox").open("wb") as file:
        write_mbox(file, Killer.TIMES * MAX_MESSAGES)
    mails = folder / "mails"
    mails.mkdir()
    for number, mail in enumerate([*storm(220), *storm(20), SLOW_MAIL, SLOW_MAIL + b"x"]):
        (mails / f"{number:03}.eml").write_bytes(mail)
    (mails / "signed.eml").write_bytes(dsn(sign(newsletter())))
    (mails / "old.mbox.gz").write_bytes(gzip.compress((folder / "storm.mbox").read_bytes()[:500_000]))
    (mails / "unquoted.txt").write_bytes(b"From a\nSubject: x\n\ntext\nFrom b\n")
    (mails / "broken.eml.gz").write_bytes(b"\x1f\x8bbroken")
    return folder


class Killer:
    """With each of the first batches kills a worker of the cluster, or the process in which one parses, in turn."""

    TIMES = 4

    def __init__(self, client: Client) -> None:
        self._client = client
        self.killed = 0

    def __call__(self, _: Sequence[Item], __: Receipt) -> None:
        pids = sorted(self._client.run(os.getpid, on_error="ignore").values())
        if not pids or self.killed == self.TIMES:
            return
        victims = [pids[0], *children(pids[0])]
        os.kill(victims[self.killed % len(victims)], signal.SIGKILL)
        self.killed += 1


@pytest.mark.timeout(400)
def test_four_workers_that_are_killed_record_what_one_machine_records(
    four: LocalCluster, sources: Path, dns: Server, tmp_path: Path
) -> None:
    mailboxes = [sources / "storm.mbox", sources / "mails"]
    plain = Scan(tmp_path / "plain.db", dns).here(*map(opened, mailboxes))
    with Client(four, set_as_default=False) as client:
        killer = Killer(client)
        spread = Scan(tmp_path / "spread.db", dns).there(
            four.scheduler_address, *map(opened, mailboxes), observe=killer
        )
    assert killer.killed == Killer.TIMES
    assert spread == plain
    assert any("exceeded 2 s of CPU time" in row for table in plain.values() for row in table)
    assert ["broken.eml.gz" in problem for problem in plain["problems"]] == [True]


def test_what_is_too_much_for_a_worker_is_read_here(
    inside: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_MESSAGES", 5)
    for number, mail in enumerate(storm(4)):
        (tmp_path / f"{number}.eml").write_bytes(mail)
    with (tmp_path / "many.mbox.txt").open("wb") as file:
        write_mbox(file, 20)
    scan = Scan(tmp_path / "spread.db")
    assert scan.there(inside.scheduler_address, opened(tmp_path)) == Scan(tmp_path / "plain.db").here(opened(tmp_path))


@pytest.mark.timeout(300)
def test_what_only_this_machine_has_is_read_here(
    four: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the workers are elsewhere
    here = Path("/proc/self/cwd")
    (tmp_path / "mails").mkdir()
    for number, mail in enumerate(storm(20)):
        (tmp_path / "mails" / f"{number:02}.eml").write_bytes(mail)
    with (tmp_path / "large.mbox").open("wb") as file:
        write_mbox(file, 2 * MAX_MESSAGES)
    memory = fsspec.filesystem("memory")
    try:
        memory.pipe("/mails/one.eml", b"Subject: one\n\nbody\n")
        mailboxes = [opened(here / "mails"), opened(here / "large.mbox"), RemoteMailbox("memory://mails")]
        plain = Scan(tmp_path / "plain.db").here(*mailboxes)
        assert Scan(tmp_path / "spread.db").there(four.scheduler_address, *mailboxes) == plain
        assert len(plain["message_rows"]) == 2 * MAX_MESSAGES + 1  # those of the folder are in the mbox, too
    finally:
        memory.store.clear()
    assert [mailbox.notes for mailbox in mailboxes] == [
        [f"read here, since a worker could not read {problem}"]
        for problem in (
            "/proc/self/cwd/mails/00.eml: no such file or directory",
            "/proc/self/cwd/large.mbox: no such file or directory",
            "memory://mails: one.eml: /mails/one.eml",
        )
    ]


def test_urls_are_read_where_they_are(inside: LocalCluster, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    try:
        for number, mail in enumerate([*storm(20), *storm(2)]):
            memory.pipe(f"/mails/{number:02}.eml", mail)
        plain = Scan(tmp_path / "plain.db").here(RemoteMailbox("memory://mails"))
        assert plain == Scan(tmp_path / "spread.db").there(inside.scheduler_address, RemoteMailbox("memory://mails"))
    finally:
        memory.store.clear()


def test_a_file_over_http(inside: LocalCluster, tmp_path: Path) -> None:
    with (tmp_path / "old.mbox").open("wb") as file:
        write_mbox(file, 50)
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/old.mbox"
            plain = Scan(tmp_path / "plain.db").here(RemoteMailbox(url))
            assert plain == Scan(tmp_path / "spread.db").there(inside.scheduler_address, RemoteMailbox(url))
        finally:
            server.shutdown()


@pytest.mark.skipif(os.geteuid() != 0, reason="sshd needs root")
def test_a_folder_over_sftp(inside: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not sshd.PROGRAM.exists():
        missing("OpenSSH")
    mails = tmp_path / "mails"
    mails.mkdir()
    for number, mail in enumerate(storm(30)):
        (mails / f"{number:02}.eml").write_bytes(mail)
    with sshd.serving() as server:
        monkeypatch.setitem(fsspec.config.conf, "sftp", server.options)
        url = f"{server.url}{mails}"
        plain = Scan(tmp_path / "plain.db").here(RemoteMailbox(url))
        assert plain == Scan(tmp_path / "spread.db").there(inside.scheduler_address, RemoteMailbox(url))
        assert len(plain["message_rows"]) == 30


@pytest.mark.timeout(300)
def test_the_command_counts_on_a_cluster_once(four: LocalCluster, tmp_path: Path) -> None:
    with (tmp_path / "old.mbox").open("wb") as file:
        write_mbox(file, 30)
    command = ("scan", "--dask", four.scheduler_address, "old.mbox")
    first, second = (process(*command, cwd=tmp_path, timeout=110) for _ in range(2))
    assert (first.returncode, first.stdout, first.stderr[:23]) == (0, "", "30 messages: 30 counted")
    assert (second.returncode, second.stderr) == (0, "30 messages: 30 repeated\n")


@pytest.mark.timeout(300)
def test_a_cluster_on_this_machine_counts_what_standard_input_has(tmp_path: Path) -> None:
    with (tmp_path / "old.mbox").open("w+b") as file:
        write_mbox(file, 30)
        file.seek(0)
        (tmp_path / "bounced.toml").write_text('workers = 1\n[database]\npath = "bounced.db"\n')
        command = ("scan", "--config", "bounced.toml", "--dask", "local", "-")
        result = process(*command, cwd=tmp_path, stdin=file, timeout=110)
    assert (result.returncode, result.stdout, result.stderr[:23]) == (0, "", "30 messages: 30 counted")


def test_a_cluster_that_goes_away_loses_nothing(
    inside: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "NO_WORKER_SECONDS", 2.0)
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.1)
    with (tmp_path / "old.mbox").open("wb") as file:
        write_mbox(file, 1200)

    def end(_: Sequence[Item], __: Receipt) -> None:
        inside.close()

    scan = Scan(tmp_path / "spread.db")
    with pytest.raises(Lost, match=r"^the Dask cluster failed: "):
        scan.there(inside.scheduler_address, opened(tmp_path / "old.mbox"), observe=end)
    assert 0 < len(rows(scan.path)["message_rows"]) < 1200
    assert len(scan.here(opened(tmp_path / "old.mbox"))["message_rows"]) == 1200


def test_no_scheduler_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(UserError) as raised:
            Cluster(address)
        [problem] = raised.value.problems
        assert problem.startswith(f"{address}: no Dask scheduler there: ")


@pytest.mark.parametrize("address", ["10.0.0.5", "http://127.0.0.1:1", "tls://127.0.0.1:1", "tcp://127.0.0.1:port", ""])
def test_what_is_no_address_is_one_line(tmp_path: Path, address: str) -> None:
    result = process("scan", "--dask", address, ".", cwd=tmp_path, timeout=110)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith(f"bounced: {address}: no Dask scheduler there: ")


def test_without_the_extra_there_is_one_line(tmp_path: Path) -> None:
    code = "import sys; sys.modules['distributed'] = None; from bounced.cli import main; main()"
    arguments = [sys.executable, "-c", code, "scan", "--dask", "local", str(tmp_path)]
    result = subprocess.run(arguments, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (result.returncode, result.stderr) == (
        2,
        "bounced: --dask needs an extra: pip install 'bounced-daemon[cluster]'\n",
    )


def test_workers_that_may_start_no_process_are_named(tmp_path: Path) -> None:
    with (
        dask.config.set({"distributed.worker.daemon": True}),
        LocalCluster(n_workers=1, **ON_THIS_MACHINE) as started,
        pytest.raises(UserError, match=r"may not start processes: set DASK_DISTRIBUTED__WORKER__DAEMON=False"),
    ):
        Cluster(started.scheduler_address)
