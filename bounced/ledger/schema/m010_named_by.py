"""The tenth migration: what names the campaign, the stream and the sending domain of an event.

Of what was recorded before, a name counts as proved where the token in ``proved`` holds it, or ``sends`` has it.
"""

from __future__ import annotations

from bounced.ledger.schema.m002_trust_and_faults import EVENT

_TRIGGERS = "".join(
    f"DROP TRIGGER {table}_are_not_{done};\n" for table in ("events", "attributions") for done in ("changed", "deleted")
)

_COLUMNS = "".join(
    f"ALTER TABLE {table} ADD COLUMN {name}_by TEXT NOT NULL DEFAULT '';\n"
    for table in ("events", "attributions")
    for name in ("campaign", "stream", "sending_domain")
)

_IN_PROOF = """
UPDATE events SET campaign_by = iif(campaign <> '' AND instr(proved || ' ', ' ' || campaign || ' ') > 0, 'token', ''),
    stream_by = iif(stream <> '' AND instr(proved || ' ', ' ' || stream || ' ') > 0, 'token', '')
    WHERE proved LIKE 'token %';
"""

_BY_SENDS = "".join(
    f"""
UPDATE {table} SET {name}_by = 'sends' WHERE {name} <> '' AND {name}_by = '' AND EXISTS (
    SELECT 1 FROM sends WHERE message_id = {message_id} AND sends.address = {table}.address
        AND lower(sends.{name}) = lower({table}.{name})
);
"""  # noqa: S608
    for table, message_id in (
        ("events", "original_message_id"),
        ("attributions", "(SELECT original_message_id FROM events WHERE id = attributions.event)"),
    )
    for name in ("campaign", "stream", "sending_domain")
)

_RATES = """
CREATE TABLE proved_kinds (              -- kinds that count only for campaigns that the sender's own marks name
    kind TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
"""

_EVENT = f"{EVENT.rstrip()},\n    {{who}}.campaign_by, {{who}}.stream_by, {{who}}.sending_domain_by"

_EVENTS = f"""{_EVENT.format(who="events")}
FROM events JOIN messages ON messages.id = events.message LEFT JOIN accepted ON accepted.event = events.id
WHERE NOT EXISTS (SELECT 1 FROM attributions WHERE event = events.id)
UNION ALL
{_EVENT.format(who="attributions")}
FROM attributions JOIN events ON events.id = attributions.event JOIN messages ON messages.id = events.message
LEFT JOIN accepted ON accepted.event = events.id
"""  # noqa: S608

#: The columns of the view, the new ones at the end.
_COLUMNS_SHOWN = """
id, happened_at, address, kind, action, class, reason, status, reply_code, diagnostic_code, final_recipient,
original_recipient, reporting_mta, remote_mta, feedback_type, original_message_id, campaign, headers, rule, decoder,
subject, source, recorded_at, trust, evidence, charged_by, recipient_id, stream, sending_domain, reported_from, held,
accepted_at, doubt, coalesce(
    (SELECT address_unicode FROM unicode_addresses WHERE unicode_addresses.address = facts.address), facts.address
) AS address_unicode, campaign_by, stream_by, sending_domain_by
"""

_VIEW = f"""
DROP VIEW events_view;
CREATE VIEW events_view AS SELECT {_COLUMNS_SHOWN.strip()}
FROM ({_EVENTS.strip()}) AS facts;
"""  # noqa: S608

SCRIPT = _TRIGGERS + _COLUMNS + _IN_PROOF + _BY_SENDS + _RATES + _VIEW
