"""Any interleaving ends as the pages say that folding in order of happening does: the oracle imports nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced import times
from bounced.ledger import queries
from bounced.ledger.filters import Filter
from bounced.ledger.ledger import Ledger
from bounced.lists.entry import Entry
from bounced.model import Decision, Event, Item
from bounced.policy import Ladder, Limit, Policy
from bounced.policy.incidents import IncidentLimits
from bounced.sent import tables
from bounced.sent.followed import Delivery, Piece
from tests.support import oracle
from tests.support.ledger import DAY0, failed, item

ADDRESS, OTHER_ADDRESS = "a@b.test", "other@b.test"

#: The first day, long ago: what an import dates into the future of the machine is dated now.
START = -3000

NUMBERS = {"single": oracle.Numbers(), "ladder": oracle.Numbers((20.0, 40.0), is_ladder=True, lift=2)}

#: Half days, each used once, so that nothing happens at the same time.
halves = st.lists(st.integers(0, 240), max_size=12, unique=True)
kinds = st.sampled_from(
    4 * ["hard"]
    + 3 * ["soft"]
    + 2 * ["delivered", "sends", "log"]
    + ["released", "delayed", "replied", "imported", "engaged", "allowed", "disallowed", "listed"]
)
names = st.sampled_from(["", "", "1@s", "2@s", "3@s"])
steps = st.sampled_from(["", "", "copy", "replay", "other numbers", "undo and redo", "drop", "settle", "no incident"])

#: When everybody else at the provider fails.
outages = st.lists(st.sampled_from([30.25, 75.25]), unique=True)

#: How many days later each is known: most are at once.
latenesses = st.sampled_from([0, 0, 0, 1, 5, 20, 90])

#: As what the oracle knows it.
SENT = ("sends", "log")
FACTS = dict.fromkeys(("replied", "imported", "engaged"), "delivered") | dict.fromkeys(SENT, "sent")

DECISIONS: Mapping[str, Decision] = {"released": "release", "allowed": "allow", "disallowed": "disallow"}
IN_TURN = ("allowed", "disallowed")

EVENTS: Mapping[str, Event] = {
    "hard": failed(ADDRESS),
    "soft": Event(ADDRESS, "bounce", "failed", "soft", "mailbox_full"),
    "delayed": Event(ADDRESS, "bounce", "delayed", "soft", "unreachable"),
    "delivered": Event(ADDRESS, "delivered", "delivered"),
    "replied": Event(ADDRESS, "auto-reply"),
}


def policy(numbers: oracle.Numbers) -> Policy:
    ladder = Ladder(tuple(timedelta(days=days) for days in numbers.lasts), probation=numbers.is_ladder)
    limits: Any = {class_: Limit(*limit) for class_, limit in oracle.LIMITS.items()}
    return Policy(
        {**Policy().limits, **limits},
        expire={"hard": ladder, "soft": ladder},
        lift={"hard": numbers.lift, "soft": 1},
        incidents=IncidentLimits(learn=timedelta()),
    )


def date(day: float) -> datetime:
    return DAY0 + timedelta(days=START + day)


class Clock:
    def __init__(self) -> None:
        self.now = date(0)

    def __call__(self) -> datetime:
        return self.now


def report(number: int, fact: oracle.Fact) -> Item:
    day, what, name = fact
    return item(number, START + day, replace(EVENTS[what], original_message_id=name))


def later(copy: Item) -> Item:
    """The same report as read elsewhere, two days later."""
    return replace(copy, message=replace(copy.message, arrived_at=copy.message.arrived_at + timedelta(days=2)))


def crowd(number: int, day: float) -> list[Item]:
    """Half of those who fail in an outage, and one who fails long after it."""
    fails = partial(failed, trust="verified")
    several = [item(1000 + 100 * number + n, START + day, fails(f"{number}.{n}@b.test")) for n in range(12)]
    return [item(1099 + 100 * number, START + day + 20, fails(f"{number}.later@b.test")), *several]


def send(ledger: Ledger, day: float, name: str) -> None:
    """A newsletter, whose Message-ID proves nothing: two have it."""
    rows: list[tuple[str, ...]] = [
        (name, address, "", "", "", times.iso(date(day))) for address in (ADDRESS, OTHER_ADDRESS)
    ]
    ledger.write(partial(tables.write, table=tables.SENDS, rows=rows))


def log(ledger: Ledger, day: float, name: str) -> None:
    ledger.mail_logs.follow("mta", "postfix /var/log/mail.log")
    piece = Piece(deliveries=[Delivery("4F", ADDRESS, times.seconds(date(day)), name)], lines=1)
    ledger.mail_logs.read("mta", piece, "1", skipped=0, gap="")


def prove(ledger: Ledger, day: float, name: str, kind: str) -> None:
    """A row of `bounced delivered import`."""
    row = (ADDRESS, times.iso(date(day)), kind, name)
    ledger.write(partial(tables.write, table=tables.DELIVERED, rows=[row]))


def listed(ledger: Ledger, day: float, name: str) -> None:
    """A line of a list of another program, which is imported twice."""
    entry = Entry(ADDRESS, "bounce", "suppressed_upstream", "hard", at=date(day), origin="ses")
    assert [ledger.lists.take([entry]).new for _ in range(2)] == [1, 0]


WRITERS: Mapping[str, Callable[[Ledger, float, str], None]] = {
    "sends": send,
    "log": log,
    "imported": partial(prove, kind="delivered"),
    "engaged": partial(prove, kind="engaged"),
    "listed": listed,
}


class History:
    """Records facts in a ledger, and does what changes nothing in the end; ``facts`` are what is known of them."""

    def __init__(self, ledger: Ledger, clock: Clock, rule: Policy) -> None:
        self._ledger, self._clock, self._rule = ledger, clock, rule
        self.facts: list[oracle.Fact] = []
        self._has_reports = False

    def record(self, number: int, fact: oracle.Fact, step: str) -> None:
        day, what, name = fact
        self._clock.now = max(self._clock.now, date(day))
        if what == "outage":
            self._ledger.take(crowd(number, day))
        elif decision := DECISIONS.get(what):
            self._decide(decision, day)
        elif writer := WRITERS.get(what):
            writer(self._ledger, day, name)
        else:
            self._has_reports = True
            items = [report(number, fact)]
            self._ledger.take([later(items[0]), *items] if step == "copy" else items)
        self.facts.append(fact)
        self._do(step)

    def _decide(self, decision: Decision, day: float) -> None:
        """As on that day, whenever it is recorded."""
        now, self._clock.now = self._clock.now, date(day)
        self._ledger.decisions.decide([ADDRESS], decision, "", "")
        self._clock.now = now

    def _do(self, step: str) -> None:
        match step:
            case "replay":
                self._ledger.replay()
            case "other numbers":
                self._ledger.adopt(replace(self._rule, max_gap=timedelta(days=3)))
                self._ledger.adopt(self._rule)
            case "undo and redo":
                decision, _ = self._ledger.undo.undo(Filter(provider="b.test"), "")
                self._ledger.undo.redo(decision)
            case "drop":
                self._drop()
            case "settle":
                settle(self._ledger)
            case "no incident":
                self._release_incidents()

    def _release_incidents(self) -> None:
        """A person says of those that are known that their failures count after all."""
        for row in queries.incidents(self._ledger._db):
            self._ledger.decide_incident(row["id"], "release", "")
            since = datetime.fromisoformat(row["since"])
            self.facts = [fact for fact in self.facts if fact[1] != "outage" or date(fact[0]) != since]

    def _drop(self) -> None:
        """Has the rows of ``sends`` deleted: they stay known, unless there are no reports about the address."""
        rows = self._ledger._db.execute("SELECT unixepoch(sent_at), message_id FROM sends WHERE address = ?", [ADDRESS])
        gone = set() if self._has_reports else {*rows.fetchall()}
        self._ledger.write(lambda db: db.execute("DELETE FROM sends"))
        self.facts = [fact for fact in self.facts if (times.seconds(date(fact[0])), fact[2]) not in gone]


def settle(ledger: Ledger) -> None:
    """As the job does."""
    for _ in (*ledger.attribute(), *ledger.settle()):
        pass


def standing(ledger: Ledger) -> list[tuple[datetime, datetime]]:
    sql = "SELECT since, until FROM suppressions WHERE address = ?"
    return [tuple(map(datetime.fromisoformat, row)) for row in ledger._db.execute(sql, [ADDRESS]).fetchall()]  # type: ignore[misc]


def in_turn(facts: Sequence[oracle.Fact], whats: Collection[str]) -> list[oracle.Fact]:
    """``facts``, those of ``whats`` among them in the order in which they happened, as a person decides them."""
    ordered = iter(sorted(fact for fact in facts if fact[1] in whats))
    return [next(ordered) if fact[1] in whats else fact for fact in facts]


def end(facts: Sequence[oracle.Fact], steps: Iterator[str], rule: Policy) -> tuple[list[Any], list[oracle.Fact]]:
    """The suppressions after ``facts``, recorded one by one, and what is known of them."""
    clock = Clock()
    with Ledger(":memory:", rule, dry_run=True, clock=clock) as ledger:
        history = History(ledger, clock, rule)
        for number, fact in enumerate(facts):
            history.record(number, fact, next(steps))
        clock.now = date(1000)
        settle(ledger)
        return standing(ledger), history.facts


def expected(facts: Sequence[oracle.Fact], numbers: oracle.Numbers) -> list[tuple[datetime, datetime]]:
    known = [(day, FACTS.get(what, what), name) for day, what, name in facts]
    suppressed = oracle.suppressed_since(known, numbers)
    return [(date(suppressed[0]), date(suppressed[1]))] if suppressed else []


#: What was not as the pages say: the facts in the order in which they were recorded, and the suppression.
MENDED: dict[str, tuple[str, list[oracle.Fact], oracle.Dates | None]] = {
    "a list begins no streak anew that ended with its suppression": (
        "single",
        [(0, "hard", "1@s"), (7, "hard", "2@s"), (30, "listed", ""), (33, "hard", "3@s")],
        (30, 50),
    ),
    "a proof from before a list does not lift what it says": (
        "ladder",
        [(0, "hard", "1@s"), (7, "hard", "2@s"), (10, "imported", ""), (30, "listed", ""), (31, "imported", "")],
        (30, 50),
    ),
    "a report takes back the message that was sent again, not the one before it": (
        "single",
        [(0, "hard", ""), (1, "sends", "1@s"), (12, "sends", "1@s"), (13, "hard", "1@s")],
        None,
    ),
    "what was sent before may be imported later": (
        "single",
        [(0, "hard", ""), (12, "sends", "1@s"), (1, "sends", "1@s"), (13, "hard", "1@s")],
        None,
    ),
    "a mail log that is read late changes what came to an end since": (
        "single",
        [
            *((1, "soft", ""), (10, "hard", ""), (16, "hard", ""), (17, "soft", "")),
            (25, "imported", ""),
            (3, "log", "1@s"),
        ],
        (16, 36),
    ),
    "a harder report is no news after the suppression has lapsed that the message was in": (
        "single",
        [(0, "listed", ""), (12, "hard", "1@s"), (18, "soft", "2@s"), (21, "hard", "2@s")],
        (0, 20),
    ),
}


@pytest.mark.parametrize(("name", "facts", "suppressed"), MENDED.values(), ids=MENDED)
def test_what_was_not_one_history_is_one(name: str, facts: list[oracle.Fact], suppressed: oracle.Dates | None) -> None:
    suppressions, known = end(facts, repeat("settle"), policy(NUMBERS[name]))
    assert expected(known, NUMBERS[name]) == suppressions
    assert suppressions == ([(date(suppressed[0]), date(suppressed[1]))] if suppressed else [])


@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS)
@settings(max_examples=100, deadline=None)
@given(halves, outages, st.booleans(), st.data(), st.randoms(use_true_random=False))
def test_any_interleaving_is_one_history(
    numbers: oracle.Numbers, days: list[int], outages: list[float], is_shuffled: bool, data: Any, random: Any
) -> None:
    facts = [(half / 2, data.draw(kinds), data.draw(names)) for half in days]
    facts = [(day, what, name or "0@s" if what in SENT else name) for day, what, name in facts]
    facts += [(day, "outage", half) for day in outages for half in ("1", "2")]
    late = {fact: random.random() if is_shuffled else fact[0] + data.draw(latenesses) for fact in facts}
    order = in_turn(sorted(facts, key=late.__getitem__), IN_TURN)
    suppressions, known = end(order, iter(lambda: data.draw(steps), None), policy(numbers))
    assert suppressions == expected(known, numbers)
