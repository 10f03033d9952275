"""What draining a mailbox takes, in counts: they make it fast, whatever the machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounced import pipeline
from bounced.identify import Sender
from bounced.ledger.ledger import Ledger
from bounced.model import OnDone
from bounced.policy import Policy
from bounced.sources.batches import MAX_MESSAGES
from bounced.workers import Workers
from tests.pipeline.test_poison import DRAIN, Folder
from tests.pipeline.test_workers import BOUNCE, processes
from tests.support.polling import Open
from tests.support.scripted import PoisonedImap

#: For each message that is new, about an address that is new: its row, its event and its place, their triggers, the
#: address, and the note that the event is to be judged.
STATEMENTS_LIMIT = 7

#: For each batch: sizes and contents; the last UID of the folder; what there still is, before and after it is moved.
COMMANDS: dict[OnDone, dict[str, int]] = {
    "leave": {"UID FETCH": 2},
    "flag": {"UID FETCH": 2, "SELECT": 1, "FETCH": 1, "UID SEARCH": 2, "UID STORE": 1},
    "move": {"UID FETCH": 2, "SELECT": 1, "FETCH": 1, "UID SEARCH": 2, "UID MOVE": 1},
}

#: Between the processes, for each batch.
TASKS_LIMIT = 4


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(Sender(), count=1) as opened:
        yield opened


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No batch is taken in parts, however busy the machine is."""
    monkeypatch.setattr(DRAIN, "PATIENCE", 3600.0)
    monkeypatch.setattr(DRAIN, "TRANSACTION_SECONDS", 3600.0)


def test_a_message_takes_few_statements(tmp_path: Path, workers: Workers) -> None:
    def statements(mails: int) -> int:
        done: list[str] = []
        with Ledger(str(tmp_path / f"{mails}.db"), Policy()) as ledger:
            ledger._db.conn.set_trace_callback(done.append)
            pipeline.drain(Folder([BOUNCE % (n, n) for n in range(mails)]), ledger, workers, _ignore, resume=True)
            ledger._db.conn.set_trace_callback(None)
        return len(done)

    assert round((statements(150) - statements(50)) / 100) <= STATEMENTS_LIMIT


@pytest.mark.parametrize("on_done", COMMANDS)
def test_a_batch_takes_few_commands(on_done: OnDone, tmp_path: Path, workers: Workers, open_mailbox: Open) -> None:
    def commands(batches: int) -> Counter[str]:
        with (
            PoisonedImap(range(1, batches * MAX_MESSAGES + 1), set(), "", BOUNCE % (1, 1), ["MOVE"]) as server,
            Ledger(str(tmp_path / f"{batches}.db"), Policy()) as ledger,
        ):
            pipeline.drain(open_mailbox(server, on_done=on_done), ledger, workers, _ignore, resume=True)
            return Counter(server.commands)

    assert commands(2) - commands(1) == Counter(COMMANDS[on_done])


def test_a_batch_takes_few_messages_between_processes(tmp_path: Path, workers: Workers) -> None:
    with Ledger(str(tmp_path / "bounced.db"), Policy()) as ledger:
        mails = [BOUNCE % (n, n) for n in range(MAX_MESSAGES)]
        pipeline.drain(Folder(mails), ledger, workers, _ignore, resume=True)
    assert processes(workers)._scheduled <= TASKS_LIMIT


def _ignore(*_: object) -> None:
    """Nobody observes it."""
