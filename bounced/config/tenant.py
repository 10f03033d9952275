"""[tenant.NAME]: whose mail it is, where several share one database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Annotated

from pydantic import Field

from bounced import address
from bounced.config.complaints import StreamName
from bounced.config.section import Section
from bounced.config.trust import Domain
from bounced.config.values import Text
from bounced.identify.sender import Tenants, within

TokenKeyId = Annotated[str, Field(pattern="^[a-z2-7]{2}$")]


class TenantSection(Section):
    """[tenant.NAME]"""

    domains: list[Domain] = Field(
        default=[],
        description="domains in From of their messages; subdomains are included",
        examples=[["acme.example"]],
    )
    streams: list[StreamName] = Field(default=[], description="streams that are theirs alone")
    token_keys: list[TokenKeyId] = Field(
        default=[], description="IDs of the keys in `[identify] token_keys` that sign their tokens", examples=[["ac"]]
    )
    logins: list[Text] = Field(
        default=[], description="SASL logins that send their mail, or domains of such, for `bounced policy-server`"
    )


#: The keys of a tenant whose values no other may have.
OWN = ("domains", "streams", "token_keys", "logins")


def tenants(sections: Mapping[str, TenantSection]) -> Tenants:
    """Whose mail a message is, for bounced.identify."""
    keys, domains, streams = (
        {value: name for name, section in sections.items() for value in getattr(section, key)}
        for key in ("token_keys", "domains", "streams")
    )
    return Tenants(keys, domains, streams)


def _conflicts(sections: Mapping[str, TenantSection]) -> Iterator[str]:
    """What two tenants claim."""
    for key in OWN:
        values = Counter(chain.from_iterable(set(getattr(section, key)) for section in sections.values()))
        yield from (f"{key}: {value} is of more than one tenant" for value, number in values.items() if number > 1)


def problems(
    sections: Mapping[str, TenantSection], named: Mapping[str, str], own_domains: tuple[str, ...]
) -> Iterator[str]:
    """What is wrong with the tenants; ``named`` are those that other tables name, by these."""
    for table, name in named.items():
        if name not in ("", *sections):
            yield f"{table}.tenant: there is no [tenant.{name}]"
    for name, section in sections.items():
        for domain in section.domains:
            if own_domains and not within(domain, own_domains):
                yield f"tenant.{name}.domains: {domain} must be in [trust] own_domains too: it is not yours otherwise"
    yield from (f"tenant: {conflict}" for conflict in _conflicts(sections))


@dataclass(frozen=True, slots=True)
class SendingTenants:
    """Whose mail is being sent."""

    logins: Mapping[str, str]  # tenants by login, or by the domain of logins
    tenants: Tenants

    @classmethod
    def of(cls, sections: Mapping[str, TenantSection]) -> SendingTenants:
        """Those of the configuration."""
        logins = {login.lower(): name for name, section in sections.items() for login in section.logins}
        return cls(logins, tenants(sections))

    def tenant(self, login: str, sender: str) -> str:
        """The tenant of a SASL login, else of the domain of the envelope sender; ``""`` for nobody."""
        name = login.lower()
        by_login = self.logins.get(name) or self.logins.get(name.rpartition("@")[2]) if login else ""
        return by_login or self.tenants.of_domain(_a_labels(address.domain(sender)))


def _a_labels(domain: str) -> str:
    """``domain`` as the configuration has it; as it is where it can't be there."""
    try:
        return address.domain_key(domain)
    except ValueError:
        return domain
