"""A daemon under a service manager."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.daemon import Daemon
from tests.support.manager import Manager
from tests.support.submission import Inbox, plain_server, server_with_login


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with closing(Manager(tmp_path / "notify")) as made:
        yield made


@pytest.fixture
def daemon(tmp_path: Path, manager: Manager) -> Daemon:
    return Daemon(tmp_path, environment=manager.environment)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def plain(inbox: Inbox) -> Iterator[int]:
    """The port of a mail server on this machine."""
    with plain_server(inbox) as port:
        yield port


@pytest.fixture
def with_login(inbox: Inbox, tmp_path: Path) -> Iterator[int]:
    """The port of one with STARTTLS that wants a login."""
    with server_with_login(inbox, tmp_path) as port:
        yield port
