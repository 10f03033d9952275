"""What the sender puts into their mail so that it can be told whose it was."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bounced.model import Original
from bounced.tokens import Key


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """What tells our own mail, and our own mail server, from everybody else's."""

    own_domains: tuple[str, ...] = ()  # A-labels in lower case; each stands for its subdomains too
    dkim_keys: Mapping[str, str] = dataclasses.field(
        default_factory=dict
    )  # "k1._domainkey.example.org": its TXT record
    dkim_dns: bool = False  # keys that are not there are asked of the DNS
    authserv_ids: tuple[str, ...] = ()  # RFC 8601 2.2, in lower case
    reporters: tuple[str, ...] = ()  # domains whose authenticated reports are believed to be about mail of ours

    def owns(self, domain: str) -> bool:
        """True for a domain of ours and everything below it."""
        return within(domain, self.own_domains)

    def knowing(self, dkim_keys: Mapping[str, str]) -> TrustAnchors:
        """The same with further keys; those of the configuration come first."""
        return replace(self, dkim_keys={**dkim_keys, **self.dkim_keys})

    def believes(self, domain: str) -> bool:
        """True for a domain of ``reporters`` and everything below it."""
        return within(domain, self.reporters)


def is_own(who: str, own: tuple[str, ...]) -> bool:
    """True for an address (normalised) by which nobody is charged: one of ``own``, with any extension, or in one."""
    local, _, domain = who.rpartition("@")
    return not {who, f"{local.partition('+')[0]}@{domain}"}.isdisjoint(own) or within(domain, own)


def within(domain: str, domains: tuple[str, ...]) -> bool:
    """True when ``domain`` (any case) is one of ``domains`` or lies below one."""
    name = domain.lower().rstrip(".")
    return any(name == known or name.endswith(f".{known}") for known in domains)


#: What a header can tell; ``store`` is only kept with the event.
HeaderField = Literal["recipient", "recipient_id", "campaign", "stream", "store"]

#: Characters of a header's value that a regular expression is shown.
REGEX_REACH = 1000


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """A header of the returned original that tells something: what the first group of ``regex`` holds, or all of it."""

    name: str
    field: HeaderField
    regex: str = ""

    def values(self, original: Original) -> Iterator[str]:
        """What the headers of this name tell, in order; those that the expression does not fit tell nothing."""
        for value in original.all(self.name):
            if not self.regex:
                yield value.strip()
            elif found := re.search(self.regex, value[:REGEX_REACH]):
                yield (found[found.re.groups and 1] or "").strip()


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
    own_addresses: tuple[str, ...] = ()  # normalised
    envelope_header: str = ""  # in which our delivery agent writes the envelope recipient; "" for the usual ones
    token_header: str = "X-Bounced-Token"  # noqa: S105  no secret
    keys: tuple[Key, ...] = dataclasses.field(default=(), repr=False)  # of tokens; none: nobody looks for tokens

    def told(self, field: HeaderField, original: Original) -> str:
        """The first thing that a header of ``original`` tells of ``field``, ``""`` when none does."""
        return next((value for rule in self._rules_of(field) for value in rule.values(original) if value), "")

    def kept(self) -> tuple[str, ...]:
        """The names of the headers to be kept with an event."""
        named = (self.campaign, self.recipient, self.recipient_id, self.stream, *self.headers)
        return tuple(filter(None, dict.fromkeys((*named, *(rule.name for rule in self.header_rules)))))

    def owns(self, who: str) -> bool:
        """True for an address of ours, by which nobody may be charged."""
        return is_own(who, self.own())

    def own(self) -> tuple[str, ...]:
        """Our addresses and domains."""
        return (*self.own_addresses, *self.anchors.own_domains)

    def _rules_of(self, field: HeaderField) -> Iterator[HeaderRule]:
        simple = {
            "recipient": self.recipient,
            "recipient_id": self.recipient_id,
            "campaign": self.campaign,
            "stream": self.stream,
        }
        if name := simple.get(field, ""):
            yield HeaderRule(name, field)
        yield from (rule for rule in self.header_rules if rule.field == field)
