"""A ledger and sinks, without a daemon."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bounced.config import SinkSection
from bounced.daemon.sinks import Sink, configured
from bounced.daemon.sinks.delivery import Delivery
from bounced.ledger import sinks
from bounced.ledger.ledger import Ledger
from bounced.model import Event
from bounced.policy import Limit, Policy
from bounced.sources.retry import Backoff, Pause, Span
from tests.support.ledger import item

AT_ONCE = Policy({**Policy().limits, "hard": Limit(1, 0)})


def sink(ledger: Ledger, secret: str = "", **keys: Any) -> Sink:
    """The sink of a section with ``keys``."""
    section = SinkSection.model_validate({**({"secret_env": "SECRET"} if secret else {}), **keys})
    current = partial(ledger.sinks.in_force, scopes=configured.scopes(section, {}))
    return configured.sink(configured.Place(section, secret, {}, current))


def delivery(ledger: Ledger, place: Sink, name: str = "crm") -> Delivery:
    """A job that delivers to ``place``, and backs off for no time."""
    pause = Pause(Backoff(lambda shortest, _: shortest, Span(0, 0)))
    return Delivery(name, place, ledger.sinks, pause, lambda *_: None)


def suppress(ledger: Ledger, *addresses: str) -> None:
    """A person's word."""
    ledger.decisions.decide(addresses, "suppress", "all", "")


def release(ledger: Ledger, *addresses: str) -> None:
    """A person's word."""
    ledger.decisions.decide(addresses, "release", "", "")


def complaint(address: str) -> Event:
    """Of abuse."""
    return Event(address, "complaint", feedback_type="abuse")


def take(ledger: Ledger, number: int, event: Event) -> None:
    """A report that counts."""
    ledger.take([item(number, 0, event, kind="complaint" if event.kind == "complaint" else "bounce")])


def state(ledger: Ledger) -> tuple[int, int, str]:
    """Of the only sink: what waits, what is dead, and the problem."""
    [row] = sinks.status(ledger._db)
    return row["waiting"], row["dead"], row["problem"]


def dead(ledger: Ledger, name: str = "crm") -> list[str]:
    """Why changes were refused."""
    return [why for (why,) in ledger._db.execute("SELECT problem FROM dead_letters WHERE sink = ?", [name])]


#: A change that a sink got: its number and its address.
Change = tuple[int, str]


def disorder(got: Sequence[Change], changes: Sequence[Change]) -> list[str]:
    """What is wrong with what a sink got: a change that it lacks, or one of an address that overtook another one.

    A repetition of the last changes is right.
    """
    had = set(got)
    found = [f"lacks {change}" for change in changes if change not in had]
    by_address: dict[str, list[int]] = {}
    for number, address in got:
        by_address.setdefault(address, []).append(number)
    for address, numbers in by_address.items():
        first, last = list(dict.fromkeys(numbers)), list(dict.fromkeys(reversed(numbers)))[::-1]
        if not first == last == sorted(first):
            found.append(f"{address}: {numbers}")
    return found


def of_lines(path: Path) -> list[Change]:
    """The changes in a file of JSON lines; a kill may have cut one short, which was written again."""
    found = []
    for line in path.read_text().splitlines():
        with contextlib.suppress(ValueError):
            found.append(json.loads(line))
    return [(change["id"], change["data"]["address"]) for change in found]
