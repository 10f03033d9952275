"""Spellings of one mailbox: addresses that a provider delivers to the same person, whatever else is known of them.

Gmail does not see dots, nor whether it is gmail.com or googlemail.com; Proton sees no hyphens and underscores either;
all of them ignore what follows a plus. A quoted local part is no spelling of another one.

Spellings are known by what is left of them, one of them itself: ``kim@gmail.com`` of ``k.im+news@googlemail.com``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from bounced.address import by_tenant

Provider = Literal["google", "microsoft", "apple", "proton", "fastmail"]

#: What separates an extension, at each of the providers.
EXTENSION = "+"

#: Characters that only a quoted local part has, which is read in no other way.
_QUOTED = frozenset('"@')


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a provider reads addresses of ``domains``: without ``ignored`` characters, as of ``domain`` if any."""

    domains: tuple[str, ...]
    ignored: str = ""
    domain: str = ""


#: A new provider needs a new index (m039_mailboxes).
SPELLINGS: Mapping[Provider, Spelling] = {
    "google": Spelling(("gmail.com", "googlemail.com"), ".", "gmail.com"),
    "microsoft": Spelling(("outlook.com", "hotmail.com", "live.com", "msn.com")),
    "apple": Spelling(("icloud.com", "me.com", "mac.com")),
    "proton": Spelling(("proton.me", "protonmail.com", "pm.me", "protonmail.ch"), ".-_", "proton.me"),
    "fastmail": Spelling(("fastmail.com", "fastmail.fm")),
}

PROVIDERS: tuple[Provider, ...] = get_args(Provider)

_BY_DOMAIN = {domain: provider for provider, spelling in SPELLINGS.items() for domain in spelling.domains}


def mailbox(address: str, providers: Collection[str] = PROVIDERS) -> str:
    """What the spellings of ``address`` (a key) have in common, ``""`` where none of ``providers`` has its mailbox."""
    _, key = by_tenant(address)
    local, _, domain = key.rpartition("@")
    provider = _BY_DOMAIN.get(domain)
    if provider is None or provider not in providers or not _QUOTED.isdisjoint(local):
        return ""
    spelling = SPELLINGS[provider]
    user = local.partition(EXTENSION)[0].translate(dict.fromkeys(map(ord, spelling.ignored)))
    return f"{address.removesuffix(key)}{user}@{spelling.domain or domain}" if user else ""


def domains(address: str) -> tuple[str, ...]:
    """The domains that spellings of ``address`` may have: of one that has a mailbox."""
    spelling = SPELLINGS[_BY_DOMAIN[address.rpartition("@")[2]]]
    return spelling.domains if spelling.domain else (address.rpartition("@")[2],)
