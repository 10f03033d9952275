"""The host from which a message reached us, as our own servers wrote it in the trace (RFC 5321 4.4). Pure.

The topmost ``Received`` is ours. The host in it is the source, unless that is a trusted relay, one of our servers or of
our provider's: then it wrote the next one. Names are what a client claims; addresses are what the server saw.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from itertools import islice

from bounced.identify.sender import Network
from bounced.model import Original

HOPS_LIMIT = 10
_CLAUSE_LIMIT = 500  # characters of a Received that are read

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_FROM = re.compile(r"\s{0,9}from\s+(?P<name>\S{1,255})", re.IGNORECASE)
_BY = re.compile(r"\sby\s", re.IGNORECASE)
#: What the client claims: within the comments of Exim and qmail, and the names in its certificate, as Postfix notes it.
_CLAIMS = re.compile(
    r'(?:helo=|ident=|\b(?:he|eh)lo\s)\S{0,255}|\(Client\s.{0,500}|"[^"]{0,255}"', re.IGNORECASE | re.DOTALL
)
_CLAIM_SIGNS = ("helo", "ehlo", "ident=", "(client", '"')
_ADDRESS = re.compile(r"(?<![\w.:-])(?:IPv6:)?(?P<address>[0-9A-Fa-f]{0,4}(?:[.:][0-9A-Fa-f.:]{0,45}))(?![\w-])")


def source(header: Original, trusted_relays: Sequence[Network]) -> str:
    """The IP address of the outside host that handed the message to us (of IPv6 the /64), else a name, else ``""``."""
    name = ""
    for received in islice(header.all("Received"), HOPS_LIMIT):
        clause = _FROM.match(received[:_CLAUSE_LIMIT])
        ip = _address(clause) if clause else None
        if ip and not any(ip in network for network in trusted_relays):
            return _network(ip)
        if clause and not ip and not name:
            name = clause["name"].lower()
    return name


def _address(clause: re.Match[str]) -> Address | None:
    """The address that the server saw, which is in the comment; only without one the text before it."""
    by = _BY.search(clause.string, clause.end())
    comment = clause.string[clause.end() : by.start() if by else None]
    for text in (_without_claims(comment), clause["name"]):
        for match in reversed(list(_ADDRESS.finditer(text))):
            try:
                return _parsed(match["address"].rstrip(".:"))
            except ValueError:
                continue
    return None


def _without_claims(text: str) -> str:
    lowered = text.lower()
    return _CLAIMS.sub("", text) if any(sign in lowered for sign in _CLAIM_SIGNS) else text


def _parsed(text: str) -> Address:
    """The address, an IPv4 address also where it is written as an IPv6 one (RFC 4291 2.5.5.2). Raises ValueError."""
    if ":" not in text:
        return ipaddress.IPv4Address(text)
    ip = ipaddress.IPv6Address(text)
    return ip.ipv4_mapped or ip


def _network(ip: Address) -> str:
    """A host that has one IPv6 address has a /64 of them."""
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))
