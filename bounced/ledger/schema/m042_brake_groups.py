"""The forty-second migration: the brake counts for each tenant apart, and those with a verified failure apart."""

from __future__ import annotations

SCRIPT = """
ALTER TABLE suppressions_begun RENAME TO suppressions_begun_before;
CREATE TABLE suppressions_begun (        -- addresses whose suppression for bounces began, or would have
    tenant TEXT NOT NULL,
    hour INTEGER NOT NULL,               -- since 1970
    proved INTEGER NOT NULL,             -- 1: a failure of theirs is verified
    addresses INTEGER NOT NULL,
    resumed INTEGER NOT NULL DEFAULT 0,  -- those of them that a person approved: they are none of this day's any more
    PRIMARY KEY (tenant, hour, proved)
) STRICT, WITHOUT ROWID;
INSERT INTO suppressions_begun SELECT '', hour, 0, addresses, resumed FROM suppressions_begun_before;
DROP TABLE suppressions_begun_before;
INSERT INTO suppressions_begun (tenant, hour, proved, addresses)
SELECT substr(address, 2, instr(address, ')') - 2), unixepoch(since) / 3600, 0, count(*) FROM suppression_rows
WHERE cause = 'bounce' AND address LIKE '(%)%' GROUP BY 1, 2;

ALTER TABLE withheld ADD COLUMN unproved INTEGER NOT NULL DEFAULT 0;  -- 1: until a failure is verified, too
"""
