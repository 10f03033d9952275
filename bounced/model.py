"""The records that cross module borders, and the closed vocabularies.

Names are those of RFC 3464 (DSN), RFC 5965 (ARF) and RFC 3463 (enhanced status) wherever those have one.
Text that was not stated is ``""``, never ``None``. Datetimes are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

Kind = Literal["bounce", "complaint", "auto-reply", "delivered", "other", "unreadable"]
Action = Literal["failed", "delayed", "delivered", "relayed", "expanded", ""]
Class = Literal["hard", "soft", "block", ""]
Trust = Literal["verified", "plausible", "unverified"]
Role = Literal["auto", "bounces", "complaints"]
#: What a suppression forbids: ``all`` mail, ``marketing``, or the stream of that name.
Scope = str
Cause = Literal["bounce", "complaint", "manual"]
Outcome = Literal["counted", "repeated", "not-a-report", "unreadable", "too-large", "vanished"]

#: The folder for spam by its special use (RFC 6154 2), whatever its name is.
JUNK = "\\Junk"

Headers = tuple[tuple[str, str], ...]

#: Every reason a failure can have, with its class and what it says.
REASONS: Mapping[str, tuple[Class, str]] = {
    "user_unknown": ("hard", "the mailbox does not exist"),
    "domain_unknown": ("hard", "the domain does not exist or has no mail server"),
    "mailbox_disabled": ("hard", "the mailbox exists but was switched off"),
    "address_moved": ("hard", "the recipient has moved to another address"),
    "address_invalid": ("hard", "the address is not one that can receive mail"),
    "not_accepting": ("hard", "the domain or host says that it accepts no mail at all"),
    "suppressed_upstream": ("hard", "our own provider refuses to send there (its suppression list)"),
    "mailbox_full": ("soft", "the mailbox or its quota is full"),
    "unreachable": ("soft", "the recipient's mail server could not be reached"),
    "expired": ("soft", "the message waited in a queue for too long"),
    "remote_error": ("soft", "the recipient's mail system is broken"),
    "refused": ("soft", "refused without a reason that could be told"),
    "unknown": ("soft", "failed, and the report does not say why"),
    "reputation": ("block", "our IP address or domain has a bad reputation or is on a block list"),
    "spam_content": ("block", "the message was taken for spam"),
    "policy": ("block", "a rule of the recipient's site forbids it"),
    "authentication": ("block", "SPF, DKIM, DMARC or reverse DNS of ours failed"),
    "rate_limited": ("block", "we sent too much or too fast"),
    "relay_denied": ("block", "the server does not relay for that domain"),
    "sender_rejected": ("block", "our envelope sender or From was refused"),
    "too_large": ("block", "the message is larger than the recipient accepts"),
    "content": ("block", "an attachment, header or format in the message is not accepted"),
    "virus": ("block", "the message was taken for malware"),
    "protocol": ("block", "the SMTP dialogue went wrong"),
    "tls": ("block", "TLS was required and could not be agreed"),
}


@dataclass(frozen=True, slots=True)
class Original:
    """The header of the message that a report is about, as far as the report returns it."""

    headers: Headers = ()

    def all(self, name: str) -> Iterator[str]:
        """Every value of header ``name`` (any case), decoded and unfolded, in order."""
        wanted = name.lower()
        return (value for key, value in self.headers if key.lower() == wanted)

    def get(self, name: str) -> str:
        """The first value of header ``name`` (any case), ``""`` when there is none."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one mail claims about one recipient, verbatim.

    Addresses are bare (no ``rfc822;``, no ``<>``), in the case in which they were written.
    """

    action: Action = ""
    final_recipient: str = ""  # RFC 3464 2.3.2; for ARF the first Original-Rcpt-To (RFC 5965 3.2)
    original_recipient: str = ""  # RFC 3464 2.3.1
    status: str = ""  # RFC 3463, e.g. "5.1.1"; only when the report states it
    diagnostic_code: str = ""  # RFC 3464 2.3.6 without its type, unfolded; or the words that say why
    reporting_mta: str = ""
    remote_mta: str = ""
    feedback_type: str = ""  # RFC 5965 3.1, for complaints


@dataclass(frozen=True, slots=True)
class Decoded:
    """One mail after decoding.

    ``kind`` is ``bounce`` when anybody failed or was delayed. ``reports`` is empty for ``other`` and
    ``unreadable``, and may be empty where a mail says that it failed but not for whom.
    """

    kind: Kind
    decoder: str  # which decoder claimed the mail, "" for none
    reports: tuple[Report, ...] = ()
    original: Original = Original()
    header: Original = Original()  # the header of the mail itself
    returned: bytes = b""  # octets of the returned message, empty unless the mail claims to hold all of them
    problem: str = ""  # for "unreadable": what went wrong, one line
    text: str = ""  # everything in the mail and in what it returns, when asked for: marks may stand anywhere


def kind_of(reports: Sequence[Report]) -> Kind:
    """``bounce`` when anybody failed or was delayed, else ``delivered``."""
    return "bounce" if any(report.action in ("failed", "delayed") for report in reports) else "delivered"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a failed or delayed report means."""

    reason: str  # a key of REASONS
    class_: Class
    status: str  # the enhanced status: stated, else found in the text, else ""
    reply_code: str  # three digits of SMTP (RFC 5321 4.2) found in the text, else ""
    rule: str  # which rule decided, for people: "text: user unknown", "status: 5.2.2"


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about one address: a report after identification and classification."""

    address: str  # who is charged, normalised (see bounced.address); "" when nobody could be named
    kind: Kind
    action: Action = ""
    class_: Class = ""  # for bounces only
    reason: str = ""  # for bounces a key of REASONS
    status: str = ""
    reply_code: str = ""
    diagnostic_code: str = ""
    final_recipient: str = ""
    original_recipient: str = ""
    reporting_mta: str = ""
    remote_mta: str = ""
    feedback_type: str = ""
    original_message_id: str = ""  # without <>
    campaign: str = ""
    headers: Headers = ()  # the configured headers of the returned original
    rule: str = ""  # why this reason
    trust: Trust = "unverified"  # how sure we are that this is about mail we sent
    evidence: str = ""  # why so sure, for people: "token k1", "From of the original"
    charged_by: str = ""  # what named the address: "token", "verp", "header", "original-recipient", …
    recipient_id: str = ""  # the sender's own name for the recipient, to be looked up in the table recipients
    stream: str = ""  # the kind of mail that it is about, as the sender calls it
    sending_domain: str = ""  # of the From of the original
    source: str = ""  # from which host the report reached us, as our own server wrote it


@dataclass(frozen=True, slots=True)
class Reading:
    """One mail, understood: what the pure core says about it."""

    kind: Kind
    decoder: str = ""
    subject: str = ""
    events: tuple[Event, ...] = ()
    problem: str = ""
    wants: tuple[str, ...] = ()  # names of DKIM keys of ours without which it could not be told how sure it is

    @property
    def understood(self) -> bool:
        """True when the mail is a report and every recipient in it has a name."""
        return bool(self.events) and all(event.address for event in self.events)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message was found. ``uidvalidity`` and ``uid`` are 0 outside IMAP."""

    mailbox: str  # "imap:bounces/INBOX", "maildir:/var/…", "mbox:/…", "file:/…", "-"
    name: str = ""  # what tells it from its neighbours: a path, a number in an mbox, a UID
    uidvalidity: int = 0
    uid: int = 0


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as a mailbox gave it out."""

    origin: Origin
    arrived_at: datetime
    content: bytes  # the first 256 KiB at most; empty when it was too large to fetch
    size: int  # octets of the whole message
    role: Role = "auto"  # what its mailbox is for
    stored_at: datetime | None = None  # IMAP INTERNALDATE; None outside IMAP, where such dates say nothing
    withheld: bool = False  # the server lists it and does not give it out

    @property
    def too_large(self) -> bool:
        """True when the mailbox did not fetch it because of its size."""
        return self.size > 0 and not self.content and not self.withheld


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an IMAP folder was read: everything up to ``uid`` in the epoch ``uidvalidity``."""

    mailbox: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in the mailbox's order, and the cursor that is true once they are taken.

    ``vanished`` are those that the mailbox listed and that had gone before they could be read.
    """

    messages: tuple[RawMessage, ...]
    cursor: Cursor | None = None
    vanished: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A message on its way into the ledger."""

    message: RawMessage
    fingerprint: str  # see bounced.fingerprint
    reading: Reading | None  # None when the ledger knew the fingerprint, so that it was not read again


@dataclass(frozen=True, slots=True)
class Intake:
    """A message for which the ledger has taken responsibility."""

    origin: Origin
    outcome: Outcome
    understood: bool


class Mailbox(Protocol):
    """Somewhere messages come from. Implementations: bounced.files, bounced.imap."""

    name: str

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """Yields what lies behind ``after`` (``None``: everything), oldest first.

        Raises MailboxError when the mailbox cannot be read; nothing of the batch under way is lost then.
        """
        ...

    def settle(self, intakes: Sequence[Intake]) -> None:
        """Called after the ledger's COMMIT: moves, flags or leaves the messages. Never deletes."""
        ...


class Folder(Mailbox, Protocol):
    """A mailbox whose messages keep their names: a folder on an IMAP server."""

    def only(self, origins: Sequence[Origin], *, suspect: bool = False) -> Iterator[Batch]:
        """Yields these again, as far as they are there, without a cursor; the others are ``vanished``.

        Those that are ``suspect`` were withheld before: when the server fails over one it was withheld again.
        """
        ...

    def overlap(self, cursor: Cursor) -> list[Origin]:
        """The newest messages that are there up to ``cursor``; none when it is not of this folder."""
        ...

    def anew(self) -> bool:
        """True when the server is seen over another connection than when this was asked last."""
        ...


class Shelf(Protocol):
    """Where messages that are done with lie until they are removed. Implementation: bounced.imap_retain."""

    name: str
    retain: timedelta

    def old(self, choose: Callable[[Sequence[Origin]], Sequence[Origin]]) -> Iterator[Batch]:
        """Yields, without a cursor, what ``choose`` takes of at least what was there for longer than ``retain``."""
        ...

    def remove(self, origins: Sequence[Origin]) -> int:
        """Deletes these messages and no others; how many of them were still there."""
        ...

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        ...


class UserError(Exception):
    """Something the user can mend. ``problems`` are lines for them, without a traceback."""

    def __init__(self, *problems: str, exit_code: int = 2) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.exit_code = exit_code


class LedgerError(UserError):
    """The SQLite file can't be used. ``passing`` when trying again later may help: it is locked, the disk is full."""

    def __init__(self, problem: str, *, passing: bool = False, exit_code: int = 74) -> None:  # EX_IOERR
        super().__init__(problem, exit_code=exit_code)
        self.passing = passing


class LedgerUnusable(LedgerError):
    """The SQLite file stays as it is until a person has put another one, or another program, in its place."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, exit_code=65)  # EX_DATAERR


class MailboxError(Exception):
    """A mailbox that can't be read now; one line that says why. Trying again later may help."""
