"""A ledger and sinks, without a daemon."""

from __future__ import annotations

from functools import partial
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
