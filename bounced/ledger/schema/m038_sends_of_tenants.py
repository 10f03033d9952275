"""The thirty-eighth migration: a message is of one address where a tenant's rows of ``sends`` have one.

What other tenants write about its Message-ID keeps no event from being attributed.
"""

from __future__ import annotations

from bounced.sent.tenants import IS_MARKED, PREFIX

_MARKED = IS_MARKED.format("NEW.address")
_PREFIX = PREFIX.format("NEW.address")

#: From where to before where other keys of the same tenant are; nobody's stand behind those of tenants, too.
_FIRST = f"iif({_MARKED}, {_PREFIX}, '')"
_END = f"iif({_MARKED}, rtrim({_PREFIX}, ')') || '*', '(')"

SCRIPT = f"""
DROP TRIGGER sends_name_somebody;
CREATE TRIGGER sends_name_somebody AFTER INSERT ON sends
WHEN NOT EXISTS (
    SELECT 1 FROM sends WHERE message_id = NEW.message_id AND address >= {_FIRST} AND address < {_END}
        AND address <> NEW.address
) AND ({_MARKED} OR NOT EXISTS (
    SELECT 1 FROM sends WHERE message_id = NEW.message_id AND address >= ')' AND address <> NEW.address
))
BEGIN
    INSERT INTO attributable
    SELECT event FROM texts JOIN unnamed ON original_message_id = texts.id AND original_message_id <> 0
    WHERE text = NEW.message_id AND NOT EXISTS (SELECT 1 FROM attributable WHERE event = unnamed.event)
        AND NOT EXISTS (SELECT 1 FROM attribution_rows WHERE event = unnamed.event);
END;
"""  # noqa: S608
