"""Bytes to MIME parts: fast_mail_parser first, the standard library's ``email`` (compat32) as the net under it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from email.parser import BytesParser
from itertools import chain, islice
from typing import NamedTuple, Protocol

from fast_mail_parser import MimeStructureError, ParseError, PyLazyMimePart, parse_email_tree

from bounced.mime import charset
from bounced.model import Original

CONTENT_LIMIT = 256 * 1024  # octets of one message that are read
PARTS_LIMIT = 200
#: Headers whose value may be folded anywhere, without a meaning of its blanks (RFC 9477 3.2).
_WITHOUT_BLANKS = ("cfbl-feedback-id",)
DEPTH_LIMIT = 40
HEADERS_LIMIT = 1000  # headers of one part
VALUE_LIMIT = 16 * 1024  # characters of one header
ENCODED_WORDS_LIMIT = 2000  # RFC 2047; the time for a header grows with the square of their number

#: Types without words, but for JSON: not decoded at all.
_BINARY = ("image/", "audio/", "video/", "font/", "model/", "application/")
_JSON = "application/json"
_MBOX_MARKS = (b"From ", b">From ")
_MBOX_LINE = re.compile(rb"\A>?From [^\n]{0,1000}\n")
_EMPTY_LINE = re.compile(rb"\n[ \t\f\v]*(?:\n|\Z)")
_SOUND_LINES = re.compile(rb"(?:(?:[ \t]++\S|[!-9;-~]{1,100}+[ \t]{0,8}+:)[^\n]*+(?:\n(?!\Z)|\Z))++")
_HEADER_LINE = re.compile(rb"[ \t]|[!-9;-~]{1,100}[ \t]{0,8}:")
_ENCAPSULATED = ("message/rfc822", "message/global", "message/news")


class Unreadable(ValueError):
    """Bytes that can't be read as a message, with a one-line reason."""


class HeaderSource(Protocol):
    """What a parser knows of the header of a part."""

    @property
    def headers(self) -> Mapping[str, list[str]]:
        """The values of each name."""


class _Header(NamedTuple):
    headers: Mapping[str, list[str]]


@dataclass(eq=False, slots=True)
class Part:
    """One node of a message's MIME tree."""

    content_type: str  # lower case, without parameters
    source: HeaderSource = field(repr=False)
    body: bytes = b""  # transfer-decoded; empty for containers
    children: tuple[Part, ...] = ()
    is_message: bool = False  # an encapsulated message: its root is the only child
    _header: Original | None = field(default=None, init=False, repr=False)  # this and the next once they were asked for
    _text: str | None = field(default=None, init=False, repr=False)

    @property
    def header(self) -> Original:
        """The header of the part."""
        if self._header is None:
            self._header = _original(self.source)
        return self._header

    @property
    def label(self) -> str:
        """The content type with the charset of the body, ``""`` where the body is ASCII and needs none."""
        return "" if self.body.isascii() else self.header.get("Content-Type")

    @property
    def inner_header(self) -> Original:
        """The header of the message, or of the header, that the part encapsulates."""
        if self.children and (_is_undamaged(self.body) or not self.body):
            return self.children[0].header
        return parse_headers(self.body, self.label)

    @property
    def text(self) -> str:
        """The body as text, regardless of its label; lines end in LF, even if they were encoded with CRLF."""
        if self._text is None:
            text = charset.decode(self.body, self.label)
            self._text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
        return self._text

    def walk(self, *, into_messages: bool = False) -> Iterator[Part]:
        """This part and the parts below it, depth first; encapsulated messages are entered only on request."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            if into_messages or not part.is_message:
                waiting.extend(reversed(part.children))


def parse(content: bytes) -> Part:
    """The root of the message's MIME tree. Raises ``Unreadable``."""
    return tree(normalized(content))


def tree(mail: bytes) -> Part:
    """The same for a ``normalized`` message."""
    try:
        root = _converted(parse_email_tree(mail, mode="lazy"), _budget(), DEPTH_LIMIT)
    except MimeStructureError as error:
        raise Unreadable(f"not readable as MIME: {error}"[:200]) from error
    except ParseError:
        root = _by_email(mail)
    if not mail.isascii() and not (header := mail.partition(b"\n\n")[0]).isascii():
        root = replace(root, source=_header(header))
    if root.content_type.startswith("multipart/") and not any(part.body for part in root.walk()):  # boundary lost
        return replace(root, content_type="text/plain", body=mail.partition(b"\n\n")[2], children=())
    return root


def parse_headers(block: bytes, content_type: str = "") -> Original:
    """The headers at the start of ``block``, unfolded and with RFC 2047 words decoded; empty if there are none.

    ``content_type`` is that of the part they belong to, for its charset.

    Lines that are neither a header nor a continuation are skipped: gateways break long lines without folding.
    """
    return _original(_header(normalized(block), content_type))


def _header(mail: bytes, content_type: str = "") -> HeaderSource:
    """The header of a ``normalized`` message."""
    lines = _EMPTY_LINE.split(mail, maxsplit=1)[0].split(b"\n")
    header = b"\n".join(filter(_HEADER_LINE.match, lines))
    try:
        return parse_email_tree(_in_utf8(header, content_type), mode="metadata")
    except ParseError:
        return _Header({})


def _is_undamaged(message: bytes) -> bool:
    """True when the parser has read the header as it is, with nothing in it that ``parse_headers`` mends."""
    header = message.partition(b"\n\n")[0]
    if not header.isascii() or b"\x1b" in header or b"\r" in header or _has_too_many_words(message):
        return False
    return bool(_SOUND_LINES.fullmatch(header)) and not message.startswith(_MBOX_MARKS)


def _in_utf8(header: bytes, content_type: str) -> bytes:
    """The header in UTF-8 (RFC 6532); senders of 8-bit headers use the charset of their body's label."""
    if header.isascii() and b"\x1b$" not in header:
        return header
    return charset.decode(header, f"{content_type}\n{header.decode('latin-1')}").encode("utf-8", "replace")


def normalized(content: bytes) -> bytes:
    """The message with LF line ends, without anything an mbox file or a careless tool put before its header."""
    mail = content[:CONTENT_LIMIT]
    if b"\r" in mail:
        mail = mail.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    mail = mail.lstrip()
    if _has_too_many_words(mail):
        mail = mail.replace(b"=?", b"?")
    return _MBOX_LINE.sub(b"", mail, count=1).lstrip() if mail.startswith(_MBOX_MARKS) else mail


def _has_too_many_words(octets: bytes) -> bool:
    """True when there may be more encoded words than ENCODED_WORDS_LIMIT; single octets are counted twice as fast."""
    is_long = len(octets) > 2 * ENCODED_WORDS_LIMIT
    return is_long and octets.count(b"?") > ENCODED_WORDS_LIMIT < octets.count(b"=?")


def _budget() -> Iterator[int]:
    return iter(range(PARTS_LIMIT))


def _converted(node: PyLazyMimePart, budget: Iterator[int], depth: int) -> Part:
    content_type = node.content_type.lower()
    if content_type == "application/octet-stream" and node.filename.lower().endswith(".eml"):
        content_type = "message/rfc822"  # attached as a file, by a gateway or a person
    children = node.children if depth else []
    return Part(
        content_type,
        node,
        b"" if _is_binary(content_type) else node.content or b"",
        tuple([_converted(child, budget, depth - 1) for child, _ in zip(children, budget, strict=False)]),
        content_type in _ENCAPSULATED,
    )


def _is_binary(content_type: str) -> bool:
    return content_type.startswith(_BINARY) and not content_type.startswith(_JSON)


def _original(source: HeaderSource) -> Original:
    headers = source.headers
    lines = "\n".join(headers).lower()
    names = lines.split("\n")
    fields = dict(zip(names, headers.values(), strict=False))
    values = list(chain.from_iterable(headers.values()))
    is_usual = len(fields) == len(headers) == len(names) and " " not in lines and "\t" not in lines
    if not is_usual or len(values) > HEADERS_LIMIT or len("".join(values)) > VALUE_LIMIT:
        fields = _bounded(headers)
    for name in _WITHOUT_BLANKS:
        if name in fields:
            fields[name] = ["".join(value.split()) for value in fields[name]]
    return Original(fields)


def _bounded(headers: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The first HEADERS_LIMIT headers by name, each value cut at VALUE_LIMIT.

    Blanks before the colon are no part of a name (RFC 5322 4.5.8): a second From must not go unseen.
    """
    pairs = ((name, value[:VALUE_LIMIT]) for name, values in headers.items() for value in values)
    fields: dict[str, list[str]] = {}
    for name, value in islice(pairs, HEADERS_LIMIT):
        fields.setdefault(name.rstrip(" \t").lower(), []).append(value)
    return fields


def _by_email(mail: bytes) -> Part:
    """The same tree from ``email``, which repairs what the Rust parser refuses (RFC 2045 6.8 padding, headers)."""
    try:
        return _from_message(BytesParser().parsebytes(mail), _budget(), DEPTH_LIMIT)
    except RecursionError as error:
        raise Unreadable("not readable as MIME: parts nested too deeply") from error


def _from_message(message: Message, budget: Iterator[int], depth: int) -> Part:
    content_type = message.get_content_type()
    # of a part without others it would be decoded by any charset, and a NUL in that name raises ValueError
    payload = message.get_payload() if message.is_multipart() else ()
    nested = [part for part in payload if isinstance(part, Message)]
    header = _header(normalized(_source(message)))
    if nested and content_type.startswith("message/") and content_type not in _ENCAPSULATED:
        return Part(content_type, header, body=b"\n".join(_source(block) for block in nested))
    decoded = b"" if nested or _is_binary(content_type) else message.get_payload(decode=True)
    return Part(
        content_type,
        header,
        body=decoded if isinstance(decoded, bytes) else b"",
        children=tuple(
            _from_message(part, budget, depth - 1) for part, _ in zip(nested if depth else [], budget, strict=False)
        ),
        is_message=content_type in _ENCAPSULATED,
    )


def _source(message: Message) -> bytes:
    """The header block as received; ``email`` splits the blocks of a delivery-status into messages."""
    lines = (f"{name}: {value}\n" for name, value in message.raw_items())
    return "".join(lines).encode("utf-8", "surrogateescape")
