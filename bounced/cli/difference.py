"""How a difference between suppressions is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from bounced.ledger.compare import Difference, Group
from bounced.peer import counted, printable

#: Providers and reasons that are shown to people, and addresses that are named.
GROUPS_LIMIT = 20
ADDRESSES_LIMIT = 10


def difference_row(difference: Difference) -> dict[str, Any]:
    """For programs."""
    groups = difference.began.keys() | difference.ended.keys()
    return {
        "events_since": difference.events_since,
        "addresses": difference.addresses,
        "event_count": difference.events,
        "suppressed": difference.began.total(),
        "released": difference.ended.total(),
        "by": [
            {
                "provider": provider,
                "class": class_,
                "reason": reason,
                "suppressed": difference.began[provider, class_, reason],
                "released": difference.ended[provider, class_, reason],
            }
            for provider, class_, reason in sorted(groups)
        ],
        "newly_suppressed": [address for address, _ in difference.suppressed[:ADDRESSES_LIMIT]],
        "newly_released": [address for address, _ in difference.released[:ADDRESSES_LIMIT]],
    }


def words(difference: Difference) -> Iterator[str]:
    """For people: the totals, then the largest of each."""
    yield totals(difference.began.total(), difference.ended.total())
    for name, groups in (("suppressed", difference.began), ("released", difference.ended)):
        yield from _groups(name, groups)
    if difference.events_since:
        yield f"events up to {difference.events_since} count no more where no judgment needed them (keep_events)"


def totals(more: int, fewer: int) -> str:
    """How many suppressions began and ended, on one line."""
    return f"{more:,} more suppressed, {fewer:,} fewer"


def _groups(name: str, groups: Counter[Group]) -> Iterator[str]:
    for (provider, class_, reason), number in groups.most_common(GROUPS_LIMIT):
        yield f"    {printable(provider)}: {number:,} {name} ({class_}: {printable(reason)})"
    if len(groups) > GROUPS_LIMIT:
        yield f"    and {counted(len(groups) - GROUPS_LIMIT, 'more group')} (--json)"
