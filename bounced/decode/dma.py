"""dma, the DragonFly Mail Agent, also in FreeBSD: one message per recipient, in fixed words."""

from __future__ import annotations

import re

from bounced import address
from bounced.mime import Mail, one_line
from bounced.model import Decoded, Report

_NAME = "DragonFly Mail Agent"
_NOTICE = re.compile(
    r"^This is the DragonFly Mail Agent .{1,300}\n{1,3}"
    r"There was an error delivering your mail to <(?P<name>[^<>\n]{1,320})>\.$",
    re.MULTILINE,
)


def decode(mail: Mail) -> Decoded | None:
    """A report for the recipient named by the notice; ``None`` without such a notice."""
    notice = _NOTICE.search(mail.text) if _NAME in mail.text and mail.signs.returns_mail else None
    name = address.parse(notice["name"]) if notice else ""
    if not notice or not name:
        return None
    words = one_line(mail.text[notice.end() :])
    return Decoded("bounce", "dma", (Report("failed", name, diagnostic_code=words),))
