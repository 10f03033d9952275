"""Lists as mail servers read them: a key in each line, with what the server answers. Pure.

Postfix (access(5)) looks for the address, then for its domain as ``example.com``, and for those above it as
``.example.com`` where parent_domain_matches_subdomains does not name smtpd_access_maps. Exim (nwildlsearch) takes the
first line that fits: the closest come first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby

from bounced import address, times
from bounced.lists.entry import Entry
from bounced.policy.patterns import DOMAIN, SUBDOMAINS, is_pattern

#: What a map answers for an exception from a domain that is suppressed.
NO_OPINION = "DUNNO"

#: What ends a key of Exim, or begins a comment.
_EXIM_SPECIAL = re.compile(r'[\s:#"\\]')


@dataclass(frozen=True, slots=True)
class MapFormat:
    """A map. ``table`` is the type that postmap(1) makes of its lines, ``""`` for a text file."""

    name: str
    program: str  # for people
    lines: Callable[[Iterable[Entry], Iterable[str]], Iterator[str]]
    table: str = ""


def refusal(entry: Entry) -> str:
    """What is answered about a recipient (access(5)), as `bounced policy-server` does."""
    since = f" since {times.iso(entry.at)}" if entry.at else ""
    return f"550 5.7.1 suppressed: {entry.reason}{since}"


def postfix_lines(entries: Iterable[Entry], exceptions: Iterable[str]) -> Iterator[str]:
    """The lines of a map of Postfix; addresses that no such line can have are left out."""
    answers = chain(
        ((entry.address, refusal(entry)) for entry in _first_of_each(entries)),
        ((entry, NO_OPINION) for entry in exceptions),
    )
    for entry, answer in answers:
        for key in dict.fromkeys((_postfix_key(entry), _postfix_key(address.in_unicode(entry)))):
            if not key.startswith("#") and not any(map(str.isspace, key)):
                yield f"{key} {answer}\n"


def exim_lines(entries: Iterable[Entry], exceptions: Iterable[str]) -> Iterator[str]:
    """The lines of a file for lsearch and nwildlsearch of Exim."""
    covering: list[tuple[str, str]] = []
    for entry in _first_of_each(entries):
        if is_pattern(entry.address):
            covering.append((entry.address, refusal(entry)))
        else:
            yield from _exim(entry.address, refusal(entry))
    for excepted in exceptions:
        if is_pattern(excepted):
            covering.append((excepted, NO_OPINION))
        else:
            yield from _exim(excepted, NO_OPINION)
    for pattern, answer in sorted(covering, key=_closest):
        yield from _exim(pattern, answer)


def plain_lines(entries: Iterable[Entry], _: Iterable[str] = ()) -> Iterator[str]:
    """An address or pattern in each line."""
    yield from (f"{entry.address}\n" for entry in _first_of_each(entries))


def hashed_lines(entries: Iterable[Entry], _: Iterable[str] = ()) -> Iterator[str]:
    """The SHA-256 of each address in hexadecimal digits, for programs that must not see it; of no pattern."""
    for entry in _first_of_each(entries):
        if not is_pattern(entry.address):
            yield f"{hashlib.sha256(entry.address.encode()).hexdigest()}\n"


MAPS: Mapping[str, MapFormat] = {
    format.name: format
    for format in (
        MapFormat("postfix-texthash", "Postfix (texthash:)", postfix_lines),
        MapFormat("postfix-lmdb", "Postfix (lmdb:)", postfix_lines, "lmdb"),
        MapFormat("cdb", "Postfix (cdb:)", postfix_lines, "cdb"),
        MapFormat("exim-lsearch", "Exim (lsearch, nwildlsearch)", exim_lines),
        MapFormat("txt", "any program", plain_lines),
        MapFormat("hashed", "any program", hashed_lines),
    )
}


def _first_of_each(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Of the entries of an address, which come together, the first."""
    return (next(several) for _, several in groupby(entries, key=lambda entry: entry.address))


def _postfix_key(entry: str) -> str:
    if entry.startswith(SUBDOMAINS):
        return entry[1:]
    return entry.removeprefix(DOMAIN)


def _exim(entry: str, answer: str) -> Iterator[str]:
    for shown in dict.fromkeys((entry, address.in_unicode(entry))):
        key = f"*{shown}" if entry.startswith(DOMAIN) else shown
        if key.startswith("^"):  # a regular expression, even in quotes
            continue
        quoted = '"{}"'.format(key.replace("\\", r"\\").replace('"', r"\""))
        yield f"{quoted if _EXIM_SPECIAL.search(key) else key}: {answer}\n"


def _closest(answer: tuple[str, str]) -> tuple[int, int]:
    """Sorts patterns: domains first, then those below the longest name."""
    pattern = answer[0]
    return (pattern.startswith(SUBDOMAINS), -pattern.count("."))
