"""An IMAP server that says what a test tells it to, for what no real server does on demand."""

from __future__ import annotations

import re
import socket
import ssl
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Self

from bounced.sources.imap import Account
from tests.support.listener import Listener

SILENCE = "\0silence"
CLOSE = "\0close"
NEXT_TAG = "\0next tag"

_ORDINARY = {
    "CAPABILITY": ["* CAPABILITY IMAP4rev1 IDLE\r\n"],
    "SELECT": ["* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 2] .\r\n"],
    "EXAMINE": ["* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 2] .\r\n"],
    "UID SEARCH": ["* SEARCH 1\r\n"],
}


#: A command as imaplib sends it; anything else goes on with one.
_TAGGED = re.compile(r"([A-P]{4}\d+) (.+)")


#: A line that asks for more of the command.
_GOES_ON = re.compile(r"^\+", re.MULTILINE)


class ScriptedImap:
    """Answers each command with the next of its ``answers`` (the last one again and again), then with OK.

    A tagged line in an answer (``TAG NO …``) replaces the OK; none comes behind ``+``. SILENCE is no answer at all;
    after CLOSE, also at the end of an answer, the connection is gone. NEXT_TAG is that of the next command, which
    whoever is between can guess. A line by which a command goes on (SASL) is one with the name "". With ``starttls``,
    the handshake follows STARTTLS.
    """

    def __init__(
        self,
        answers: Mapping[str, Sequence[str]],
        greeting: str = "* OK ready\r\n",
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self._answers = {name: list(texts) for name, texts in {**_ORDINARY, **answers}.items()}
        self._greeting = greeting
        self._tls = tls
        self._starttls = starttls
        self.commands: dict[str, int] = defaultdict(int)
        self.said: list[str] = []  # to the server, in capitals
        self.lines: list[str] = []  # the same, as it was
        self._listener = Listener(self._serve)

    @property
    def connections(self) -> int:
        """How many there were so far."""
        return self._listener.connections

    @property
    def held(self) -> int:
        """How many are open on our side."""
        return self._listener.held

    def account(self) -> Account:
        """How to connect."""
        return Account("test", "127.0.0.1", self._listener.port, "user", "secret", tls="none", timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self._listener.close()

    def _serve(self, peer: socket.socket) -> None:
        with suppress(ValueError):
            if not self._tls:
                peer.sendall(self._greeting.encode())
                self._converse(peer)
                return
            with self._tls.wrap_socket(peer, server_side=True) as secured:
                secured.sendall(self._greeting.encode())
                self._converse(secured)

    def _converse(self, peer: socket.socket) -> None:
        with peer.makefile("rb") as lines:
            tag = ""
            for line in lines:
                text = line.decode().rstrip("\r\n")
                if tagged := _TAGGED.fullmatch(text):
                    tag, text = tagged.groups()
                self.lines.append(text)
                if not self._answer(peer, tag, text.upper() if tagged or text == "DONE" else ""):
                    return
                if self._starttls and text == "STARTTLS":
                    self._converse_secured(peer, self._starttls)
                    return

    def _converse_secured(self, peer: socket.socket, context: ssl.SSLContext) -> None:
        with context.wrap_socket(peer, server_side=True) as secured:
            self._converse(secured)

    def _answer(self, peer: socket.socket, tag: str, command: str) -> bool:
        self.said.append(command)
        words = command.split()
        name = " ".join(words[:2]) if words[:1] == ["UID"] else " ".join(words[:1])
        self.commands[name] += 1
        text = self._say(name, command)
        if text == SILENCE:
            return True
        said = text.removesuffix(CLOSE)
        if not (_GOES_ON.search(said) or "TAG " in said or said != text):
            said += "TAG OK done\r\n"
        peer.sendall(said.replace("TAG ", f"{tag} ").replace(NEXT_TAG, _following(tag)).encode())
        if not text.endswith(CLOSE):
            return True
        peer.shutdown(socket.SHUT_RDWR)
        return False

    def _say(self, name: str, command: str) -> str:
        """The answer to ``command``, of which ``name`` is the first word or two."""
        texts = self._answers.get(name, [""])
        return texts.pop(0) if len(texts) > 1 else texts[0]


def _following(tag: str) -> str:
    return f"{tag[:4]}{int(tag[4:]) + 1}" if tag else ""


class PoisonedImap(ScriptedImap):
    """Gives out a message for each of ``uids``; answers with ``failure`` where one in ``poison`` is asked for."""

    def __init__(
        self,
        uids: Iterable[int],
        poison: set[int],
        failure: str,
        body: bytes = b"X: y\r\n\r\nz",
        capabilities: Sequence[str] = ("IDLE",),
    ) -> None:
        listed = list(uids)
        selected = f"* {len(listed)} EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT {listed[-1] + 1}] .\r\n"
        found = f"* SEARCH {' '.join(map(str, listed))}\r\n"
        self.poison = poison
        self._failure = failure
        self._body = body.decode()
        answers = {"SELECT": [selected], "EXAMINE": [selected], "UID SEARCH": [found]}
        super().__init__({**answers, "CAPABILITY": [f"* CAPABILITY IMAP4rev1 {' '.join(capabilities)}\r\n"]})

    def _say(self, name: str, command: str) -> str:
        if name != "UID FETCH":
            return super()._say(name, command)
        uids = [int(uid) for uid in command.split()[2].split(",")]
        if "RFC822.SIZE" in command:
            return "".join(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(self._body)})\r\n" for uid in uids)
        if not self.poison.isdisjoint(uids):
            return self._failure
        literal = f"{{{len(self._body)}}}\r\n{self._body}"
        return "".join(f"* {uid} FETCH (UID {uid} BODY[]<0> {literal})\r\n" for uid in uids)
