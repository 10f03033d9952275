"""The numbers of the rule, the history that it reads, and its judgment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from bounced.model import (
    DECISIONS,
    DEPARTED,
    TOKEN_KINDS,
    Action,
    Cause,
    Class,
    CountedKind,
    Decision,
    Kind,
    Scope,
    Trust,
    proof,
    proofs,
)
from bounced.policy.incidents import IncidentLimits
from bounced.policy.proofs import NO_MESSAGES, Messages
from bounced.policy.providers import provider

#: Raise it when ``decide`` makes something else of a history: every ledger is then folded again.
VERSION = 33

#: Reasons that say nothing about the mailbox: "550 Rejected" may be about us. These failures need twice the limit.
UNEXPLAINED = frozenset(("refused", "unknown"))

#: The classes, each harder than the one before: a limit counts the failures of its class and of harder ones.
HARDNESS: tuple[Class, ...] = ("block", "soft", "hard")
HARDEST_FIRST = HARDNESS[::-1]

#: Of each class, those whose limits count its failures.
COUNTED_IN: Mapping[Class, tuple[Class, ...]] = {
    class_: HARDNESS[: number + 1] for number, class_ in enumerate(HARDNESS)
}

EntryKind = Literal["failed", "delayed", "delivered", "auto-reply", "sent", "engaged", "complaint", "noted"] | Decision

#: What proves that the mailbox takes mail; ``sent``: a message that nobody contradicted (bounced.policy.silence).
PROOFS: tuple[EntryKind, ...] = ("delivered", "auto-reply", "sent", "engaged")

#: What a complaint forbids; ``stream``: the stream that it names, marketing when it names none.
ComplaintScope = Literal["all", "marketing", "stream", "none"]

#: By RFC 5965 feedback type. A type that is not here counts as ``other`` does (section 7.3).
COMPLAINTS: Mapping[str, ComplaintScope] = {
    "abuse": "marketing",
    "fraud": "marketing",
    "virus": "marketing",
    "other": "marketing",
    "opt-out": "marketing",
}

#: The limits of the view campaign_health; rates in percent. 5 and 10 % of bounces, and 0.1 and 0.5 % of complaints,
#: are where Amazon SES begins to review and to pause senders; 0.3 % of complaints is Google's limit.
HEALTH: Mapping[str, float] = {
    "window_days": 30,
    "minimum_sent": 100,
    "minimum_events": 3,
    "bounce_warning": 5,
    "bounce_critical": 10,
    "complaint_notice": 0.1,
    "complaint_warning": 0.3,
    "complaint_critical": 0.5,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """``bounces`` failures over more than ``days`` days; ``bounces = 0`` means that they never count."""

    bounces: int
    days: float

    def reached(self, streak: Streak) -> bool:
        """True when ``streak`` is enough for a suppression."""
        if streak.bounces < self.bounces:
            return False
        # By both dates: a forger may have written the earlier one, and the mailbox may have got the last one late.
        lasted = min(streak.last_at - streak.first_at, streak.last_stored_at - streak.first_stored_at)
        return self.days == 0 or lasted > timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Ladder:
    """How long suppressions of a kind last: the first, the next after a lapse, and so on; ``None``: for good.

    With ``probation`` the next one begins with a single failure of the kind, else with a streak like the first. The
    last step is that of all further ones.
    """

    steps: tuple[timedelta | None, ...]
    probation: bool = True

    def lifetime(self, rung: int) -> timedelta | None:
        """How long the suppression after ``rung`` lapses lasts."""
        return self.steps[min(rung, len(self.steps) - 1)]


@dataclass(frozen=True, slots=True)
class BrakeLimits:
    """The numbers of the brake (bounced.policy.brake); ``addresses = 0`` turns it off.

    ``factor`` is how far above a usual day is far.
    """

    addresses: int = 100
    factor: float = 10
    learn: timedelta = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Engaged:
    """The limits for an address whose owner was engaged less than ``within`` before its failure."""

    within: timedelta
    limits: Mapping[Class, Limit]

    def limit(self, class_: Class, usual: Limit) -> Limit:
        """The limit of ``class_``: without one of its own no less than ``usual`` and those of harder classes.

        It counts their failures too.
        """
        if class_ in self.limits or not usual.bounces:
            return self.limits.get(class_, usual)
        harder = [self.limits[harder] for harder in HARDNESS[HARDNESS.index(class_) :] if harder in self.limits]
        asked = [usual, *harder]
        return Limit(max(limit.bounces for limit in asked), max(limit.days for limit in asked))


class Failing(NamedTuple):
    """What of a failure says which limits hold for it; ``""`` where that is not known.

    ``since_engaged`` is how long before the owner of the address was engaged, ``None`` where that is not known.
    """

    address: str
    class_: Class = ""
    reason: str = ""
    remote_mta: str = ""
    stream: str = ""
    is_stream_proved: bool = True
    since_engaged: timedelta | None = None


#: Messages whose names are remembered: one failure asks for them several times.
NAMED_MESSAGES_LIMIT = 256

#: Proofs besides its Message-ID and its body that name a message.
_NAMING_KINDS = ("sns", *sorted(TOKEN_KINDS))

#: Of suppressions that stay until they are released.
FOR_GOOD = Ladder((None,), probation=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the rule. ``limits`` has all three classes.

    Of the others the first that has a limit overrides it: ``reasons``; ``providers``, by the domain of the address,
    then by the name of its provider (bounced.policy.providers); ``streams``.

    A gap of more than ``max_gap`` breaks a streak, unless the sender's records tell what was sent. A message counts as
    delivered when ``settles`` has passed without a report (``None``: never), and so many proofs of delivery as
    ``lift`` has for its class lift a suppression (0: none does). ``engaged`` is about owners who lately opened, clicked
    or confirmed something. ``expire`` is how long a suppression lasts, and ``scopes`` which
    mail it forbids, by the reason of its latest failure or by the class: without them until it is released, and all
    mail. ``complaints`` has the scope of each feedback type (RFC 5965 3.1).

    ``count`` says how much trust each kind needs to count; without it everything counts, and the guards against
    floods (``reports_per_address`` from one source in a day, ``addresses_per_message``, ``complaints_per_source`` in a
    day) are off. Of the last two bounced.ledger.floods and complaint_floods ask once for each report, and so does
    bounced.ledger.storing of how many of a day it stores, ``unverified_per_source`` and ``stored_per_address``.
    """

    limits: Mapping[Class, Limit] = field(
        default_factory=lambda: {"hard": Limit(3, 15), "soft": Limit(3, 15), "block": Limit(0, 0)}
    )
    providers: Mapping[str, Mapping[Class, Limit]] = field(default_factory=dict)
    max_gap: timedelta = timedelta(days=90)
    expire: Mapping[str, Ladder] = field(default_factory=dict)
    count: Mapping[CountedKind, Trust] = field(default_factory=dict)
    complaints: Mapping[str, ComplaintScope] = field(default_factory=lambda: COMPLAINTS)
    transactional: tuple[Scope, ...] = ()  # the streams that a complaint without proof does not forbid
    reports_per_address: int = 10
    addresses_per_message: int = 1000
    complaints_per_source: int = 20
    unverified_per_source: int = 1000
    stored_per_address: int = 100
    migrated: bool = False  # the mailboxes were copied without their dates
    health: Mapping[str, float] = field(default_factory=lambda: HEALTH)  # for campaigns, not for addresses
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    settles: timedelta | None = timedelta(days=6)
    lift: Mapping[Class, int] = field(default_factory=lambda: {"hard": 0, "soft": 1, "block": 1})
    engaged: Engaged | None = None
    own: tuple[str, ...] = ()  # our addresses and domains, which the sender's tables never charge
    delimiters: str = ""  # of sub-addresses that are the same as their address (bounced.policy.patterns)
    spellings: tuple[str, ...] = ()  # providers whose spellings of a mailbox are the same (bounced.policy.mailboxes)
    reasons: Mapping[str, Limit] = field(default_factory=dict)
    streams: Mapping[str, Mapping[Class, Limit]] = field(default_factory=dict)
    incidents: IncidentLimits = field(default_factory=IncidentLimits)  # bounced.ledger.incidents asks
    brake: BrakeLimits = field(default_factory=BrakeLimits)  # bounced.ledger.brake asks

    def limit(self, class_: Class, address: str, reason: str = "", since_engaged: timedelta | None = None) -> Limit:
        """The limit of ``class_`` for a failure of ``address`` of which no more is known."""
        return self.limit_for(class_, Failing(address, reason=reason, since_engaged=since_engaged))

    def limit_for(self, class_: Class, failing: Failing) -> Limit:
        """The limit of ``class_``: twice as high for a failure that says nothing about the address.

        Softer classes count a failure with a limit of its reason too, and then ask for no less.
        """
        limit, of_reason = self._usual_limit(class_, failing), self.reasons.get(failing.reason)
        if of_reason is not None:
            limit = of_reason if failing.class_ in ("", class_) else _stricter(limit, of_reason)
        if self.engaged and failing.since_engaged is not None and failing.since_engaged <= self.engaged.within:
            limit = self.engaged.limit(class_, limit)
        is_explained = failing.reason not in UNEXPLAINED or of_reason is not None
        return limit if is_explained else Limit(2 * limit.bounces, 2 * limit.days)

    def _usual_limit(self, class_: Class, failing: Failing) -> Limit:
        """Of the domain, of the provider, of the stream, or of all. A stream without proof can only ask for more."""
        for key in self._provider_keys(failing) if self.providers else ():
            if class_ in self.providers.get(key, {}):
                return self.providers[key][class_]
        usual, of_stream = self.limits[class_], self.streams.get(failing.stream, {}).get(class_)
        if of_stream is None:
            return usual
        return of_stream if failing.is_stream_proved else _stricter(usual, of_stream)

    def _provider_keys(self, failing: Failing) -> tuple[str, str]:
        return failing.address.rpartition("@")[2], provider(failing.address, failing.remote_mta)

    def kind(self, class_: Class, reason: str) -> str:
        """The key of ``expire`` for such a failure: its reason, else its class if that explains anything."""
        return reason if reason in self.expire or reason in UNEXPLAINED else class_

    def scope(self, class_: Class, reason: str) -> Scope:
        """Which mail a suppression for such a failure forbids."""
        return self.scopes.get(reason) or self.scopes.get(class_, "all")

    def complaint(self, feedback_type: str) -> ComplaintScope:
        """The scope that a complaint of that type forbids."""
        return self.complaints.get(feedback_type, self.complaints.get("other", "none"))


def _stricter(one: Limit, other: Limit) -> Limit:
    """What asks for no less than both; one that is never reached where either is not."""
    if not one.bounces or not other.bounces:
        return Limit(0, 0)
    return Limit(max(one.bounces, other.bounces), max(one.days, other.days))


class Entry(NamedTuple):
    """One entry in the history of an address: an event, or a person's decision. Of a million each is made anew."""

    id: int
    at: datetime  # see bounced.sources.arrival
    what: EntryKind
    class_: Class = ""
    reason: str = ""  # of a failure; of a complaint its feedback type
    original_message_id: str = ""
    proved: str = ""  # which message it is about, for verified reports
    scope: Scope = ""  # of a decision; "" releases every scope
    cause: Cause | Literal[""] = ""  # of a decision: of what it suppresses, "": manual, or releases, "": of every one
    detail: str = ""
    trust: Trust = "verified"
    held: str = ""  # why it does not count until a person accepts it
    accepted: bool = False  # by a person: it counts
    source: str = ""  # the host that brought the report, the list that has the address, the entry that allows it
    stream: str = ""
    stream_by: str = ""  # what names it, see bounced.model.Event
    stored_at: datetime | None = None  # in the mailbox, where that is known
    sent: int = 0  # how many messages had been sent to the address when a failure was recorded; 0: not known
    final_recipient: str = ""  # as the report writes it
    remote_mta: str = ""  # the server that answered
    excused: bool = False  # held by an incident, or taken back by a person, and by nothing else: it failed all the same
    #: Its message is in the sender's records (bounced.policy.silence); no column has that.
    recorded: bool = False

    def messages(self) -> tuple[str, ...]:
        """Names of the message that it is about: those that were proved, and the one that anybody can write."""
        return _names(self.proved, self.original_message_id)

    def proved_messages(self) -> tuple[str, ...]:
        """The names that were proved; messages of one text have one body, so that is a name where no other id is."""
        return _names(self.proved, "")

    def order(self) -> tuple[object, ...]:
        """A key that sorts a history the same way however it arrived; decisions of one second stay in their order."""
        if self.what in DECISIONS:
            return (self.at, True, self.id)
        proof = self.what in PROOFS
        claim = (self.what, self.class_, self.reason, self.original_message_id, self.proved, self.detail)
        reporter = (
            self.trust,
            self.held,
            self.accepted,
            self.source,
            self.stream,
            self.stream_by,
            self.stored_at is None,
            self.stored_at or self.at,
            self.sent,
            self.final_recipient,
            self.remote_mta,
        )
        return (self.at, False, not proof, claim, reporter)


@lru_cache(maxsize=NAMED_MESSAGES_LIMIT)
def _names(proved: str, original_message_id: str) -> tuple[str, ...]:
    """The names of a message that are ``proved``, and the one that anybody can write."""
    stated = (_name(proof("message-id", original_message_id)),) if original_message_id else ()
    if not proved:
        return stated
    shown = proofs(proved)
    if not shown:  # as it was recorded before proofs had kinds, or not at all
        return tuple(dict.fromkeys((_name(proof("message-id", proved)), *stated)))
    message = shown.get("message-id") or shown.get("body", "")
    others = (shown[kind] for kind in _NAMING_KINDS if kind in shown)
    return tuple(dict.fromkeys((*(_name(text) for text in (message, *others) if text), *stated)))


def _name(proof: str) -> str:
    """The digest in a proof: enough of it to compare, as its kind is in the digest."""
    return proof.partition(":")[2]


def entry_kind(kind: Kind, action: Action, reason: str) -> EntryKind:
    """The kind of entry that an event of that kind, action and reason makes in the history of its address.

    Whoever relayed a message or expanded a list has not seen a mailbox (RFC 3464 2.3.3): that proves nothing, nor does
    an answer that says that the person is gone.
    """
    if kind == "auto-reply":
        return "noted" if reason == DEPARTED else kind
    if kind == "complaint":
        return kind
    if action in ("failed", "delayed"):
        return action
    return "delivered" if action == "delivered" else "noted"


class Streak(NamedTuple):
    """Consecutive counted failures."""

    bounces: int
    first_at: datetime
    last_at: datetime
    first_stored_at: datetime  # when the mailbox got the first: up to a day after ``first_at``
    last_stored_at: datetime
    messages: Messages = NO_MESSAGES
    recorded: bool = False  # the message of the last failure is in the sender's records


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why an address must not be mailed: the scope of mail that is forbidden, and what led to it.

    ``reason`` is a key of REASONS for a bounce, the feedback type (RFC 5965 3.1) for a complaint, else ``manual``.
    ``until`` is ``None`` when it does not end by itself. ``bounces`` counts the failures of the streak, from
    ``first_bounce_at`` to ``last_bounce_at``: 0 and ``None`` unless the cause is a bounce.
    """

    scope: Scope
    cause: Cause
    reason: str
    class_: Class
    since: datetime
    until: datetime | None = None
    bounces: int = 0
    first_bounce_at: datetime | None = None
    last_bounce_at: datetime | None = None
    detail: str = ""

    def in_force(self, now: datetime) -> bool:
        """True until it has expired."""
        return self.until is None or now < self.until


class Step(NamedTuple):
    """What one entry of the history did; ``note`` is for people, ``""`` when a message that was sent changed nothing.

    ``held``: until a person accepts it.
    """

    entry: Entry
    counted: bool
    note: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Judgment:
    """What a history comes to: a step for each entry, in order of time; the suppressions, expired ones included; and
    the streak that is open, ``None`` without one.
    """

    steps: tuple[Step, ...]
    suppressions: tuple[Suppression, ...]
    streak: Streak | None
