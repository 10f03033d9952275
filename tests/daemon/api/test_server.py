"""The server bears clients that are slow, greedy or no clients at all, and a database that is gone, locked or new."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from bounced.config import load
from bounced.daemon.api.lookups import Lookups
from bounced.daemon.api.protocol import HEAD_LIMIT, Bounds
from bounced.daemon.api.server import ApiServer
from bounced.daemon.listen import listening
from bounced.errors import EXIT_CONFIG, EXIT_USAGE
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import api
from tests.support.api import CONFIGURATION, Host
from tests.support.commands import COMMAND, bounced

CHECK = "/v1/check?address=anna%40b.test"
GET = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n"


@contextmanager
def bounded(host: Host, bounds: Bounds, answer_seconds: float = 15) -> Iterator[ApiServer]:
    """A server in a thread of this process, with bounds that are reached soon."""
    config = load(host.config)
    server = ApiServer(config, bounds, Lookups(config, answer_seconds))
    listener = listening(config.api.endpoint)
    thread = threading.Thread(target=server.run, args=[[listener]])
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join()


def drained(client: socket.socket) -> bytes:
    """Everything until the server closes; ``b""`` at once when it resets."""
    try:
        return b"".join(iter(lambda: client.recv(65536), b""))
    except ConnectionError:
        return b""


def connected(host: Host) -> socket.socket:
    return socket.create_connection(("127.0.0.1", host.port), timeout=60)


@pytest.mark.parametrize(
    "begin",
    [b"", b"GET", GET, b"\r\n" * 100, GET + b"Content-Length: 10\r\n\r\n", b"POST /v1/check HTTP/1.1\r\nHost: x\r\n"],
    ids=["nothing", "word", "head", "blank", "body", "post"],
)
def test_a_request_that_does_not_arrive_ends_the_connection(fresh: Host, begin: bytes) -> None:
    with bounded(fresh, Bounds(request_seconds=0.5)), connected(fresh) as client:
        client.sendall(begin)
        assert drained(client).rpartition(b"HTTP/1.1 ")[2].startswith((b"408 ", b"200 "))


def test_a_request_that_trickles_in_ends_the_connection(fresh: Host) -> None:
    """Each octet comes in time, the request does not."""
    with bounded(fresh, Bounds(request_seconds=1)), connected(fresh) as client:
        client.settimeout(0.05)
        answer, octets = b"", iter(b"GET / HTTP/1.1\r\nX: " + b"x" * 2000)
        while not answer:
            client.send(bytes([next(octets)]))
            try:
                answer = client.recv(1000)
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_an_ordinary_request_on_a_connection_that_is_kept_is_in_time(fresh: Host) -> None:
    with bounded(fresh, Bounds(request_seconds=0.5)), closing(fresh.connection()) as client:
        for _ in range(3):
            client.request("GET", "/v1/health")
            assert client.getresponse().read() == b'{"status":"ok"}'
            with pytest.raises(TimeoutError), connected(fresh) as other:
                other.settimeout(0.4)
                other.recv(1)


@pytest.mark.parametrize(
    "content",
    [
        GET + b"X: " + b"x" * HEAD_LIMIT + b"\r\n\r\n",
        GET + b"X: x\r\n" * (HEAD_LIMIT // 2) + b"\r\n",
        GET + b"X: " + b"x" * 1_000_000,
        b"GET /" + b"x" * 1_000_000,
        GET + b"X: x\r\n" * 200_000,
    ],
    ids=["long", "many", "endless", "path", "endless-many"],
)
def test_a_head_that_is_too_long_is_refused(served: Host, content: bytes) -> None:
    with connected(served) as client:
        with suppress(ConnectionError):
            client.sendall(content)
        answer = drained(client)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
    assert served.ask("/v1/health").status == 200


def test_a_head_that_is_a_little_too_long_is_told(served: Host) -> None:
    assert served.ask("/v1/health", X="x" * HEAD_LIMIT).problem == "the head of the request may have 16 kB"
    assert served.ask("/v1/health", X="x" * (HEAD_LIMIT - 1000)).status == 200


def test_a_long_body_is_no_long_head(served: Host, token: str) -> None:
    """It may come in one piece with the head, and the next request behind it."""
    body = b'{"addresses": ["a@b.test"]}' + b" " * 100_000
    head = f"POST /v1/check HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    answers = served.raw(request * 3 + GET + b"Connection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200 ") == 4


@pytest.mark.parametrize(
    "content",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"request=smtpd_access_policy\n\n", b"GET\r\n\r\n", b"\0" * 100],
    ids=["tls", "policy", "word", "nul"],
)
def test_what_is_no_request_is_refused(served: Host, content: bytes) -> None:
    assert served.raw(content).startswith(b"HTTP/1.1 400 ")


def test_an_upgrade_is_not_made(served: Host) -> None:
    answer = served.raw(GET + b"Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: x\r\n\r\n")
    assert b" 101 " not in answer
    assert served.ask("/v1/health").status == 200


def test_too_many_connections_are_closed(fresh: Host, caplog: pytest.LogCaptureFixture) -> None:
    with bounded(fresh, Bounds(connections=5)), ExitStack() as clients:
        kept = [clients.enter_context(closing(fresh.connection())) for _ in range(5)]
        for client in kept:
            client.request("GET", "/v1/health")
            assert client.getresponse().read() == b'{"status":"ok"}'
        for _ in range(3):
            with connected(fresh) as refused:
                assert drained(refused) == b""
        kept.pop().close()
        kept[0].request("GET", "/v1/health")
        assert kept[0].getresponse().status == 200
    assert caplog.text.count("connections-refused") == 1


def test_a_client_that_takes_nothing_is_cut_off(fresh: Host) -> None:
    token = fresh.token("list", "list")
    with Ledger(str(fresh.database), Policy()) as ledger:
        ledger.decisions.decide([f"reader{number}@b.test" for number in range(1000)], "suppress", "all", "")
    ask = f"GET /v1/suppressions?limit=1000 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    with bounded(fresh, Bounds(send_seconds=1, connections=1)), socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", fresh.port))
        client.sendall(ask * 50)
        assert not is_served(fresh)
        while not is_served(fresh):
            pass


def is_served(host: Host) -> bool:
    """False while there are too many connections."""
    try:
        return host.ask("/v1/health").status == 200
    except ConnectionError:
        return False


def test_a_client_that_resets_is_no_trouble(served: Host, token: str) -> None:
    for _ in range(20):
        with connected(served) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(f"POST /v1/check HTTP/1.1\r\nAuthorization: Bearer {token}\r\n".encode())
            client.sendall(b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    assert served.ask("/v1/health").status == 200


def test_without_a_database_the_answer_is_to_come_again(tmp_path: Path) -> None:
    host = api.host(tmp_path)
    token = host.token("check", "check")
    with api.running(host):
        for _ in range(3):
            refused = host.ask(CHECK, token)
            assert (refused.status, refused.problem) == (503, "the database can't be read now")
            assert refused.headers["retry-after"] == "5"
            assert str(host.folder) not in refused.content.decode()
        assert host.ask("/v1/health").status == 503
        Ledger(str(host.database), Policy()).close()
        assert host.ask(CHECK, token).json["allowed"] is True
        host.database.write_bytes(b"no database at all" * 100)
        os.utime(host.database)
    log = (host.folder / "api.log").read_text()
    assert (log.count("lookup-failed"), log.count("lookup-recovered")) == (1, 1)
    assert "no such database" in log


def test_a_database_that_is_locked_holds_up_nobody(fresh: Host) -> None:
    """A program that writes it and has stopped: the other readers wait for thirty seconds."""
    token = fresh.token("check", "check")
    with api.running(fresh):
        assert fresh.ask(CHECK, token).status == 200
        with closing(sqlite3.connect(fresh.database, isolation_level=None)) as writer:
            writer.execute("PRAGMA journal_mode = DELETE")
            writer.execute("BEGIN EXCLUSIVE")
            assert fresh.ask(CHECK, token).status == 503
            writer.execute("ROLLBACK")
        assert fresh.ask(CHECK, token).status == 200
    assert "another program keeps it locked" in (fresh.folder / "api.log").read_text()


def test_a_lookup_that_takes_too_long_is_given_up(fresh: Host, caplog: pytest.LogCaptureFixture) -> None:
    token = fresh.token("check", "check")
    with bounded(fresh, Bounds(), answer_seconds=0.2), closing(sqlite3.connect(fresh.database)) as writer:
        writer.isolation_level = None
        writer.execute("PRAGMA journal_mode = DELETE")
        writer.execute("BEGIN EXCLUSIVE")
        assert fresh.ask(CHECK, token).status == 503
        writer.execute("ROLLBACK")
    assert "no answer within 0.2 s" in caplog.text


def test_a_restored_database_is_read_at_once(fresh: Host, tmp_path: Path) -> None:
    token = fresh.token("check", "check")
    backup = tmp_path / "backup.db"
    with Ledger(str(backup), Policy()) as ledger:
        ledger.decisions.decide(["anna@b.test"], "suppress", "all", "")
    with api.running(fresh):
        assert fresh.ask(CHECK, token).json["allowed"] is True
        backup.replace(fresh.database)
        assert fresh.ask(CHECK, token).json["allowed"] is False


def test_who_writes_never_waits(fresh: Host) -> None:
    """No statement of the server is open: the file can be checkpointed, and its journal cut."""
    token = fresh.token("list", "list")
    with Ledger(str(fresh.database), Policy()) as ledger, api.running(fresh):
        ledger.decisions.decide([f"reader{number}@b.test" for number in range(1000)], "suppress", "all", "")
        assert fresh.ask("/v1/suppressions?limit=10", token).json["next_cursor"]
        with closing(sqlite3.connect(fresh.database, timeout=0)) as writer:
            assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def test_a_killed_server_comes_back_on_its_port(fresh: Host) -> None:
    token = fresh.token("check", "check")
    for _ in range(2):
        with api.running(fresh) as process:
            assert fresh.ask(CHECK, token).status == 200
            process.kill()
            process.wait()
    with closing(sqlite3.connect(fresh.database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_sockets_of_systemd_are_listened_on(fresh: Host, tmp_path: Path) -> None:
    token = fresh.token("check", "check")
    command = [*COMMAND, "api", "--config", str(fresh.config)]
    shell = ["sh", "-c", 'exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "sh", *command]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        other = Host(fresh.folder, listener.getsockname()[1])
        with subprocess.Popen(shell, stdin=listener.fileno(), stderr=subprocess.DEVNULL) as process:
            listener.close()
            assert other.ask(CHECK, token).status == 200
            with pytest.raises(ConnectionRefusedError):
                fresh.ask(CHECK, token)
            process.terminate()
            assert process.wait(60) == 0


def test_the_end_waits_for_an_answer_and_for_nobody_else(fresh: Host) -> None:
    token = fresh.token("check", "check")
    with api.running(fresh) as process, connected(fresh) as idle, closing(fresh.connection()) as client:
        idle.sendall(b"GET / HT")
        client.request("GET", "/v1/health")
        assert client.getresponse().read() == b'{"status":"ok"}'
        with closing(sqlite3.connect(fresh.database, isolation_level=None)) as writer:
            writer.execute("PRAGMA journal_mode = DELETE")
            writer.execute("BEGIN EXCLUSIVE")
            client.request("GET", CHECK, headers={"Authorization": f"Bearer {token}"})
            process.send_signal(signal.SIGTERM)
            assert client.getresponse().status == 503
        assert process.wait(60) == 0


def test_a_certificate_makes_it_https(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(chain, append=True)
    certificate.private_key_pem.write_to_path(key)
    host = api.host(tmp_path, f'certificate_file = "{chain}"\nkey_file = "{key}"')
    host.context = ssl.create_default_context()
    authority.configure_trust(host.context)
    Ledger(str(host.database), Policy()).close()
    with api.running(host):
        assert host.ask("/v1/health").status == 200


def test_a_certificate_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("no key")
    host = api.host(tmp_path, f'certificate_file = "{tmp_path}/key.pem"\nkey_file = "{tmp_path}/key.pem"')
    ended = subprocess.run([*COMMAND, "api", "--config", str(host.config)], capture_output=True, text=True, timeout=60)
    assert ended.returncode == EXIT_CONFIG
    assert ended.stderr.startswith("bounced: api.certificate_file, api.key_file: ")
    assert len(ended.stderr.splitlines()) == 1


def test_clear_text_on_a_network_is_warned_of(tmp_path: Path) -> None:
    host = api.host(tmp_path)
    host.config.write_text(
        CONFIGURATION.format(folder=tmp_path, port=host.port, more="").replace("127.0.0.1", "0.0.0.0")
    )
    with api.running(host):
        host.ask("/v1/health")
    assert "WARNING api-exposed listen=0.0.0.0" in (tmp_path / "api.log").read_text()


@pytest.mark.parametrize("listen", ["", "9719", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "unix:"])
def test_a_place_that_is_none_is_one_line(tmp_path: Path, listen: str) -> None:
    (tmp_path / "bounced.toml").write_text(f'[api]\nlisten = "{listen}"\n')
    ended = bounced("api", "--config", str(tmp_path / "bounced.toml"))
    assert ended.exit_code in (EXIT_USAGE, EXIT_CONFIG)
    assert len(ended.stderr.splitlines()) == 1


def test_a_unix_socket_is_for_its_group(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    (tmp_path / "bounced.toml").write_text(
        f'[database]\npath = "{tmp_path}/bounced.db"\n[api]\nlisten = "unix:{place}"\n'
    )
    Ledger(str(tmp_path / "bounced.db"), Policy()).close()
    command = [*COMMAND, "api", "--config", str(tmp_path / "bounced.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"started" in process.stderr.readline()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(place))
            client.sendall(GET + b"Connection: close\r\n\r\n")
            assert drained(client).endswith(b'{"status":"ok"}')
        assert place.stat().st_mode & 0o777 == 0o660
        process.terminate()
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("content", "lines", "addresses"), [("off", 0, 0), ("errors", 2, 0), ("requests", 3, 0), ("addresses", 3, 1)]
)
def test_the_access_log_has_what_was_asked_for(tmp_path: Path, content: str, lines: int, addresses: int) -> None:
    host = api.host(tmp_path, f'access_log = "{content}"')
    Ledger(str(host.database), Policy()).close()
    token = host.token("shop", "check")
    with api.running(host):
        assert host.ask(CHECK, token).status == 200
        assert host.ask("/v1/suppressions", token).status == 403
        assert host.ask("/v2/anna%40b.test%0aINFO%20forged?address=anna%40b.test", token, "PUT").status == 404
    log = (tmp_path / "api.log").read_text()
    assert (log.count("request "), log.count("anna@b.test")) == (lines, addresses)
    assert "forged" not in log
    assert token not in log
    assert "PUT" not in log
