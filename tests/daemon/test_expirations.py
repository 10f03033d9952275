"""What is about to end is told before: certificates that servers show, and refresh tokens."""

from __future__ import annotations

import signal
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import trustme

from bounced import times
from bounced.daemon.sinks import http
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.conftest import missing
from tests.daemon.test_alarms import configure, look, three
from tests.support.daemon import Daemon
from tests.support.servers import ImapServer, certify, dovecot_is_missing, restart_dovecot, running_dovecot
from tests.support.webhooks import listening

UNTIL = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


@pytest.fixture
def five_days(authority: trustme.CA) -> Iterator[ImapServer]:
    """Dovecot with a certificate that ends in five days."""
    if dovecot_is_missing():
        missing("dovecot")
    with running_dovecot(authority, until=times.now() + timedelta(days=5)) as server:
        yield server


def test_the_certificate_of_a_server_is_told_before_it_ends(
    daemon: Daemon, five_days: ImapServer, authority: trustme.CA
) -> None:
    configure(daemon, five_days, expect="0d")
    told = [look(daemon, 0), look(daemon, 1), look(daemon, 25)]
    [problem] = daemon.rows("SELECT problem FROM alarms")
    assert f"127.0.0.1:{five_days.port}: ends " in problem[0]
    told += [look(daemon, 5 * 24 + 1, status=75)]  # it has ended: that is worse
    certify(five_days.directory, authority, None)
    restart_dovecot(five_days, signal.SIGTERM)
    told += [look(daemon, hours) for hours in (5 * 24 + 1.1, 5 * 24 + 2.2)]
    raised, reminded, recovered = three("certificate", "certificate:imap:bounces")
    assert told == [raised, [], reminded, reminded, [], recovered]


def test_a_server_without_tls_has_none(daemon: Daemon, mail_devel: ImapServer) -> None:
    configure(daemon, mail_devel, expect="0d")
    assert look(daemon, 0) == []
    assert daemon.rows("SELECT * FROM expirations") == []


def test_a_sink_shows_its_certificate(tmp_path: Path, authority: trustme.CA, path: str) -> None:
    """As often as it shows another one, in as many requests as there are."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", not_after=UNTIL).configure_cert(context)
    with listening() as peer, Ledger(path, Policy()) as ledger:
        peer.server.socket = context.wrap_socket(peer.server.socket, server_side=True)
        note = partial(ledger.expirations.note, "sink.crm")
        client = http.Client(20.0, str(tmp_path / "ca.pem"), note=note)
        for _ in range(2):
            client.ask("POST", peer.url.replace("http:", "https:"), b"{}", {})
        [shown] = ledger._db.execute("SELECT * FROM expirations").fetchall()
        assert shown == ("sink.crm", "certificate", f"127.0.0.1:{peer.port}", "2031-05-06T07:08:09Z")
        client.close()
