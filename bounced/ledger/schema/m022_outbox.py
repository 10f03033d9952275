"""The twenty-second migration: the outbox, a row for every change that other programs are to be told of."""

from __future__ import annotations

ROWS = """
CREATE TABLE outbox_rows (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of the commits, and never given again
    written_at TEXT NOT NULL,
    type TEXT NOT NULL,                    -- as bounced.ledger.outbox.ChangeType
    address INTEGER NOT NULL,              -- the id of its text
    data TEXT NOT NULL                     -- JSON: the other columns of the view, but those that are empty
) STRICT;
"""

SHOWN = """
CREATE VIEW outbox AS
SELECT outbox_rows.id AS id, written_at, type, text AS address, data
FROM outbox_rows JOIN texts ON texts.id = outbox_rows.address;
"""

VIEW = """
CREATE VIEW outbox_view AS
SELECT id, written_at, type, address,
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
"""

SCRIPT = ROWS + SHOWN + VIEW
