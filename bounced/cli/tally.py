"""What a scan has done, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bounced.ledger.followed import NOTHING
from bounced.ledger.incidents import IncidentChange
from bounced.ledger.ledger import Receipt
from bounced.ledger.suppressions import Folded
from bounced.model import Item
from bounced.peer import counted, printable

#: Why the brake withholds suppressions, and what to do.
TOO_MANY = "far more than on other days (`bounced withheld` lists them, `bounced resume` suppresses them)"


class Tally:
    """Counts the outcomes of a scan."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.started: dict[str, None] = {}
        self.ended: dict[str, None] = {}
        self.held = 0
        self.withheld = 0
        self.dropped = 0
        self.followed = NOTHING
        self.incidents: dict[int, IncidentChange] = {}

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        self.outcomes.update(intake.outcome for intake in receipt.intakes)
        self.kinds.update(item.parsed.kind for item in items if item.parsed)
        self.started |= {address: None for address, _ in receipt.started}
        self.ended |= {address: None for address, _ in receipt.ended}
        self.held += receipt.held
        self.withheld += receipt.withheld
        self.incidents |= {change.number: change for change in receipt.incidents}
        self.dropped += sum(item.parsed.events_dropped for item in items if item.parsed)

    def resumed(self, folded: Folded) -> None:
        """Adds those whom the brake has withheld until now."""
        self.started |= {address: None for address, _ in folded.started}

    def lines(self) -> list[str]:
        """The summary, for people."""
        kinds = ", ".join(f"{number} {kind}" for kind, number in self.kinds.most_common())
        return [
            f"{counted(self.outcomes.total(), 'message')}: "
            + (", ".join(f"{n} {outcome}" for outcome, n in self.outcomes.most_common()) or "nothing to read"),
            *([f"new: {kinds}"] if kinds else []),
            *([f"held: {counted(self.held, 'event')} (see bounced held)"] if self.held else []),
            *map(_incident, self.incidents.values()),
            *([f"not stored: {counted(self.dropped, 'event')} (see bounced unrecognized)"] if self.dropped else []),
            *([f"withheld: {counted(self.withheld, 'address', 'es')}: {TOO_MANY}"] if self.withheld else []),
            *([f"newly suppressed: {counted(len(self.started), 'address', 'es')}"] if self.started else []),
            *([f"no longer suppressed: {counted(len(self.ended), 'address', 'es')}"] if self.ended else []),
        ]

    def row(self) -> dict[str, Any]:
        """The summary, for programs."""
        outcomes, kinds = dict(self.outcomes), dict(self.kinds)
        changes = {"newly_suppressed": list(self.started), "newly_released": list(self.ended)}
        dropped = {"events_dropped": self.dropped} if self.dropped else {}
        followed = {"policy_changes": asdict(self.followed)} if self.followed else {}
        incidents = {"incidents": list(self.incidents)} if self.incidents else {}
        withheld = {"withheld": self.withheld} if self.withheld else {}
        others = {**dropped, **incidents, **withheld, **changes, **followed}
        return {"outcomes": outcomes, "kinds": kinds, "not_counted": self.held, **others}


def _incident(change: IncidentChange) -> str:
    state = "open" if change.is_open else "over"
    name = printable(f"{change.dimension} {change.name}", 100)
    return f"incident {change.number} ({name}): {state} (see bounced incidents)"
