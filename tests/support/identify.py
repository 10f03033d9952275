"""Reports to identify, and senders whose mail carries marks."""

from __future__ import annotations

from bounced.identify import Identity, Sender, TokenFinding, identify
from bounced.model import Decoded, Headers, Kind, Original, Report

ANN = Report("failed", final_recipient="Ann@Example.net")

NO_MARKS = Sender()

RECIPIENT = Sender(recipient="X-Recipient")

VERP = Sender(verp=("news-{user}={domain}@example.org", "b+{user}={domain}@sub.example.org"))


def decoded(
    *reports: Report, original: Headers = (), header: Headers = (), kind: Kind = "bounce"
) -> tuple[Decoded, Report]:
    """A mail with these reports, and the first of them."""
    return Decoded(kind, "dsn", reports, Original.of(original), Original.of(header)), reports[0]


def identified(mail: tuple[Decoded, Report], sender: Sender) -> Identity:
    """The identity of that report in the mail."""
    message, report = mail
    [identity] = [
        identity
        for other, identity in zip(message.reports, identify(message, sender, TokenFinding()), strict=True)
        if other is report
    ]
    return identity


def charged(mail: tuple[Decoded, Report], sender: Sender = NO_MARKS) -> str:
    return identified(mail, sender).address
