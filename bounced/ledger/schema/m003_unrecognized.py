"""The third migration: messages are recognized or not; "unread" is what IMAP calls a message without \\Seen.

And ``charged_by`` is ``token`` where a verified token holds the sender's id of the recipient, which only the words of
``evidence`` showed. Events are append-only: their triggers have to be created again.
"""

from __future__ import annotations

#: SQLite rewrites every trigger, view and reference that uses the old names, those that an admin added too.
UNRECOGNIZED = """
ALTER TABLE messages RENAME COLUMN understood TO recognized;
ALTER TABLE unread RENAME TO unrecognized;
"""

#: The index events_unattributed finds them.
TOKENS_WITH_ID = """
DROP TRIGGER events_are_not_changed;
DROP TRIGGER events_are_not_deleted;
UPDATE events SET charged_by = 'token' WHERE address = '' AND trust = 'verified' AND evidence GLOB 'token *';
"""

SCRIPT = UNRECOGNIZED + TOKENS_WITH_ID
