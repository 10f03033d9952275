"""Keys of DKIM from a DNS server of the tests' own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
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
from tests.support.signing import DOMAIN, NAME, dsn, newsletter, record, sign

WORDS = ["some other record", "v=DKIM1; p=AAAA"]


class Server:
    """A name server on loopback: the records of ``zone``; NXDOMAIN for others; nothing at all while ``silent``.

    Names that end in one of ``lame`` get no answer.
    """

    def __init__(self, zone: dict[str, list[str]], ttl: int = 3600) -> None:
        self.zone, self.ttl = zone, ttl
        self.asked: list[str] = []
        self.silent = False
        self.lame: tuple[str, ...] = ()
        self.before_answer: Callable[[], None] = lambda: None
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
            self.before_answer()
            if not self.silent and not name.endswith(self.lame):
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
    assert not keys.find([NAME, *(f"s{number}._domainkey.{DOMAIN}" for number in range(100))])
    assert set(server.asked) == {NAME}
    server.silent = False
    clock.now += 59
    assert not keys.find([NAME])
    clock.now += 1
    assert keys.find([NAME])


def test_names_without_end_are_not_asked_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dkim_keys, "ANSWERS_LIMIT", 50)
    clock = Clock()
    keys = Keys(server.resolver, clock)
    asked = []
    for _ in range(10):
        for source in range(10):
            names = [f"s{clock.now:g}-{source}-{number}._domainkey.example.org" for number in range(3)]
            assert not keys.find(names, f"192.0.2.{source}")
        asked.append(len(server.asked))
        assert len(keys.known()) <= 50
        clock.now += 30
    assert asked == [20, 20, 40, 40, 60, 60, 80, 80, 100, 100]


def test_one_source_uses_up_a_part_of_the_questions(server: Server) -> None:
    """F9 (A), B17: three new selectors in each of seven messages a minute."""
    keys = Keys(server.resolver, Clock())
    assert not keys.find((f"s{number}._domainkey.example.org" for number in range(21)), "192.0.2.1")
    assert len(server.asked) == 5
    assert keys.find([NAME], "192.0.2.2")


@pytest.mark.parametrize("source", ["192.0.2.1", "192.0.2.2"])
def test_a_known_name_is_asked_for_whatever_others_want(source: str) -> None:
    """F9 (A), B17: the TTL of a key ends while a forger uses up the questions, also those of its source."""
    with serving({NAME: [record()]}, ttl=300) as server:
        clock = Clock()
        keys = Keys(server.resolver, clock)
        assert keys.find([NAME], source)
        for _ in range(30):
            clock.now += 60
            for by in range(10):
                keys.find([f"s{clock.now:g}-{by}-{n}._domainkey.example.org" for n in range(5)], f"192.0.2.{by}")
            assert NAME in keys.known() or keys.find([NAME], source)
        assert server.asked.count(NAME) == 7


def test_places_are_not_used_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """F9 (A): answers about made-up names give way."""
    monkeypatch.setattr(dkim_keys, "ANSWERS_LIMIT", 5)
    clock = Clock()
    keys = Keys(server.resolver, clock)
    assert not keys.find((f"s{number}._domainkey.example.org" for number in range(5)), "192.0.2.1")
    assert keys.find([NAME], "192.0.2.2")
    clock.now += 60
    assert not keys.find((f"t{number}._domainkey.example.org" for number in range(5)), "192.0.2.1")
    assert set(keys.known()) == {NAME, *(f"t{number}._domainkey.example.org" for number in range(5))}


def test_keys_beyond_the_number_of_known_names_are_used_for_their_ttl(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wildcard gives every selector a key: what is known already stays."""
    monkeypatch.setattr(dkim_keys, "KNOWN_LIMIT", 1)
    clock = Clock()
    keys = Keys(server.resolver, clock)
    assert keys.find([NAME])
    assert keys.find(["k2._domainkey.example.org"])
    assert keys.find(["k2._domainkey.example.org"])
    assert set(keys.known()) == {NAME, "k2._domainkey.example.org"}
    assert len(server.asked) == 2


def test_a_zone_that_does_not_answer_silences_itself_only(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """F9 (B), B17: ``d=lame.example.org``, whose servers do not answer."""
    monkeypatch.setattr(dkim_keys, "ANSWER_SECONDS", 0.1)
    clock = Clock()
    keys = Keys(server.resolver, clock)
    server.lame = ("lame.example.org",)
    for _ in range(3):
        assert not keys.find(f"s{clock.now:g}-{number}._domainkey.lame.example.org" for number in range(3))
        assert NAME in keys.known() or keys.find([NAME])
        clock.now += 60
    assert len(set(server.asked)) == 4  # one of that zone a minute


def test_many_unanswered_zones_are_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dkim_keys, "ANSWER_SECONDS", 0.1)
    keys = Keys(server.resolver, Clock())
    server.lame = ("example.org",)
    for source in range(10):
        assert not keys.find([f"s._domainkey.z{source}-{n}.example.org" for n in range(10)], f"192.0.2.{source}")
    assert len(set(server.asked)) == 5


def test_a_known_key_is_used_while_the_dns_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8767: for a day at most; a selector that fails in the same zone changes nothing."""
    monkeypatch.setattr(dkim_keys, "ANSWER_SECONDS", 0.1)
    with serving({NAME: [record()]}, ttl=300) as server:
        clock = Clock()
        keys = Keys(server.resolver, clock)
        assert keys.find([NAME])
        server.lame = ("news.example.org",)
        clock.now += 300
        assert keys.known() == {}
        assert not keys.find([f"dead._domainkey.{DOMAIN}"])
        assert keys.find([NAME])
        assert keys.known() == {NAME: record()}
        clock.now += 86399
        assert keys.find([NAME])
        clock.now += 1
        assert keys.known() == {}
        assert not keys.find([NAME])


def test_questions_about_known_names_have_a_budget(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that fails does not keep the daemon waiting for each of many keys."""
    monkeypatch.setattr(dkim_keys, "ANSWER_SECONDS", 0.1)
    clock = Clock()
    keys = Keys(server.resolver, clock)
    names = [f"k{number}._domainkey.d{number}.example.org" for number in range(20)]
    server.zone |= {name: [record()] for name in names}
    assert [keys.find([name], name) for name in names] == [True] * 20
    server.lame, server.asked[:] = ("example.org",), []
    clock.now += 3600
    assert [keys.find([name], name) for name in names] == [True] * 20
    assert len(set(server.asked)) == 5


def test_a_key_that_comes_back_is_looked_up_as_known(server: Server) -> None:
    clock = Clock()
    keys = Keys(server.resolver, clock)
    assert keys.find([NAME])
    del server.zone[NAME]
    clock.now += 3600
    assert not keys.find([NAME])
    assert keys.known() == {NAME: ""}
    server.zone[NAME] = [record()]
    clock.now += 600
    assert not keys.find((f"s{number}._domainkey.example.org" for number in range(20)), "192.0.2.1")
    assert keys.find([NAME], "192.0.2.1")


def test_known_names_are_asked_for_first(server: Server) -> None:
    clock = Clock()
    keys = Keys(server.resolver, clock)
    assert keys.find([NAME])
    clock.now += 3600
    server.asked.clear()
    assert keys.find(["s._domainkey.example.org", NAME])
    assert server.asked[0] == NAME


def test_nobody_waits_for_a_question_of_others(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """F9: find() held the lock that every mailbox' known() needs."""
    monkeypatch.setattr(dkim_keys, "ANSWER_SECONDS", 10.0)
    keys = Keys(server.resolver)
    asked, answer = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        answer.wait(10)

    server.before_answer = wait
    waiting = threading.Thread(target=keys.find, args=([NAME],))
    waiting.start()
    assert asked.wait(10)
    assert keys.known() == {}
    assert waiting.is_alive()
    answer.set()
    waiting.join()
    assert keys.known() == {NAME: record()}


def test_a_record_of_another_kind_is_no_key() -> None:
    with serving({NAME: ["v=DMARC1; p=reject", "v=spf1 p=x"], f"k2.{NAME}": ["p=AAAA"]}) as server:
        keys = Keys(server.resolver)
        assert not keys.find([NAME])
        assert keys.find([f"k2.{NAME}"])


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


def test_forgers_do_not_use_up_the_questions_of_others(server: Server) -> None:
    """F9 (A), B17: the source is the host that brought the message."""
    received = "Received: from mx.test (mx.test [%s]) by mail.example.org\n"
    forged = [
        dsn(sign(newsletter(), domain=f"x{number}.example.org"), header=(received % "192.0.2.1").encode())
        for number in range(7)
    ]
    genuine = dsn(sign(newsletter()), header=(received % "192.0.2.2").encode())
    messages = [RawMessage(Origin("test"), NEVER, content, 1) for content in [*forged, genuine]]
    anchors = TrustAnchors(own_domains=("example.org",), dkim_dns=True)
    with Workers(Sender(anchors=anchors), count=1, keys=Keys(server.resolver)) as workers:
        trusts = [parsed.events[0].trust for parsed in workers.parse(messages)]
    assert trusts == ["plausible"] * 7 + ["verified"]
    assert len(server.asked) == 6
