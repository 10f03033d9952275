"""Keeps the tables of providers in the database those of bounced.policy.providers.

What an event says of itself is as there, whatever else is known. Rates and suppressions are about domains: of a domain
that this version does not know, the server that answered last for it tells who runs it.

Call inside a transaction of the ledger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from sqlite_utils import Database

from bounced.ledger.schema.m037_providers import FIND_ALL
from bounced.ledger.schema.views import DOMAIN
from bounced.policy.providers import DOMAINS, SERVERS

KNOWN = "SELECT value FROM meta WHERE name = 'providers'"
NOTE = "REPLACE INTO meta (name, value) VALUES ('providers', ?)"

DIGEST = hashlib.sha256(json.dumps([SERVERS, DOMAINS], sort_keys=True, default=dict).encode()).hexdigest()

#: What events say of domains that are not known.
LEARN = f"""
INSERT INTO provider_domains (domain, provider, seen)
SELECT {DOMAIN.format(address="texts.text")} AS domain, route_providers.provider, max(happened_at)
FROM json_each(?) CROSS JOIN event_rows ON event_rows.id = json_each.value
CROSS JOIN route_providers ON route_providers.route = event_rows.route
LEFT JOIN attribution_rows ON attribution_rows.event = event_rows.id
CROSS JOIN texts ON texts.id = coalesce(attribution_rows.address, event_rows.address)
WHERE texts.text <> '' AND NOT EXISTS (SELECT 1 FROM doubt_rows WHERE doubt_rows.event = event_rows.id)
GROUP BY 1, 2
ON CONFLICT DO UPDATE SET provider = excluded.provider, seen = excluded.seen
WHERE seen IS NOT NULL AND (excluded.seen, excluded.provider) > (seen, provider)
"""  # noqa: S608


def are_known(db: Database) -> bool:
    """True when the tables are those of this version."""
    return bool(db.execute(KNOWN).fetchone() == (DIGEST,))


def write(db: Database) -> None:
    """Makes the tables those of this version."""
    if are_known(db):
        return
    db.execute("DELETE FROM provider_servers")
    db.conn.executemany("INSERT INTO provider_servers VALUES (?, ?)", SERVERS.items())
    db.execute("DELETE FROM provider_domains WHERE seen IS NULL")
    db.conn.executemany("REPLACE INTO provider_domains (domain, provider) VALUES (?, ?)", DOMAINS.items())
    db.execute("DELETE FROM route_providers")
    db.execute(FIND_ALL)
    db.execute(NOTE, [DIGEST])


def learn(db: Database, events: Iterable[int]) -> None:
    """Notes which providers run the domains that ``events``, by their numbers, are about."""
    db.execute(LEARN, [json.dumps(list(events))])
