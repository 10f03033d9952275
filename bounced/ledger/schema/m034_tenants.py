"""The thirty-fourth migration: tenants. See ``bounced.address.of_tenant``; the views that there were show nobody's.

Of what was recorded before nothing is a tenant's. Names that begin with a parenthesis get an empty one before them.
"""

from __future__ import annotations

from bounced.sent.tenants import BARE, IS_MARKED, IS_NOBODYS, OF_TENANT, PREFIX, TENANT

SUPPRESSED = (
    *("scope", "cause", "reason", "class", "since", "until", "bounces", "first_bounce_at", "last_bounce_at"),
    "detail",
)
HEALTH = ("sent", "bounces", "complaints", "bounce_rate", "complaint_rate", "state", "pause")
OUTBOX = (
    *("scope", "cause", "reason", "class", "since", "until", "detail", "stream", "campaign"),
    "happened_at",
)

ROUTES = f"""
ALTER TABLE routes ADD COLUMN tenant TEXT NOT NULL DEFAULT '';  -- of an event; that of its address, if it has one
DROP INDEX routes_once;
CREATE UNIQUE INDEX routes_once ON routes (remote_mta, reporting_mta, source, stream, sending_domain, tenant);
ALTER TABLE verdicts ADD COLUMN tenant_by TEXT NOT NULL DEFAULT '';
DROP INDEX verdicts_once;
CREATE UNIQUE INDEX verdicts_once ON verdicts (
    kind, action, class, reason, status, reply_code, feedback_type, rule, trust, evidence, charged_by, held,
    campaign_by, stream_by, sending_domain_by, words, stated_status, own_names, tenant_by
);

UPDATE recipients SET id = '()' || id WHERE {IS_MARKED.format("id")};
UPDATE volume SET name = '()' || name WHERE {IS_MARKED.format("name")};
UPDATE outcomes SET name = '()' || name WHERE {IS_MARKED.format("name")};
INSERT INTO texts (text)
SELECT DISTINCT '()' || text FROM latest_outcome_rows JOIN texts ON texts.id = name WHERE {IS_MARKED.format("text")}
ON CONFLICT DO NOTHING;
UPDATE latest_outcome_rows
SET name = (SELECT id FROM texts WHERE text = (SELECT '()' || text FROM texts WHERE texts.id = name))
WHERE name IN (SELECT id FROM texts WHERE {IS_MARKED.format("text")} AND text NOT LIKE '()%');
"""  # noqa: S608

NAMES = {
    name: OF_TENANT.format(PREFIX.format("NEW.address"), text)
    for name, text in (("campaign", "NEW.campaign"), ("sending_domain", "lower(NEW.sending_domain)"))
}

SENDS = f"""
DROP TRIGGER sends_are_volume;
CREATE TRIGGER sends_are_volume BEFORE INSERT ON sends  -- BEFORE: a row that is replaced or ignored is none more
WHEN NOT EXISTS (SELECT 1 FROM sends WHERE message_id = NEW.message_id AND address = NEW.address)
BEGIN
    INSERT INTO volume
    SELECT 'campaign', {NAMES["campaign"]}, substr(NEW.sent_at, 1, 10), 'sends', 1 WHERE NEW.campaign <> ''
    ON CONFLICT DO UPDATE SET sent = sent + 1;
    INSERT INTO volume
    SELECT 'sending_domain', {NAMES["sending_domain"]}, substr(NEW.sent_at, 1, 10), 'sends', 1
    WHERE NEW.sending_domain <> ''
    ON CONFLICT DO UPDATE SET sent = sent + 1;
    INSERT INTO volume VALUES (
        'provider', {PREFIX.format("NEW.address")} || substr(NEW.address, instr(NEW.address, '@') + 1),
        substr(NEW.sent_at, 1, 10), 'sends', 1
    )
    ON CONFLICT DO UPDATE SET sent = sent + 1;
END;
"""  # noqa: S608

#: One condition in ``suppressed``: with two of them SQLite sorts all rows to find the newest twenty.
LISTS = f"""
DROP VIEW suppressed;
CREATE VIEW suppressed AS
SELECT address, {", ".join(SUPPRESSED)}, address_unicode FROM suppressions
WHERE iif(until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), {IS_NOBODYS.format("address")}, 0);
CREATE VIEW tenant_suppressed AS
SELECT {TENANT.format("address")} AS tenant, {BARE.format("address")} AS address, {", ".join(SUPPRESSED)},
    {BARE.format("address_unicode")} AS address_unicode, address AS key, address_unicode AS key_unicode
FROM suppressions WHERE until IS NULL OR until > strftime('%Y-%m-%dT%H:%M:%SZ', 'now');

DROP VIEW allowed;
CREATE VIEW tenant_allowed AS            -- the allow list: addresses and patterns
SELECT {TENANT.format("address")} AS tenant, {BARE.format("address")} AS address, decided_at AS since, why AS detail,
    address AS key
FROM decisions
WHERE what IN ('allow', 'disallow') AND what = 'allow' AND NOT EXISTS (
    SELECT 1 FROM decisions AS later
    WHERE later.address = decisions.address AND later.what IN ('allow', 'disallow')
        AND (later.decided_at, later.id) > (decisions.decided_at, decisions.id)
);
CREATE VIEW allowed AS SELECT key AS address, since, detail FROM tenant_allowed WHERE NOT {IS_MARKED.format("key")};

DROP VIEW outbox_view;
CREATE VIEW tenant_outbox AS
SELECT {TENANT.format("address")} AS tenant, id, written_at, type, {BARE.format("address")} AS address,
    json_extract(data, '$.scope') AS scope,
    json_extract(data, '$.cause') AS cause,
    json_extract(data, '$.reason') AS reason,
    coalesce(json_extract(data, '$.class'), '') AS class,
    json_extract(data, '$.since') AS since,
    json_extract(data, '$.until') AS until,
    coalesce(json_extract(data, '$.detail'), '') AS detail,
    coalesce(json_extract(data, '$.stream'), '') AS stream,
    coalesce(json_extract(data, '$.campaign'), '') AS campaign,
    json_extract(data, '$.happened_at') AS happened_at
FROM outbox;
CREATE VIEW outbox_view AS
SELECT id, written_at, type, address, {", ".join(OUTBOX)} FROM tenant_outbox WHERE tenant = '';
"""  # noqa: S608

HEALTH_VIEWS = f"""
CREATE VIEW tenant_health AS
SELECT {TENANT.format("name")} AS tenant, dimension, {BARE.format("name")} AS name, {", ".join(HEALTH)}
FROM named_health;
CREATE VIEW campaign_health AS SELECT dimension, name, {", ".join(HEALTH)} FROM tenant_health WHERE tenant = '';
"""  # noqa: S608


def script(health: str) -> str:
    """The statements after ROUTES; ``health`` creates the view of rates by their names."""
    named = health.replace("VIEW campaign_health", "VIEW named_health")
    return f"{SENDS}{LISTS}\nDROP VIEW campaign_health;{named}{HEALTH_VIEWS}"
