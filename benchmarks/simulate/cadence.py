"""Senders who send more often than weekly, or less: what noise costs the one, and when the other knows the dead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from benchmarks.simulate.reports import EXPIRING, HOST, LIFETIME, Failure
from benchmarks.simulate.rules import Message, Rule
from benchmarks.simulate.world import START, Fate
from benchmarks.simulate.year import deliver


@dataclass(frozen=True, slots=True)
class Cadence:
    """``runs`` newsletters, one each ``every`` days, to ``recipients``; ``fate`` draws what becomes of a message."""

    every: int
    runs: int
    recipients: int
    fate: Callable[[int, Random], Fate | None]
    says: str  # what the share of suppressed recipients means


def _noise(number: int, random: Random) -> Fate | None:
    return "late" if random.random() < NOISE else None


def _dead(number: int, random: Random) -> Fate | None:
    return "unknown"


#: Of the messages of a daily sender, those that expire in a queue although the mailbox lives.
NOISE = 0.01

CADENCES: Mapping[str, Cadence] = {
    "daily": Cadence(1, 365, 500, _noise, "of the living are suppressed after a year of 1 % noise"),
    "quarterly": Cadence(91, 3, 100, _dead, "of the dead are suppressed after three newsletters"),
}


def addresses(cadence: Cadence) -> list[str]:
    """The recipients."""
    return [f"reader{number}@site{number % 40}.example" for number in range(cadence.recipients)]


def run(cadence: Cadence, rule: Rule, folder: Path, seed: int) -> float:
    """The largest share of the recipients that were suppressed at a time."""
    random, largest = Random(seed), 0.0  # noqa: S311  so that it can be made again
    pending: list[Failure] = []
    for number in range(cadence.runs):
        sent = START + timedelta(days=number * cadence.every)
        suppressed = rule.suppressed(sent)
        mailed = [(n, address) for n, address in enumerate(addresses(cadence)) if address not in suppressed]
        messages = [Message(f"daily.{number}.{n}@{HOST}", address, sent) for n, address in mailed]
        rule.send(messages)
        for (n, address), message in zip(mailed, messages, strict=True):
            if fate := cadence.fate(n, random):
                at = sent + timedelta(minutes=5) + (LIFETIME if fate in EXPIRING else timedelta())
                pending.append(Failure(address, "small", fate, at, message.message_id, rule.return_path(n, sent)))
        now = sent + timedelta(days=cadence.every)
        due = sorted((failure for failure in pending if failure.at <= now), key=lambda failure: failure.at)
        pending = [failure for failure in pending if failure.at > now]
        deliver(rule, now, due, folder, number * 10**6)
        largest = max(largest, len(rule.suppressed(now)) / cadence.recipients)
    return largest
