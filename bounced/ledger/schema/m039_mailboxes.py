"""The thirty-ninth migration: spellings of one mailbox are found, as bounced.ledger.spelled asks for them.

Only what is spelled otherwise than its mailbox is in the indexes: most addresses take no room there.
"""

from __future__ import annotations

from bounced.ledger.schema.m034_tenants import SUPPRESSED
from bounced.ledger.spelled import spelling
from bounced.sent.tenants import BARE, IS_MARKED, IS_NOBODYS, TENANT

_MAILBOX = spelling("address")

SCRIPT = f"""
CREATE INDEX suppressions_by_mailbox ON suppression_rows ({_MAILBOX}) WHERE {_MAILBOX} IS NOT NULL;
CREATE INDEX decisions_by_mailbox ON decisions ({_MAILBOX})
WHERE what IN ('allow', 'disallow') AND {_MAILBOX} IS NOT NULL;

DROP VIEW suppressed;
CREATE VIEW suppressed AS
SELECT address, {", ".join(SUPPRESSED)}, address_unicode, {_MAILBOX} AS mailbox FROM suppressions
WHERE iif(until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), {IS_NOBODYS.format("address")}, 0);
DROP VIEW tenant_suppressed;
CREATE VIEW tenant_suppressed AS
SELECT {TENANT.format("address")} AS tenant, {BARE.format("address")} AS address, {", ".join(SUPPRESSED)},
    {BARE.format("address_unicode")} AS address_unicode, address AS key, address_unicode AS key_unicode,
    {_MAILBOX} AS key_mailbox
FROM suppressions WHERE until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');

DROP VIEW allowed;
DROP VIEW tenant_allowed;
CREATE VIEW tenant_allowed AS            -- the allow list: addresses and patterns
SELECT {TENANT.format("address")} AS tenant, {BARE.format("address")} AS address, decided_at AS since, why AS detail,
    address AS key, {_MAILBOX} AS key_mailbox
FROM decisions
WHERE what IN ('allow', 'disallow') AND what = 'allow' AND NOT EXISTS (
    SELECT 1 FROM decisions AS later
    WHERE later.address = decisions.address AND later.what IN ('allow', 'disallow')
        AND (later.decided_at, later.id) > (decisions.decided_at, decisions.id)
);
CREATE VIEW allowed AS
SELECT key AS address, since, detail, key_mailbox AS mailbox FROM tenant_allowed WHERE NOT {IS_MARKED.format("key")};
"""  # noqa: S608
