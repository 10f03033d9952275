"""How an address may be written in what the ledger keeps: texts, JSON, headers, and whole messages. Pure."""

from __future__ import annotations

import base64
import binascii
import html
import json
import quopri
import re
from collections.abc import Iterable, Iterator
from email.errors import MessageError
from email.header import decode_header
from urllib.parse import unquote

from bounced.address import in_unicode

#: What an address is replaced by.
ERASED = "erased"

#: Of an unquoted local part; before an address one of these makes it another one.
_ATOM = r"[\w.!#$%&'*+/=?^`{|}~-]"

#: Characters in place of the "@": as it is, in JSON and HTML, in a URL (RFC 3986), in xtext (RFC 3461), in X.400.
_AT = r"(?:@|\\u0040|&#(?:64|x40);|%40|\+40|\(a\))"

#: Between the two parts where an address is written inside another one, as VERP does.
_VERP = r"[=%]"

#: Octets on one line or several that may be base64.
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}(?:\r?\n[ \t]*[A-Za-z0-9+/_-]{1,}={0,2})*")
_WORD = re.compile(
    r"=\?[\w.:*-]{2,60}\?[bq]\?[^?\s]{0,1000}\?=(?:\s+=\?[\w.:*-]{2,60}\?[bq]\?[^?\s]{0,1000}\?=)*", re.I
)


class Spellings:
    """The spellings of ``address``, a key without a tenant, and of its sub-addresses where ``delimiters`` has some."""

    def __init__(self, address: str, delimiters: str = "") -> None:
        local, _, domain = address.rpartition("@")
        extension = f"(?:[{re.escape(delimiters)}]{_ATOM}{{0,64}})?" if delimiters else ""
        hosts = _forms(domain, in_unicode(address).rpartition("@")[2])
        name, host = f"(?:{_either(_forms(local))}){extension}", f"(?:{_either(hosts)})"
        end = r"(?!\.?[\w-])"
        direct = rf"(?:(?<!{_ATOM}){name}|\\?\"{name}\\?\"){_AT}{host}{end}"
        inside = rf"(?<![\w.]){name}{_VERP}{host}{end}"
        self._hosts = tuple(form.casefold() for form in hosts)
        self._pattern = re.compile(f"{direct}|{inside}", re.IGNORECASE)

    def are_in(self, text: str) -> bool:
        """True when ``text`` names the address."""
        folded = text.casefold()  # most texts do not even have the domain: a hundredth of the time
        return any(host in folded for host in self._hosts) and self._pattern.search(text) is not None

    def replaced(self, text: str) -> str:
        """``text`` without the address."""
        return self._pattern.sub(ERASED, text)

    def are_in_message(self, content: bytes) -> bool:
        """True when ``content``, a message or a part of one, names the address, in whatever coding of RFC 2045."""
        return any(map(self.are_in, _readings(content)))


def _forms(*texts: str) -> tuple[str, ...]:
    """``texts`` as they are, and in JSON."""
    return tuple(dict.fromkeys(form for text in texts for form in (text, json.dumps(text)[1:-1])))


def _either(forms: Iterable[str]) -> str:
    """A pattern of any of ``forms``."""
    return "|".join(map(re.escape, forms))


def _readings(content: bytes) -> Iterator[str]:
    """What a message may say, decoded in each way, regardless of what it declares."""
    for octets in _decoded(content):
        text = octets.decode("utf-8", "replace")
        yield text
        yield octets.decode("latin-1")
        yield unquote(html.unescape(text))
        yield "".join(text.split("\0"))  # UTF-16 in either order
        yield from _words(text)


def _decoded(content: bytes) -> Iterator[bytes]:
    """The octets, without their folding, without quoted-printable and, run by run, without base64."""
    yield content
    yield re.sub(rb"\r?\n[ \t]", b"", content)
    yield quopri.decodestring(content)
    for run in _BASE64.findall(content):
        joined = re.sub(rb"[\s=]", b"", run).translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):  # a run may begin with a word that is none of it
            whole = joined[start : start + (len(joined) - start) // 4 * 4 if (len(joined) - start) % 4 == 1 else None]
            try:
                yield base64.b64decode(whole + b"=" * (-len(whole) % 4))
            except binascii.Error:
                continue


def _words(text: str) -> Iterator[str]:
    """Encoded words (RFC 2047)."""
    for word in _WORD.findall(text):
        try:
            parts = decode_header(word)
        except (MessageError, ValueError):
            continue
        yield "".join(part if isinstance(part, str) else part.decode("utf-8", "replace") for part, _ in parts)
