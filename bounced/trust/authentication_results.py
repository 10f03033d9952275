"""What our own mail server found out about the sender of a report: Authentication-Results (RFC 8601). Pure.

1. Only the topmost such field counts, and only when it has one of the configured authserv-ids: those below may have
   come from outside.
2. Above it there may be our own server's ``Received`` and those of our other hosts, nobody else's.
3. A report is forged when the owner of its domain disowns it: DMARC failed under a policy that asks for more
   than reports, or SPF failed and nothing passed. Many servers send their own reports unsigned from a domain whose
   policy is p=none.
4. That server has to remove fields with its own name that come from outside (RFC 8601 5); nobody else can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bounced import address
from bounced.identify.sender import TrustAnchors
from bounced.mime import raw_fields, without_comments

if TYPE_CHECKING:
    from authres.core import AuthenticationResult

HEADER_LIMIT = 64 * 1024  # octets
FIELDS_LIMIT = 1200  # header fields, from the top
VALUE_LIMIT = 4096  # characters; longer values are ignored

_BY = re.compile(r"\sby\s+(?P<host>[A-Za-z0-9.-]{1,255})")

#: The properties that name the domain that passed (RFC 8601 2.7.1, 2.7.2; RFC 7489 11.1).
_IDENTITIES = {
    "dkim": (("header", "d"), ("header", "i")),
    "spf": (("smtp", "mailfrom"), ("smtp", "helo")),
    "dmarc": (("header", "from"),),
}


#: How OpenDMARC, Gmail, rspamd and Microsoft write that the domain's policy asks only for reports.
_REPORTS_ONLY = re.compile(r"\b(?:p|policy|policy\.dmarc)=none\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Authentication:
    """Domains that the reporter was proven to speak for, and the proof that it is forged, ``""`` for none."""

    passed: tuple[str, ...] = ()
    failed: str = ""


NO_RESULTS = Authentication()


def authenticated(content: bytes, anchors: TrustAnchors) -> Authentication:
    """What our server wrote in the header of the message ``content``; nothing when it is not configured."""
    field = _field(content, anchors) if anchors.authserv_ids else ""
    if not field:
        return NO_RESULTS
    results = _results(field, anchors)
    return Authentication(tuple(dict.fromkeys(_passed(results))), _failed(results, field))


def _field(content: bytes, anchors: TrustAnchors) -> str:
    """The topmost Authentication-Results, ``""`` when a foreign server is above it or there is none."""
    for number, (name, value) in enumerate(_trace(content)):
        if name == b"authentication-results":
            return value if len(value) <= VALUE_LIMIT else ""
        by = _BY.search(value[:VALUE_LIMIT])
        host = by["host"].lower() if by else ""
        if number and host not in anchors.authserv_ids and not anchors.owns(host):
            return ""
    return ""


def _trace(content: bytes) -> Iterator[tuple[bytes, str]]:
    """Received and Authentication-Results in their order, with the names in lower case and the values unfolded."""
    for name, value in islice(raw_fields(content[:HEADER_LIMIT].lstrip()), FIELDS_LIMIT):
        if name in (b"received", b"authentication-results"):
            yield name, value.decode("utf-8", "replace")


def _results(field: str, anchors: TrustAnchors) -> list[AuthenticationResult]:
    import authres
    from authres.core import AuthenticationResult

    try:
        # Without comments: authres takes a step for every nested one, and loops on some that don't end.
        value = without_comments(field, quoted_strings=True).strip()
        header = authres.AuthenticationResultsHeader.parse_value(value)
    except (authres.AuthResError, ValueError):
        return []
    if header.authserv_id not in anchors.authserv_ids:
        return []
    # "none" may stand alone only (RFC 8601 2.2), and has no method and no result; some append it all the same.
    return [result for result in header.results if isinstance(result, AuthenticationResult)]


def _passed(results: list[AuthenticationResult]) -> Iterator[str]:
    for result in results:
        if result.result == "pass":
            properties = {(entry.type, entry.name): entry.value or "" for entry in result.properties}
            name = next(filter(None, map(properties.get, _IDENTITIES.get(result.method, ()))), "")
            yield from filter(None, [address.domain(name) or name.lower()])


def _failed(results: list[AuthenticationResult], field: str) -> str:
    """The failure by which a report is forged, ``""`` for none."""
    outcomes = {method: {r.result for r in results if r.method == method} for method in _IDENTITIES}
    if outcomes["dmarc"] - {"none"}:
        return "dmarc=fail" if outcomes["dmarc"] == {"fail"} and not _REPORTS_ONLY.search(field) else ""
    return "spf=fail" if "fail" in outcomes["spf"] and "pass" not in outcomes["spf"] | outcomes["dkim"] else ""
