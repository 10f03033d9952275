"""Whose mail a report is about, where several tenants share a database. Pure.

1. What only the tenant can have written comes first: a token of his key, then a sending domain or a stream that a token
   or a signature names.
2. What a returned header names, anybody can write: it is less than the mailbox that the report came to
   (bounced.ledger.tenants), and more than nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bounced.identify import Identity
from bounced.identify.sender import Tenants
from bounced.model import PROVING


def of_tenant(identity: Identity, tenants: Tenants) -> Identity:
    """``identity`` with the tenant that the message names."""
    if not (tenants.keys or tenants.domains or tenants.streams):
        return identity
    tenant, by = next(_named(identity, tenants), ("", ""))
    return replace(identity, tenant=tenant, tenant_by=by)


def _named(identity: Identity, tenants: Tenants) -> Iterator[tuple[str, str]]:
    """The tenants that the message names, best first, each with what names it."""
    by_name = (
        (tenants.of_domain(identity.sending_domain), identity.sending_domain_by),
        (tenants.streams.get(identity.stream, ""), identity.stream_by),
    )
    named = [(tenants.keys.get(identity.token, ""), "token"), *sorted(by_name, key=lambda name: name[1] not in PROVING)]
    return ((tenant, by) for tenant, by in named if tenant)
