"""Waiting for mail with IDLE, and leaving the server alone when that fails."""

from __future__ import annotations

import dataclasses
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest

from bounced.model import JUNK
from bounced.sources.imap import Account, Idler
from bounced.sources.imap.connection import HangUp, connect, disconnect
from bounced.sources.imap.idle import _SLICE_SECONDS, _idle
from bounced.sources.retry import Backoff, Pause
from tests.support.imap import plain, text
from tests.support.scripted import CLOSE, SILENCE, ScriptedImap
from tests.support.servers import ImapServer


@pytest.fixture
def idle() -> Iterator[Callable[[Account], tuple[Idler, threading.Event]]]:
    """Starts an Idler, and gives it with the event that it sets; stopped at the end."""
    made: list[Idler] = []

    def start(account: Account) -> tuple[Idler, threading.Event]:
        woken = threading.Event()
        made.append(Idler(account, "INBOX", woken.set, Pause(Backoff(random.uniform))))
        made[-1].start()
        made[-1].polled()
        return made[-1], woken

    yield start
    for idler in made:
        idler.stop()
        assert not idler.is_alive()


Start = Callable[[Account], tuple[Idler, threading.Event]]


def gave_up(idler: Idler) -> bool:
    """Whether it leaves the server alone now, or does so soon."""
    end = time.monotonic() + 5
    while not idler._left() and time.monotonic() < end:
        time.sleep(0.01)
    return idler._left() > 0


def test_idle_wakes_when_mail_arrives(imap_server: ImapServer, idle: Start) -> None:
    _, woken = idle(imap_server.account())
    assert woken.wait(5)
    for number in range(3):
        woken.clear()
        imap_server.append("INBOX", text(number))
        assert woken.wait(1)


@pytest.mark.parametrize("greeting", ["", "* OK ready\r\n"])
def test_idle_stops_within_a_second_though_nobody_answers(greeting: str, idle: Start) -> None:
    with ScriptedImap({"IDLE": ["+ idling\r\n"], "DONE": [SILENCE]}, greeting) as server:
        idler, woken = idle(dataclasses.replace(server.account(), timeout=60))
        woken.wait(5 if greeting else 0.2)
        begun = time.monotonic()
        idler.stop()
        assert time.monotonic() - begun < 1
        assert not idler.is_alive()


@pytest.mark.parametrize("news", ["* 2 EXISTS\r\n+ idling\r\n", "* OK Still here\r\n* 1 FETCH (FLAGS ())\r\n+\r\n"])
def test_news_before_idle_has_begun_is_news(news: str, idle: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Webklex/php-imap#258."""
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE_SECONDS", 0.1)
    with ScriptedImap({"IDLE": [news]}) as server:
        idler, woken = idle(server.account())
        for _ in range(3):
            assert woken.wait(5)
            woken.clear()
        assert idler._left() == 0
        assert server.commands["DONE"] >= 1
        assert server.connections == 1


@pytest.mark.parametrize("refusal", ["TAG NO not now\r\n", "* 2 EXISTS\r\nTAG BAD what\r\n"])
def test_idle_that_is_refused_is_left_alone(refusal: str, idle: Start) -> None:
    with ScriptedImap({"IDLE": [refusal]}) as server:
        idler, _ = idle(server.account())
        assert gave_up(idler)
        assert server.commands["DONE"] == 0


def test_idle_that_is_not_answered_is_left_alone(idle: Start) -> None:
    with ScriptedImap({"IDLE": [SILENCE]}) as server:
        idler, woken = idle(dataclasses.replace(server.account(), timeout=0.2))
        assert woken.wait(5)
        assert gave_up(idler)


@pytest.mark.parametrize("command", ["DONE", "NOOP"])
def test_idle_wakes_for_mail_that_came_between_two_slices(
    command: str, idle: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE_SECONDS", 0.2)
    with ScriptedImap({"IDLE": ["+ idling\r\n"], command: ["* 2 EXISTS\r\n"]}) as server:
        _, woken = idle(server.account())
        assert woken.wait(5)
        woken.clear()
        assert woken.wait(5)


def test_idle_notices_a_server_that_has_died_in_silence(idle: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of a slice, which is never longer than a minute: routers forget connections that say nothing."""
    assert _SLICE_SECONDS <= 60
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE_SECONDS", 0.1)
    with ScriptedImap({"IDLE": ["+ idling\r\n"], "DONE": [SILENCE]}) as server:
        idler, woken = idle(dataclasses.replace(server.account(), timeout=0.2))
        assert woken.wait(5)
        woken.clear()
        assert gave_up(idler)
        assert not woken.is_set()


class DrippingImap(ScriptedImap):
    """Answers one command with a line that never ends."""

    def __init__(self, command: str) -> None:
        super().__init__({"IDLE": ["+ idling\r\n"]})
        self._endless = command

    def _answer(self, peer: socket.socket, tag: str, command: str) -> bool:
        if command.split()[0] != self._endless:
            return super()._answer(peer, tag, command)
        peer.sendall(b"* OK ")
        while True:
            peer.sendall(b".")
            time.sleep(0.02)


@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "IDLE", "DONE"])
def test_idle_gives_up_an_answer_that_never_ends(
    command: str, idle: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bounced")
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE_SECONDS", 0)
    with DrippingImap(command) as server:
        idler, _ = idle(dataclasses.replace(server.account(), timeout=0.3))
        assert gave_up(idler)
        idler.stop()
    assert "an answer took longer than 1.5 s" in caplog.text


def test_idle_keeps_nothing_of_what_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A soak grew by 75 octets a mail."""
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE_SECONDS", 0)
    with ScriptedImap({"IDLE": ["+ idling\r\n* 2 EXISTS\r\n"], "DONE": ["* 1 EXPUNGE\r\nTAG OK done\r\n"]}) as server:
        line = HangUp()
        client = connect(server.account(), line)
        for _ in range(3):
            _idle(client, nullcontext, lambda: None, threading.Event())
            assert client._imap.untagged_responses == {}
        disconnect(client, line)


def test_idle_does_not_spin_when_the_server_always_has_something_to_say(
    idle: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bounced.sources.imap.idle._SLICE_SECONDS", 0)
    with ScriptedImap({"IDLE": ["+ idling\r\n"]}) as server:
        begun = time.monotonic()
        idler, woken = idle(server.account())
        assert woken.wait(5)
        threading.Event().wait(0.5)
        assert 2 <= server.commands["IDLE"] <= 1 + (time.monotonic() - begun) / 0.1
        idler.stop()


@pytest.mark.parametrize("answer", ["+ idling\r\n" + CLOSE, CLOSE, "TAG NO not now\r\n"])
def test_idle_does_not_spin_when_the_server_closes(answer: str, idle: Start) -> None:
    with ScriptedImap({"IDLE": [answer]}) as server:
        idler, woken = idle(server.account())
        assert woken.wait(5)
        woken.clear()
        assert gave_up(idler)
        assert not woken.wait(0.5)
        assert (server.connections, server.commands["IDLE"]) == (1, 1)


REFUSED = "TAG NO [AUTHENTICATIONFAILED] no\r\n"


class Clock:
    """Time that passes when the test says so, and the longest pause each time."""

    def __init__(self) -> None:
        self.now = 0.0

    def pause(self) -> Pause:
        return Pause(Backoff(lambda _, longest: longest), lambda: self.now)


def test_no_idler_logs_in_before_a_poll_has_found_its_folder() -> None:
    with ScriptedImap({"IDLE": ["+ idling\r\n"]}) as server:
        woken = threading.Event()
        idler = Idler(server.account(), "INBOX", woken.set, Clock().pause())
        idler.start()
        assert not woken.wait(0.3)
        assert server.connections == 0
        idler.polled()
        assert woken.wait(5)
        idler.stop()
        assert not idler.is_alive()


def test_idlers_share_the_back_off_of_a_refused_login() -> None:
    """Polls that go through as before do not end it: the account may have too many connections."""
    with ScriptedImap({"LOGIN": [REFUSED, ""], "IDLE": ["+ idling\r\n"]}) as server:
        pause = Clock().pause()
        woken = [threading.Event() for _ in range(3)]
        idlers = [Idler(server.account(), f"F{n}", event.set, pause) for n, event in enumerate(woken)]
        for idler in idlers:
            idler.start()
        idlers[0].polled()
        assert gave_up(idlers[0])
        for idler in idlers:
            idler.polled()
        assert not woken[1].wait(0.3)
        assert (server.commands["LOGIN"], pause.left()) == (1, 600)
        for idler in idlers:
            idler.polled(recovered=True)
        assert all(event.wait(5) for event in woken)
        for idler in idlers:
            idler.stop()


def test_idle_that_fails_again_and_again_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The pauses are over at once, and polls go through between them."""
    caplog.set_level("INFO", "bounced")
    with ScriptedImap({"LOGIN": [REFUSED, REFUSED, REFUSED, ""], "IDLE": ["+ idling\r\n"]}) as server:
        woken = threading.Event()
        idler = Idler(server.account(), "INBOX", woken.set, Pause(Backoff(lambda *_: 0.0)))
        idler.start()
        while not woken.is_set():
            idler.polled()
            woken.wait(0.01)
        idler.stop()
        assert server.commands["LOGIN"] == 4
    begun, over = caplog.messages
    assert begun.startswith("imap:test/INBOX: login refused for user")
    assert over == "imap:test/INBOX: IDLE works again"


def test_after_a_pause_the_poll_is_asked_whether_all_is_well() -> None:
    """The server has hung up; nothing is tried until a poll has gone through."""
    with ScriptedImap({"IDLE": ["+ idling\r\n" + CLOSE, "+ idling\r\n"]}) as server:
        woken = threading.Semaphore(0)
        idler = Idler(server.account(), "INBOX", woken.release, Pause(Backoff(max)))
        idler._idling = Pause(Backoff(lambda *_: 0.2))
        idler.start()
        idler.polled()
        assert woken.acquire(timeout=5)  # the slice
        assert woken.acquire(timeout=5)  # the pause is over
        assert not woken.acquire(timeout=0.3)
        assert server.connections == 1
        idler.polled()
        assert woken.acquire(timeout=5)
        assert server.connections == 2
        idler.stop()


def test_a_folder_that_appears_later_is_watched_from_then_on(dovecot: ImapServer) -> None:
    woken = threading.Event()
    idler = Idler(dovecot.account(), JUNK, woken.set, Clock().pause())
    idler.start()
    idler.polled()  # it has gone since
    assert not woken.wait(0.3)
    assert idler.is_alive()
    with dovecot.client() as client:
        client.create_folder("Indesirables")
    idler.polled()
    assert woken.wait(5)
    idler.stop()


def test_idle_ends_quietly_where_there_is_none(dovecot: ImapServer, idle: Start) -> None:
    idler, woken = idle(plain(dovecot, "127.0.0.3"))
    idler.join(5)
    assert not idler.is_alive()
    assert not woken.is_set()


def test_idle_stops_though_it_was_never_started() -> None:
    Idler(Account("test", "localhost", 993, "user", "secret"), "INBOX", lambda: None, Pause(Backoff(max))).stop()
