"""Messages that are read later: their DKIM key is not there, or who brought them has had the processor's time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bounced import pipeline, tokens
from bounced.errors import LedgerError
from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.ledger import deferrals
from bounced.ledger.ledger import Ledger
from bounced.pipeline.items import items_of
from bounced.pipeline.turns import Turns
from bounced.policy import Policy
from bounced.tokens import Key
from bounced.workers import Workers, budgets, dkim_keys
from bounced.workers.dkim_keys import Keys
from tests.pipeline.test_dkim_keys import Server, serving
from tests.support.polling import DAY0, Open, Polling
from tests.support.servers import ImapServer
from tests.support.signing import NAME, dsn, newsletter, record, sign

TOKEN_KEY = Key("k2", b"k" * 32)
ANCHORS = TrustAnchors(own_domains=("example.org",), dkim_dns=True)
SENDER = Sender(anchors=ANCHORS, keys=(TOKEN_KEY,))

EVENTS = "SELECT address, trust FROM events_view ORDER BY address"


def received(source: str) -> bytes:
    return f"Received: from mx.test (mx.test [{source}]) by mail.example.org; 1 Sep 2026 12:00:00 +0000\n".encode()


def signed(number: int = 1, source: str = "192.0.2.1", domain: str = "news.example.org") -> bytes:
    """A report about a message of ours."""
    original = sign(newsletter(b"ann%d@example.net" % number), domain=domain)
    header = received(source) + b"Message-ID: <%d@mx.example.net>\n" % number
    return dsn(original, recipient=f"ann{number}@example.net", header=header)


class Hour:
    """Stands still until it is told to go on."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(dkim_keys, "ANSWER_SECONDS", 0.1)
    with serving({NAME: [record()]}) as found:
        found.silent = True
        yield found


Start = Callable[..., Polling]


@pytest.fixture
def start(tmp_path: Path, server: Server) -> Iterator[Start]:
    """Begins the life of a daemon on the ledger of the one before."""
    made: list[Polling] = []

    def start_(clock: Hour | None = None) -> Polling:
        clock = clock or Hour()
        now = end().now if made else DAY0
        workers = Workers(SENDER, count=1, keys=Keys(server.resolver, clock), clock=clock)
        made.append(Polling(tmp_path / "bounced.db", workers))
        made[-1].now = now
        return made[-1]

    def end() -> Polling:
        made[-1].workers.close()
        made[-1].ledger.close()
        return made[-1]

    yield start_
    if made:
        end()


def poll_later(polling: Polling, mailbox: Any, clock: Hour, minutes: float = 2) -> None:
    polling.now += timedelta(minutes=minutes)
    clock.now += 60 * minutes
    polling.poll(mailbox)


# its DKIM key


def test_a_report_is_judged_when_its_key_is_there(
    start: Start, server: Server, dovecot: ImapServer, open_mailbox: Open
) -> None:
    clock = Hour()
    polling, mailbox = start(clock), open_mailbox(dovecot, on_done="leave")
    dovecot.append_all("INBOX", [(signed(1), DAY0), (dsn(b"From: a@b.test"), DAY0)])
    polling.poll(mailbox)
    assert polling.rows(EVENTS) == [("ann@example.net", "unverified")]
    assert polling.ledger.folders.cursor(mailbox.name) is not None
    assert polling.rows("SELECT uid, cause, source FROM deferred") == [(1, "key", "192.0.2.1")]
    assert polling.rows("SELECT * FROM trials") == []
    server.silent = False
    polling.poll(mailbox)
    assert len(polling.rows(EVENTS)) == 1
    poll_later(polling, mailbox, clock)
    assert polling.rows(EVENTS) == [("ann1@example.net", "verified"), ("ann@example.net", "unverified")]
    assert polling.rows("SELECT * FROM deferred") == []
    poll_later(polling, mailbox, clock, 600)
    polling.reconcile(mailbox)
    assert len(polling.rows(EVENTS)) == 2
    assert [outcome for _, outcome, _ in polling.places()] == ["counted", "counted"]


def test_it_is_moved_when_it_is_counted(start: Start, server: Server, dovecot: ImapServer, open_mailbox: Open) -> None:
    clock = Hour()
    polling, mailbox = start(clock), open_mailbox(dovecot)
    dovecot.append_all("INBOX", [(signed(1), DAY0)])
    polling.poll(mailbox)
    assert len(dovecot.folder_contents("INBOX")) == 1
    server.silent = False
    poll_later(polling, mailbox, clock)
    assert (len(dovecot.folder_contents("INBOX")), len(dovecot.folder_contents("Done"))) == (0, 1)


def test_without_an_answer_it_is_plausible_in_the_end(start: Start, dovecot: ImapServer, open_mailbox: Open) -> None:
    """Each life of the daemon takes up where the one before was killed."""
    clock = Hour()
    polling, mailbox = start(clock), open_mailbox(dovecot, on_done="leave")
    dovecot.append_all("INBOX", [(signed(1), DAY0)])
    polling.poll(mailbox)
    polls = 0
    while not polling.rows(EVENTS):
        assert polling.rows("SELECT count(*) FROM deferred") == [(1,)]
        polling = start(clock)
        poll_later(polling, mailbox, clock, 16)
        polling.reconcile(mailbox)
        polls += 1
        assert polls < 100
    assert polling.rows(EVENTS) == [("ann1@example.net", "plausible")]
    assert polling.rows("SELECT * FROM deferred") == []
    assert timedelta(hours=8) < polling.now - DAY0 < timedelta(hours=11)


def test_that_there_is_no_such_key_is_an_answer(
    start: Start, server: Server, dovecot: ImapServer, open_mailbox: Open
) -> None:
    server.silent = False
    polling, mailbox = start(), open_mailbox(dovecot, on_done="leave")
    dovecot.append_all("INBOX", [(signed(1, domain="x.example.org"), DAY0)])
    polling.poll(mailbox)
    assert polling.rows(EVENTS) == [("ann1@example.net", "plausible")]


def test_what_is_verified_already_does_not_wait(start: Start, dovecot: ImapServer, open_mailbox: Open) -> None:
    token = tokens.make(TOKEN_KEY, date(2026, 12, 31), recipient="ann1@example.net")
    content = signed(1).replace(b"X-Recipient-ID: 4711", f"X-Bounced-Token: {token}".encode())
    polling, mailbox = start(), open_mailbox(dovecot, on_done="leave")
    dovecot.append_all("INBOX", [(content, DAY0)])
    polling.poll(mailbox)
    assert polling.rows(EVENTS) == [("ann1@example.net", "verified")]


def test_a_scan_does_not_wait(start: Start, dovecot: ImapServer, open_mailbox: Open) -> None:
    polling, mailbox = start(), open_mailbox(dovecot, on_done="leave")
    dovecot.append_all("INBOX", [(signed(1), DAY0)])
    pipeline.drain(mailbox, polling.ledger, polling.workers, polling.observe)
    assert polling.rows(EVENTS) == [("ann1@example.net", "plausible")]
    assert polling.rows("SELECT * FROM deferred") == []


def test_what_was_deleted_while_it_waited_is_forgotten(start: Start, dovecot: ImapServer, open_mailbox: Open) -> None:
    clock = Hour()
    polling, mailbox = start(clock), open_mailbox(dovecot, on_done="leave")
    dovecot.append_all("INBOX", [(signed(1), DAY0)])
    polling.poll(mailbox)
    dovecot.remove("INBOX", [1])
    poll_later(polling, mailbox, clock)
    assert (polling.rows("SELECT * FROM deferred"), polling.rows(EVENTS)) == ([], [])
    assert polling.places() == [(1, "vanished", 1)]


def test_one_source_has_few_reports_wait(
    start: Start, dovecot: ImapServer, open_mailbox: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who makes up selectors in subdomains that do not answer leaves room for the reports of others."""
    monkeypatch.setitem(deferrals.LIMITS, "key", (4, 2))
    polling, mailbox = start(), open_mailbox(dovecot, on_done="leave")
    contents = [signed(n, domain=f"d{n}.example.org") for n in range(1, 6)] + [signed(6, "192.0.2.6")]
    dovecot.append_all("INBOX", [(content, DAY0) for content in contents])
    polling.poll(mailbox)
    assert polling.rows("SELECT uid FROM deferred") == [(1,), (2,), (6,)]
    dovecot.append_all("INBOX", [(signed(n, f"192.0.2.{n}"), DAY0) for n in range(7, 10)])
    polling.poll(mailbox)
    assert polling.rows("SELECT uid FROM deferred") == [(1,), (2,), (6,), (7,)]
    assert [trust for _, trust in polling.rows(EVENTS)] == ["plausible"] * 5


@pytest.mark.parametrize("event", ["INSERT", "DELETE"])
def test_a_message_waits_in_the_transaction_of_its_cursor(
    start: Start, server: Server, dovecot: ImapServer, open_mailbox: Open, event: str
) -> None:
    """What fails between is as if it had not begun: neither lost nor counted twice."""
    clock = Hour()
    polling, mailbox = start(clock), open_mailbox(dovecot, on_done="leave")
    dovecot.append_all("INBOX", [(signed(1), DAY0)])
    if event == "DELETE":
        polling.poll(mailbox)
        polling.now += timedelta(minutes=2)
        clock.now += 120
        server.silent = False
    before = polling.rows("SELECT * FROM cursors"), polling.rows("SELECT * FROM deferred")
    stop = f"CREATE TRIGGER stop BEFORE {event} ON deferred BEGIN SELECT RAISE(ABORT, 'stop'); END"
    polling.ledger.write(lambda db: db.execute(stop))
    with pytest.raises(LedgerError):
        polling.poll(mailbox)
    assert (polling.rows("SELECT * FROM cursors"), polling.rows("SELECT * FROM deferred")) == before
    assert polling.rows(EVENTS) == []
    polling.ledger.write(lambda db: db.execute("DROP TRIGGER stop"))
    server.silent = False
    clock.now += 120
    polling.poll(mailbox)
    assert polling.rows(EVENTS) == [("ann1@example.net", "verified")]


# keys that were known


def test_a_known_key_is_known_after_a_restart(
    start: Start, server: Server, dovecot: ImapServer, open_mailbox: Open
) -> None:
    server.silent = False
    clock = Hour()
    polling, mailbox = start(clock), open_mailbox(dovecot, on_done="leave")
    dovecot.append_all("INBOX", [(signed(1), DAY0)])
    polling.poll(mailbox)
    assert polling.rows("SELECT name, record FROM dkim_keys") == [(NAME, record())]
    server.silent = True
    polling = start(clock)
    dovecot.append_all("INBOX", [(signed(2), DAY0)])
    poll_later(polling, mailbox, clock, 600)
    assert polling.rows(EVENTS) == [("ann1@example.net", "verified"), ("ann2@example.net", "verified")]


def test_a_restart_makes_no_key_older_than_it_was(server: Server, tmp_path: Path) -> None:
    server.silent = False
    keys, again = Keys(server.resolver, Hour()), Keys(server.resolver, Hour())
    assert keys.find([NAME])
    news = keys.news()
    assert (keys.news(), [round(key.seconds) for key in news]) == ([], [3600 + 86400])
    now = datetime(2026, 9, 1, tzinfo=UTC)
    with Ledger(str(tmp_path / "bounced.db"), Policy(), clock=lambda: now) as ledger:
        ledger.known_keys.keep(news)
        now += timedelta(hours=24)
        again.recall(ledger.known_keys.load())
        now += timedelta(hours=1)
        assert ledger.known_keys.load() == []
    assert again.unanswered([NAME]) == (NAME,)
    assert again.find([NAME])
    assert server.asked == [NAME, NAME]


def test_keys_are_written_when_they_have_changed(server: Server) -> None:
    server.silent = False
    clock = Hour()
    keys = Keys(server.resolver, clock)
    assert keys.find([NAME])
    assert len(keys.news()) == 1
    clock.now += 3600
    assert keys.find([NAME])
    assert [round(key.seconds) for key in keys.news()] == [3600 + 86400]
    del server.zone[NAME]
    clock.now += 3600
    assert not keys.find([NAME])
    assert [key.record for key in keys.news()] == [""]
    assert keys.news() == []


# the processor's time


@pytest.fixture
def little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message is dear, also where the clock of the processor ticks too slowly to see it; one is enough."""
    monkeypatch.setattr(budgets, "FREE_SECONDS", -1.0)
    monkeypatch.setattr(budgets, "SECONDS_PER_HOUR", 1e-9)
    monkeypatch.setattr("bounced.workers.CHUNK", 1)


def told(polling: Polling) -> list[str]:
    return [event.address for item in polling.told if item.parsed for event in item.parsed.events]


SOURCES = {1: "192.0.2.1", 2: "192.0.2.1", 3: "192.0.2.1", 4: "192.0.2.4"}


def three_of_one_source(server: ImapServer) -> None:
    contents = [signed(n, source, "x.example.org") for n, source in SOURCES.items()]
    server.append_all("INBOX", [(content, DAY0) for content in contents])


def test_others_come_before_a_source_that_has_had_its_time(
    little_time: None, start: Start, server: Server, dovecot: ImapServer, open_mailbox: Open
) -> None:
    server.silent = False
    clock = Hour()
    polling, mailbox = start(clock), open_mailbox(dovecot, on_done="leave")
    three_of_one_source(dovecot)
    polling.poll(mailbox)
    assert told(polling) == ["ann1@example.net", "ann4@example.net"]
    assert polling.rows("SELECT uid, cause, source, tries FROM deferred") == [
        (2, "processor", "192.0.2.1", 1),
        (3, "processor", "192.0.2.1", 1),
    ]
    dovecot.append_all("INBOX", [(signed(5, "192.0.2.5", "x.example.org"), DAY0)])
    poll_later(polling, mailbox, clock)
    assert told(polling) == ["ann1@example.net", "ann4@example.net", "ann5@example.net"]
    assert polling.rows("SELECT DISTINCT tries FROM deferred") == [(2,)]
    poll_later(polling, mailbox, clock, 60)
    assert told(polling)[3:] == ["ann2@example.net"]
    poll_later(polling, mailbox, clock, 60)
    assert told(polling)[4:] == ["ann3@example.net"]
    assert polling.rows("SELECT * FROM deferred") == []


def test_no_message_waits_for_ever(
    little_time: None,
    start: Start,
    server: Server,
    dovecot: ImapServer,
    open_mailbox: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.silent = False
    monkeypatch.setattr(budgets, "HOUR", 1e9)
    clock = Hour()
    polling, mailbox = start(clock), open_mailbox(dovecot, on_done="leave")
    three_of_one_source(dovecot)
    polling.poll(mailbox)
    for _ in range(8):
        assert len(told(polling)) == 2
        poll_later(polling, mailbox, clock, 256)
    assert sorted(told(polling)) == [f"ann{n}@example.net" for n in range(1, 5)]


def test_a_scan_reads_them_last(
    little_time: None, start: Start, server: Server, dovecot: ImapServer, open_mailbox: Open
) -> None:
    server.silent = False
    polling, mailbox = start(), open_mailbox(dovecot, on_done="leave")
    three_of_one_source(dovecot)
    pipeline.drain(mailbox, polling.ledger, polling.workers, polling.observe)
    assert told(polling) == [f"ann{n}@example.net" for n in (1, 4, 2, 3)]


def test_what_does_not_fit_among_those_that_wait_is_read_last(
    little_time: None,
    start: Start,
    server: Server,
    dovecot: ImapServer,
    open_mailbox: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.silent = False
    monkeypatch.setitem(deferrals.LIMITS, "processor", (10, 1))
    polling, mailbox = start(), open_mailbox(dovecot, on_done="leave")
    three_of_one_source(dovecot)
    polling.poll(mailbox)
    assert told(polling) == [f"ann{n}@example.net" for n in (1, 4, 3)]


def test_crashes_are_noticed_behind_a_source_that_is_late(
    little_time: None, start: Start, server: Server, dovecot: ImapServer, open_mailbox: Open
) -> None:
    """The first message of the batch waits, and the note of the crash is on another one."""
    server.silent = False
    polling, mailbox = start(), open_mailbox(dovecot, on_done="leave")
    three_of_one_source(dovecot)
    [batch] = mailbox.batches(None)
    new = items_of(batch.messages, polling.ledger)
    assert not Turns(new, polling.ledger, polling.workers, may_defer=True).alone
    polling.ledger.crashes.note(new[-1].fingerprint)
    polling = start()
    turns = Turns(new, polling.ledger, polling.workers, may_defer=True)
    assert turns.alone
    assert [item.message.origin.uid for item in turns.parsed()] == [1, 2, 3, 4]


def test_what_typical_messages_take_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Hour()
    time = budgets.ProcessorTime(clock)
    for _ in range(10_000):
        time.spend(lambda: "192.0.2.1", 0.1)
    assert time.used_up() == frozenset()
    for _ in range(50):
        time.spend(lambda: "192.0.2.2", 0.19)
        time.spend(lambda: "192.0.2.3", 0.21)
    assert time.used_up() == {"192.0.2.3"}
    clock.now += 3600
    assert time.used_up() == frozenset()
