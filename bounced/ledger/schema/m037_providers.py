"""The thirty-seventh migration: which provider runs the mailboxes of an event, as bounced.policy.providers says it.

``routes`` are few, and know the server that answered; the rest is a look-up. So events are no larger, and this takes no
longer the more there are. bounced.ledger.providers fills the tables.
"""

from __future__ import annotations

from sqlite_utils import Database

from bounced.ledger.schema import views
from bounced.sent.tenants import BARE, PREFIX

#: Of a server as reports state it: its name, and whether that is one of the DNS.
_HOST = "lower(trim(routes.remote_mta, ' .'))"
_DOTS = f"length({_HOST}) - length(replace({_HOST}, '.', ''))"
_IS_HOST = f"""length({_HOST}) <= 253 AND {_HOST} NOT GLOB '*[^a-z0-9_.-]*' AND instr({_HOST}, '..') = 0
    AND {_DOTS} BETWEEN 1 AND 10 AND {_HOST} NOT GLOB '*{"[^.]" * 64}*'"""

#: The provider of each of the routes that {condition} selects.
_FOUND = f"""
SELECT routes.id, (
    SELECT provider FROM provider_servers
    WHERE {_HOST} = server OR substr({_HOST}, -length(server) - 1) = '.' || server ORDER BY length(server) DESC LIMIT 1
) AS found
FROM routes WHERE remote_mta <> '' AND {{condition}} AND {_IS_HOST} AND found IS NOT NULL
"""  # noqa: S608

#: Finds the providers of all routes anew.
FIND_ALL = f"INSERT INTO route_providers (route, provider) {_FOUND.format(condition='true')}"

TABLES = f"""
CREATE TABLE provider_servers (          -- domains of mail servers, as this version knows them
    server TEXT PRIMARY KEY,
    provider TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provider_domains (          -- domains of addresses
    domain TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    seen INTEGER                         -- NULL: as this version knows it; else when its server answered last
) STRICT, WITHOUT ROWID;

CREATE TABLE route_providers (           -- routes whose server is one of a provider
    route INTEGER PRIMARY KEY REFERENCES routes (id),
    provider TEXT NOT NULL
) STRICT;

CREATE TRIGGER routes_have_providers AFTER INSERT ON routes WHEN NEW.remote_mta <> ''
BEGIN
    INSERT INTO route_providers (route, provider) {_FOUND.format(condition="routes.id = NEW.id")};
END;
CREATE TRIGGER routes_had_providers BEFORE DELETE ON routes
BEGIN
    DELETE FROM route_providers WHERE route = OLD.id;
END;
"""  # noqa: S608

#: The provider of a name of the dimension ``provider``, which is a domain, or a provider that a person named, each
#: behind its tenant.
_NAME = f"""coalesce(
    {PREFIX.format("name")}
        || (SELECT provider FROM provider_domains WHERE dimension = 'provider' AND domain = {BARE.format("name")}),
    name
) AS name"""  # noqa: S608

RATES = f"""
CREATE VIEW volume_of_providers AS SELECT dimension, {_NAME}, day, origin, sent FROM volume;
CREATE VIEW outcomes_of_providers AS SELECT dimension, {_NAME}, day, bounces, complaints FROM outcomes;
"""  # noqa: S608

#: In the view, the tables instead of which these two are read.
_READ = {"FROM volume\n": "FROM volume_of_providers\n", "FROM outcomes\n": "FROM outcomes_of_providers\n"}


def apply(db: Database) -> str:
    """Shows the column; returns the statements that are still to be executed."""
    views.create(db, [*views.drop(db), "provider"])
    [(health,)] = db.execute("SELECT sql FROM sqlite_master WHERE name = 'named_health'").fetchall()
    for table, view in _READ.items():
        health = health.replace(table, view)
    return f"{TABLES}{RATES}DROP VIEW named_health;\n{health};\n"
