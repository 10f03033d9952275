"""flufl.bounce, Mailman's collection of heuristics, for formats that no decoder here knows.

It can be made to run for ever by a mail (its regular expressions backtrack), which is why decoding belongs into a
process that can be killed.
"""

from __future__ import annotations

import email
import logging

from flufl.bounce import all_failures

from bounced import address
from bounced.mime import Mail, about, one_line, returns_mail, tells_of_delay
from bounced.model import Action, Decoded, Report

RECIPIENTS_LIMIT = 100
LINES_LIMIT = 1500  # it looks at each line many times over
#: Its detectors call methods of str on headers, which are no str where they hold 8-bit characters.
_TO_ASCII = bytes(range(128)) + b"?" * 128

logging.getLogger("flufl.bounce").disabled = True  # it logs a traceback for each error that it raises, too


def decode(mail: Mail) -> Decoded | None:
    """A report for each address that flufl.bounce names; ``None`` when it names none or no server sent the mail."""
    if not returns_mail(mail.header):
        return None
    lines = mail.content.translate(_TO_ASCII).split(b"\n", LINES_LIMIT)[:LINES_LIMIT]
    message = email.message_from_bytes(b"\n".join(lines))
    if not message.is_multipart() and not message.get("From"):  # its Sina detector raises IndexError
        return None
    temporary, permanent = all_failures(message)
    reports = [
        *_reports(mail, permanent, "delayed" if tells_of_delay(mail.header) else "failed"),
        *_reports(mail, temporary - permanent, "delayed"),
    ]
    return Decoded("bounce", "fallback", tuple(reports[:RECIPIENTS_LIMIT])) if reports else None


def _reports(mail: Mail, found: frozenset[bytes], action: Action) -> list[Report]:
    names = sorted(filter(None, (address.parse(item.decode("utf-8", "replace")) for item in found)))
    return [
        Report(action=action, final_recipient=name, diagnostic_code=about(mail.text, name) or one_line(mail.text))
        for name in names
    ]
