"""An IMAP server with one user's mailbox, which answers in the words of a product."""

from __future__ import annotations

import re
import shlex
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from bounced.sources.imap import Account
from tests.support.listener import Listener
from tests.support.products.product import Product
from tests.support.servers import ImapServer

USER, PASSWORD = "bounces@example.org", "secret"

#: A command that may follow a literal or another UID.
_COMMAND = re.compile(r"(?P<tag>\S+) (?P<name>(?:UID )?[A-Z]+)(?: (?P<words>.*))?", re.IGNORECASE)


@dataclass
class Stored:
    """A message in a folder."""

    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)
    asked: int = 0  # how often its body was


@dataclass
class Folder:
    """A folder, and the UID that the next message gets."""

    attributes: str = ""
    messages: list[Stored] = field(default_factory=list)
    next_uid: int = 1

    def add(self, content: bytes) -> None:
        """Stores a message."""
        self.messages.append(Stored(self.next_uid, content))
        self.next_uid += 1


#: What becomes of the whole answer to a command, given its name.
Twist = Callable[[str, bytes], bytes]


class ProductImap:
    """``folders`` by their names as they are sent, all with the UIDVALIDITY 7. The greeting is twisted, too, as ""."""

    def __init__(self, product: Product, twist: Twist = lambda _, answer: answer) -> None:
        self.product = product
        self.twist = twist
        self.folders = {name: Folder(attributes) for name, attributes in product.folders.items()}
        self.commands: Counter[str] = Counter()
        self.lock = threading.Lock()
        self._listener = Listener(self._serve)
        self.port = self._listener.port

    @property
    def connections(self) -> int:
        """How many there were so far."""
        return self._listener.connections

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self._listener.close()

    def account(self) -> Account:
        """How to connect."""
        return self.mailbox().account()

    def mailbox(self) -> ImapServer:
        """The same, as the daemon is configured with."""
        return ImapServer("scripted", self.port, user=USER, password=PASSWORD)

    def deliver(self, folder: str, *contents: bytes) -> None:
        """Stores messages."""
        with self.lock:
            for content in contents:
                self.folders[folder].add(content)

    def contents(self, folder: str) -> list[bytes]:
        """What a folder has, by UID."""
        with self.lock:
            return [stored.content for stored in self.folders[folder].messages]

    def _serve(self, peer: socket.socket) -> None:
        with suppress(ValueError), peer.makefile("rb") as stream:
            Connection(self, stream.readline, peer.sendall).converse()


class Connection:
    """One client."""

    def __init__(self, server: ProductImap, read: Callable[[], bytes], write: Callable[[bytes], object]) -> None:
        self._server = server
        self._product = server.product
        self._read = read
        self._write = write
        self._selected = ""
        self._readonly = False
        self._answered: list[bytes] = []
        self._is_known = False  # by ID
        self._logged_in = False

    def converse(self) -> None:
        """Until it hangs up."""
        self._send(f"* OK {self._product.greeting}")
        self._flush("")
        while line := self._read():
            command = _COMMAND.fullmatch(line.decode().rstrip("\r\n"))
            assert command, line
            self._answer(command["tag"], command["name"].upper(), command["words"] or "")

    def _answer(self, tag: str, name: str, words: str) -> None:
        with self._server.lock:
            self._server.commands[name] += 1
            times = self._server.commands[name]
            refusal = self._product.refusal(name, words, times, self._is_known)
            method = getattr(self, "_" + name.lower().replace(" ", "_"))
            interactive = name in ("AUTHENTICATE", "IDLE")
            result = refusal or (None if interactive else method(words))
        if interactive and not refusal:
            result = method()
        self._send(f"{tag} {result or 'OK done'}")
        self._flush(name)

    def _send(self, *lines: str) -> None:
        self._answered += [f"{line}\r\n".encode() for line in lines]

    def _flush(self, name: str) -> None:
        answer, self._answered = b"".join(self._answered), []
        self._write(self._server.twist(name, answer))

    # Any state.

    def _capability(self, _: str) -> None:
        product = self._product
        self._send(f"* CAPABILITY {product.capabilities if self._logged_in else product.greeted}")

    def _noop(self, _: str) -> None:
        if self._selected:
            self._send(self._exists())

    def _login(self, words: str) -> str:
        assert shlex.split(words) == [USER, PASSWORD]
        return self._enter()

    def _authenticate(self) -> str:
        self._send("+ ")
        self._flush("+")
        self._read()
        return self._enter()

    def _enter(self) -> str:
        self._logged_in = True
        if self._product.says_capabilities:
            self._send(f"* CAPABILITY {self._product.capabilities}")
        return "OK logged in"

    def _id(self, _: str) -> None:
        self._is_known = True
        self._send('* ID ("name" "server")')

    def _namespace(self, _: str) -> None:
        product = self._product
        self._send(f'* NAMESPACE (("{product.prefix}" "{product.delimiter}")) NIL NIL')

    def _idle(self) -> None:
        self._send("+ idling")
        self._flush("+")
        self._read()

    # Folders.

    def _list(self, words: str) -> str | None:
        pattern = shlex.split(words)[-1]
        names = [name for name in self._server.folders if pattern == "*" or name.upper() == pattern.upper()]
        if not names and self._product.refuses_empty_list:
            return "NO LIST failed: Folder not found"
        for name in names:
            self._send(f'* LIST ({self._server.folders[name].attributes}) "{self._product.delimiter}" "{name}"')
        return None

    def _create(self, words: str) -> str | None:
        [name] = shlex.split(words)
        if not name.startswith(self._product.prefix):
            return "NO Invalid mailbox name."
        if name.upper() in map(str.upper, self._server.folders):
            return "NO [ALREADYEXISTS] there is such a folder"
        self._server.folders.setdefault(name, Folder())
        return None

    def _subscribe(self, _: str) -> None:
        pass

    def _known(self, name: str) -> str:
        """The folder that is meant, "" for none; in any case, as Exchange knows none."""
        return next((known for known in self._server.folders if known.upper() == name.upper()), "")

    def _status(self, words: str) -> None:
        name = self._known(shlex.split(words)[0])
        folder = self._server.folders[name]
        self._send(f'* STATUS "{name}" (MESSAGES {len(folder.messages)} UIDNEXT {folder.next_uid} UIDVALIDITY 7)')

    def _examine(self, words: str) -> str:
        return self._select(words, readonly=True)

    def _select(self, words: str, *, readonly: bool = False) -> str:
        [name] = shlex.split(words)
        name = self._known(name)
        if not name or "noselect" in self._server.folders[name].attributes.lower():
            self._selected = ""
            return "NO no such folder"
        self._selected, self._readonly = name, readonly
        uidnext = self._product.uidnext(self._folder.next_uid)
        self._send(
            self._exists(),
            "* 0 RECENT",
            "* FLAGS (\\Seen \\Answered \\Deleted)",
            f"* OK [PERMANENTFLAGS ({self._product.permanent_flags})] .",
            "* OK [UIDVALIDITY 7] .",
            *([f"* OK [UIDNEXT {uidnext}] ."] if uidnext else []),
        )
        return f"OK [READ-{'ONLY' if readonly else 'WRITE'}] done"

    @property
    def _folder(self) -> Folder:
        return self._server.folders[self._selected]

    def _exists(self) -> str:
        return self._product.exists.format(len(self._folder.messages))

    # Messages.

    def _chosen(self, sequence_set: str) -> Iterator[tuple[int, Stored]]:
        """The messages with these UIDs, and their numbers."""
        for number, stored in enumerate(list(self._folder.messages), 1):
            if any(low <= stored.uid <= high for low, high in _ranges(sequence_set)):
                yield number, stored

    def _fetch(self, words: str) -> None:
        number, uid = int(words.split()[0]), 0
        if number <= len(self._folder.messages):
            uid = self._folder.messages[number - 1].uid
            self._send(f"* {number} FETCH (UID {uid})")

    def _uid_search(self, words: str) -> None:
        _, sequence_set, *criteria = words.split()
        flag = criteria[1] if criteria[:1] == ["KEYWORD"] else ""
        uids = [str(stored.uid) for _, stored in self._chosen(sequence_set) if not flag or flag in stored.flags]
        if uids or not self._product.leaves_out_empty_search:
            self._send(" ".join(["* SEARCH", *uids]))

    def _uid_fetch(self, words: str) -> None:
        sequence_set, _, items = words.partition(" ")
        for number, stored in self._chosen(sequence_set):
            facts = (
                f'UID {stored.uid} RFC822.SIZE {len(stored.content)} INTERNALDATE "{self._product.date(stored.uid)}"'
            )
            if "BODY" not in items:
                self._send(f"* {number} FETCH ({facts})")
                continue
            stored.asked += 1
            body = self._product.body(stored.content, stored.asked)
            begin = f"* {number} FETCH (UID {stored.uid} BODY[]<0> {{{len(body)}}}\r\n".encode()
            self._answered.append(begin + body + b")\r\n")

    def _uid_store(self, words: str) -> None:
        sequence_set, _, flags = words.partition(" ")
        for _, stored in self._chosen(sequence_set):
            stored.flags |= set(flags.partition("(")[2].rstrip(")").split())

    def _uid_copy(self, words: str) -> str | None:
        sequence_set, target = words.split(" ", 1)
        name = self._known(shlex.split(target)[0])
        if not name:
            return "NO [TRYCREATE] no such folder"
        for _, stored in self._chosen(sequence_set):
            self._server.folders[name].add(stored.content)
        return None

    def _uid_move(self, words: str) -> str | None:
        if refusal := self._uid_copy(words):
            return refusal
        if self._selected not in self._product.keeps_what_is_moved:
            self._remove({stored.uid for _, stored in self._chosen(words.split()[0])})
        return None

    def _uid_expunge(self, words: str) -> None:
        self._remove({stored.uid for _, stored in self._chosen(words) if "\\Deleted" in stored.flags})

    def _remove(self, uids: set[int]) -> None:
        messages = self._folder.messages
        for number in range(len(messages), 0, -1):
            if messages[number - 1].uid in uids:
                del messages[number - 1]
                self._send(f"* {number} EXPUNGE")


def _ranges(sequence_set: str) -> Iterator[tuple[int, int]]:
    for part in sequence_set.split(","):
        low, _, high = part.partition(":")
        yield int(low), int(high or low)
