"""The poll of one folder when something fails: who waits, how long, and who does not."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from bounced.config import Config, MailboxSection
from bounced.daemon import log
from bounced.daemon.accounts import Accounts
from bounced.daemon.context import Context
from bounced.daemon.poller import Poller
from bounced.daemon.progress import POLL_LIMIT, Progress
from bounced.daemon.scheduler import Scheduler
from bounced.errors import LedgerError, Unreachable
from bounced.identify import Sender
from bounced.ledger.ledger import Ledger
from bounced.model import JUNK, Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Policy
from bounced.sources import Polled
from bounced.sources.imap import Account, Disposition, ImapMailbox
from bounced.sources.retry import Backoff, Draw, Pause
from bounced.workers import Workers
from tests.support.daemon import PATIENCE, bounce
from tests.support.scripted import CLOSE, ScriptedImap
from tests.support.servers import ImapServer, free_port

REFUSED = "TAG NO [AUTHENTICATIONFAILED] no\r\n"


def longest(_: float, longest: float) -> float:
    """The most that could be drawn."""
    return longest


def shortest(shortest: float, _: float) -> float:
    """The least that could be drawn."""
    return shortest


@dataclass
class Bench:
    """Pollers on one ledger, and what they wanted to try again when."""

    ledger: Ledger
    workers: Workers
    later: list[tuple[str, int]] = field(default_factory=list)
    pollers: list[Poller] = field(default_factory=list)
    now: float = 0.0

    def pause(self, draw: Draw = longest) -> Pause:
        """Of an account; goes by the clock of the test."""
        return Pause(Backoff(draw), lambda: self.now)

    def context(self, run_in: Callable[[str, float], None] = lambda *_: None) -> Context:
        """What the pollers work with."""
        return Context(self.ledger, self.workers, log.Batches(), run_in)

    def poller(self, account: Account, folder: str = "INBOX", pause: Pause | None = None) -> Poller:
        """The poll of a folder, by the clock of the test."""
        return self.watch(ImapMailbox(account, folder), pause)

    def watch(self, mailbox: Polled, pause: Pause | None = None) -> Poller:
        """The poll of that mailbox."""

        def run_in(name: str, seconds: float) -> None:
            self.later.append((name.rpartition("/")[2], round(seconds)))

        made = Poller(mailbox, pause or self.pause(), self.context(run_in), draw=longest, clock=lambda: self.now)
        self.pollers.append(made)
        return made

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What an outside reader finds in the database."""
        with closing(sqlite3.connect(self.ledger.path)) as reader:
            return reader.execute(sql, values).fetchall()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Ledger(str(tmp_path / "bounced.db"), Policy()) as ledger, Workers(Sender(), count=1) as workers:
        made = Bench(ledger, workers)
        yield made
        for poller in made.pollers:
            poller.end(patience=1)


EMPTY = "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n"


def test_the_folders_of_an_account_that_is_down_wait_together(bench: Bench) -> None:
    down = Account("test", "127.0.0.1", free_port(), "user", "secret", tls="none")
    pause = bench.pause()
    first, second = (bench.poller(down, folder, pause) for folder in ("A", "B"))
    for poller in (first, second):
        poller.poll()
    assert bench.later == [("A", 10), ("B", 10)]
    assert "refuses connections" in first.problem
    assert second.problem == first.problem  # though it was not tried
    bench.now = 11
    second.poll()
    first.poll()
    assert bench.later[2:] == [("B", 20), ("A", 20)]


def test_a_refused_login_waits_minutes_until_a_poll_succeeds(bench: Bench) -> None:
    with ScriptedImap({"LOGIN": [REFUSED, REFUSED, ""], "EXAMINE": [EMPTY]}) as server:
        poller = bench.poller(server.account())
        for now in (0, 300, 601, 900, 2000):
            bench.now = now
            poller.poll()
        assert server.commands["LOGIN"] == 3
    assert bench.later == [("INBOX", 600), ("INBOX", 300), ("INBOX", 1200), ("INBOX", 901)]
    assert poller.problem == ""
    poller.poll()
    assert bench.later[4:] == [("INBOX", 10)]


def test_a_folder_without_a_connection_does_not_stop_the_others(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Two have theirs and go on; the third waits longer and longer. Each line tells whose trouble it is."""
    caplog.set_level("INFO", "bounced")
    limit = "TAG NO [LIMIT] Maximum number of connections\r\n"
    with ScriptedImap({"LOGIN": ["", "", limit], "EXAMINE": [EMPTY]}) as server:
        pause = bench.pause()
        first, second, third = (bench.poller(server.account(), folder, pause) for folder in "ABC")
        tries = []
        for now in range(0, 200, 5):
            bench.now = now
            for poller in (first, second, third):
                tried = server.commands["LOGIN"]
                poller.poll()
                tries += [now] * (poller is third and server.commands["LOGIN"] > tried)
        assert (first.problem, second.problem) == ("", "")
        assert server.commands["EXAMINE"] == 2 * 40
        assert "[LIMIT]" in third.problem
    assert tries == [0, 5, 15, 35, 75, 155]
    told = [message.partition(" problem=")[0] for message in caplog.messages]
    assert told == ["poll-failed account=test", "poll-recovered account=test", "poll-failed mailbox=imap:test/C"]


def test_an_outage_is_told_once_whatever_the_number_of_folders(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """They all had a connection, and all of them lose it."""
    caplog.set_level("INFO", "bounced")
    lost = f"{EMPTY}TAG OK done\r\n{CLOSE}"
    with ScriptedImap({"LOGIN": [""] * 4 + [REFUSED] * 5 + [""], "EXAMINE": [lost] * 4 + [EMPTY]}) as server:
        pause = bench.pause()
        pollers = [bench.poller(server.account(), folder, pause) for folder in "ABCD"]
        for bench.now in range(0, 2000, 60):
            for poller in pollers:
                poller.poll()
        assert [poller.problem for poller in pollers] == [""] * 4
        assert server.commands["LOGIN"] == 4 + 5 + 4
    told = [message.partition(" problem=")[0] for message in caplog.messages]
    assert told == ["poll-failed account=test", "poll-recovered account=test"]  # within the hour


@pytest.mark.parametrize(
    ("draw", "gaps", "told"),
    [
        (longest, [600, 1200, 2400, 3600, 3600, 3600], [0, 4200, 7800, 11400, 15000]),
        (shortest, [300] * 26, [0, 3600, 7200, 7800]),
    ],
)
def test_a_login_refused_for_hours_backs_off_and_is_logged_hourly(
    bench: Bench, caplog: pytest.LogCaptureFixture, draw: Draw, gaps: list[int], told: list[int]
) -> None:
    """A server counts refused logins. It is polled every minute; the last line tells that all is well again."""
    caplog.set_level("INFO", "bounced")
    tries, lines = [], []
    with ScriptedImap({"LOGIN": [REFUSED] * len(gaps) + [""], "EXAMINE": [EMPTY]}) as server:
        poller = bench.poller(server.account(), pause=bench.pause(draw))
        for now in range(0, sum(gaps) + 3600, 60):
            bench.now = now
            tried, logged = server.commands["LOGIN"], len(caplog.records)
            poller.poll()
            tries += [now] * (server.commands["LOGIN"] - tried)
            lines += [(now, record.getMessage()) for record in caplog.records[logged:]]
    assert tries == list(accumulate(gaps, initial=0))
    assert [now for now, _ in lines] == told
    assert ["login refused" in line for _, line in lines] == [True] * (len(told) - 1) + [False]
    assert lines[-1][1] == "poll-recovered account=test"


def test_a_folder_that_fails_alone_leaves_the_others_of_its_account_alone(bench: Bench) -> None:
    with ScriptedImap({"EXAMINE": ["TAG NO no such folder\r\n", EMPTY]}) as server:
        pause = bench.pause()
        broken, well = (bench.poller(server.account(), folder, pause) for folder in ("A", "B"))
        broken.poll()
        well.poll()
        assert broken.problem
        assert (well.problem, server.commands["EXAMINE"]) == ("", 2)
    assert [name for name, _ in bench.later] == ["A"]


def test_the_log_has_one_line_for_a_trouble_and_one_for_its_end(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "bounced")
    with ScriptedImap({"LOGIN": [REFUSED] * 3 + [""], "EXAMINE": [EMPTY]}) as server:
        poller = bench.poller(server.account(), pause=bench.pause(shortest))
        for now in range(0, 1600, 400):
            bench.now = now
            poller.poll()
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("poll-")]
    assert len(lines) == 2
    assert "login refused" in lines[0]
    assert lines[1] == "poll-recovered account=test"


def test_what_failed_stands_in_the_ledger_with_the_next_try(bench: Bench) -> None:
    down = Account("test", "127.0.0.1", free_port(), "user", "secret", tls="none")
    bench.poller(down).poll()
    with closing(sqlite3.connect(bench.ledger.path)) as reader:
        [(problem, failing_since, next_try)] = reader.execute("SELECT problem, failing_since, next_try FROM polls")
    assert "refuses connections" in problem
    assert failing_since < next_try


def test_a_locked_database_is_tried_again_soon(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.ledger._db.execute("PRAGMA busy_timeout = 50")
    with (
        ScriptedImap({"EXAMINE": [EMPTY]}) as server,
        closing(sqlite3.connect(bench.ledger.path, isolation_level=None)) as other,
    ):
        poller = bench.poller(server.account())
        poller.poll()
        other.execute("BEGIN IMMEDIATE")
        poller.poll()
        assert "locked" in poller.problem
        poller.poll()
        assert [seconds for _, seconds in bench.later] == [10, 10]
        assert server.commands["EXAMINE"] == 2


def test_a_lost_database_is_raised(bench: Bench) -> None:
    with ScriptedImap({"EXAMINE": [EMPTY]}) as server:
        poller = bench.poller(server.account())
        Path(bench.ledger.path).unlink()
        with pytest.raises(LedgerError, match="removed or replaced"):
            poller.poll()


def test_a_poll_that_was_ended_does_nothing_more(bench: Bench) -> None:
    with ScriptedImap({"EXAMINE": [EMPTY]}) as server:
        poller = bench.poller(server.account())
        poller.poll()
        poller.end(patience=1)
        poller.poll()
        assert server.commands["EXAMINE"] == 1
    assert bench.later == []


def test_a_requested_job_runs_once_with_the_next_successful_poll(bench: Bench) -> None:
    done = []
    with ScriptedImap({"LOGIN": [REFUSED, ""], "EXAMINE": [EMPTY]}) as server:
        poller = bench.poller(server.account())
        poller.ask("reconcile", lambda mailbox, *_: done.append(mailbox.name))
        poller.poll()
        assert done == []
        for bench.now in (10_000, 20_000):
            poller.poll()
    assert done == ["imap:test/INBOX"]


def test_a_poll_that_hangs_anywhere_is_a_problem(bench: Bench) -> None:
    """Here in an output."""
    inside, go_on = threading.Event(), threading.Event()

    def hangs(*_: object) -> None:
        inside.set()
        assert go_on.wait(PATIENCE)

    with ScriptedImap({"UID FETCH": ["* 1 FETCH (UID 1 RFC822.SIZE 1)\r\n"]}) as server:
        poller = bench.poller(server.account())
        poller.ask("hang", hangs)
        progress = Progress(Scheduler(lambda _: None), bench.workers, bench.ledger, lambda: [poller])
        polling = threading.Thread(target=poller.poll)
        polling.start()
        assert inside.wait(PATIENCE)
        for bench.now, is_stuck in ((POLL_LIMIT, False), (POLL_LIMIT + 1, True)):
            assert ("imap:test/INBOX: poll has taken nothing" in progress.problem()) is is_stuck
        go_on.set()
        polling.join()
        assert poller.idle_for == 0


def test_a_missing_junk_folder_does_not_block_other_folders(bench: Bench) -> None:
    """What was asked for is done where it can be, and events that named nobody are attributed."""
    done = []

    def read(mailbox: Polled, *_: object) -> None:
        done.append("tried")
        list(mailbox.batches(None))

    with ScriptedImap({"LIST": ['* LIST () "/" INBOX\r\n']}) as server:
        poller = bench.poller(server.account(), JUNK)
        unnamed = Event("", "complaint", original_message_id="x@sender.test")
        message = RawMessage(Origin("file:/x"), datetime(2026, 9, 1, tzinfo=UTC), b"x", 1)
        bench.ledger.take([Item(message, "00", Parsed("complaint", "arf", "", (unnamed,)))])
        sql = "INSERT INTO sends (message_id, address) VALUES ('x@sender.test', 'a@rcpt.test')"
        bench.ledger.write(lambda db: db.execute(sql))
        poller.ask("reconcile", read)
        poller.ask("other", lambda mailbox, *_: done.append(mailbox.name))
        for _ in range(2):
            poller.poll()
    assert (poller.problem, bench.later) == ("", [])
    assert done == ["tried", f"imap:test/{JUNK}"]
    with closing(sqlite3.connect(bench.ledger.path)) as reader:
        assert reader.execute("SELECT address FROM attributions").fetchall() == [("a@rcpt.test",)]
        [(problem, failing_since)] = reader.execute("SELECT problem, failing_since FROM polls").fetchall()
    assert problem.endswith("no \\Junk folder on this server")
    assert failing_since is None


def test_what_cannot_be_settled_keeps_no_mail_from_being_counted(
    bench: Bench, dovecot: ImapServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Dovecot takes no empty name between two separators. Settling is tried now and then, until a person has helped."""
    caplog.set_level("WARNING", "bounced")
    mailbox = ImapMailbox(dovecot.account(), "INBOX", Disposition("move", "no//such", "no//such"))
    poller = bench.watch(mailbox)
    for number, bench.now in enumerate((0, 1, 9, 11, 12, 32)):
        dovecot.append("INBOX", bounce(number, f"r{number}@rcpt.test", datetime(2026, 9, 1, tzinfo=UTC)))
        poller.poll()
        assert bench.rows("SELECT count(*) FROM events") == [(number + 1,)]
    assert bench.later == [("INBOX", 10), ("INBOX", 20), ("INBOX", 40)]
    assert "create failed" in poller.problem
    assert bench.rows("SELECT problem = ?, failing_since FROM polls", poller.problem) == [(1, None)]
    dovecot.remove("INBOX", list(range(1, 7)))
    for bench.now in (70, 73):
        assert bench.rows("SELECT count(*) FROM places WHERE settled = 0") == [(6,)]
        poller.poll()
    assert bench.rows("SELECT count(*) FROM places WHERE settled = 0") == [(0,)]
    assert bench.rows("SELECT problem, next_try FROM polls") == [("", None)]
    assert [message.partition(" problem=")[0] for message in caplog.messages] == [
        f"poll-failed mailbox={mailbox.name}",
        f"poll-recovered mailbox={mailbox.name}",
    ]


def test_a_failing_job_of_a_folder_is_retried_while_polls_go_on(bench: Bench) -> None:
    """There is no connection left for retention, say."""
    tries = []

    def task(*_: object) -> None:
        tries.append(bench.now)
        if len(tries) < 3:
            raise Unreachable("no connection")

    with ScriptedImap({"EXAMINE": [EMPTY]}) as server:
        poller = bench.poller(server.account())
        poller.ask("retention", task)
        for bench.now in range(0, 60, 5):
            poller.poll()
        assert server.commands["EXAMINE"] == 12
    assert tries == [0, 10, 30]
    assert poller.problem == ""


@dataclass
class Told:
    """Watches nothing: what it is told of polls."""

    polls: list[bool]

    def start(self) -> None: ...

    def polled(self, *, recovered: bool) -> None:
        self.polls.append(recovered)

    def hang_up(self) -> None: ...

    def stop(self, patience: float) -> None: ...


@pytest.mark.parametrize(("folder", "said"), [("INBOX", [True, False]), (JUNK, [])])
def test_whoever_idles_is_told_of_polls_that_found_the_folder(bench: Bench, folder: str, said: list[bool]) -> None:
    """And whether the one before had failed."""
    with ScriptedImap({"LOGIN": [REFUSED, ""], "EXAMINE": [EMPTY], "LIST": ['* LIST () "/" INBOX\r\n']}) as server:
        polls: list[bool] = []
        mailbox = ImapMailbox(server.account(), folder)
        poller = Poller(mailbox, bench.pause(), bench.context(), Told(polls))
        bench.pollers.append(poller)
        for bench.now in (0, 10_000, 20_000):
            poller.poll()
    assert polls == said


def test_folders_do_not_ask_in_the_same_instant_for_ever(bench: Bench) -> None:
    """At once when they begin to be watched, and then each a little later than it is due."""
    box = MailboxSection(host="imap.example.org", user="user", password_env="PASSWORD", folders=["A", "B"], idle=False)
    scheduler = Scheduler(lambda _: None, draw=longest)
    accounts = Accounts(bench.context(scheduler.run_in), scheduler, (), {"PASSWORD": "secret"})
    accounts.take(accounts.prepare(Config(mailbox={"test": box})))
    for folder in "AB":
        job = scheduler._scheduler.get_job(f"imap:test/{folder}")
        now = datetime.now(UTC)
        assert job.next_run_time <= now
        assert job.trigger.get_next_fire_time(None, now) == now + timedelta(seconds=66)  # of a minute


def descriptors() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


BROKEN = {
    "closed behind SELECT": {"EXAMINE": [EMPTY + CLOSE]},
    "refused": {"LOGIN": [REFUSED]},
    "hung up on": {"CAPABILITY": [CLOSE]},
}


@pytest.mark.parametrize("answers", BROKEN.values(), ids=BROKEN)
def test_a_thousand_reconnects_leave_no_descriptor_and_no_thread(bench: Bench, answers: dict[str, list[str]]) -> None:
    """A third of them each."""
    with ScriptedImap(answers) as server:
        mailbox = ImapMailbox(replace(server.account(), timeout=20))

        def connect(times: int) -> None:
            for _ in range(times):
                with pytest.raises(Exception):  # noqa: B017
                    list(mailbox.batches(None))
                mailbox.close()

        connect(3)
        before = descriptors() - server.held, threading.active_count()
        connect(350)
        after = descriptors() - server.held, threading.active_count()
        assert server.connections >= 350
    assert abs(after[0] - before[0]) <= 2
    assert abs(after[1] - before[1]) <= 2
