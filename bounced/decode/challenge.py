"""Challenge-response systems: the sender must prove to be a person. They know the mailbox, so it exists.

Asked before the DSN decoder, since Boxbe wraps its challenges in delivery status notifications.
"""

from __future__ import annotations

from bounced import address
from bounced.mime import Mail, phrases
from bounced.model import Decoded, Report

_SYSTEMS = frozenset(("boxbe.com", "spamarrest.com", "bluebottle.com", "mailblocks.com", "earthlinkspamblocker.net"))
_SUBJECT = phrases(
    r"(?:re: ?)?(?:please )?(?:confirm|verify) (?:your|that you(?:r)?) (?:message|e-?mail|mail|sent)",
    r"\[?(?:boxbe|spam ?arrest)\b",
    r"re: .{1,200}\(verification(?: required)?\)",  # Spam Arrest
    r"(?:sender|e-?mail) (?:address )?verification (?:required|request)",
    r"(?:re: ?)?your (?:e-?mail|message|mail) (?:to .{1,100} )?(?:requires|needs) (?:verif|confirm|approv)",
)


def decode(mail: Mail) -> Decoded | None:
    """One report that names the recipient, if Reply-To or From does; ``None`` for other messages."""
    sender = mail.signs.author
    by_system = address.domain(sender) in _SYSTEMS
    if not (by_system or _SUBJECT.match(mail.header.get("Subject"))):
        return None
    recipient = address.parse(mail.header.get("Reply-To")) or ("" if by_system else sender)
    return Decoded("auto-reply", "challenge", (Report(final_recipient=recipient),) if recipient else ())
