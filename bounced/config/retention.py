"""How long events have to be kept at least: as long as the longest period by which something is judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bounced.config.database import DatabaseSection
from bounced.policy import Limit, Policy


def problems(database: DatabaseSection, policy: Policy) -> Iterator[str]:
    """What is wrong with ``keep_events`` and ``keep_texts``, one per line."""
    for name, keep, (needed, key) in (
        ("keep_events", database.keep_events, max(_periods(database.keep_held, policy))),
        ("keep_texts", database.keep_texts, (_incidents(policy), "policy.incidents")),
    ):
        if keep != "forever" and keep < needed:
            yield f'database.{name}: must be at least "{-(-needed // timedelta(days=1))}d", because of {key}'


def _periods(keep_held: timedelta, policy: Policy) -> Iterator[tuple[timedelta, str]]:
    """Each period, and the key that sets it."""
    yield keep_held, "database.keep_held"
    yield policy.max_gap, "policy.max_gap"
    yield policy.settles or timedelta(), "policy.settles"
    yield policy.engaged.within if policy.engaged else timedelta(), "policy.engaged"
    yield _incidents(policy), "policy.incidents"
    yield timedelta(days=policy.health["window_days"]), "health.window"
    days = max(limit.days for limit in _limits(policy))
    yield timedelta(days=2 * days), "the limits of [policy] (twice as long where a reply explains nothing)"


def _incidents(policy: Policy) -> timedelta:
    """Incidents are found by the failures, and their texts, of so long."""
    return policy.incidents.learn + policy.incidents.longest


def _limits(policy: Policy) -> Iterator[Limit]:
    yield from policy.limits.values()
    yield from policy.reasons.values()
    for limits in (*policy.providers.values(), *policy.streams.values()):
        yield from limits.values()
    if policy.engaged:
        yield from policy.engaged.limits.values()
