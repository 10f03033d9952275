"""InterMail and Post.Office (Software.com, Openwave), at many providers: first the reason, then the recipients."""

from __future__ import annotations

import re

from bounced import address
from bounced.mime import Mail, one_line, phrases
from bounced.model import Action, Decoded, Report

RECIPIENTS_LIMIT = 500
_INTRODUCTION = phrases(r"this message was undeliverable due to the following reasons?:")
_END = phrases(r"^[ \t]{0,4}please reply to ")
_RECIPIENT = re.compile(
    r"[ \t]{0,8}(?:Recipients?:|SMTP)?[ \t]{0,8}<(?P<name>[^<>\s]{3,320})>[ \t]{0,8}", re.IGNORECASE
)
_REASON = re.compile(r"[ \t]{0,8}Reason:(?P<words>.{0,1000})", re.IGNORECASE)


def decode(mail: Mail) -> Decoded | None:
    """A report for each recipient below the reason; ``None`` without such an introduction."""
    introduction = _INTRODUCTION.search(mail.text) if mail.signs.returns_mail else None
    if not introduction:
        return None
    action: Action = "delayed" if mail.signs.tells_of_delay else "failed"
    reasons = _recipients(mail.text[introduction.end() :].split("\n"))
    reports = tuple(
        Report(action=action, final_recipient=name, diagnostic_code=one_line(words)) for name, words in reasons.items()
    )
    return Decoded("bounce", "intermail", reports[:RECIPIENTS_LIMIT]) if reports else None


def _recipients(lines: list[str]) -> dict[str, str]:
    """Each recipient with its own reason, or the one above them all."""
    above: list[str] = []
    reasons: dict[str, str] = {}
    name = ""
    for line in lines:
        if opened := _RECIPIENT.fullmatch(line):
            name = address.parse(opened["name"]) or name
            reasons.setdefault(name, " ".join(above))
        elif name and (reason := _REASON.fullmatch(line)):
            reasons[name] = reason["words"]
        elif _END.match(line):
            break
        elif not name:
            above.append(line)
    return reasons
