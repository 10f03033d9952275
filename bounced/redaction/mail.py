"""Keeps the structure of a message and blanks its words. Line by line, so that its depth causes no recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from bounced.mime import charset
from bounced.mime.parts import CONTENT_LIMIT
from bounced.redaction.coding import BODY_CODINGS, PLAIN, WORD_CODINGS
from bounced.redaction.text import Redactor

_FIELD = re.compile(rb"(?P<name>[!-9;-~]{1,100}[ \t]{0,8}:)(?P<value>.*)", re.DOTALL)
#: Parts of nothing but fields; parts that are messages; parts with words.
_FIELDS = re.compile(
    rb"message/(?:global-)?(?:delivery-status|disposition-notification|feedback-report|headers)|text/rfc822-headers"
)
_MESSAGE = re.compile(rb"message/(?:rfc822|global|news|partial)|text/rfc822$")
_TEXT = re.compile(rb"text/|multipart/|application/json")
_TYPE = re.compile(rb"content-type[ \t]{0,8}:\s{0,8}(?P<type>[\w.+-]{1,60}/[\w.+-]{1,60})", re.IGNORECASE)
_ENCODING = re.compile(
    rb"content-transfer-encoding[ \t]{0,8}:\s{0,8}\"?(?P<name>base64|quoted-printable)", re.IGNORECASE
)
_BOUNDARY = re.compile(
    rb"(?P<name>\bboundary\s{0,4}=\s{0,4})(?:\"(?P<quoted>[^\"]{1,200})\"|(?P<bare>[^\s;\"]{1,200}))", re.IGNORECASE
)
#: Structure in the value of a field, not words.
_STRUCTURE = re.compile(
    r"=_boundary_\d{1,9}|\bcharset\s{0,5}=\s{0,5}[\"']?[\w.:-]{2,40}|=\?[\w.:*-]{2,60}\?[bq]\?[^?\s]{0,1000}\?=",
    re.IGNORECASE,
)
_ENCODED_WORD = re.compile(r"=\?(?P<charset>[\w.:*-]{2,60})\?(?P<how>[bq])\?(?P<text>[^?\s]{0,1000})\?=", re.IGNORECASE)
_VERBATIM = re.compile(
    rb"(?:content-transfer-encoding:\s{0,8}(?:[78]bit|binary|base64|quoted-printable)|mime-version:\s{0,8}1\.0)\s*",
    re.IGNORECASE,
)
_DEPTH_LIMIT = 3  # encoded messages within encoded messages


class _State(Enum):
    HEADER = auto()  # of a message or a part
    FIELDS = auto()  # a part of nothing but fields
    BODY = auto()


@dataclass(slots=True)
class _Entity:
    """What a header tells about the body below it."""

    content_type: bytes = b"text/plain"
    encoding: bytes = b""
    label: str = ""  # the whole Content-Type field


def redact(content: bytes) -> bytes:
    """The message (its first 256 KiB) without anything that could identify a person. Never raises."""
    return _Redaction(Redactor()).redacted(content[:CONTENT_LIMIT])


class _Redaction:
    """One pass over the lines of a message, or of an encoded part."""

    def __init__(self, redactor: Redactor, state: _State = _State.HEADER, depth: int = 0) -> None:
        self._redactor = redactor
        self._state = state
        self._depth = depth
        self._boundaries: dict[bytes, bytes] = {}
        self._entity = _Entity()
        self._field: list[bytes] = []
        self._body: list[bytes] = []

    def redacted(self, content: bytes) -> bytes:
        return b"".join(self._pieces(content.splitlines(keepends=True)))

    def _pieces(self, lines: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            if delimiter := self._delimiter(line):
                yield from self._flush()
                yield delimiter
                self._entity = _Entity()
                self._state = _State.BODY if delimiter.rstrip().endswith(b"--") else _State.HEADER
            elif self._state is _State.BODY:
                self._body.append(line)
            else:
                yield from self._header_line(line)
        yield from self._flush()

    def _delimiter(self, line: bytes) -> bytes:
        """The line with its new boundary if it delimits a part, otherwise nothing."""
        bare = line.rstrip()
        for end in (b"", b"--"):
            known = (
                bare.startswith(b"--") and bare.endswith(end) and self._boundaries.get(bare[2 : len(bare) - len(end)])
            )
            if known:
                return b"--" + known + end + line[len(bare) :]
        return b""

    def _header_line(self, line: bytes) -> Iterator[bytes]:
        if self._field and line.startswith((b" ", b"\t")) and line.strip():
            self._field.append(line)
            return
        yield from self._flush()
        if line.strip():
            self._field.append(line)
        else:
            yield line
            self._state = self._below()

    def _below(self) -> _State:
        """The state after a header, or after a group of fields."""
        if self._state is _State.FIELDS:
            return _State.FIELDS
        if not self._entity.encoding and _MESSAGE.match(self._entity.content_type):
            self._entity = _Entity()
            return _State.HEADER
        is_fields = not self._entity.encoding and _FIELDS.match(self._entity.content_type)
        return _State.FIELDS if is_fields else _State.BODY

    def _flush(self) -> Iterator[bytes]:
        field, body = b"".join(self._field), b"".join(self._body)
        self._field, self._body = [], []
        yield self._redacted_field(field)
        yield self._redacted_body(body) if body.strip() else body

    def _redacted_field(self, field: bytes) -> bytes:
        parted = _FIELD.fullmatch(field)
        if not parted:
            return self._value(field)
        if self._state is _State.HEADER:
            self._note(field)
        if _VERBATIM.fullmatch(field):
            return field
        return parted["name"] + self._value(_BOUNDARY.sub(self._new_boundary, parted["value"]))

    def _note(self, field: bytes) -> None:
        """Remembers what the field tells about the body."""
        if match := _TYPE.match(field):
            self._entity.content_type = match["type"].lower()
            self._entity.label = field.decode("latin-1")
        elif match := _ENCODING.match(field):
            self._entity.encoding = match["name"].lower()

    def _new_boundary(self, match: re.Match[bytes]) -> bytes:
        old = (match["quoted"] or match["bare"]).rstrip()
        new = self._boundaries.setdefault(old, b"=_boundary_%d" % (len(self._boundaries) + 1))
        return match["name"] + b'"' + new + b'"'

    def _value(self, value: bytes) -> bytes:
        """The value of a field without its words, with its structure."""
        text = charset.decode(value, "")
        pieces, end = [], 0
        for kept in _STRUCTURE.finditer(text):
            pieces += [self._redactor.text(text[end : kept.start()]), self._encoded_word(kept[0])]
            end = kept.end()
        return "".join([*pieces, self._redactor.text(text[end:])]).encode("utf-8", "replace")

    def _encoded_word(self, token: str) -> str:
        """An encoded word (RFC 2047) with its text blanked, anything else unchanged."""
        word = _ENCODED_WORD.fullmatch(token)
        if not word:
            return token
        coding = WORD_CODINGS[word["how"].lower()]
        label = f"charset={word['charset'].partition('*')[0]}"
        decoded = coding.decode(word["text"].encode("utf-8", "replace"))
        blank = charset.encode(self._redactor.text(charset.decode(decoded, label)), label)
        return f"=?{word['charset']}?{word['how']}?{coding.encode(blank, b'').decode('ascii')}?="

    def _redacted_body(self, body: bytes) -> bytes:
        entity = self._entity
        coding = BODY_CODINGS.get(entity.encoding, PLAIN)
        newline = b"\r\n" if b"\r\n" in body else b"\n"
        decoded = coding.decode(body)
        if entity.encoding and self._depth < _DEPTH_LIMIT and (state := _nested(entity.content_type)):
            blank = _Redaction(self._redactor, state, self._depth + 1).redacted(decoded)
        elif _TEXT.match(entity.content_type):
            blank = charset.encode(self._redactor.text(charset.decode(decoded, entity.label)), entity.label)
        else:
            blank = b"[%d octets]" % len(decoded) + newline
        return coding.encode(blank, newline)


def _nested(content_type: bytes) -> _State | None:
    if _MESSAGE.match(content_type):
        return _State.HEADER
    return _State.FIELDS if _FIELDS.match(content_type) else None
