"""Workers, a ledger to poll into, and mailboxes that are closed at the end of a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bounced.identify import Sender
from bounced.sources.imap import Disposition, ImapMailbox
from bounced.workers import Workers
from tests.support.polling import Open, Polling


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(Sender(), count=1) as made:
        yield made


@pytest.fixture
def polling(tmp_path: Path, workers: Workers) -> Iterator[Polling]:
    made = Polling(tmp_path / "bounced.db", workers)
    yield made
    made.ledger.close()


@pytest.fixture
def open_mailbox() -> Iterator[Open]:
    made: list[ImapMailbox] = []

    def open_(server: Any, folder: str = "INBOX", on_done: Any = "move", **more: Any) -> Any:
        made.append(ImapMailbox(server.account(), folder, Disposition(on_done, "Done", "Unrecognized", **more)))
        return made[-1]

    yield open_
    for mailbox in made:
        mailbox.close()
