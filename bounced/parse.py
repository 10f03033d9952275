"""From the bytes of one message to its events: decode, identify, assess trust, classify. Pure.

An event is joined from its parts by the names of their fields (see bounced.model.Event), so nothing here knows a fact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple, get_type_hints

from bounced.classify import classify
from bounced.classify.rules import Rule
from bounced.classify.servers import stating_server
from bounced.classify.tables import BUILT_IN, Tables
from bounced.decode import decode
from bounced.identify import Identity, Sender, find, identify, own_names
from bounced.identify.tenants import of_tenant
from bounced.model import DEPARTED, Decoded, Event, Headers, Parsed, Report, Verdict
from bounced.peer import are_storable, storable
from bounced.trust import Assessment, Provenance, assess, confirmed, provenance
from bounced.trust.budget import within_budget

#: The arrival time of a message for which it is not known.
NEVER = datetime.min.replace(tzinfo=UTC)

#: What stands for the decoder of a canary (bounced.ledger.canaries).
CANARY = "canary"


class Parts(NamedTuple):
    """What an event is joined from."""

    decoded: Decoded
    report: Report
    verdict: Verdict
    identity: Identity
    assessment: Assessment
    provenance: Provenance


#: The types of the parts, by name.
PARTS: Mapping[str, Any] = get_type_hints(Parts)

#: Which of the parts has each field of an event; where several have one of that name, the last.
FACTS: Mapping[str, str] = {
    name: [part for part, type_ in PARTS.items() if name in type_.__match_args__][-1] for name in Event.__match_args__
}
_FACTS = attrgetter(*(f"{part}.{name}" for name, part in FACTS.items()))


def parse(
    content: bytes,
    sender: Sender,
    rules: Sequence[Rule] = (),
    arrived_at: datetime = NEVER,
    tables: Tables = BUILT_IN,
) -> Parsed:
    """What a message says, with an event for each recipient: decoded, identified, weighed and classified. Pure.

    ``content`` is the message in octets, or the first 256 KiB of it. ``rules`` come before ``tables``.
    ``arrived_at`` is when your server received it, aware: by then tokens must not have expired. Texts in the result are
    single lines of at most 1000 printable characters. Never raises, but a hostile message can keep a decoder busy
    forever: call it in a process that has a time limit.
    """
    try:
        return parse_or_raise(content, sender, rules, arrived_at, tables)
    except Exception as error:  # noqa: BLE001  a bug that a message meets is that message's fault, and nobody else's
        return Parsed("unreadable", problem=storable(f"{type(error).__name__}: {error}"))


def at_most_plausible(parsed: Parsed, sender: Sender) -> Parsed:
    """The same for a message that may be a part of another one, as its sender chose: with own domains not verified."""
    if not sender.anchors.own_domains:
        return parsed
    return replace(parsed, events=tuple(map(_unproved, parsed.events)), number="")


def _unproved(event: Event) -> Event:
    if event.trust != "verified":
        return event
    evidence = storable(f'its mbox does not quote lines that begin with "From "; {event.evidence}')
    return replace(event, trust="plausible", evidence=evidence, proved="")


def parse_or_raise(
    content: bytes, sender: Sender, rules: Sequence[Rule], arrived_at: datetime, tables: Tables = BUILT_IN
) -> Parsed:
    """As ``parse``, without its net: for the fuzzer, which looks for what falls into it."""
    decoded = decode(content, with_text=bool(sender.keys))
    token = find(decoded, sender, arrived_at)
    if decoded.reports and token.canary:
        return Parsed("other", CANARY, storable(decoded.header.get("Subject")), canary=token.canary)
    shown = provenance(content, decoded, sender, arrived_at)
    ours = own_names(decoded, sender) if decoded.kind == "bounce" else frozenset()
    judge = partial(classify, rules=rules, ours=ours, tables=tables)
    events: dict[tuple[str, str] | int, tuple[Event, str]] = {}
    for number, (report, identity) in enumerate(zip(decoded.reports, identify(decoded, sender, token), strict=True)):
        event, overruled = _event(decoded, stating_server(report), identity, sender, judge, shown)
        # A DSN that names one recipient twice is still one failure.
        recipient = event.address or event.recipient_id
        events.setdefault((recipient, event.action) if recipient else number, (event, overruled))
    subject = storable(decoded.header.get("Subject"))
    stored = within_budget(tuple(event for event, _ in events.values()), len(content))
    notes = {id(event): storable(overruled) for event, overruled in events.values()}
    dropped = len(events) - len(stored)
    problem = storable(decoded.problem) or (f"and {dropped:,} more, which are not stored" if dropped else "")
    return Parsed(
        decoded.kind,
        decoded.decoder,
        subject,
        stored,
        problem,
        shown.signed.wants,
        dropped,
        number=shown.notified.number,
        overruled=tuple(notes[id(event)] for event in stored),
    )


def _event(
    decoded: Decoded,
    report: Report,
    named: Identity,
    sender: Sender,
    judge: Callable[[Report], Verdict],
    shown: Provenance,
) -> tuple[Event, str]:
    """The event, and the evidence for other reasons."""
    identity = of_tenant(confirmed(named, sender, shown), sender.tenants)
    assessment = assess(decoded, identity, sender, shown)
    about_failure = report.action in ("failed", "delayed")
    is_departed = decoded.kind == "auto-reply" and report.diagnostic_code
    verdict = judge(report) if about_failure else Verdict(DEPARTED if is_departed else "", "", report.status, "", "")
    return _joined(Parts(decoded, report, verdict, identity, assessment, shown)), verdict.overruled


def _joined(parts: Parts) -> Event:
    """The event whose facts are in ``parts``."""
    facts = _FACTS(parts)
    return Event(*(facts if not parts.identity.headers and are_storable(facts) else map(_storable, facts)))


def _storable(fact: str | Headers) -> str | Headers:
    return storable(fact) if isinstance(fact, str) else tuple((name, storable(value)) for name, value in fact)
