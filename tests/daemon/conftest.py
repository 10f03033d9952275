"""A daemon under a service manager."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.daemon import Daemon
from tests.support.manager import Manager


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with closing(Manager(tmp_path / "notify")) as made:
        yield made


@pytest.fixture
def daemon(tmp_path: Path, manager: Manager) -> Daemon:
    return Daemon(tmp_path, environment=manager.environment)
