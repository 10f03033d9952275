"""From which host a mail reached us, as our own servers wrote it in the trace (RFC 5321 4.4). Pure.

The topmost ``Received`` is ours. What it names is the source, unless that lies inside: then the next one was written
by a server of ours as well. Names are what a client calls itself; addresses are what it has.
"""

from __future__ import annotations

import ipaddress
import re
from itertools import islice

from bounced.model import Original

HOPS_LIMIT = 10
_CLAUSE_LIMIT = 500  # characters of a Received that are looked at

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_FROM = re.compile(r"\s{0,9}from\s+(?P<name>\S{1,255})(?P<rest>.*?)(?:\sby\s|$)", re.IGNORECASE | re.DOTALL)
#: What the client says of itself, within the comments of Exim and qmail.
_CLAIMS = re.compile(r"(?:helo=|ident=|\b(?:he|eh)lo\s)\S{0,255}", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.:-])(?:IPv6:)?(?P<address>[0-9A-Fa-f]{0,4}(?:[.:][0-9A-Fa-f.:]{0,45}))(?![\w-])")
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1/128", "fe80::/10", "fc00::/7"),
    )
)


def source(header: Original) -> str:
    """The IP address of the host outside that handed the mail to us (of IPv6 the /64), else a name, else ``""``."""
    name = ""
    for received in islice(header.all("Received"), HOPS_LIMIT):
        clause = _FROM.match(received[:_CLAUSE_LIMIT])
        found = _address(clause) if clause else None
        if found and not any(found in network for network in _INSIDE):
            return _network(found)
        if clause and not found and not name:
            name = clause["name"].lower()
    return name


def _address(clause: re.Match[str]) -> Address | None:
    """The address that the server saw, which stands in the comment; only without one what stands before it."""
    for text in (_CLAIMS.sub("", clause["rest"]), clause["name"]):
        for found in reversed(list(_ADDRESS.finditer(text))):
            try:
                return _unmapped(ipaddress.ip_address(found["address"].rstrip(".:")))
            except ValueError:
                continue
    return None


def _unmapped(found: Address) -> Address:
    """An IPv4 address that is written as an IPv6 address (RFC 4291 2.5.5.2) as itself."""
    return (found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None) or found


def _network(found: Address) -> str:
    """Everybody who has one IPv6 address has a /64 of them."""
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))
