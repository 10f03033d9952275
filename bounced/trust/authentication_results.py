"""What our own mail server found out about the sender of a report: Authentication-Results (RFC 8601). Pure.

1. Only the topmost such field counts, and only when it has one of the configured authserv-ids: those below may have
   come from outside.
2. Above it there may be our own server's ``Received`` and those of our other hosts, nobody else's.
3. A report is forged when the owner of its domain disowns it: DMARC failed under a policy that asks for more
   than reports, or SPF failed and nothing passed. Many servers send their own reports unsigned from a domain whose
   policy is p=none.
4. What hides a failure is one: a field of ours that is too long or whose quotes or comments do not end.
5. That server has to remove fields with its own name that come from outside (RFC 8601 5); nobody else can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from bounced import address
from bounced.identify.sender import TrustAnchors
from bounced.mime import raw_fields

HEADER_LIMIT = 64 * 1024  # octets
FIELDS_LIMIT = 1200  # header fields, from the top
VALUE_LIMIT = 4096  # characters; a longer field is unreadable

_NAME = b"authentication-results"
_BY = re.compile(r"\sby\s+(?P<host>[A-Za-z0-9.-]{1,255})")

#: The properties that name the domain that passed (RFC 8601 2.7.1, 2.7.2; RFC 7489 11.1).
_IDENTITIES = {
    "dkim": (("header", "d"), ("header", "i")),
    "spf": (("smtp", "mailfrom"), ("smtp", "helo")),
    "dmarc": (("header", "from"),),
}

#: How OpenDMARC, Gmail and rspamd write, in a comment on the result of DMARC, that the policy asks only for reports,
#: and how others do in a property. Nothing else in the field counts: clients choose HELO and envelope sender.
_REPORTS_ONLY = re.compile(r"\b(?:p|policy|policy\.dmarc)=none\b", re.IGNORECASE)
_REPORTS_ONLY_PROPERTY = re.compile(r"(?<=\s)policy\.[a-z.]{1,20}=none(?!\S)", re.IGNORECASE)

#: What OpenDMARC did with the message: for a subdomain sp= counts, whatever p= is.
_DISPOSED = re.compile(r"\bdis=(?:quarantine|reject)\b", re.IGNORECASE)

_AUTHSERV_ID = re.compile(r"\s*(?P<name>[^\s;]{1,255})(?:\s+1)?\s*")
_METHOD = re.compile(r"\s*(?P<method>dkim|spf|dmarc)\s*(?:/\s*1\s*)?=\s*(?P<result>[a-z]{1,20})\b", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PIECE = re.compile(r'\\.|["();]|[^\\"();]+|\\', re.DOTALL)
_NESTING = {"(": 1, ")": -1}

#: Our own server's field: somebody stretched it, or put a quote or a parenthesis into it that does not end.
UNREADABLE = "its Authentication-Results cannot be read"


@dataclass(frozen=True, slots=True)
class Authentication:
    """Domains that the reporter was proven to speak for, and the proof that it is forged, ``""`` for none."""

    passed: tuple[str, ...] = ()
    failed: str = ""


class Clause(NamedTuple):
    """A part of the field between semicolons."""

    text: str  # without its comments
    comments: str


class Result(NamedTuple):
    """The outcome of one method."""

    method: str
    result: str
    properties: Mapping[tuple[str, str], str]


NO_RESULTS = Authentication()


def authenticated(content: bytes, anchors: TrustAnchors) -> Authentication:
    """What our server wrote in the header of the message ``content``; nothing when it is not configured."""
    head = content[:HEADER_LIMIT]
    if not anchors.authserv_ids or _NAME not in head.lower():
        return NO_RESULTS
    field = _field(head, anchors)
    clauses, is_whole = _clauses(field[:VALUE_LIMIT])
    authserv_id = _AUTHSERV_ID.fullmatch(clauses[0].text)
    if not authserv_id or authserv_id["name"].lower() not in anchors.authserv_ids:
        return NO_RESULTS
    if not is_whole or len(field) > VALUE_LIMIT:
        return Authentication(failed=UNREADABLE)
    results = [result for clause in clauses[1:] for result in _results(authserv_id["name"], clause.text)]
    reports_only = any(map(_asks_for_reports_only, clauses))
    return Authentication(tuple(dict.fromkeys(_passed(results))), _failed(results, reports_only=reports_only))


def _field(head: bytes, anchors: TrustAnchors) -> str:
    """The topmost Authentication-Results, ``""`` when a foreign server is above it or there is none."""
    for number, (name, value) in enumerate(_trace(head)):
        if name == _NAME:
            return value
        by = _BY.search(value[:VALUE_LIMIT])
        host = by["host"].lower() if by else ""
        if number and host not in anchors.authserv_ids and not anchors.owns(host):
            return ""
    return ""


def _trace(head: bytes) -> Iterator[tuple[bytes, str]]:
    """Received and Authentication-Results in their order, with the names in lower case and the values unfolded."""
    for name, value in islice(raw_fields(head.lstrip()), FIELDS_LIMIT):
        if name in (b"received", _NAME):
            yield name, value.decode("utf-8", "replace")


def _clauses(field: str) -> tuple[list[Clause], bool]:
    """The parts of ``field`` between its semicolons, and whether its quotes and comments all end."""
    clauses: list[Clause] = []
    text, comments, depth, is_quoted = "", "", 0, False
    for piece in _PIECE.findall(field):
        if depth:
            depth += _NESTING.get(piece, 0)
            comments += piece
        elif piece == "(" and not is_quoted:
            depth = 1
            text += " "
        elif piece == ";" and not is_quoted:
            clauses.append(Clause(text, comments))
            text, comments = "", ""
        else:
            is_quoted ^= piece == '"'
            text += piece
    return [*clauses, Clause(text, comments)], not depth and not is_quoted


def _results(authserv_id: str, text: str) -> Iterator[Result]:
    """The result in the clause ``text``. One that is not as RFC 8601 has it can fail and can't pass."""
    import authres

    try:
        header = authres.AuthenticationResultsHeader.parse_value(f"{authserv_id}; {text.strip()}")
    except (authres.AuthResError, ValueError):
        if (stated := _METHOD.match(text)) and stated["result"].lower() != "pass":
            yield Result(stated["method"].lower(), stated["result"].lower(), {})
        return
    for result in header.results:
        properties = {(entry.type, entry.name): entry.value or "" for entry in result.properties}
        yield Result(result.method, result.result, properties)


def _asks_for_reports_only(clause: Clause) -> bool:
    """True when the domain's DMARC policy does, as our server states it."""
    stated = _METHOD.match(clause.text)
    if not stated or stated["method"].lower() != "dmarc" or _DISPOSED.search(clause.comments):
        return False
    unquoted = _QUOTED.sub(" ", clause.text)
    return bool(_REPORTS_ONLY.search(clause.comments) or _REPORTS_ONLY_PROPERTY.search(unquoted))


def _passed(results: list[Result]) -> Iterator[str]:
    for result in results:
        if result.result == "pass":
            name = next(filter(None, map(result.properties.get, _IDENTITIES.get(result.method, ()))), "")
            yield from filter(None, [address.domain(name) or name.lower()])


def _failed(results: list[Result], *, reports_only: bool) -> str:
    """The failure by which a report is forged, ``""`` for none."""
    outcomes = {method: {r.result for r in results if r.method == method} for method in _IDENTITIES}
    if "pass" in outcomes["dmarc"] or (outcomes["dmarc"] == {"fail"} and reports_only):
        return ""
    if "fail" in outcomes["dmarc"]:
        return "dmarc=fail"
    return "spf=fail" if "fail" in outcomes["spf"] and "pass" not in outcomes["spf"] | outcomes["dkim"] else ""
