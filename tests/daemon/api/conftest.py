"""One server for the tests that only ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import api, lookup
from tests.support.api import EVERYTHING, Host


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server, and a database with suppressions of every scope."""
    host = api.host(tmp_path_factory.mktemp("api"))
    with Ledger(str(host.database), Policy()) as ledger:
        lookup.suppressed(ledger)
    with api.running(host):
        yield host


@pytest.fixture(scope="package")
def token(served: Host) -> str:
    """A token for everything."""
    return served.token("everything", *EVERYTHING)


@pytest.fixture
def fresh(tmp_path: Path) -> Host:
    """A machine with an empty database, and no server yet."""
    host = api.host(tmp_path)
    Ledger(str(host.database), Policy()).close()
    return host
