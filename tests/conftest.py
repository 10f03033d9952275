"""The servers that tests may ask for. Each test gets a user of its own on servers that live as long as the run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.support import other_servers, servers
from tests.support.servers import ImapServer


def missing(server: str) -> None:
    """Skips the test, or fails it where BOUNCED_REQUIRE_SERVERS=1 promises that everything is installed."""
    if os.environ.get("BOUNCED_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{server} is not installed", pytrace=False)
    pytest.skip(f"{server} is not installed")


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where the test's ledger lies."""
    return str(tmp_path / "bounced.db")


@pytest.fixture
def public_path() -> Iterator[Path]:
    """A directory that other users may enter. Not below pytest's, which each run that begins closes to them again."""
    with tempfile.TemporaryDirectory(prefix="bounced-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The authority that signed the servers' certificates."""
    return trustme.CA()


@pytest.fixture(scope="session")
def mail_devel_process() -> Iterator[ImapServer]:
    with servers.running_mail_devel() as server:
        yield server


@pytest.fixture(scope="session")
def dovecot_process(authority: trustme.CA) -> Iterator[ImapServer]:
    if servers.dovecot_is_missing():
        missing("Dovecot (Debian: dovecot-imapd)")
    with servers.running_dovecot(authority) as server:
        yield server


@pytest.fixture(scope="session")
def courier_process() -> Iterator[ImapServer]:
    if other_servers.is_missing("courier"):
        missing("Courier (`make servers`)")
    with other_servers.running_courier() as server:
        yield server


@pytest.fixture(scope="session")
def cyrus_process() -> Iterator[ImapServer]:
    if other_servers.is_missing("cyrus"):
        missing("Cyrus (`make servers`)")
    with other_servers.running_cyrus() as server:
        yield server


@pytest.fixture
def courier(courier_process: ImapServer) -> ImapServer:
    """Courier with an empty mailbox."""
    return courier_process.fresh()


@pytest.fixture
def cyrus(cyrus_process: ImapServer) -> ImapServer:
    """Cyrus with an empty mailbox."""
    return cyrus_process.fresh()


@pytest.fixture
def mail_devel(mail_devel_process: ImapServer) -> ImapServer:
    """mail-devel with an empty mailbox."""
    return mail_devel_process.fresh()


@pytest.fixture
def dovecot(dovecot_process: ImapServer) -> ImapServer:
    """Dovecot with an empty mailbox."""
    return dovecot_process.fresh()


@pytest.fixture(params=["mail_devel", "dovecot"])
def imap_server(request: pytest.FixtureRequest) -> ImapServer:
    """Each of the servers in turn, with an empty mailbox."""
    server: ImapServer = request.getfixturevalue(request.param)
    return server
