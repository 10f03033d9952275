"""iPlanet, Sun and Oracle Messaging Server and PMDF, if their status part is missing: labeled lines in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bounced import address
from bounced.mime import Mail, one_line, phrases
from bounced.model import Action, Decoded, Report, kind_of

RECIPIENTS_LIMIT = 1000
_LINES_LIMIT = 8000
_RECIPIENT = "recipient address"
_FIELD = re.compile(
    r"[ \t]{0,8}(?P<name>Recipient address|Original address|Reason|Diagnostic code|Remote system):"
    r"[ \t]{0,8}(?P<value>.{0,2000})"
)
_TYPE = re.compile(r"[a-z0-9-]{1,20};[ ]{0,4}", re.IGNORECASE)
_DELIVERED = phrases(r"successfully (?:delivered|relayed)|delivery was successful")

Fields = dict[str, str]


def decode(mail: Mail) -> Decoded | None:
    """A report for each "Recipient address:"; ``None`` if there is no such line."""
    if "Recipient address:" not in mail.text or not mail.signs.returns_mail:
        return None
    action = _action(mail)
    reports = tuple(_report(fields, action) for fields in _groups(mail.text) if address.parse(fields[_RECIPIENT]))
    return Decoded(kind_of(reports), "messaging-server", reports[:RECIPIENTS_LIMIT]) if reports else None


def _action(mail: Mail) -> Action:
    if _DELIVERED.search(mail.text):
        return "delivered"
    return "delayed" if mail.signs.tells_of_delay else "failed"


def _groups(text: str) -> Iterator[Fields]:
    """The labeled lines of each recipient."""
    fields: Fields = {}
    for line in text.split("\n", _LINES_LIMIT)[:_LINES_LIMIT]:
        if field := _FIELD.fullmatch(line):
            name = field["name"].lower()
            if name == _RECIPIENT:
                yield from [fields] if fields else []
                fields = {name: field["value"]}
            elif fields:
                fields.setdefault(name, field["value"])
    yield from [fields] if fields else []


def _report(fields: Fields, action: Action) -> Report:
    words = (fields.get("reason", ""), _TYPE.sub("", fields.get("diagnostic code", ""), count=1))
    return Report(
        action=action,
        final_recipient=address.parse(fields[_RECIPIENT]),
        original_recipient=address.parse(fields.get("original address", "")),
        diagnostic_code=one_line(" ".join(words)),
        remote_mta=one_line(_TYPE.sub("", fields.get("remote system", ""), count=1).split(" ", 1)[0], 255),
    )
