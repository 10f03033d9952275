"""Blanks a text word by word. Bounded: one pass, and no pattern looks further than the length of an address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from bounced.redaction import words

_LOCAL = r"[\w.!#$%&*+/=?^{|}~\\-]"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{0,10}}"
_TOKEN = re.compile(
    rf"""
    (?P<escape> \\u[0-9A-Fa-f]{{4}} | \\[nrtbf](?=[A-Za-z]) | &\#\w{{1,7}};)  # JSON, HTML
    | (?P<address> (?:(?<!{_LOCAL})|(?<=\\[nrtbf]))
        (?:"[^"\\\r\n@]{{1,64}}"|{_LOCAL}{{1,256}})@(?:{_HOST}|\[[\w.:]{{1,45}}\]))
    | (?P<ip> (?<![\w.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?!\.?\w)
        | (?<![\w:])[0-9A-Fa-f]{{0,4}}(?::[0-9A-Fa-f]{{0,4}}){{3,7}}(?![\w:]))
    | (?P<status> (?<![\w.])[245]\.\d{{1,3}}\.\d{{1,3}}(?![\w]|\.\w))
    | (?P<code> (?<![\w.@+-])[2-5]\d\d(?![\w@]|\.\w))
    | (?P<exit> (?<=x-unix;[ ])\d{{1,3}}\b)
    | (?P<host> (?<![\w.-]){_LABEL}(?:\.{_LABEL}){{1,10}}(?![\w-]))
    | (?P<unspaced> [{words.UNSPACED}]+)
    | (?P<word> (?:[^\W_{words.UNSPACED}]|['’](?=[^\W\d_])|_)+)
    | (?P<other> [^\x00-\x7f])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SPECIAL_LOCAL = re.compile(r"[._-]")
_VERP = re.compile(rf"(?P<prefix>.{{1,100}}[+-])(?P<user>[^=]{{1,100}})=(?P<host>{_HOST})")
_LABELS = re.compile(r"[.-]")

#: Local parts that are not people: senders of reports, and recipients already redacted.
_ROLES = frozenset(
    (
        *(
            "mailer",
            "daemon",
            "postmaster",
            "mail",
            "mailsystem",
            "delivery",
            "system",
            "subsystem",
            "service",
            "bounce",
        ),
        *(
            "bounces",
            "mta",
            "ndr",
            "mmdf",
            "mdaemon",
            "smtp",
            "mailadm",
            "mailbox",
            "mailserver",
            "mailman",
            "listserv",
        ),
        *(
            "master",
            "noreply",
            "reply",
            "no",
            "redacted",
            "undisclosed",
            "hidden",
            "removed",
            "recipient",
            "recipients",
        ),
    )
)
#: Exchange 2007 and later, within its organization: "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e".
_EXCHANGE = re.compile(r"(microsoftexchange)([0-9a-f]{20,40})", re.IGNORECASE)


class Redactor:
    """Redacts the texts of one message; the same name gets the same replacement in all of them."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {"recipient": {}, "host": {}, "ip": {}}
        self._handlers: Mapping[str, Callable[[str], str]] = {
            "escape": lambda token: token if token.startswith("\\") and token[1] != "u" else "x" * len(token),
            "address": self._address,
            "ip": self._ip,
            "status": str,
            "code": str,
            "exit": str,
            "host": self._host,
            "unspaced": _blank_unspaced,
            "word": _blank,
            "other": lambda token: token if unicodedata.category(token)[0] in "PZ" else "x",
        }

    def text(self, text: str) -> str:
        """The text with its people, places and words blanked, of the same length if possible."""
        return _TOKEN.sub(lambda token: self._handlers[token.lastgroup or "word"](token[0]), text)

    def _address(self, token: str) -> str:
        local, _, host = token.rpartition("@")
        host = self._ip(host[1:-1]).join("[]") if host.startswith("[") else self._host(host)
        if _ROLES.issuperset(_SPECIAL_LOCAL.split(local.lower())):
            return f"{local}@{host}"
        if exchange := _EXCHANGE.fullmatch(local):
            return f"{exchange[1]}{'0' * len(exchange[2])}@{host}"
        if verp := _VERP.fullmatch(local):
            user, place = self._address(f"{verp['user']}@{verp['host']}").split("@", 1)
            return f"{self.text(verp['prefix'])}{user}={place}@{host}"
        return f"{self._number('recipient', token)}@{host}"

    def _host(self, token: str) -> str:
        labels = _LABELS.split(token)
        if len(labels) > 1 and all(map(words.is_known, labels)):  # "unknown.Please"
            return token
        number = f"{self._number('host', token)}."
        lower = token.lower().split(".")
        suffixes = (".".join(lower[start:]) for start in range(len(lower)))
        provider = next((suffix for suffix in suffixes if suffix in words.domains()), "example")
        return provider if provider == token.lower() else number + provider

    def _ip(self, token: str) -> str:
        return f"192.0.2.{int(self._number('ip', token)[2:]) % 256}"

    def _number(self, kind: str, token: str) -> str:
        known = self._known[kind]
        return known.setdefault(token.lower(), f"{kind}{len(known) + 1}")


def _blank_unspaced(token: str) -> str:
    kept = words.unspaced()
    pieces, end = [], 0
    for known in kept.finditer(token):
        pieces += ["x" * (known.start() - end), known[0]]
        end = known.end()
    return "".join(pieces) + "x" * (len(token) - end)


def _blank(token: str) -> str:
    if words.is_known(token):
        return token
    if token.isdecimal():
        return "1" * (len(token) > 1) + "0" * (len(token) - (len(token) > 1))  # JSON has no numbers like 0000
    return "".join("0" if character.isdigit() else character if character in "'’_" else "x" for character in token)
