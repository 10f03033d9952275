"""Which numbers of [policy] hold for an address and why, and those that are no use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

from bounced.config.model import Config
from bounced.model import Class
from bounced.peer import days
from bounced.policy import HARDNESS, Engaged, Ladder, Limit, Policy
from bounced.policy.providers import SERVERS, provider
from bounced.policy.records import UNEXPLAINED


@dataclass(frozen=True, slots=True)
class Number:
    """What holds, in words, and the key that says it."""

    what: str
    value: str
    key: str
    is_default: bool


def numbers(config: Config, address: str) -> Iterator[Number]:
    """The numbers for ``address``, which is a key as the ledger has it."""
    rule = config.rule()
    for class_ in reversed(HARDNESS):
        key, is_default = _origin(config, rule, address, class_)
        yield Number(f"{class_} failures", _limit(rule.limit(class_, address)), key, is_default)
        if rule.limit(class_, address).bounces:
            twice = _limit(rule.limit(class_, address, "unknown"))
            yield Number(f"{class_} failures ({', '.join(sorted(UNEXPLAINED))})", twice, f"twice {key}", is_default)
    yield from _conditional(rule, address)
    is_default = "max_gap" not in config.policy.model_fields_set
    yield Number("a gap that begins a new streak", _days(rule.max_gap), "policy.max_gap", is_default)
    is_default = "settles" not in config.policy.model_fields_set
    settles = _days(rule.settles) if rule.settles else "never"
    yield Number("a sent message without a report was delivered after", settles, "policy.settles", is_default)
    for class_ in ("hard", "soft"):
        what = f"proofs of delivery that lift a suppression for {class_} failures"
        yield Number(what, f"{rule.lift[class_] or 'none'}", f"policy.lift.{class_}", class_ not in config.policy.lift)
    if not rule.expire:
        yield Number("suppressions last", "until they are released", "policy.expire", is_default=True)
    for kind, ladder in sorted(rule.expire.items()):
        yield Number(f"suppressions for {kind} last", _ladder(ladder), f"policy.expire.{kind}", is_default=False)
    for kind, scope in sorted(rule.scopes.items()):
        yield Number(f"suppressions for {kind} forbid", scope, f"policy.scope.{kind}", is_default=False)
    for counted, trust in sorted(rule.count.items()):
        yield Number(f"{counted} counts from", trust, "trust.count", is_default=False)


def _conditional(rule: Policy, address: str) -> Iterator[Number]:
    """The limits that hold for some failures of ``address``."""
    own = provider(address)
    for name, limits in sorted(rule.providers.items()):
        if name in SERVERS.values() and name != own:
            for class_, limit in sorted(limits.items()):
                key = f'policy.provider."{name}".{class_}'
                yield Number(f"{class_} failures where {name} answers", _limit(limit), key, is_default=False)
    if rule.engaged:
        yield from _engaged(rule, rule.engaged, address)
    for reason, limit in sorted(rule.reasons.items()):
        yield Number(f"failures for {reason}", _limit(limit), f"policy.reason.{reason}", is_default=False)
    for stream, limits in sorted(rule.streams.items()):
        for class_, limit in sorted(limits.items()):
            key = f'policy.stream."{stream}".{class_}'
            yield Number(f"{class_} failures of {stream}", _limit(limit), key, is_default=False)


def _engaged(rule: Policy, engaged: Engaged, address: str) -> Iterator[Number]:
    for class_ in reversed(HARDNESS):
        limit = rule.limit(class_, address, since_engaged=timedelta())
        if limit != rule.limit(class_, address):
            key = f"policy.engaged.{class_}" if class_ in engaged.limits else "policy.engaged"
            what = f"{class_} failures of subscribers engaged in the {_days(engaged.within)} before"
            yield Number(what, _limit(limit), key, is_default=False)


def notes(config: Config) -> Iterator[str]:
    """What is valid and yet not meant: numbers that are never reached, and failures that count at once, for good."""
    rule = config.rule()
    everywhere: Mapping[Class, Limit] = {}
    for table, limits in (("policy", everywhere), *_of("provider", rule.providers), *_of("stream", rule.streams)):
        merged = {**rule.limits, **limits}
        yield from _unreachable(table, merged, limits)
        if _is_at_once(merged["hard"]) and (not limits or "hard" in limits):
            yield from _at_once(f"{table}.hard", "hard", rule)
    for reason, limit in sorted(rule.reasons.items()):
        if _is_at_once(limit):
            yield from _at_once(f"policy.reason.{reason}", reason, rule)
    for class_, limit in sorted(rule.engaged.limits.items()) if rule.engaged else ():
        usual = rule.limits[class_]
        if limit.bounces and limit != usual and (not usual.bounces or _is_before(limit, usual)):
            yield (
                f"policy.engaged.{class_}: {_inline(limit)} asks for less than {class_} = {_inline(usual)}: engaged "
                "subscribers are suppressed before others"
            )


def _at_once(key: str, kind: str, rule: Policy) -> Iterator[str]:
    """What one failure does that suppresses: where nothing else sees to it, what an outage does."""
    lapses, is_guarded = _lapses(rule, kind), bool(rule.incidents.addresses)
    if lapses and is_guarded:
        return
    outage = 'a day on which a provider answers "user unknown" by mistake'
    guard = "" if is_guarded else "; turn the guard against outages on again ([policy.incidents] addresses)"
    if lapses:
        yield f"{key}: one failure suppresses at once, and so does {outage}{guard} (docs/policy.md)"
        return
    during = " in the first weeks ([policy.incidents] learn)" if is_guarded else ""
    yield (
        f"{key}: one failure suppresses at once and for good, and so does {outage}{during}{guard}; let it lapse, for "
        f'example [policy.expire] {kind} = ["7d", "30d", "never"] (docs/policy.md)'
    )


def _of(table: str, tables: Mapping[str, Mapping[Class, Limit]]) -> Iterator[tuple[str, Mapping[Class, Limit]]]:
    return ((f'policy.{table}."{name}"', limits) for name, limits in sorted(tables.items()))


def _unreachable(table: str, limits: Mapping[Class, Limit], own: Mapping[Class, Limit]) -> Iterator[str]:
    """Limits that a softer one, which counts the same failures, reaches before."""
    for softer, harder in combinations(HARDNESS, 2):
        soft, hard = limits[softer], limits[harder]
        if own and not {softer, harder} & own.keys():
            continue
        if soft.bounces and hard.bounces and soft != hard and _is_before(soft, hard):
            yield (
                f"{table}.{harder}: is never reached: {softer} = {_inline(soft)} counts {harder} failures too, and "
                f"is reached before {_inline(hard)}"
            )


def _is_before(limit: Limit, other: Limit) -> bool:
    """True when what reaches ``other`` has reached ``limit``."""
    return limit.bounces <= other.bounces and limit.days <= other.days


def _is_at_once(limit: Limit) -> bool:
    return limit.bounces == 1 and not limit.days


def _lapses(rule: Policy, kind: str) -> bool:
    ladder = rule.expire.get(kind) or rule.expire.get("hard") or rule.expire.get("user_unknown")
    return bool(ladder and ladder.steps[0])


def _origin(config: Config, rule: Policy, address: str, class_: Class) -> tuple[str, bool]:
    for provider_key in (address.rpartition("@")[2], provider(address)):
        if class_ in rule.providers.get(provider_key, {}):
            return f'policy.provider."{provider_key}".{class_}', False
    return f"policy.{class_}", getattr(config.policy, class_) is None


def _limit(limit: Limit) -> str:
    if not limit.bounces:
        return "never count"
    return f"{limit.bounces} over more than {days(limit.days)}" if limit.days else f"{limit.bounces}, at once"


def _inline(limit: Limit) -> str:
    return f"{{ bounces = {limit.bounces}, days = {limit.days:g} }}"


def _ladder(ladder: Ladder) -> str:
    return ", then ".join(_days(step) if step else "until they are released" for step in ladder.steps)


def _days(duration: timedelta) -> str:
    return days(duration / timedelta(days=1))
