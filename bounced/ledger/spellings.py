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
from urllib.parse import quote, unquote

from bounced.address import in_unicode
from bounced.ledger.codes import codes, hashes

#: What an address is replaced by.
ERASED = "erased"

#: Of an unquoted local part; before an address one of these makes it another one.
_ATOM = r"[\w.!#$%&'*+/=?^`{|}~-]"

#: Characters in place of the "@": as it is, in JSON and HTML, in a URL (RFC 3986), in xtext (RFC 3461), in X.400, in
#: quoted-printable, and for people.
_AT = r"(?:@|\\u0040|&#(?:64|x40);|%40|\+40|\(a\)|=40| ?[(\[]at[)\]] ?| at )"

#: The same for a dot: in a URL and in quoted-printable.
_DOT = r"(?:\.|%2e|=2e)"

#: Between the two parts where an address is written inside another one, as VERP does.
_VERP = r"(?:[=%]40|[=%])"

#: Before an address that a server has tagged to know its own reports: BATV, and what Barracuda makes of it.
_TAG = r"(?:ms)?(?:prvs|btv)\d?={1,2}[\w-]{1,20}={1,2}"

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
        direct = rf"(?:(?<!{_ATOM}){name}|(?<!{_ATOM}){_TAG}{name}|\\?\"{name}\\?\"){_AT}{host}{end}"
        inside = rf"(?<![\w.]){name}{_VERP}{host}{end}"
        rewritten = f"(?<==){host}={name}(?=@)"  # by SRS
        spelled = dict.fromkeys((address, f"{local}@{in_unicode(address).rpartition('@')[2]}"))
        hashed, self._codes = hashes(spelled), codes(spelled)
        self._atoms = tuple({_longest_atom(form) for form in forms} for forms in (_forms(local), hosts))
        self._marks = tuple({*hashed, *(code.text for code in self._codes)})
        self._pattern = re.compile(f"{direct}|{inside}|{rewritten}|{_either(hashed)}", re.IGNORECASE)
        self._coded = re.compile("|".join(f"({re.escape(code.text)})" for code in self._codes), re.IGNORECASE)

    def are_in(self, text: str) -> bool:
        """True when ``text`` names the address."""
        folded = text.casefold()  # most texts do not even have these parts: a hundredth of the time
        has_atoms = all(any(atom in folded for atom in atoms) for atoms in self._atoms)
        if not (has_atoms or any(mark in folded for mark in self._marks)):
            return False
        return self._pattern.search(text) is not None or any(map(self._is_code, self._coded.finditer(text)))

    def replaced(self, text: str) -> str:
        """``text`` without the address."""
        rest = self._pattern.sub(ERASED, text)
        return self._coded.sub(lambda match: ERASED if self._is_code(match) else match[0], rest)

    def _is_code(self, match: re.Match[str]) -> bool:
        """True when what looks like a code of the address is not that of a longer one."""
        code = self._codes[(match.lastindex or 1) - 1]
        return self._pattern.search(code.read(match.string, *match.span())) is not None

    def are_in_message(self, content: bytes) -> bool:
        """True when ``content``, a message or a part of one, names the address, in whatever coding of RFC 2045."""
        return any(map(self.are_in, readings(content)))


def _forms(*texts: str) -> tuple[str, ...]:
    """``texts`` as they are, in JSON, in URLs and in quoted-printable."""
    return tuple(dict.fromkeys(form for text in texts for form in _forms_of(text)))


def _forms_of(text: str) -> tuple[str, ...]:
    escaped = quote(text, safe="")
    return text, json.dumps(text)[1:-1], escaped, escaped.replace("%", "=")


def _longest_atom(form: str) -> str:
    """What any text that has ``form`` has in lower case, however its dots are written."""
    return max(form.casefold().split("."), key=len)


def _either(forms: Iterable[str]) -> str:
    """A pattern of any of ``forms``."""
    return "|".join(re.escape(form).replace(r"\.", _DOT) for form in forms)


def readings(content: bytes) -> Iterator[str]:
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
