"""Any interleaving ends as the pages say that folding in order of happening does: the oracle imports nothing.

What becomes known is a list of facts, each a message or a row or what a person decides, and of steps, which do
something else to the ledger; some of these say by themselves which facts count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced import times
from bounced.ledger import queries
from bounced.ledger.filters import Filter
from bounced.ledger.ledger import Ledger
from bounced.lists.entry import Entry
from bounced.model import Cause, Class, Decision, Event, Item
from bounced.policy import BrakeLimits, Engaged, Ladder, Limit, Policy
from bounced.policy.incidents import IncidentLimits
from bounced.sent import tables
from bounced.sent.followed import Delivery, Piece
from tests.support import oracle
from tests.support.ledger import DAY0, failed, item
from tests.support.oracle import FOR_GOOD, Suppressed
from tests.support.oracle_sent import FAILURES, Fact

ADDRESS, OTHER_ADDRESS, ERASED_ADDRESS = "a@b.test", "other@b.test", "erased@b.test"

#: The first day, long ago: what an import dates into the future of the machine is dated now.
START = -3000

LIMITS = (("hard", (2, 5.0)), ("soft", (3, 8.0)), ("block", (4, 8.0)))

NUMBERS = {
    "single": oracle.Numbers(),
    "ladder": oracle.Numbers((20.0, 40.0), is_ladder=True, lift=2),
    "block": oracle.Numbers((30.0,), lift=1, limits=LIMITS, soft_scope="marketing"),
    "engaged": oracle.Numbers((10.0, 20.0, FOR_GOOD), is_ladder=True, engaged=(3, 12.0), soft_scope="marketing"),
}

#: Half days, each used once, so that nothing happens at the same time.
halves = st.lists(st.integers(0, 240), min_size=1, max_size=12, unique=True)
halves_of_years = st.lists(st.integers(0, 1200), min_size=1, max_size=14, unique=True)

#: Of what facts are, besides hard and soft failures: few of them are in one history.
REPORTS = ("hard", "soft", "block", "unproved", "delayed", "forged delay", "delivered", "replied")
COMPLAINTS = ("abuse", "opt-out", "not-spam")
SENT = ("sends", "log")
WRITTEN = (*SENT, "imported", "engaged", "clicked", "listed")
DECIDED = ("released", "allowed", "disallowed", "suppressed")
WHATS = (*REPORTS, *COMPLAINTS, *SENT, *WRITTEN, *DECIDED)

#: The names of facts: of messages, causes, entries of lists.
NAMES: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("unproved", "forged delay"), ("", "9@s")),
    "listed": ("hard", "hard", "soft", "abuse", "opt-out", "manual"),
    "released": ("", "bounce", "bounce", "complaint", "manual"),
    **dict.fromkeys(("allowed", "disallowed"), (ADDRESS, "@b.test", "*.test")),
    **dict.fromkeys(SENT, ("0@s", "1@s", "1@s", "2@s", "3@s")),
    "imported": ("", "", "1@s", "2@s"),
    "engaged": ("", "", "1@s", "2@s"),
    **dict.fromkeys(("clicked", "suppressed"), ("",)),
}
MESSAGES = (("", "1@s"), ("1@s", "2@s"), ("", "", "1@s", "2@s", "3@s"))

#: What changes nothing in the end, and what says which facts count.
STEPS = ("replay", "other numbers", "drop", "settle", "erase", "brake", "resume")
STEPS_OF_YEARS = ("replay", "settle", "erase", "brake", "resume", "old", "old")
DECIDING = ("accept", "undo soft", "undo lately", "reject", "redo", "redo last", "release", "discard")

#: How long events are kept that no judgment needs: longer than anything is judged by.
KEEP = timedelta(days=100)

#: In the suite; thousands were tried.
EXAMPLES = 60

#: When everybody else at the provider fails.
outages = st.lists(st.sampled_from([30.25, 75.25]), unique=True)

#: How many days later each is known: most are at once. A copy of a report has a later date by so many.
latenesses = st.sampled_from([0, 0, 0, 1, 5, 20, 90])
copies = st.sampled_from([0.0, 0.0, 0.0, 0.75, 2.0, 9.0])

#: As what the oracle knows it.
FACTS = {
    **dict.fromkeys(("replied", "imported"), "delivered"),
    **dict.fromkeys(SENT, "sent"),
    "clicked": "engaged",
    "unproved": "hard",
}

DECISIONS: Mapping[str, Decision] = {
    "released": "release",
    "allowed": "allow",
    "disallowed": "disallow",
    "suppressed": "suppress",
}

EVENTS: Mapping[str, Event] = {
    "hard": failed(ADDRESS, trust="plausible"),
    "soft": Event(ADDRESS, "bounce", "failed", "soft", "mailbox_full", trust="plausible"),
    "block": Event(ADDRESS, "bounce", "failed", "block", "reputation", trust="plausible"),
    "unproved": failed(ADDRESS),
    "delayed": Event(ADDRESS, "bounce", "delayed", "soft", "unreachable", trust="plausible"),
    "forged delay": Event(ADDRESS, "bounce", "delayed", "soft", "unreachable"),
    "delivered": Event(ADDRESS, "delivered", "delivered"),
    "replied": Event(ADDRESS, "auto-reply"),
    "abuse": Event(ADDRESS, "complaint", feedback_type="abuse", trust="plausible"),
    "opt-out": Event(ADDRESS, "complaint", feedback_type="opt-out", trust="plausible"),
    "not-spam": Event(ADDRESS, "complaint", feedback_type="not-spam", trust="verified"),
}

LISTED: Mapping[str, tuple[Cause, str, Class]] = {
    "hard": ("bounce", "suppressed_upstream", "hard"),
    "soft": ("bounce", "mailbox_full", "soft"),
    "abuse": ("complaint", "abuse", ""),
    "opt-out": ("complaint", "opt-out", ""),
    "manual": ("manual", "manual", ""),
}


class Known(NamedTuple):
    """A fact that becomes known, by its number: that of its message, of which a copy is so many days later."""

    number: int
    fact: Fact
    later: float = 0.0


Told = Known | str


def policy(numbers: oracle.Numbers, *, is_braked: bool = False) -> Policy:
    lasts = tuple(None if days == FOR_GOOD else timedelta(days=days) for days in numbers.lasts)
    ladder = Ladder(lasts, probation=numbers.is_ladder)
    limits: Any = {class_: Limit(*limit) for class_, limit in numbers.limits}
    engaged = Engaged(timedelta(days=oracle.ENGAGED), {"hard": Limit(*numbers.engaged)}) if numbers.engaged[0] else None
    return Policy(
        limits,
        expire={"hard": ladder, "soft": ladder, "block": ladder},
        lift={"hard": numbers.lift, "soft": 1, "block": 1},
        scopes={"soft": numbers.soft_scope},
        engaged=engaged,
        count={"bounce": "plausible", "complaint": "plausible", "not-spam": "verified"},
        incidents=IncidentLimits(learn=timedelta()),
        brake=BrakeLimits(1, 1, timedelta()) if is_braked else BrakeLimits(0),
    )


def date(day: float) -> datetime:
    return DAY0 + timedelta(days=START + day)


class Clock:
    def __init__(self) -> None:
        self.now = date(0)

    def __call__(self) -> datetime:
        return self.now


def report(known: Known) -> Item:
    """A report about two recipients, but for complaints: one that complains for several speaks for none of them."""
    event = replace(EVENTS[known.fact.what], original_message_id=known.fact.name)
    others = [] if known.fact.what in COMPLAINTS else [replace(event, address=ERASED_ADDRESS)]
    return item(known.number, START + known.fact.day + known.later, event, *others)


def crowd(known: Known) -> list[Item]:
    """Half of those who fail in an outage, and one who fails long after it."""
    fails, number, day = partial(failed, trust="verified"), 1000 + 100 * known.number, START + known.fact.day
    several = [item(number + n, day, fails(f"{number}.{n}@b.test")) for n in range(12)]
    return [item(number + 99, day + 20, fails(f"{number}.later@b.test")), *several]


def send(ledger: Ledger, fact: Fact) -> None:
    """A newsletter, whose Message-ID proves nothing: several have it."""
    several = (ADDRESS, OTHER_ADDRESS, ERASED_ADDRESS)
    rows: list[tuple[str, ...]] = [(fact.name, address, "", "", "", times.iso(date(fact.day))) for address in several]
    ledger.write(partial(tables.write, table=tables.SENDS, rows=rows))


def log(ledger: Ledger, fact: Fact) -> None:
    ledger.mail_logs.follow("mta", "postfix /var/log/mail.log")
    piece = Piece(deliveries=[Delivery("4F", ADDRESS, times.seconds(date(fact.day)), fact.name)], lines=1)
    ledger.mail_logs.read("mta", piece, "1", skipped=0, gap="")


def prove(ledger: Ledger, fact: Fact, kind: str) -> None:
    """A row of `bounced delivered import`."""
    row = (ADDRESS, times.iso(date(fact.day)), kind, fact.name)
    ledger.write(partial(tables.write, table=tables.DELIVERED, rows=[row]))


def click(ledger: Ledger, fact: Fact) -> None:
    """A row of `bounced recipients import`."""
    row = ("17", ADDRESS, "", times.iso(date(fact.day)))
    ledger.write(partial(tables.write, table=tables.RECIPIENTS, rows=[row]))


def listed(ledger: Ledger, fact: Fact) -> None:
    """A line of a list of another program, which is imported twice."""
    cause, reason, class_ = LISTED[fact.name]
    entry = Entry(ADDRESS, cause, reason, class_, at=date(fact.day), origin="ses")
    assert [ledger.lists.take([entry]).new for _ in range(2)] == [1, 0]


WRITERS: Mapping[str, Callable[[Ledger, Fact], None]] = {
    "sends": send,
    "log": log,
    "imported": partial(prove, kind="delivered"),
    "engaged": partial(prove, kind="engaged"),
    "clicked": click,
    "listed": listed,
}


class History:
    """Records facts in a ledger, and does steps."""

    def __init__(self, ledger: Ledger, clock: Clock, rule: Policy) -> None:
        self._ledger, self._clock, self._rule = ledger, clock, rule
        self._facts: dict[int, Fact] = {}
        self._events: dict[int, int] = {}  # of each report the one that charges ADDRESS
        self._accepted: set[int] = set()
        self._undone: dict[int, set[int]] = {}  # by the numbers of the decisions in force
        self._released: set[float] = set()

    def record(self, told: Told) -> None:
        """Has a fact become known, or does a step."""
        if isinstance(told, str):
            self._do(told)
            return
        number, fact, later = told
        self._clock.now = max(self._clock.now, date(fact.day + later))
        if fact.what == "outage":
            self._ledger.take(crowd(told))
        elif decision := DECISIONS.get(fact.what):
            self._decide(decision, fact)
        elif writer := WRITERS.get(fact.what):
            writer(self._ledger, fact)
        else:
            self._ledger.take([report(told)])
            newest = "SELECT max(id) FROM events WHERE address = ?"
            [(event,)] = self._ledger._db.execute(newest, [ADDRESS]).fetchall()
            self._events.setdefault(number, event)
        if number not in self._facts or fact.day + later < self._facts[number].day:
            self._facts[number] = fact._replace(day=fact.day + later)

    def facts(self) -> list[Fact]:
        """What the oracle knows of it all."""
        return [fact for number in self._facts for fact in self._known(number)]

    def _known(self, number: int) -> Iterator[Fact]:
        fact = self._facts[number]
        is_undone = any(number in undone for undone in self._undone.values())
        if fact.what == "outage" and fact.day in self._released:
            return
        if fact.what == "forged delay" or (fact.what in COMPLAINTS and is_undone):
            return
        if fact.what == "unproved" and (is_undone or number not in self._accepted):
            return
        what = "undone" if is_undone else FACTS.get(fact.what, fact.what)
        if fact.what == "imported" and fact.name:
            what = "sent"
        yield fact._replace(what=what, is_accepted=number in self._accepted)

    def _decide(self, decision: Decision, fact: Fact) -> None:
        """As on that day, whenever it is recorded, and each for a reason of its own."""
        now, self._clock.now = self._clock.now, date(fact.day)
        entry, cause = (fact.name, "") if decision in ("allow", "disallow") else (ADDRESS, fact.name)
        scope = "all" if decision == "suppress" else ""
        self._ledger.decisions.decide([entry], decision, scope, str(fact.day), cause)  # type: ignore[arg-type]
        self._clock.now = now

    def _do(self, step: str) -> None:
        match step:
            case "replay":
                self._ledger.replay()
            case "other numbers":
                self._ledger.adopt(replace(self._rule, max_gap=timedelta(days=3), count={}, settles=None))
                self._ledger.adopt(self._rule)
            case "drop":
                self._drop()
            case "settle":
                settle(self._ledger)
            case "erase":
                self._ledger.erasure.erase(ERASED_ADDRESS, "")
            case "brake":
                self._suppress_another()
            case "resume":
                self._ledger.resume()
            case "old":
                self._ledger.upkeep.drop_events(KEEP, self._rule)
            case "accept":
                self._accept()
            case "undo soft":
                self._undo(Filter(reason="mailbox_full"), lambda fact: fact.what == "soft")
            case "undo lately":
                since = (self._clock.now - date(0)) / timedelta(days=1) - 12
                self._undo(Filter(since=date(since)), lambda fact: fact.what in FAILED and fact.day >= since)
            case "reject":
                self._reject()
            case "redo" | "redo last":
                self._redo(0 if step == "redo" else -1)
            case "release" | "discard":
                self._decide_incidents(step)

    def _accept(self) -> None:
        """Whatever is held and not taken back, and the latest report."""
        numbers = [number for number, fact in self._facts.items() if fact.what == "unproved"]
        numbers += [number for number, fact in self._facts.items() if fact.what in FAILED][-1:]
        accepted = [number for number in numbers if not any(number in undone for undone in self._undone.values())]
        self._ledger.decisions.accept([self._events[number] for number in accepted], "")
        self._accepted.update(accepted)

    def _reject(self) -> None:
        """The latest failure or complaint."""
        rejected = [n for n, fact in self._facts.items() if fact.what in (*FAILED, *COMPLAINTS)][-1:]
        decision, _ = self._ledger.undo.undo(Filter(events=tuple(self._events[number] for number in rejected)), "")
        self._undone[decision] = set(rejected)

    def _undo(self, filter_: Filter, is_asked: Callable[[Fact], bool]) -> None:
        decision, _ = self._ledger.undo.undo(filter_, "")
        self._undone[decision] = {number for number, fact in self._facts.items() if is_asked(fact)}

    def _redo(self, which: int) -> None:
        for decision in [*self._undone][which:][:1]:
            self._ledger.undo.redo(decision)
            del self._undone[decision]

    def _decide_incidents(self, decision: Any) -> None:
        """A person says of those that are known that their failures count after all, or that they never do."""
        for row in queries.incidents(self._ledger._db):
            self._ledger.decide_incident(row["id"], decision, "")
            since = (datetime.fromisoformat(row["since"]) - date(0)) / timedelta(days=1)
            self._released = self._released | {since} if decision == "release" else self._released - {since}

    def _suppress_another(self) -> None:
        """Leaves no suppression that the brake allows today."""
        number, now = 500_000 + len(self._facts), (self._clock.now - DAY0) / timedelta(days=1)
        fails = failed(f"{number}@c.test", trust="plausible")
        self._ledger.take([item(1_000 * number + n, now - 30 + 9 * n, fails) for n in range(4)])

    def _drop(self) -> None:
        """Has the rows of ``sends`` deleted: they stay known, unless there are no reports about the address."""
        rows = self._ledger._db.execute("SELECT unixepoch(sent_at), message_id FROM sends WHERE address = ?", [ADDRESS])
        gone = set() if self._events else {*rows.fetchall()}
        self._ledger.write(lambda db: db.execute("DELETE FROM sends"))
        self._facts = {
            number: fact
            for number, fact in self._facts.items()
            if fact.what != "sends" or (times.seconds(date(fact.day)), fact.name) not in gone
        }


#: What the filters of `bounced undo` select.
FAILED = (*FAILURES, "unproved")


def settle(ledger: Ledger) -> None:
    """As the job does."""
    for _ in (*ledger.attribute(), *ledger.settle()):
        pass


def standing(ledger: Ledger) -> list[Suppressed]:
    rows = ledger._db.execute("SELECT scope, cause, since, until FROM suppressions WHERE address = ?", [ADDRESS])
    return sorted(Suppressed(scope, cause, day(since), day(until)) for scope, cause, since, until in rows.fetchall())


def day(text: str | None) -> float:
    return (datetime.fromisoformat(text) - date(0)) / timedelta(days=1) if text else FOR_GOOD


def in_turn(facts: Sequence[Known]) -> list[Known]:
    """``facts``, what a person decides in the order in which it happened."""
    ordered = iter(sorted((known for known in facts if known.fact.what in DECISIONS), key=lambda known: known.fact))
    return [next(ordered) if known.fact.what in DECISIONS else known for known in facts]


def end(told: Iterable[Told], rule: Policy) -> tuple[list[Suppressed], list[Fact]]:
    """The suppressions after all of it, and the facts as the oracle knows them."""
    clock = Clock()
    with Ledger(":memory:", rule, dry_run=True, clock=clock) as ledger:
        history = History(ledger, clock, rule)
        for each in told:
            history.record(each)
        clock.now = date(1000)
        settle(ledger)
        ledger.resume()
        return standing(ledger), history.facts()


#: What was not as the pages say: the facts in the order in which they were recorded, and the suppression.
MENDED: dict[str, tuple[str, list[Any], tuple[float, float] | None]] = {
    "a list begins no streak anew that ended with its suppression": (
        "single",
        [(0, "hard", "1@s"), (7, "hard", "2@s"), (30, "listed", "hard"), (33, "hard", "3@s")],
        (30, 50),
    ),
    "whoever opens a message has it, however late that was": (
        "single",
        [(0, "hard", "2@s"), (1, "delayed", "1@s"), (3, "engaged", "1@s"), (7, "hard", "3@s")],
        None,
    ),
    "a delay that nothing proves takes nothing back": (
        "single",
        [(0, "hard", "1@s"), (3, "sends", "2@s"), (4, "forged delay", ""), (10, "hard", "3@s")],
        None,
    ),
    "a proof from before a list does not lift what it says": (
        "ladder",
        [(0, "hard", "1@s"), (7, "hard", "2@s"), (10, "imported", ""), (30, "listed", "hard"), (31, "imported", "")],
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
    "a harder report says of which class the failure was when it happened": (
        "single",
        [(0, "soft", "1@s"), (5.5, "hard", "1@s"), (6, "hard", "2@s")],
        (6, 26),
    ),
    "also where another one failed in between": (
        "single",
        [(0, "soft", "1@s"), (3, "hard", "2@s"), (4, "hard", "1@s"), (5.5, "hard", "3@s")],
        (5.5, 25.5),
    ),
    "who is suppressed for good stays so when he fails again": (
        "engaged",
        [(0, "hard", ""), (6, "hard", ""), (17, "hard", ""), (38, "hard", ""), (44, "hard", "")],
        (38, FOR_GOOD),
    ),
    "what was taken back was not delivered all the same": (
        "single",
        [(0, "hard", "1@s"), (7, "sends", "2@s"), (8, "hard", "2@s"), "reject", (14, "hard", "3@s")],
        (14, 34),
    ),
    "a harder report is no news after the suppression has lapsed that the message was in": (
        "single",
        [(0, "listed", "hard"), (12, "hard", "1@s"), (18, "soft", "2@s"), (21, "hard", "2@s")],
        (0, 20),
    ),
}


@pytest.mark.parametrize(("name", "facts", "expected"), MENDED.values(), ids=MENDED)
def test_what_was_not_one_history_is_one(
    name: str, facts: list[Fact | tuple[Any, ...] | str], expected: tuple[float, float] | None
) -> None:
    known = [fact if isinstance(fact, str) else Known(number, Fact(*fact)) for number, fact in enumerate(facts)]
    told = [each for fact in known for each in (fact, "settle")]
    suppressions, history = end(told, policy(NUMBERS[name]))
    assert oracle.suppressed(history, NUMBERS[name]) == suppressions
    assert [(it.since, it.until) for it in suppressions] == ([expected] if expected else [])


@st.composite
def happened(draw: Any, days: st.SearchStrategy[list[int]]) -> list[Fact]:
    """What happens on these half days, and the outages."""
    whats = ["hard", "soft", *draw(st.lists(st.sampled_from(WHATS), max_size=4))]
    some, names = st.sampled_from(whats), st.sampled_from(draw(st.sampled_from(MESSAGES)))
    facts = []
    for half in draw(days):
        what = draw(some)
        facts.append(Fact(half / 2, what, draw(st.sampled_from(NAMES[what]) if what in NAMES else names)))
    return facts + [Fact(day, "outage", half) for day in draw(outages) for half in ("1", "2")]


def steps_of(draw: Any, steps: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """A few of some of ``steps``."""
    return st.lists(st.sampled_from(draw(st.lists(st.sampled_from(steps), min_size=1, max_size=4))), max_size=2)


@st.composite
def histories_of_years(draw: Any) -> list[Told]:
    """Facts that are known at once, and steps between them."""
    ordered = [Known(number, fact) for number, fact in enumerate(sorted(draw(happened(halves_of_years))))]
    steps = steps_of(draw, STEPS_OF_YEARS)
    return [told for each in ordered for told in (each, *draw(steps))]


@st.composite
def histories(draw: Any) -> list[Told]:
    """Facts in some order, and steps between them."""
    known = [Known(number, fact) for number, fact in enumerate(draw(happened(halves)))]
    known += [it._replace(later=later) for it in known if it.fact.what in EVENTS and (later := draw(copies))]
    is_shuffled, random = draw(st.booleans()), draw(st.randoms(use_true_random=False))
    late = {it: random.random() if is_shuffled else it.fact.day + it.later + draw(latenesses) for it in known}
    ordered = in_turn(sorted(known, key=late.__getitem__))
    steps = steps_of(draw, STEPS + DECIDING)
    return [told for each in ordered for told in (each, *draw(steps))]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(histories(), st.booleans())
def test_any_interleaving_is_one_history(numbers: oracle.Numbers, told: list[Told], is_braked: bool) -> None:
    suppressions, facts = end(told, policy(numbers, is_braked=is_braked))
    assert suppressions == oracle.suppressed(facts, numbers)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS)
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(histories_of_years(), st.booleans())
def test_so_it_is_without_old_events(numbers: oracle.Numbers, told: list[Told], is_braked: bool) -> None:
    """Those that no judgment needs: of what becomes known in time."""
    suppressions, facts = end(told, policy(numbers, is_braked=is_braked))
    assert suppressions == oracle.suppressed(facts, numbers)
