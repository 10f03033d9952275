"""X-Failed-Recipients: Exim, and Gmail, which sends no RFC 3464 report for mail of its own users."""

from __future__ import annotations

from bounced import address
from bounced.mime import Mail, below, one_line, searched, telling
from bounced.model import Action, Decoded, Report

RECIPIENTS_LIMIT = 1000


def decode(mail: Mail) -> Decoded | None:
    """A report for each address in the header, with its words from the text; ``None`` without such a header."""
    claims = ",".join(mail.header.all("X-Failed-Recipients")).split(",")
    names = dict.fromkeys(filter(None, map(address.parse, claims[:RECIPIENTS_LIMIT])))
    if not names:
        return None
    # Gmail's warnings have the header as well.
    action: Action = "delayed" if mail.signs.tells_of_delay else "failed"
    words = below(mail.text, names)
    everything = [one_line(mail.text)] if len(names) == 1 else []
    reports = (
        Report(
            action=action,
            final_recipient=name,
            diagnostic_code=telling((words.get(name, ""), searched_words.about(name), *everything)),
        )
        for name, searched_words in zip(names, searched(mail.text), strict=False)
    )
    return Decoded("bounce", "failed-recipients", tuple(reports))
