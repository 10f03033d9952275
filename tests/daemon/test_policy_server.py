"""`bounced policy-server` answers requests and nothing else, in bounded time, over sockets that only this host has."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bounced.config import Config
from bounced.config.database import DatabaseSection
from bounced.config.policy_server import PolicyServerSection
from bounced.config.tenant import SendingTenants
from bounced.daemon.policy_server import listening
from bounced.daemon.policy_server.protocol import REQUEST_LIMIT, Request
from bounced.daemon.policy_server.recipients import Recipients
from bounced.daemon.policy_server.server import PolicyServer
from bounced.errors import EXIT_USAGE, UserError
from bounced.ledger.ledger import Ledger
from bounced.model import Event
from bounced.policy import Limit, Policy
from bounced.policy.patterns import without_extension
from tests.support.commands import COMMAND, bounced
from tests.support.ledger import failed, item
from tests.support.policy import ask, text
from tests.support.servers import free_port, wait_for_port

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

REFUSED = b"action=550 5.7.1 suppressed: manual since 20"


@pytest.fixture
def database(path: str) -> str:
    """A database in which one address is suppressed."""
    with Ledger(path, Policy()) as ledger:
        ledger.decisions.decide(["anna@example.org"], "suppress", "all", "")
    return path


def served(database: str, talk: Callable[[Callable[[], Awaitable[Streams]]], Awaitable[None]]) -> None:
    """Runs a server and what a client does to it; it ends by SIGTERM."""
    config = Config(database=DatabaseSection(path=database), policy_server=PolicyServerSection(unavailable="defer"))
    place = Path(database).with_name("socket")

    writers: list[asyncio.StreamWriter] = []

    async def connect() -> Streams:
        reader, writer = await asyncio.open_unix_connection(place)
        writers.append(writer)
        return reader, writer

    async def run() -> None:
        server = asyncio.create_task(PolicyServer(config, lookup_seconds=0.5).run([listening(f"unix:{place}")]))
        await asyncio.wait_for(talk(connect), 60)
        signal.raise_signal(signal.SIGTERM)
        await server
        for writer in writers:
            writer.close()

    asyncio.run(run())


async def exchanged(streams: Streams, request: bytes) -> bytes:
    """The answer, ``b""`` when the connection is closed instead."""
    reader, writer = streams
    writer.write(request)
    with contextlib.suppress(ConnectionError):
        await writer.drain()
        return await reader.readuntil(b"\n\n")
    return b""


def test_requests_of_one_connection_are_answered_in_order(database: str) -> None:
    async def talk(connect: Callable[[], Awaitable[Streams]]) -> None:
        reader, writer = await connect()
        names = ["anna@example.org", "ben@example.net"] * 50
        writer.write(b"".join(text(recipient=name) for name in names))
        answers = [await reader.readuntil(b"\n\n") for _ in names]
        assert all(answer.startswith(REFUSED) for answer in answers[::2])
        assert set(answers[1::2]) == {b"action=DUNNO\n\n"}

    served(database, talk)


def test_a_request_in_pieces_and_many_connections(database: str) -> None:
    async def talk(connect: Callable[[], Awaitable[Streams]]) -> None:
        streams = [await connect() for _ in range(200)]
        request = text(recipient="anna@example.org")
        for _, writer in streams:
            writer.write(request[:20])
            await writer.drain()
        for connection in streams:
            assert (await exchanged(connection, request[20:])).startswith(REFUSED)

    served(database, talk)


@pytest.mark.parametrize(
    "request_",
    [
        b"\n\n",
        b"GET / HTTP/1.1\r\n\n",
        b"recipient=anna@example.org\n\n",
        b"request=other\nrecipient=anna@example.org\n\n",
        b"x" * (REQUEST_LIMIT * 2),
        b"request=smtpd_access_policy\n" + b"a=b\n" * REQUEST_LIMIT,
        b"\xff\xfe\x00\n\n",
    ],
    ids=["empty", "http", "no-type", "other-type", "no-line", "too-many-lines", "octets"],
)
def test_what_is_no_request_ends_the_connection(
    database: str, request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bounced")

    async def talk(connect: Callable[[], Awaitable[Streams]]) -> None:
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            reader, writer = await connect()
            writer.write(request_)
            await reader.readuntil(b"\n\n")
        assert (await exchanged(await connect(), text(recipient="anna@example.org"))).startswith(REFUSED)

    served(database, talk)
    assert "bad-request" in caplog.text


@pytest.mark.parametrize("recipient", ["", "root", "@", "a@b@example.org", "anna@example.org ", "\udcff@example.org"])
def test_what_is_no_address_is_not_suppressed(database: str, recipient: str) -> None:
    request = text().removesuffix(b"\n") + b"recipient=" + recipient.encode("utf-8", "surrogateescape") + b"\n\n"

    async def talk(connect: Callable[[], Awaitable[Streams]]) -> None:
        assert await exchanged(await connect(), request) == b"action=DUNNO\n\n"

    served(database, talk)


def test_a_database_that_does_not_answer_holds_up_nobody(database: str, caplog: pytest.LogCaptureFixture) -> None:
    """A program that writes it and has stopped: SQLite would wait for thirty seconds."""
    caplog.set_level("INFO", "bounced")

    async def talk(connect: Callable[[], Awaitable[Streams]]) -> None:
        request = text(recipient="anna@example.org")
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            connections = [await connect() for _ in range(20)]
            answers = await asyncio.gather(*(exchanged(connection, request) for connection in connections))
            assert {answer.split()[0] for answer in answers} == {b"action=DEFER_IF_PERMIT"}
            writer.execute("ROLLBACK")
        connection = await connect()
        while not (answer := await exchanged(connection, request)).startswith(REFUSED):
            assert answer.startswith(b"action=DEFER_IF_PERMIT")

    served(database, talk)
    assert caplog.text.count("lookup-failed") == 1
    assert "no answer within 0.5 s" in caplog.text
    assert caplog.text.count("lookup-recovered") == 1


@pytest.mark.parametrize(
    ("local", "delimiters", "bare"),
    [
        ("phone+news", "+", "phone"),
        ("phone+a+b", "+", "phone"),
        ("phone-a+b", "+-", "phone"),
        ("+news", "+", "+news"),
        ("phone+news", "", "phone+news"),
        ("owner-list", "-", "owner-list"),
        ("list-Request", "+-", "list-Request"),
        ("owner-list+x", "+", "owner-list"),
    ],
)
def test_extensions_are_split_as_postfix_does(local: str, delimiters: str, bare: str) -> None:
    assert without_extension(local, delimiters) == bare


@pytest.mark.parametrize(
    "endpoint", ["", "unix:", "10040", "inet:10040", "inet:0.0.0.0:10040", "inet:192.0.2.1:25", "inet:127.0.0.1:x"]
)
def test_only_places_on_this_host_are_listened_on(endpoint: str) -> None:
    with pytest.raises(UserError, match=r"must (be|look)"):
        listening(endpoint)


def test_a_place_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with listening(f"inet:127.0.0.1:{free_port()}") as taken, pytest.raises(UserError, match="already in use"):
        listening(f"inet:127.0.0.1:{taken.getsockname()[1]}")
    with pytest.raises(UserError, match="No such file"):
        listening(f"unix:{tmp_path}/missing/socket")
    with pytest.raises(UserError, match="too long"):
        listening("unix:/" + "x" * 200)
    (tmp_path / "file").write_text("kept")
    with pytest.raises(UserError, match="already in use"):
        listening(f"unix:{tmp_path}/file")
    assert (tmp_path / "file").read_text() == "kept"


def test_a_socket_of_an_earlier_run_is_replaced(tmp_path: Path) -> None:
    place = tmp_path / "socket"
    listening(f"unix:{place}").close()
    with listening(f"unix:{place}"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o660


def test_without_a_place_it_says_what_to_do() -> None:
    ended = bounced("policy-server")
    assert ended.exit_code == EXIT_USAGE
    assert "--listen" in ended.stderr


def test_the_command_listens_on_loopback_and_ends_by_sigterm(database: str, tmp_path: Path) -> None:
    configuration = tmp_path / "bounced.toml"
    configuration.write_text(f'[database]\npath = "{database}"\n')
    port, place = free_port(), tmp_path / "socket"
    words = ["policy-server", "--listen", f"unix:{place}", "--listen", f"inet:localhost:{port}"]
    with subprocess.Popen([*COMMAND, *words, "--config", str(configuration)], stderr=subprocess.PIPE) as process:
        wait_for_port(port, process)
        assert ask(place, "Anna@example.org").startswith("550 5.7.1 suppressed: manual")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(text(recipient="ben@example.net"))
            assert client.recv(100) == b"action=DUNNO\n\n"
            process.terminate()
            assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert b"stopped" in process.stderr.read()


def test_more_connections_than_a_shell_allows_files_are_answered(database: str, tmp_path: Path) -> None:
    """Outside the unit the limit is 1024, and asyncio writes a traceback for each connection beyond it."""
    configuration = tmp_path / "bounced.toml"
    configuration.write_text(f'[database]\npath = "{database}"\n')
    port = free_port()
    words = [*COMMAND, "policy-server", "--listen", f"inet:localhost:{port}", "--config", str(configuration)]
    limited = ["sh", "-c", 'ulimit -S -n 64; exec "$@"', "sh", *words]
    with subprocess.Popen(limited, stderr=subprocess.PIPE) as process, contextlib.ExitStack() as clients:
        clients.callback(process.kill)
        wait_for_port(port, process)
        for _ in range(100):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        client.sendall(text(recipient="ben@example.net"))
        assert client.recv(100) == b"action=DUNNO\n\n"
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


#: Suppressed for a bounce, by a person and for a complaint; on the allow list; and whom that forbids.
OF_SUBADDRESSES = [
    ("kim@b.test", "", "", "", {"kim@b.test", "kim+news@b.test", '"kim+a b"@b.test'}),
    ("kim@b.test", "", "", "kim+news@b.test", {"kim@b.test", '"kim+a b"@b.test'}),
    ("", "kim@b.test", "", "kim+news@b.test", {"kim@b.test", '"kim+a b"@b.test'}),
    ("", "", "kim@b.test", "kim+news@b.test", {"kim@b.test", "kim+news@b.test", '"kim+a b"@b.test'}),
    ("kim+news@b.test", "", "", "kim@b.test", set()),
    ("", "kim+news@b.test", "", "kim@b.test", {"kim+news@b.test"}),
    ("kim+news@b.test", "", "", "", {"kim+news@b.test"}),
]


@pytest.mark.parametrize(("bounced_", "manual", "complained", "allowed", "forbidden"), OF_SUBADDRESSES)
def test_the_allow_list_wins_for_sub_addresses_as_everywhere(
    path: str, bounced_: str, manual: str, complained: str, allowed: str, forbidden: set[str]
) -> None:
    policy = Policy({**Policy().limits, "hard": Limit(1, 0)}, complaints={"abuse": "all"})
    with Ledger(path, policy) as ledger:
        ledger.take([item(1, 0, *([failed(bounced_)] if bounced_ else []))])
        complaint = Event(complained, "complaint", feedback_type="abuse")
        ledger.take([item(2, 1, *([complaint] if complained else []))])
        ledger.decisions.decide([manual] if manual else [], "suppress", "all", "")
        ledger.decisions.decide([allowed] if allowed else [], "allow", "", "")
    recipients = Recipients(path, PolicyServerSection(recipient_delimiter="+", scope="all"), {}, SendingTenants.of({}))
    asked = {address: address.replace('"', "") for address in ("kim@b.test", "kim+news@b.test", '"kim+a b"@b.test')}
    with contextlib.closing(recipients):
        found = {address for address, name in asked.items() if recipients.suppression(Request(name))}
    assert found == forbidden
