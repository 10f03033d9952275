"""What the logs of Postfix and Exim say was sent: to whom, when, and of which message. Pure.

1. Sent is what the next host has accepted, which reports to the envelope sender if it can't deliver it: Postfix' smtp
   and lmtp, Exim's ``=>`` and ``->`` with a host. Not what stays here (local, virtual, pipe, sockets), nor what comes
   back (loopback: content filters).
2. Only of ``senders``, whose reports are read: nobody here would hear of the failures of others.
3. The Message-ID stands in an earlier line of the same queue id, perhaps in an earlier piece of the log.
4. A line means something only by what the server itself writes at its beginning: what strangers choose (names,
   addresses, replies) comes later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

from bounced import address
from bounced.sent import log_dates, rfc5424

#: Octets of a Message-ID; RFC 5322 allows lines of 998.
MESSAGE_ID_LIMIT = 998

#: Octets of an address.
ADDRESS_LIMIT = 320

#: Envelope senders, and their domains, that are remembered, each with whether it is one of ``senders``.
SENDERS_KEPT = 1000

#: Programs that write to a log (with their numbers) of which the services are remembered, and octets of one's name.
PROGRAMS_KEPT = 1000
PROGRAM_LIMIT = 120

#: Words of a date in the traditional format, and of what is behind it: nothing, the host, or the host and the priority.
#: BusyBox writes the first and the last.
DATE_WORDS = 3
HOST_WORDS = 4
PRIORITY_WORDS = 5

_SENDING = (b"smtp", b"lmtp")
_QUEUE_MANAGERS = (b"qmgr", b"oqmgr", b"nqmgr")
_PRIORITY = rb"(?:mail|daemon|user|local[0-7])\.(?:debug|info|notice|warn|err|crit|alert|emerg)"
_IS_PRIORITY = re.compile(_PRIORITY)
_PROGRAM = re.compile(rb"[^\s\[]{1,99}/(?P<service>[a-z]{1,20})\[\w{1,10}")
_LOOPBACK = (b"127.", b"::1]")
_EXIM = re.compile(
    rb"(?:(?P<syslog>(?:\d{4}-\d\d-\d\dT\S{1,40}|[A-Z][a-z][a-z] [ \d]\d [\d:]{8}|@\d{1,12})) "
    rb"(?:\S{1,300} (?:" + _PRIORITY + rb" )?)?"
    rb"[^\s\[]{0,20}exim[^\s\[]{0,20}\[\d{1,10}\]: "
    rb"(?:\[1[/\\]\d{1,3}\] )?)?"  # the first of the lines as which Exim sends a long one
    rb"(?:(?P<date>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: [+-]\d{4})?)(?: \[\d{1,10}\])? )?"
    rb"(?P<id>\w{6}-\w{6,11}-\w{2,4}) (?P<flag><=|=>|->|Completed)(?: (?P<text>.*))?"
)
_EXIM_ID = re.compile(rb" id=(?P<id>[^\s<>]{1,998})")
_EXIM_HOST = re.compile(rb" H=\S{1,300} \[(?P<host>[0-9A-Fa-f.:]{2,45}\])")
_ANGLED = re.compile(rb"<(?P<address>[^<>\s]{1,320})>")


class Delivery(NamedTuple):
    """A message that was sent to ``address`` at a time in seconds since 1970."""

    queue_id: str
    address: str  # a key of bounced.address
    at: int
    message_id: str | None  # without <>; None: it stands in an earlier piece


@dataclass(slots=True)
class Piece:
    """What the lines of a log come to: messages in the queue by queue id, ``""`` for those of other senders."""

    queued: dict[bytes, bytes] = field(default_factory=dict)
    removed: set[bytes] = field(default_factory=set)
    deliveries: list[Delivery] = field(default_factory=list)
    lines: int = 0

    def put(self, queue_id: bytes, message_id: bytes) -> None:
        """Notes a message in the queue."""
        self.removed.discard(queue_id)
        self.queued[queue_id] = message_id[:MESSAGE_ID_LIMIT]

    def remove(self, queue_id: bytes) -> None:
        """Notes that a message has left the queue."""
        self.queued.pop(queue_id, None)
        self.removed.add(queue_id)

    def sent(self, queue_id: bytes, recipient: bytes, at: int) -> None:
        """Notes a delivery, unless its message is of another sender, has no Message-ID, or names no address."""
        message_id = self.queued.get(queue_id)
        is_ours = message_id if message_id is not None else queue_id not in self.removed
        if not is_ours or not at:
            return
        if key := _key(recipient):
            text = None if message_id is None else message_id.decode("utf-8", "replace")
            self.deliveries.append(Delivery(queue_id.decode("ascii", "replace"), key, at, text))


class LineReader(Protocol):
    """Reads the lines of one kind of log."""

    def read(self, lines: Sequence[bytes]) -> Piece:
        """What ``lines`` come to, which follow those that were read before."""
        ...


class Senders:
    """The envelope senders whose mail counts: addresses, and domains with all below them."""

    def __init__(self, senders: Collection[str]) -> None:
        self._senders = frozenset(senders)
        self._are_addresses = any("@" in sender for sender in senders)
        self._have_domain = lru_cache(maxsize=SENDERS_KEPT)(self._domain_counts)
        self._have_address = lru_cache(maxsize=SENDERS_KEPT)(self._address_counts)

    def have(self, sender: bytes) -> bool:
        """True when mail of ``sender`` counts; never of the null sender. Often each message has a sender of its own."""
        if len(sender) > ADDRESS_LIMIT:
            return False
        local, _, domain = sender.rpartition(b"@")
        return bool(local) and (self._have_domain(domain) or (self._are_addresses and self._have_address(sender)))

    def _domain_counts(self, domain: bytes) -> bool:
        labels = _key(b"x@" + domain).rpartition("@")[2].split(".")
        return any(".".join(labels[n:]) in self._senders for n in range(len(labels)))

    def _address_counts(self, sender: bytes) -> bool:
        return _key(sender) in self._senders


def _key(text: bytes) -> str:
    """The key of an address, ``""`` for what is none."""
    try:
        return address.key(text.decode())
    except ValueError:
        return ""


class PostfixReader:
    """Postfix' log: ``… host postfix/smtp[17]: 4F2A1: to=<anna@example.org>, relay=…, status=sent (250 …)``."""

    def __init__(self, senders: Collection[str], latest: datetime) -> None:
        self._senders, self._dates = Senders(senders), log_dates.Dates(latest)

    def read(self, lines: Sequence[bytes]) -> Piece:
        """What ``lines`` come to."""
        piece = Piece(lines=len(lines))
        for line in _traditional(lines):
            head, _, rest = line.partition(b"]: ")
            queue_id, _, text = rest.partition(b": ")
            match text[:3]:
                case b"to=" if b" status=sent " in text and _service(head) in _SENDING:
                    self._sent(piece, head, queue_id, text)
                case b"mes" if text.startswith(b"message-id=<") and _service(head) == b"cleanup":
                    piece.put(queue_id, text[12:].partition(b">")[0])
                case b"fro" if not self._is_ours(text) and _service(head) in _QUEUE_MANAGERS:
                    piece.put(queue_id, b"")
                case b"rem" if text == b"removed" and _service(head) in _QUEUE_MANAGERS:
                    piece.remove(queue_id)
        return piece

    def _is_ours(self, text: bytes) -> bool:
        return self._senders.have(text[6:].partition(b">")[0])

    def _sent(self, piece: Piece, head: bytes, queue_id: bytes, text: bytes) -> None:
        recipient, _, rest = text[4:].partition(b">")
        relayed = rest.partition(b" relay=")[2]
        host = relayed.partition(b", ")[0].partition(b"[")[2]
        is_plain = b" relay=" not in relayed  # Postfix before 3.5 writes addresses without their quotes
        is_remote = is_plain and b"]:" in host and not host.startswith(_LOOPBACK)
        if is_remote and rest.partition(b" status=")[2].startswith(b"sent "):
            piece.sent(queue_id, recipient, self._dates.of_syslog(head))


def _service(head: bytes) -> bytes:
    """The name of the service in "date host postfix/service[pid", ``b""`` where that is not what a line begins with."""
    begun, _, program = head.rpartition(b" ")
    is_plain = begun[:1] == b"@" or begun[:1].isdigit()
    is_dated = begun.count(b" ") == 1 if is_plain else _is_traditional(begun.split())
    is_begun = is_dated and not begun.endswith(b":")  # the name of another program, behind which strangers choose
    return _service_of(program) if is_begun and len(program) <= PROGRAM_LIMIT else b""


def _is_traditional(words: list[bytes]) -> bool:
    """True for a date, and what may be between that and the program."""
    is_with_priority = len(words) == PRIORITY_WORDS and _IS_PRIORITY.fullmatch(words[-1]) is not None
    return len(words) in (DATE_WORDS, HOST_WORDS) or is_with_priority


@lru_cache(maxsize=PROGRAMS_KEPT)
def _service_of(program: bytes) -> bytes:
    named = _PROGRAM.fullmatch(program)
    return named["service"] if named else b""


def _traditional(lines: Sequence[bytes]) -> Iterator[bytes]:
    return (rfc5424.traditional(line) if line[:1] == b"<" else line for line in lines)


class EximReader:
    """Exim's main log, or what it writes there by way of syslog."""

    def __init__(self, senders: Collection[str], latest: datetime) -> None:
        self._senders, self._dates = Senders(senders), log_dates.Dates(latest)

    def read(self, lines: Sequence[bytes]) -> Piece:
        """What ``lines`` come to."""
        piece = Piece(lines=len(lines))
        for line in _traditional(lines):
            if entry := _EXIM.match(line):
                self._entry(piece, entry)
        return piece

    def _entry(self, piece: Piece, entry: re.Match[bytes]) -> None:
        syslog, date, queue_id, flag, text = entry.groups(b"")
        if flag == b"<=":
            message_id = _EXIM_ID.search(text.partition(b' T="')[0])  # a subject may have one in it
            is_ours = message_id and self._senders.have(text.partition(b" ")[0])
            piece.put(queue_id, message_id["id"] if message_id and is_ours else b"")
        elif flag == b"Completed":
            piece.remove(queue_id)
        elif (host := _EXIM_HOST.search(text)) and not host["host"].startswith(_LOOPBACK):
            at = self._dates.of_iso(date) if date else self._dates.of_syslog(syslog)
            piece.sent(queue_id, _exim_recipient(text), at)


def _exim_recipient(text: bytes) -> bytes:
    """To whom it was sent: the first address; in angle brackets is that of which an alias made it, or a local part."""
    name = text.partition(b" ")[0].rstrip(b":")
    angled = None if b"@" in name else _ANGLED.search(text.partition(b" R=")[0])
    return angled["address"] if angled else name


READERS: Mapping[str, Callable[[Collection[str], datetime], LineReader]] = {
    "postfix": PostfixReader,
    "exim": EximReader,
}
