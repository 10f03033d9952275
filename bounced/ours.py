"""What is ours, as the configuration says it: domains, keys, and servers whose word counts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Ours:
    """What tells our own mail, and our own mail server, from everybody else's."""

    own_domains: tuple[str, ...] = ()  # A-labels in lower case; each stands for its subdomains too
    dkim_keys: Mapping[str, str] = field(default_factory=dict)  # "k1._domainkey.example.org": its TXT record
    dkim_dns: bool = False  # keys that are not there are asked of the DNS
    authserv_ids: tuple[str, ...] = ()  # RFC 8601 2.2, in lower case
    reporters: tuple[str, ...] = ()  # domains whose authenticated reports are believed to be about mail of ours

    def owns(self, domain: str) -> bool:
        """True for a domain of ours and everything below it."""
        return within(domain, self.own_domains)

    def knowing(self, dkim_keys: Mapping[str, str]) -> Ours:
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
