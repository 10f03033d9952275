"""Keys of DKIM from a DNS server of the tests' own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Origin, RawMessage
from bounced.parse import NEVER
from bounced.workers import Workers, dkim_keys
from bounced.workers.dkim_keys import Keys
from tests.support.signing import NAME, dsn, newsletter, record, sign

WORDS = ["some other record", "v=DKIM1; p=AAAA"]


class Server:
    """A name server on loopback: the records of ``zone``; NXDOMAIN for others; nothing at all while ``silent``."""

    def __init__(self, zone: dict[str, list[str]], ttl: int = 3600) -> None:
        self.zone, self.ttl = zone, ttl
        self.asked: list[str] = []
        self.silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.resolver = dns.resolver.Resolver(configure=False)
        self.resolver.nameservers = ["127.0.0.1"]
        self.resolver.port = self._socket.getsockname()[1]

    def serve(self) -> None:
        while (received := self._socket.recvfrom(4096))[0]:
            query = dns.message.from_wire(received[0])
            name = query.question[0].name.to_text(omit_final_dot=True)
            self.asked.append(name)
            if not self.silent:
                self._socket.sendto(self._answer(query, name).to_wire(), received[1])

    def _answer(self, query: dns.message.Message, name: str) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name not in self.zone:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif self.zone[name]:
            # As zone files do with long ones: pieces of at most 255 characters.
            pieces = [" ".join(f'"{text[n : n + 200]}"' for n in range(0, len(text), 200)) for text in self.zone[name]]
            answer.answer.append(dns.rrset.from_text(f"{name}.", self.ttl, "IN", "TXT", *pieces))
        return answer

    def end(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self._socket.getsockname())

    def close(self) -> None:
        self._socket.close()


@contextmanager
def serving(zone: dict[str, list[str]], ttl: int = 3600) -> Iterator[Server]:
    server = Server(zone, ttl)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join()
        server.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({NAME: [record()], "k2._domainkey.example.org": WORDS, "k3._domainkey.example.org": []}) as found:
        yield found


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_key_is_asked_for_once(server: Server) -> None:
    keys = Keys(server.resolver)
    assert keys.known() == {}
    assert keys.find([NAME])
    assert keys.find(["k2._domainkey.example.org", NAME])
    assert keys.known() == {NAME: record(), "k2._domainkey.example.org": "v=DKIM1; p=AAAA"}
    assert server.asked == [NAME, "k2._domainkey.example.org"]


@pytest.mark.parametrize("name", ["k3._domainkey.example.org", "k4._domainkey.example.org"])
def test_that_there_is_none_is_remembered(server: Server, name: str) -> None:
    keys = Keys(server.resolver)
    assert not keys.find([name])
    assert not keys.find([name])
    assert (keys.known(), server.asked) == ({name: ""}, [name])


@pytest.mark.parametrize(("ttl", "lasts"), [(0, 60), (300, 300), (10_000_000, 86400)])
def test_it_is_asked_for_again_when_the_dns_says_so(ttl: int, lasts: int) -> None:
    with serving({NAME: [record()]}, ttl) as server:
        clock = Clock()
        keys = Keys(server.resolver, clock)
        assert keys.find([NAME])
        server.zone[NAME] = ["v=DKIM1; p="]  # revoked
        clock.now += lasts - 1
        assert keys.known() == {NAME: record()}
        clock.now += 1
        assert keys.known() == {}
        assert keys.find([NAME])
        assert keys.known() == {NAME: "v=DKIM1; p="}


def test_a_server_that_does_not_answer_is_left_alone_for_a_minute(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dkim_keys, "ANSWER_SECONDS", 0.1)
    clock = Clock()
    keys = Keys(server.resolver, clock)
    server.silent = True
    assert not keys.find([NAME, *(f"s{number}.example.org" for number in range(100))])
    assert set(server.asked) == {NAME}
    server.silent = False
    clock.now += 59
    assert not keys.find([NAME])
    clock.now += 1
    assert keys.find([NAME])


def test_names_without_end_are_not_asked_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dkim_keys, "NAMES_REMEMBERED", 50)
    clock = Clock()
    keys = Keys(server.resolver, clock)
    asked = []
    for _ in range(25):
        assert not keys.find(f"s{clock.now:g}-{number}._domainkey.example.org" for number in range(30))
        asked.append(len(server.asked))
        clock.now += 30
    assert asked == [20, 20, 40, 40, *[50] * 16, 70, 70, 90, 90, 100]


def test_a_machine_without_a_resolver_has_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", fails)
    keys = Keys()
    assert not keys.find([NAME])
    assert keys.known() == {}


def test_a_mail_is_read_once_more_when_its_key_is_found(server: Server) -> None:
    anchors = TrustAnchors(own_domains=("example.org",), dkim_dns=True)
    signed, unknown = dsn(sign(newsletter())), dsn(sign(newsletter(), domain="x.example.org"))
    messages = [RawMessage(Origin("test"), NEVER, content, 1) for content in [signed, unknown, dsn(b"From: a@b.test")]]
    with Workers(Sender(anchors=anchors), count=1, keys=Keys(server.resolver)) as workers:
        for _ in range(2):
            readings = list(workers.parse(messages))
            assert [reading.events[0].trust for reading in readings] == ["verified", "plausible", "unverified"]
    assert server.asked == [NAME, "k1._domainkey.x.example.org"]
    with Workers(
        Sender(anchors=TrustAnchors(own_domains=("example.org",))), count=1, keys=Keys(server.resolver)
    ) as workers:
        assert next(workers.parse(messages[:1])).events[0].trust == "plausible"
    assert len(server.asked) == 2
