"""What of a state no later entry asks for, so that the entries behind it need not be known any more. Pure.

A report about a message that was reported longer ago than failures are remembered counts as one about a new message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bounced.policy.doubts import DAY
from bounced.policy.records import Policy
from bounced.policy.repeats import UNNAMED
from bounced.policy.state import State


def asked(state: State, at: datetime, policy: Policy) -> State:
    """``state`` without what no entry later than ``at`` asks for: two that are the same then go on alike."""
    gap, engaged_at = policy.max_gap, state.engaged_at
    within = policy.engaged.within if policy.engaged else None
    streaks = {
        class_: streak for class_, streak in state.streaks.items() if streak.recorded or at - streak.last_at < gap
    }
    verified_at = state.verified_at
    is_proof = state.is_proved or any(verified_at and streak.first_at <= verified_at for streak in streaks.values())
    return replace(
        state,
        at=None,
        streaks=streaks,
        counted=tuple(failure for failure in state.counted if at - failure.at < (gap if failure.names else UNNAMED)),
        reports=tuple((source, reported) for source, reported in state.reports if at - reported < DAY),
        reported=(),
        proofs=state.proofs if state.bounce else 0,
        engaged_at=engaged_at if engaged_at and within and at - engaged_at < within else None,
        verified_at=verified_at if is_proof else None,
    )


def begin(state: State) -> datetime | None:
    """When the first of what ``state`` is about happened, ``None`` for nothing."""
    return min(_dates(state), default=None)


def _dates(state: State) -> Iterator[datetime]:
    for streak in state.streaks.values():
        yield from (streak.first_at, streak.first_stored_at)
    yield from (failure.at for failure in state.counted)
    yield from (reported for _, reported in state.reports)
    yield from (complaint.at for complaint in state.complaints)
    if state.bounce:
        yield from filter(None, (state.bounce.since, state.bounce.first_bounce_at))
