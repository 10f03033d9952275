"""The records that cross module borders, and the closed vocabularies.

Names are those of RFC 3464 (DSN), RFC 5965 (ARF) and RFC 3463 (enhanced status) where they have one.
Text that was not stated is ``""``, never ``None``. Datetimes are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import product
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: Literal[True], **options: Any) -> Callable[[type], type]:
        """``dataclass`` for records that each message takes: that they are frozen is checked by mypy alone.

        Each then takes a third of the time to make. Between processes only the values go, in order, which takes a third
        of the time of names and values.
        """

        def made(cls: type) -> type:
            cls = dataclass(unsafe_hash=frozen, **options)(cls)
            cls.__reduce__ = _by_values(cls.__match_args__)
            return cls

        return made

    def _by_values(names: tuple[str, ...]) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
        """What ``__reduce__`` is for a record with fields of these ``names``."""
        values = attrgetter(*names, names[0])  # a tuple also where there is only one
        return lambda made: (type(made), values(made)[:-1])


Kind = Literal["bounce", "complaint", "auto-reply", "delivered", "other", "unreadable"]
Action = Literal["failed", "delayed", "delivered", "relayed", "expanded", ""]
Class = Literal["hard", "soft", "block", ""]
Trust = Literal["verified", "plausible", "unverified"]
#: How much of the text that was judged ``diagnostic_code`` is: all of it, the report's own or from elsewhere in the
#: message; a part; "" where that is not known.
Words = Literal["whole", "elsewhere", "partial", ""]
Role = Literal["auto", "bounces", "complaints"]
#: What a suppression forbids: ``all`` mail, ``marketing``, or the stream of that name.
Scope = str
Cause = Literal["bounce", "complaint", "manual"]
#: What a person decides about an address, or a list that was imported says; ``allow`` until ``disallow``.
Decision = Literal["suppress", "release", "allow", "disallow"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)
#: What names a campaign, a stream or a sending domain so that only the sender can have written it: a signed token, a
#: header that the DKIM signature covers, the table ``sends``.
PROVING = ("token", "dkim", "sends")
#: The kinds of mail that can count for or against an address; ``not-spam`` is the complaint that withdraws one.
CountedKind = Literal["bounce", "complaint", "delivered", "auto-reply", "not-spam"]
COUNTED_KINDS: tuple[CountedKind, ...] = get_args(CountedKind)
Outcome = Literal["counted", "repeated", "not-a-report", "unreadable", "too-large", "vanished"]

OnDone = Literal["move", "flag", "leave"]
Tls = Literal["implicit", "starttls", "none"]
Mechanism = Literal["auto", "OAUTHBEARER", "XOAUTH2"]

#: The folder for spam by its special use (RFC 6154 2), regardless of its name.
JUNK = "\\Junk"

Headers = tuple[tuple[str, str], ...]


@record(frozen=True, slots=True)
class Original:
    """The header of a message: of the report itself, or of the one that it is about, as far as it returns that."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by name in lower case; in order

    @classmethod
    def of(cls, headers: Headers) -> Original:
        """The header with these names and values, in order."""
        fields: dict[str, list[str]] = {}
        for name, value in headers:
            fields.setdefault(name.lower(), []).append(value)
        return cls(fields)

    @property
    def headers(self) -> Headers:
        """Every name, in lower case, with each of its values."""
        return tuple((name, value) for name, values in self.fields.items() for value in values)

    def has_any(self, names: Set[str]) -> bool:
        """True when a header of ``names``, which are in lower case, has a value."""
        return not self.fields.keys().isdisjoint(names) and any(map(self.get, names))

    def all(self, name: str) -> Sequence[str]:
        """Every value of header ``name`` (any case), decoded and unfolded, in order."""
        return self.fields.get(name.lower(), ())

    def get(self, name: str) -> str:
        """The first value of header ``name`` (any case), ``""`` when there is none."""
        values = self.fields.get(name.lower())
        return values[0] if values else ""


@record(frozen=True, slots=True)
class Report:
    """What one message claims about one recipient, verbatim.

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
    elsewhere: bool = False  # the words are from the text for people: they refine what the status states, no more


@record(frozen=True, slots=True)
class Notification:
    """The envelope of Amazon SNS around what was decoded, for subscriptions with the protocol "email-json"."""

    members: Mapping[str, str] = field(default_factory=dict)  # those that are text: "Message", "TopicArn", …
    message: str = ""  # the number that SES gave the message that the notification is about
    recipients: tuple[str, ...] = ()  # as they stand there
    is_alone: bool = False  # the mail holds nothing else, and can be read in one way only


@record(frozen=True, slots=True)
class Decoded:
    """One message after decoding.

    ``kind`` is ``bounce`` when anybody failed or was delayed. ``reports`` is empty for ``other`` and
    ``unreadable``, and may be empty where a message reports a failure but not for whom.
    """

    kind: Kind
    decoder: str  # which decoder recognized the message, "" for none
    reports: tuple[Report, ...] = ()
    original: Original = Original()
    header: Original = Original()  # the header of the report itself
    returned: bytes = b""  # octets of the returned message, empty unless the report claims to contain all of it
    problem: str = ""  # for "unreadable": what went wrong, one line
    text: str = ""  # all text of the message and what it returns, when asked for: marks may be anywhere
    notification: Notification = Notification()  # no members where there is none
    envelope_sender: str = ""  # of the message that it is about: X-Postfix-Sender


def kind_of(reports: Sequence[Report]) -> Kind:
    """``bounce`` when anybody failed or was delayed, else ``delivered``."""
    return "bounce" if any(report.action in ("failed", "delayed") for report in reports) else "delivered"


@record(frozen=True, slots=True)
class Verdict:
    """What a failed or delayed report means: why, how final that is, and the codes that it was read from."""

    reason: str  # a key of REASONS
    class_: Class
    status: str  # the enhanced status: stated, else found in the text, else ""
    reply_code: str  # three digits of SMTP (RFC 5321 4.2) found in the text, else ""
    rule: str  # which rule decided, for people: "text: user unknown", "text: closed, of the recipient", "status: 5.2.2"
    overruled: str = ""  # the evidence for other reasons, for people: "status: 5.1.1 (user_unknown)"
    words: Words = ""  # with the next two, for judging again
    stated_status: str = ""  # that of the report
    own_names: str = ""  # addresses and domains of the sender in the text, with blanks between them


#: What tells one of our messages from others, as nobody else can write it: a Message-ID that is signed or in ``sends``,
#: a signed body, when it was signed or sent, its number at Amazon SES, and a token, by the fields that it has.
PROOF_KINDS = frozenset(("message-id", "body", "made", "sns"))
TOKEN_KINDS = frozenset(map("".join, product(("token-address", "token-id"), ("", "-campaign"), ("", "-stream"))))

#: Octets of a proof: enough that no two of one address are the same by chance.
PROOF_OCTETS = 8


def proof(kind: str, *texts: str | bytes) -> str:
    """A proof of ``kind``: a digest of ``texts``, which can only be compared."""
    octets = kind.encode()
    for text in texts:
        octets += b"\0" + (text if isinstance(text, bytes) else text.encode(errors="replace"))
    return f"{kind}:{blake2b(octets, digest_size=PROOF_OCTETS).hexdigest()}"


def proof_of_time(made_at: datetime) -> str:
    """A proof that a message was made at ``made_at``."""
    return f"made:{made_at.isoformat(timespec='seconds')}"


def proved(*joined: str) -> str:
    """What these proofs prove together: of each kind the first."""
    shown: dict[str, str] = {}
    for text in " ".join(joined).split():
        shown.setdefault(text.partition(":")[0], text)
    return " ".join(shown.values())


def proofs(proved: str) -> dict[str, str]:
    """The proofs that were joined, by kind; none for what was recorded before proofs had kinds."""
    if not proved:
        return {}
    shown = {part.partition(":")[0]: part for part in proved.split() if "@" not in proved}
    return shown if shown.keys() <= PROOF_KINDS | TOKEN_KINDS else {}


#: The reason of an auto-reply that says that the person or the address is gone.
DEPARTED = "address_moved"


@record(frozen=True, slots=True)
class Event:
    """One fact about one address: a report after identification and classification.

    bounced.parse joins it from Decoded, Report, Verdict, bounced.identify.Identity, bounced.trust.Assessment and
    bounced.trust.Provenance by the names of their fields. A new fact is a field in the one that finds it, a field here
    and a column of ``events`` (a migration, which makes ``events_view`` again for programs to see it); one by which
    addresses are judged is a field of bounced.policy.Entry too.
    """

    address: str  # the charged address, normalized (see bounced.address); "" when nobody could be named
    kind: Kind
    action: Action = ""
    class_: Class = ""  # for bounces only
    reason: str = ""  # for bounces a key of REASONS; for auto-replies DEPARTED or ""
    status: str = ""
    reply_code: str = ""
    diagnostic_code: str = ""
    final_recipient: str = ""
    original_recipient: str = ""
    reporting_mta: str = ""
    remote_mta: str = ""
    feedback_type: str = ""
    original_message_id: str = ""  # without <>
    proved: str = ""  # which message a verified report is about: what ``proved`` joins
    campaign: str = ""
    campaign_by: str = ""  # what names the campaign: one of PROVING, or "header", "verp"; "" where nothing does
    headers: Headers = ()  # the configured headers of the returned original
    rule: str = ""  # why this reason
    words: Words = ""  # this and the next two: as in Verdict
    stated_status: str = ""
    own_names: str = ""
    trust: Trust = "unverified"  # that this is about mail we sent
    evidence: str = ""  # for the trust level, for people: "token k1", "From of the original"
    charged_by: str = ""  # what names the recipient, by address or id: "token", "verp", "header", "to", …
    recipient_id: str = ""  # the sender's own id of the recipient, see the table recipients
    stream: str = ""  # the kind of mail that it is about, in the sender's words
    stream_by: str = ""  # as campaign_by
    sending_domain: str = ""  # of the From of the original
    sending_domain_by: str = ""  # as campaign_by
    tenant: str = ""  # whose mail it is about, of those in one database; "" for nobody's (see bounced.address, 5)
    tenant_by: str = ""  # as campaign_by, or "mailbox"
    source: str = ""  # the host from which the report reached us, as our own server wrote it


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judges recorded failures again; ``digest`` names the tables for programs, ``name`` for people.

    ``verdict`` returns ``None`` for an event whose verdict stays, whatever the tables say.
    """

    digest: str
    name: str
    verdict: Callable[[Event], Verdict | None]


@record(frozen=True, slots=True)
class Parsed:
    """One message, parsed: its kind, the decoder that claimed it, and an event for each recipient and action.

    ``problem`` is one line for ``unreadable`` messages, and where not all events are stored.
    """

    kind: Kind
    decoder: str = ""
    subject: str = ""
    events: tuple[Event, ...] = ()
    problem: str = ""
    wants: tuple[str, ...] = ()  # names of our DKIM keys that are missing to assess trust, and not known to be none
    events_dropped: int = 0  # those that are not stored, see bounced.trust.budget
    seconds: float = field(default=0.0, compare=False)  # of processor time that it took
    tables: str = field(default="", compare=False)  # the digest of those that classified it, "" where nobody says
    number: str = ""  # one that nobody else can write: a message with the number of an earlier one is a copy of it
    overruled: tuple[str, ...] = ()  # for each event the evidence for other reasons, for people; it is not stored
    erased: int = field(default=0, compare=False)  # further events, about addresses that were erased
    canary: str = ""  # the number of the canary that it returns: it is about nobody (docs/monitoring.md)

    @property
    def recognized(self) -> bool:
        """True for a canary, and when the message is a report, every recipient in it is named, and none was dropped."""
        if self.canary:
            return True
        are_events = bool(self.events or self.erased)
        return are_events and not self.events_dropped and all(event.address for event in self.events)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key of our DKIM signatures that the DNS has had: its name and TXT record, known for ``seconds`` from now."""

    name: str
    record: str
    seconds: float


@record(frozen=True, slots=True)
class Origin:
    """Where a message was found. ``uidvalidity`` and ``uid`` are 0 outside IMAP."""

    mailbox: str  # "imap:bounces/INBOX", "maildir:/var/…", "mbox:/…", "file:/…", "-"
    name: str = ""  # its name in there: a path, a number in an mbox, a UID
    uidvalidity: int = 0
    uid: int = 0


@record(frozen=True, slots=True)
class RawMessage:
    """A message as read from a mailbox."""

    origin: Origin
    arrived_at: datetime
    content: bytes  # the first 256 KiB at most; empty when it was too large to fetch
    size: int  # octets of the whole message
    role: Role = "auto"  # what its mailbox is for
    stored_at: datetime | None = None  # IMAP INTERNALDATE; None outside IMAP, where such dates mean nothing
    withheld: bool = False  # the server lists it but returns no body
    may_be_part: bool = False  # of another message: its mbox does not quote lines that begin with "From "
    parsed: Parsed | None = None  # where it was parsed when it was read
    tenant: str = ""  # whose mailbox it is; "" for nobody's

    @property
    def too_large(self) -> bool:
        """True when it was not fetched because of its size."""
        return self.size > 0 and not self.content and not self.withheld


class Expiration(NamedTuple):
    """What a login depends on, by its name, and when that ends: a certificate that a server shows, or a secret."""

    kind: Literal["certificate", "secret"]
    name: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an IMAP folder was read: everything up to ``uid`` in the epoch ``uidvalidity``."""

    mailbox: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class CopyTarget:
    """Where messages are about to be copied to."""

    folder: str  # its name on the server
    uidvalidity: int
    next_uid: int  # a copy gets this UID or a higher one; 0 where the server does not say
    begun_at: datetime | None = None  # when the server was told, None for long ago


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in the mailbox's order, and the cursor that is true once they are taken.

    ``vanished`` are messages that the mailbox listed but that disappeared before they could be read.
    """

    messages: tuple[RawMessage, ...]
    cursor: Cursor | None = None
    vanished: tuple[Origin, ...] = ()


@record(frozen=True, slots=True)
class Item:
    """A message on its way into the ledger."""

    message: RawMessage
    fingerprint: str  # see bounced.ledger.fingerprint
    parsed: Parsed | None  # None when the ledger knew the fingerprint, so that it was not parsed again


@record(frozen=True, slots=True)
class Intake:
    """A message for which the ledger has taken responsibility."""

    origin: Origin
    outcome: Outcome
    recognized: bool
