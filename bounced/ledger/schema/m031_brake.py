"""The thirty-first migration: the brake, which counts the suppressions of each hour. The outbox has those until now."""

from __future__ import annotations

SCRIPT = """
CREATE TABLE suppressions_begun (        -- addresses whose suppression for bounces began, or would have
    hour INTEGER PRIMARY KEY,            -- since 1970
    addresses INTEGER NOT NULL,
    resumed INTEGER NOT NULL DEFAULT 0   -- those of them that a person approved: they are none of this day's any more
) STRICT;
INSERT INTO suppressions_begun (hour, addresses)
SELECT unixepoch(written_at) / 3600, count(DISTINCT address) FROM outbox_rows
WHERE type = 'suppression.added' AND json_extract(data, '$.cause') = 'bounce' GROUP BY 1;

ALTER TABLE withheld ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE withheld ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0;  -- 1: approved, and still to be judged
"""
