"""SMTP replies (RFC 5321 4.2) and enhanced status codes (RFC 3463) in diagnostic text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from unicodedata import normalize

from bounced.classify.statuses import REPLY_CODES

#: Characters of a text that are read. Replies are at most 512 octets a line (RFC 5321 4.5.3.1.5), and few lines.
TEXT_LIMIT = 8192

_SUBJECT_AND_DETAIL = r"\.[0-7]\.(?:0|[1-9]\d{0,2})(?![\w-]|\.\d)"
_STATUS = f"[45]{_SUBJECT_AND_DETAIL}"

#: Three digits where a reply may begin, and the enhanced status after them. What may not be before comes after the
#: digits here: a search skips to the next digit then, three times as fast.
_REPLY = re.compile(
    rf"""
    (?P<code>[45]\d\d) (?<![\w.=/@+-]\d\d\d)
    (?:[ ]<[^\s<>]{{1,320}}>\.\.\.[ ](?P<quoted>[45]\d\d))?  # Sendmail 5: "554 <a@b.c>... 550 Host unknown"
    (?![\w.@/])
    (?P<separator>[ :-]{{0,2}}) ['"]? (?:[45]\d\d[ ])?  # Gmail passes on "554 554 5.7.0 Header error"
    \#? (?P<status>{_STATUS})?
    """,
    re.VERBOSE,
)

#: What comes directly before a reply without a status: nothing, punctuation (but no port), or a word for it.
_ANNOUNCED = re.compile(
    r"(?:^|[;<>(\['\"#。：]|--|->|:(?=\s)|(?<![\d\]]):"
    r"|\b(?:said|error|code|status|because of|response|reply|returned))\s?$",
    re.IGNORECASE,
)
_ANNOUNCEMENT_LENGTH = len(" because of ")

#: A status on its own: not part of an address or the version of a program.
_BARE_STATUS = re.compile(
    rf"[45](?<![\w.@+-].)(?<!version .)(?<!postfix .)(?<!exim .)(?<!sendmail .){_SUBJECT_AND_DETAIL}", re.IGNORECASE
)

_ADDRESS = re.compile(
    r"[<\[\"'(]{0,2}(?<![^\s<>()\[\]\"',;:])[^\s@<>()\[\]\"',;:?&]{1,128}@[\w.-]{1,255}[>\]\"')]{0,2}"
)
_HOST = re.compile(r"host (?<!\whost )[\w-]{1,63}\.[\w.-]{1,255}(?: ?\[[\da-f.:]{2,45}\])?")
_PEER = re.compile(r"(?<![\w.-])[\w.-]{1,255}\[[\da-f.:]{2,45}\]")
_CONTINUED = re.compile(rf" [45]\d\d[ -]{_STATUS} | [45]\d\d-(?=\S)")
#: IronPort names every refusal by one of these before it quotes the reply: "5.1.0 - Unknown address error 550-'…'".
_IRONPORT = re.compile(r"^[45]\.\d\.\d - (?:unknown address error|other mail system problem) (?=[45]\d\d)")
_APOSTROPHES = "’‘`´"
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae"})  # which have no accent to lose
_BLANKS = ("-", ":", "/", "...")
_BRACKETS = "<>[]()\"'"
_PUNCTUATION = f"{_BRACKETS}.,;:!?"


class Reply(NamedTuple):
    """One SMTP reply: its three digits and its enhanced status (``""`` when it has none)."""

    code: str
    status: str


def replies(text: str) -> Iterator[Reply]:
    """The replies in single-spaced ``text``, in order."""
    for match in _REPLY.finditer(text):
        code, status = match["quoted"] or match["code"], match["status"] or ""
        if code in REPLY_CODES and (status or _is_announced(text, match)):
            yield Reply(code, status)


def _is_announced(text: str, match: re.Match[str]) -> bool:
    before = text[max(match.start() - _ANNOUNCEMENT_LENGTH, 0) : match.start()]
    return match["separator"] == "-" or text.startswith("<", match.end()) or bool(_ANNOUNCED.search(before))


def statuses(text: str) -> Iterator[str]:
    """The enhanced status codes in ``text``, in order."""
    return (match[0] for match in _BARE_STATUS.finditer(text))


def lower(text: str) -> str:
    """``text`` in lower case, with ``'`` for any apostrophe."""
    return _replaced(text.lower(), "`" if text.isascii() else _APOSTROPHES, "'")


def fold(text: str, ours: frozenset[str] = frozenset()) -> str:
    """Single-spaced ``text`` as the phrase tables expect it: see bounced.classify.phrases.

    An address becomes ``@``, one of ``ours`` becomes ``@@`` and the domain of one of them ``@@ domain``.
    """
    text = lower(text)
    if "@" in text:
        text = " ".join(_with_mark(word, ours) if "@" in word else word for word in text.split(" "))
    if any(own in text for own in ours):
        text = " ".join(_domain_mark(word, ours) for word in text.split())
    if "host " in text:
        text = _HOST.sub("host", text)
    if "[" in text:
        text = _PEER.sub("host", text)
    if announcement := _IRONPORT.match(text):
        text = text[announcement.end() :]
    return without_marks(_CONTINUED.sub(" ", text))


def without_marks(text: str) -> str:
    """Lower-case ``text`` without accents, and with blanks for hyphens, colons and slashes.

    "E-mail" and "non-existent" are one word.
    """
    if not text.isascii():
        text = _without_accents(text)
    text = " " + " ".join(_replaced(text, _BLANKS, " ").split())
    return text.replace(" e mail", " email").replace(" non exist", " nonexist")[1:]


def _without_accents(text: str) -> str:
    letters = normalize("NFD", text.translate(_LETTERS))
    return normalize("NFC", _ACCENTS.sub("", letters))


def _replaced(text: str, signs: Iterable[str], by: str) -> str:
    """``text`` with ``by`` for each of ``signs``; ``str.translate`` takes ten times as long."""
    for sign in signs:
        text = text.replace(sign, by)
    return text


def _with_mark(word: str, ours: frozenset[str]) -> str:
    return _ADDRESS.sub(lambda address: "@@" if address[0].strip(_BRACKETS) in ours else "@", word)


def _domain_mark(word: str, ours: frozenset[str]) -> str:
    return "@@ domain" if word.strip(_PUNCTUATION) in ours else word
