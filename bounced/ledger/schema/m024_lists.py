"""The twenty-fourth migration: lists that were imported, and the allow list.

A decision may be an entry of a list: ``origin`` names the list, ``decided_at`` is the date in it, and ``recorded_at``
when it was imported. ``suppress`` has a cause then, and for a bounce class and reason.
"""

from __future__ import annotations

SCRIPT = """
CREATE TABLE decisions_of_lists (        -- what people decided, and what lists say that they imported
    id INTEGER PRIMARY KEY,
    decided_at TEXT NOT NULL,
    address TEXT NOT NULL,               -- or a pattern: '@example.com', '*.example.com'
    what TEXT NOT NULL CHECK (what IN ('suppress', 'release', 'allow', 'disallow')),
    scope TEXT NOT NULL,                 -- '': every scope; of what was imported: as the policy says
    why TEXT NOT NULL,
    cause TEXT NOT NULL DEFAULT '' CHECK (cause IN ('', 'bounce', 'complaint', 'manual')),
    class TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',     -- of a complaint its feedback type
    origin TEXT NOT NULL DEFAULT '',     -- the list; '': a person
    recorded_at TEXT                     -- when it was imported; NULL: decided_at
) STRICT;
INSERT INTO decisions_of_lists (id, decided_at, address, what, scope, why, cause)
SELECT id, decided_at, address, what, scope, why, cause FROM decisions;
DROP TABLE decisions;
ALTER TABLE decisions_of_lists RENAME TO decisions;
CREATE INDEX decisions_by_address ON decisions (address, id);
CREATE INDEX decisions_that_allow ON decisions (address, decided_at, id) WHERE what IN ('allow', 'disallow');

CREATE VIEW allowed AS                   -- the allow list: addresses and patterns
SELECT address, decided_at AS since, why AS detail FROM decisions
WHERE what IN ('allow', 'disallow') AND what = 'allow' AND NOT EXISTS (
    SELECT 1 FROM decisions AS later
    WHERE later.address = decisions.address AND later.what IN ('allow', 'disallow')
        AND (later.decided_at, later.id) > (decisions.decided_at, decisions.id)
);
"""
