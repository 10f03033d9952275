"""The way to a server: broken addresses, proxies, and our own certificate."""

from __future__ import annotations

import dataclasses
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import pytest
import trustme

from bounced.config import Config
from bounced.errors import UserError
from bounced.sources import configured
from bounced.sources.imap.account import Proxy
from tests.support.daemon import secret_file
from tests.support.imap import BODY, SIZE, Open, failure, read
from tests.support.proxies import StubProxy
from tests.support.scripted import ScriptedImap
from tests.support.servers import free_port

ONE = {"UID FETCH": [SIZE, BODY]}

ProxyType = Literal["socks5", "http"]
Addresses = Callable[..., None]


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Addresses:
    """Has every name resolve to these addresses on loopback, in this order."""

    def set_(*sockets: tuple[str, int]) -> None:
        answer = [
            (socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))
            for host, port in sockets
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)

    return set_


@pytest.fixture
def swallowing() -> Iterator[int]:
    """A port that answers no SYN, as an IPv6 route into nowhere: its queue of connections is full."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield int(full.getsockname()[1])


def test_an_address_that_swallows_costs_no_timeout(addresses: Addresses, swallowing: int, open_mailbox: Open) -> None:
    """HA#123760, mailflow#382: IPv6 that leads nowhere cost a timeout with each connection."""
    with ScriptedImap(ONE) as server:
        account = dataclasses.replace(server.account(), timeout=60)
        addresses(("127.0.0.1", swallowing), ("127.0.0.1", account.port))
        begun = time.monotonic()
        assert len(read(open_mailbox(account))) == 1
        assert time.monotonic() - begun < 30


def test_an_address_that_refuses_is_followed_by_the_next(addresses: Addresses, open_mailbox: Open) -> None:
    with ScriptedImap(ONE) as server:
        account = server.account()
        addresses(("::1", free_port()), ("127.0.0.1", free_port()), ("127.0.0.1", account.port))
        assert len(read(open_mailbox(account))) == 1


def test_addresses_that_all_fail_are_one_line(addresses: Addresses, swallowing: int, open_mailbox: Open) -> None:
    with ScriptedImap(ONE) as server:
        account = dataclasses.replace(server.account(), timeout=0.5)
        port = free_port()
        addresses(("127.0.0.1", port))
        assert failure(open_mailbox(account)) == f"127.0.0.1:{account.port} refuses connections"
        addresses(("127.0.0.1", swallowing))
        assert failure(open_mailbox(account)) == f"127.0.0.1:{account.port} did not answer for 0.5 s"


@pytest.mark.parametrize("type_", ["socks5", "http"])
@pytest.mark.parametrize("login", ["", "anna:geheimnis"])
def test_a_server_is_reached_through_a_proxy(type_: ProxyType, login: str, open_mailbox: Open) -> None:
    """The proxy resolves the name of the server, which ours may not be able to."""
    user, _, password = login.partition(":")
    with ScriptedImap(ONE) as server, StubProxy(type_, server.account().port, login) as stub:
        proxy = Proxy(type_, "127.0.0.1", stub.port, user, password)
        account = dataclasses.replace(server.account(), host="localhost", proxy=proxy)
        assert len(read(open_mailbox(account))) == 1
        assert set(stub.asked) == {f"localhost:{account.port}"}


@pytest.mark.parametrize("type_", ["socks5", "http"])
def test_a_proxy_that_refuses_us_is_one_line_without_the_password(type_: ProxyType, open_mailbox: Open) -> None:
    with ScriptedImap({}) as server, StubProxy(type_, server.account().port, "anna:geheimnis") as stub:
        proxy = Proxy(type_, "127.0.0.1", stub.port, "anna", "falsches")
        line = failure(open_mailbox(dataclasses.replace(server.account(), proxy=proxy)))
    assert f"proxy 127.0.0.1:{stub.port}: " in line
    assert "falsches" not in line


def test_a_proxy_that_is_down_is_one_line(open_mailbox: Open) -> None:
    with ScriptedImap({}) as server:
        account = dataclasses.replace(server.account(), proxy=Proxy("socks5", "127.0.0.1", free_port()))
        assert f"proxy 127.0.0.1:{account.proxy.port if account.proxy else 0}: " in failure(open_mailbox(account))


@pytest.fixture
def asking(authority: trustme.CA) -> ssl.SSLContext:
    """TLS that wants a certificate of ``authority`` from us."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_a_server_may_want_our_certificate(
    authority: trustme.CA, asking: ssl.SSLContext, tmp_path: Path, open_mailbox: Open
) -> None:
    ours = authority.issue_cert("bounced@example.org")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    ours.private_key_pem.write_to_path(tmp_path / "key.pem")
    ours.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    with ScriptedImap(ONE, tls=asking) as server:
        bare = dataclasses.replace(server.account(), tls="implicit", ca_file=str(tmp_path / "ca.pem"))
        certificate, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
        assert len(read(open_mailbox(dataclasses.replace(bare, client_cert=certificate, client_key=key)))) == 1
        assert "TLS with 127.0.0.1" in failure(open_mailbox(bare))


def config(**keys: Any) -> Config:
    return Config.model_validate(
        {"database": {"path": "x.db"}, "mailbox": {"m": {"host": "imap.example", "user": "u", **keys}}}
    )


def test_the_account_has_what_the_configuration_says(tmp_path: Path) -> None:
    secret_file(tmp_path / "password", "mailbox")
    secret_file(tmp_path / "proxy", "geheimnis")
    proxy = {"type": "http", "host": "p.example", "port": 8080, "user": "u"}
    made = config(
        password_file=str(tmp_path / "password"),
        id={"vendor": "example.org"},
        proxy={**proxy, "password_file": str(tmp_path / "proxy")},
    )
    account = configured.account(made, "m", {})
    assert account.id == {"vendor": "example.org"}
    assert account.proxy == Proxy("http", "p.example", 8080, "u", "geheimnis")
    assert account.secrets == ("mailbox", "geheimnis")
    assert "geheimnis" not in repr(account)


@pytest.mark.parametrize("files", [{"client_cert": "{}/none.pem"}, {"client_cert": "{}/password"}])
def test_a_certificate_that_cannot_be_used_is_one_line(tmp_path: Path, files: dict[str, str]) -> None:
    secret_file(tmp_path / "password", "mailbox")
    made = config(
        password_file=str(tmp_path / "password"), **{key: name.format(tmp_path) for key, name in files.items()}
    )
    with pytest.raises(UserError, match=r"mailbox\.m: client_cert"):
        configured.account(made, "m", {})
