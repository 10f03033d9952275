"""Mailboxes that are closed at the end of a test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bounced.model import OnDone
from bounced.sources.imap import Account, Disposition, ImapMailbox
from tests.support.imap import Open


@pytest.fixture
def open_mailbox() -> Iterator[Open]:
    """Makes mailboxes that are closed at the end."""
    made: list[ImapMailbox] = []

    def open_(account: Account, on_done: OnDone = "leave", folder: str = "INBOX", **more: Any) -> ImapMailbox:
        disposition = Disposition(on_done, "Bounced/Erledigt ü", "Bounced/Unrecognized")
        made.append(ImapMailbox(account, folder, disposition, **more))
        return made[-1]

    yield open_
    for mailbox in made:
        mailbox.close()
