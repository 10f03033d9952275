"""A ledger that is closed at the end of a test, and a clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.ledger import NOW, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, Policy(), clock=lambda: NOW) as opened:
        yield opened
