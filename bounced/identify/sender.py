"""What the sender's messages carry to identify the recipient, and what is the sender's own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import chain
from typing import Literal

from bounced.model import Original
from bounced.tokens import Key

Network = IPv4Network | IPv6Network


def networks(*texts: str) -> tuple[Network, ...]:
    """The networks that ``texts`` name. Raises ValueError."""
    return tuple(map(ip_network, texts))


#: Hosts between a stranger and the mailbox, by the names under which the configuration has them.
RELAYS: Mapping[str, tuple[Network, ...]] = {
    "private": networks(
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1/128", "fe80::/10", "fc00::/7"),
    ),
    # Exchange Online hands a message on three or four times, by IPv6 addresses of its own (2603:10a6:…).
    "microsoft-365": networks("2603:1000::/24"),
    "google": networks("2002:a05::/32"),
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The RSA key in a certificate, and from when to when that is valid."""

    modulus: int
    exponent: int
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """What identifies our mail and our mail server: nobody else can claim it."""

    own_domains: tuple[str, ...] = ()  # A-labels in lower case; subdomains are included
    dkim_keys: Mapping[str, str] = dataclasses.field(default_factory=dict)  # TXT records by "k1._domainkey.example.org"
    dkim_dns: bool = False  # look up other keys in the DNS
    authserv_ids: tuple[str, ...] = ()  # RFC 8601 2.2, in lower case
    reporters: tuple[str, ...] = ()  # domains and addresses whose authenticated reports are about our mail
    migrated: bool = False  # the mailboxes were copied without their dates
    trusted_relays: tuple[Network, ...] = tuple(chain.from_iterable(RELAYS.values()))  # whose Received is believed
    sns_topics: tuple[str, ...] = ()  # ARNs of the topics at Amazon SNS to which SES reports about our mail
    sns_keys: tuple[SigningKey, ...] = ()  # with which SNS signs

    def owns(self, domain: str) -> bool:
        """True for our domains and their subdomains."""
        return within(domain, self.own_domains)

    def knowing(self, dkim_keys: Mapping[str, str]) -> TrustAnchors:
        """The same with further keys; those of the configuration come first."""
        return replace(self, dkim_keys={**dkim_keys, **self.dkim_keys})

    def believes(self, domain: str, author: str) -> bool:
        """True for domains of ``reporters`` and their subdomains, and for ``author`` where ``domain`` vouches for it.

        ``author`` is the address in From, and ``domain`` the one that was authenticated: one is within the other
        (RFC 7489 3.1, relaxed).
        """
        host = author.rpartition("@")[2]
        is_aligned = bool(host) and (within(host, (domain,)) or within(domain, (host,)))
        return within(domain, self.reporters) or (is_aligned and author in self.reporters)


def is_own(recipient: str, own: tuple[str, ...]) -> bool:
    """True for an address (normalized) that is never charged: in ``own``, with any extension, or in a domain there."""
    local, _, domain = recipient.rpartition("@")
    return not {recipient, f"{local.partition('+')[0]}@{domain}"}.isdisjoint(own) or within(domain, own)


def within(domain: str, domains: tuple[str, ...]) -> bool:
    """True when ``domain`` (any case) is one of ``domains`` or a subdomain of one."""
    return f".{domain.lower().rstrip('.')}".endswith(tuple(f".{parent}" for parent in domains))


@dataclass(frozen=True, slots=True)
class Tenants:
    """Whose mail a message is: the names of tenants, by what only their messages carry."""

    keys: Mapping[str, str] = dataclasses.field(default_factory=dict)  # by the id of their token key
    domains: Mapping[str, str] = dataclasses.field(default_factory=dict)  # by sending domain, subdomains included
    streams: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def of_domain(self, domain: str) -> str:
        """The tenant of ``domain``, or of the closest one above it, ``""`` for nobody."""
        above = [parent for parent in self.domains if within(domain, (parent,))] if domain else []
        return self.domains[max(above, key=len)] if above else ""


#: What a header can hold; ``store`` is only stored with the event.
HeaderField = Literal["recipient", "recipient_id", "campaign", "stream", "store"]

#: Characters of a header's value that a regular expression is applied to.
REGEX_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """A header of the returned original that holds a field: the first group of ``regex``, or all that it matches."""

    name: str
    field: HeaderField
    regex: str = ""

    def values(self, original: Original) -> Iterator[str]:
        """The values in the headers of this name, in order; values that the expression does not match are left out."""
        for value in original.all(self.name):
            if not self.regex:
                yield value.strip()
            elif match := re.search(self.regex, value[:REGEX_LIMIT]):
                yield (match[match.re.groups and 1] or "").strip()


@dataclass(frozen=True, slots=True)
class Sender:
    """What the sender puts into their mail (names of headers of the original, VERP patterns), and what is theirs."""

    campaign: str = ""
    recipient: str = ""
    headers: tuple[str, ...] = ()
    verp: tuple[str, ...] = ()  # like "bounces-{user}={domain}@news.example.org"; see bounced.identify.envelope
    anchors: TrustAnchors = dataclasses.field(default_factory=TrustAnchors)
    recipient_id: str = ""
    stream: str = ""
    header_rules: tuple[HeaderRule, ...] = ()
    own_addresses: tuple[str, ...] = ()  # normalized
    envelope_header: str = ""  # to which our delivery agent writes the envelope recipient; "": the usual headers
    token_header: str = "X-Bounced-Token"  # noqa: S105  no secret
    keys: tuple[Key, ...] = dataclasses.field(default=(), repr=False)  # of tokens; without any, tokens are ignored
    tenants: Tenants = dataclasses.field(default_factory=Tenants)
    _rules: Mapping[str, Sequence[HeaderRule]] = dataclasses.field(init=False, repr=False, compare=False)  # by field
    stored_headers: tuple[str, ...] = dataclasses.field(init=False, repr=False, compare=False)  # names, for events

    def __post_init__(self) -> None:
        names = (self.campaign, self.recipient, self.recipient_id, self.stream, *self.headers)
        stored = dict.fromkeys((*names, *(rule.name for rule in self.header_rules)))
        object.__setattr__(self, "stored_headers", tuple(filter(None, stored)))
        rules: dict[str, list[HeaderRule]] = {}
        for rule in (*self._simple_rules(), *self.header_rules):
            rules.setdefault(rule.field, []).append(rule)
        object.__setattr__(self, "_rules", rules)

    def value(self, field: HeaderField, original: Original) -> str:
        """The first value of ``field`` in the headers of ``original``, ``""`` when there is none."""
        return next((value for rule in self._rules.get(field, ()) for value in rule.values(original) if value), "")

    def owns(self, recipient: str) -> bool:
        """True for one of our addresses, which are never charged."""
        own = self.own()
        return bool(own) and is_own(recipient, own)

    def own(self) -> tuple[str, ...]:
        """Our addresses and domains."""
        return (*self.own_addresses, *self.anchors.own_domains)

    def _simple_rules(self) -> Iterator[HeaderRule]:
        names: Mapping[HeaderField, str] = {
            "recipient": self.recipient,
            "recipient_id": self.recipient_id,
            "campaign": self.campaign,
            "stream": self.stream,
        }
        return (HeaderRule(name, field) for field, name in names.items() if name)
