"""The mails that the sample makers send: a newsletter's issue for each way to bounce."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, localtime

CAMPAIGN = "2026-autumn-1"


@dataclass(frozen=True, slots=True)
class Send:
    """One mail to be sent, and how many mails come back about it."""

    name: str
    recipients: tuple[str, ...]
    returns: int = 1
    notify: str = "FAILURE,DELAY"  # RFC 3461 4.1
    ret: str = "FULL"  # RFC 3461 4.3
    envelope_from: str = "bounces@sender.test"
    padding: int = 0  # octets that make it large

    @property
    def utf8(self) -> bool:
        """True when an address needs SMTPUTF8 (RFC 6531)."""
        return not "".join(self.recipients).isascii()

    @property
    def message_id(self) -> str:
        """The Message-ID, by which a report is matched with its send."""
        return f"<{self.name}.{CAMPAIGN}@sender.test>"

    def content(self) -> bytes:
        """The message, with the headers that a newsletter has."""
        message = EmailMessage(policy=SMTPUTF8 if self.utf8 else SMTP)
        message["From"] = "Autumn Letters <news@sender.test>"
        message["To"] = ", ".join(self.recipients)
        message["Subject"] = "Autumn letter 1: apples"
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = self.message_id
        message["List-Id"] = "Autumn Letters <autumn.sender.test>"
        message["List-Unsubscribe"] = f"<https://sender.test/leave/{self.name}>, <mailto:leave@sender.test>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["X-Campaign-ID"] = CAMPAIGN
        if len(self.recipients) == 1:
            message["X-Recipient"] = self.recipients[0]
        message.set_content("Good morning,\n\nthe apples are ripe.\n" + "An apple a day. \n" * (self.padding // 16))
        return message.as_bytes()


#: For every mail server; `missing-user`, `forward` and `team` are names at its own domain, two of them aliases.
USUAL = (
    Send("user-unknown", ("unknown@example.org",)),
    Send("user-unknown-headers-only", ("unknown@example.net",), ret="HDRS"),
    Send("user-unknown-multiline", ("nobody-here@example.com",)),
    Send("user-unknown-no-enhanced-status", ("plain@example.net",)),
    Send("user-unknown-local", ("missing-user@mx.sender.test",)),
    Send("user-unknown-forwarded", ("forward@mx.sender.test",)),
    Send("mailbox-full", ("full-for-good@example.org",)),
    Send("over-quota", ("full@example.net",)),
    Send("refused-connection", ("reader@closed.test",)),
    Send("too-large-announced", ("reader@small.test",), padding=20_000, ret="HDRS"),
    Send("too-large-after-data", ("big@example.org",), padding=20_000, ret="HDRS"),
    Send("spam", ("spam@example.net",)),
    Send("block-list", ("listed@example.net",)),
    Send("sender-rejected", ("reader@strict.test",)),
    Send("domain-unknown", ("reader@nodomain.test",)),
    Send("null-mx", ("reader@null.test",)),
    Send("mx-without-address", ("reader@noaddress.test",)),
    Send("loops-back", ("reader@loop.test",)),
    Send("several-one-server", ("unknown@example.org", "reader@example.org", "full-for-good@example.org")),
    Send("several-servers", ("unknown@example.net", "spam@example.org", "reader@example.com", "reader@nodomain.test")),
    Send("several-now-and-later", ("unknown@example.com", "limited@example.com")),
)

#: For those that know RFC 3461.
SUCCESSES = (
    Send("success-relayed", ("reader@example.org",), notify="SUCCESS"),
    Send("success-expanded", ("team@mx.sender.test",), notify="SUCCESS"),
)
