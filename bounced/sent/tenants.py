"""Tenants in SQL: what ``bounced.address.of_tenant`` writes before a key, an id or a name, taken apart again."""

from __future__ import annotations

#: Of a text: true if it is a tenant's, or begins with an empty parenthesis.
IS_MARKED = "substr({0}, 1, 1) = '('"

#: That it is not.
IS_NOBODYS = "substr({0}, 1, 1) <> '('"

#: Its tenant, ``''`` for nobody; what stands before it, with the parentheses; and the text without that.
TENANT = f"iif({IS_MARKED}, substr({{0}}, 2, instr({{0}}, ')') - 2), '')"
PREFIX = f"iif({IS_MARKED}, substr({{0}}, 1, instr({{0}}, ')')), '')"
BARE = f"iif({IS_MARKED}, substr({{0}}, instr({{0}}, ')') + 1), {{0}})"

#: A name behind a prefix, which may be empty: as ``of_tenant``.
OF_TENANT = f"iif({{0}} = '' AND {IS_MARKED.format('{1}')}, '()', {{0}}) || {{1}}"

#: A text is that of the tenant that is asked for, or everybody's is asked for (NULL).
IS_OF = f"(:tenant IS NULL OR {TENANT} = :tenant)"

#: The tenant of a mailbox by its name in the ledger, of those in the JSON object of bounced.ledger.whose.
TENANT_OF_MAILBOX = (
    "coalesce((SELECT value FROM json_each(:mailboxes) WHERE key = substr({0}, 1, instr({0}, '/') - 1)), '')"
)
IS_MAILBOX_OF = f"(:tenant IS NULL OR {TENANT_OF_MAILBOX} = :tenant)"

#: The keys of one tenant: a condition for a statement that ``parameters`` are for.
KEYS = "({0} >= :first AND {0} < :end AND (:first <> '' OR {0} < '(' OR {0} >= ')'))"


def parameters(tenant: str) -> dict[str, str]:
    """The parameters of KEYS: for ``tenant``, ``""`` for nobody's."""
    return {"first": f"({tenant})", "end": f"({tenant}*"} if tenant else {"first": "", "end": "\U0010ffff"}


def ranges(tenant: str) -> tuple[tuple[str, str], ...]:
    """From where to before where the keys of ``tenant`` are; nobody's stand before and behind those of all tenants."""
    return ((f"({tenant})", f"({tenant}*"),) if tenant else (("", "("), (")", "\U0010ffff"))
