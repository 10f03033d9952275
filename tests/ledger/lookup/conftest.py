"""An open ledger, as the daemon has it, and suppressions that are read beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.policy import Policy
from tests.support.lookup import NOW, STREAMS, suppressed


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
