"""Sends the newsletter every week to whom the rule leaves, and counts what becomes of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.simulate.reports import EXPIRING, HOST, LIFETIME, Failure, report
from benchmarks.simulate.rules import Message, Rule
from benchmarks.simulate.world import OUTAGE_WEEK, WEEKS, Recipient, World, sent_at

#: Minutes after the newsletter in which the reports of the outage are read each minute, as the daemon does.
WATCHED_MINUTES = 60


@dataclass
class Outcome:
    """What a rule did in a year."""

    living: int = 0  # mailboxes that take mail when the year is over
    living_suppressed: int = 0
    by_outage: int = 0  # living and unknown in the outage alone, suppressed a week after it and not before
    lost: int = 0  # messages that were not sent to mailboxes that would have taken them
    wasted: int = 0  # messages to addresses that do not exist
    returned: int = 0  # mailboxes that were full or disabled, and take mail again
    returned_suppressed: int = 0
    dead: int = 0  # of which a rule could have known after five messages
    failing: Counter[int] = field(default_factory=Counter)  # messages to a dead address, by its number
    caught: set[int] = field(default_factory=set)  # the dead that are suppressed
    before_outage: set[str] = field(default_factory=set)

    def within(self, world: World, messages: int) -> float:
        """The share of the dead that were suppressed after at most ``messages`` failures."""
        dead = [recipient.number for recipient in world.recipients if recipient.dies <= WEEKS - messages]
        return sum(number in self.caught and self.failing[number] <= messages for number in dead) / len(dead)


def run(world: World, rule: Rule, folder: Path) -> Outcome:
    """The year of ``world`` with ``rule``; ``folder`` is for the mboxes."""
    outcome = Outcome()
    for week in range(WEEKS):
        suppressed = rule.suppressed(sent_at(week))
        _count(world, week, suppressed, outcome)
        rule.send(list(_messages(world, week, suppressed)))
        failures = sorted(_failures(world, rule, week, suppressed), key=lambda failure: failure.at)
        first = week * 10**6
        for now, reported in _readings(week, failures):
            deliver(rule, now, reported, folder, first)
            first += len(reported)
    _count_end(world, rule.suppressed(sent_at(WEEKS)), outcome)
    return outcome


def _readings(week: int, failures: Sequence[Failure]) -> Iterator[tuple[datetime, Sequence[Failure]]]:
    """When ``failures``, in the order in which they come, are read: by the minute where the guard has to open."""
    read = 0
    for minute in range(1, WATCHED_MINUTES + 1 if week == OUTAGE_WEEK else 1):
        now = sent_at(week) + timedelta(minutes=minute)
        come = bisect_right(failures, now, key=lambda failure: failure.at)
        if come > read:
            yield now, failures[read:come]
        read = come
    yield sent_at(week + 1), failures[read:]


def deliver(rule: Rule, now: datetime, failures: Sequence[Failure], folder: Path, first: int) -> None:
    """Has ``rule`` read reports of ``failures``, in the order in which they came, numbered from ``first`` on."""
    mbox = folder / f"from-{first}.mbox"
    mbox.write_bytes(b"".join(report(failure, number) for number, failure in enumerate(failures, first)))
    rule.read(now, mbox, failures)
    mbox.unlink()


def _messages(world: World, week: int, suppressed: set[str]) -> Iterator[Message]:
    """The newsletter of ``week``."""
    for recipient in world.recipients:
        if recipient.address not in suppressed:
            yield Message(_message_id(week, recipient), recipient.address, sent_at(week))


def _message_id(week: int, recipient: Recipient) -> str:
    return f"news.{week}.{recipient.number}@{HOST}"


def _failures(world: World, rule: Rule, week: int, suppressed: set[str]) -> Iterator[Failure]:
    """What is reported about the messages of ``week``, and what is forged."""
    sent = sent_at(week)
    random = Random(world.seed * 100 + week)  # noqa: S311  so that the year can be made again
    for recipient in world.recipients:
        delay = timedelta(seconds=60 + 7200 * random.random())
        if recipient.address not in suppressed and (fate := world.fate(recipient, week)):
            message = _message_id(week, recipient)
            at = sent + delay + (LIFETIME if fate in EXPIRING else timedelta())
            return_path = rule.return_path(recipient.number, sent)
            yield Failure(recipient.address, recipient.provider, fate, at, message, return_path)
        if week in recipient.forged:
            yield _forged(recipient, sent + delay + timedelta(days=2))


def _forged(recipient: Recipient, at: datetime) -> Failure:
    """By somebody who once got the newsletter, and knows no other recipient's token."""
    message = f"news.{at:%j}.x{recipient.number}@{HOST}"
    return Failure(recipient.address, "forger", "unknown", at, message, "bounces@news.sender.example")


def _count(world: World, week: int, suppressed: set[str], outcome: Outcome) -> None:
    if week == OUTAGE_WEEK:
        outcome.before_outage = suppressed
    for recipient in world.recipients:
        is_out, lives = recipient.address in suppressed, recipient.lives(week)
        if is_out:
            outcome.lost += recipient.takes(week)
            if not lives:
                outcome.caught.add(recipient.number)
        elif not lives:
            outcome.wasted += 1
            outcome.failing[recipient.number] += 1
        if week == OUTAGE_WEEK + 1 and is_out and recipient.takes(week):
            hit = world.fate(recipient, OUTAGE_WEEK) == "unknown" and OUTAGE_WEEK not in recipient.forged
            outcome.by_outage += hit and recipient.address not in outcome.before_outage


def _count_end(world: World, suppressed: set[str], outcome: Outcome) -> None:
    for recipient in world.recipients:
        is_out = recipient.address in suppressed
        if recipient.takes(WEEKS - 1):
            outcome.living += 1
            outcome.living_suppressed += is_out
            outcome.returned += recipient.returns
            outcome.returned_suppressed += recipient.returns and is_out
        elif is_out:
            outcome.caught.add(recipient.number)
