"""When failures are an incident: not of the recipients, but of a provider, a domain, or of our own. Pure.

1. A unit is what may have an incident: a provider, a domain whose servers can't be reached, a campaign, a text. It has
   its own past, and what it is compared with is known: everything else that failed at the same time.
2. A time (an hour, or a day) is anomalous when far more addresses fail in it than on any day of the past, ``factor``
   times as many, and at least ``addresses``. Of a provider they must stand out of the others too, or it is only that
   more was sent. The past are the last PAST days, and PAST_MIN days with failures. Days of incidents are none of it,
   but what was one USUAL_OUTAGES times is usual.
3. Nothing is anomalous before ``learn`` has passed since the first failure of all.
4. An incident begins with the first time before it that was above the past, and ends with the first time, a day later
   or more, at which the unit is back at its own level although mail was sent; when nothing tells, after SILENCE_HOURS.
   In an hour too few may fail to tell: what its days show after that is another incident.
   A domain whose servers can't be reached is sent less, or one probe a week: it goes on with each failure that is above
   its past, is not back for silence on a day, and over only after two weeks of it (``silence``).
   A provider or a domain is back, too, from a day later on, on a day without more failures than before on which it
   took mail for as many addresses as ``answers`` says. What days are asked for depends on the counts, and such answers,
   alone: it is suspected from its first anomalous time until it is over, or has lasted for too long.
5. What lasts longer than ``longest`` is no incident: these addresses fail. Far fewer failures than in an incident do
   not prolong it, and far more, a day later, are another one: nobody makes up failures until an outage has lasted.
   Incidents that follow one another like that, all within ``longest``, are one outage of the past.
6. A campaign that was sent to more than usual fails more: it is compared by shares, as far as its ``size`` is known.
7. A text or a campaign is an incident only as far as its failures are not those of another one, and if it has at least
   half of those that are more than before: so there are two at a time at most.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, get_args

from bounced.policy.past import BEGINNING, NEVER, Count, Known, Past, Start

#: What an incident is about, in the order in which they are looked for.
Dimension = Literal["provider", "domain", "campaign", "text"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

#: Reasons that are about the servers of a domain.
UNREACHABLE = frozenset(("domain_unknown", "unreachable", "expired", "not_accepting"))

HOURS_OF_DAY = 24

#: Hours without anomalies, before the beginning, that belong to the incident all the same.
PAUSE_HOURS = 2

#: Hours after which an incident is over, when nothing tells; of a domain, which is sent a probe in between.
SILENCE_HOURS = 7 * HOURS_OF_DAY
DOMAIN_SILENCE_HOURS = 2 * SILENCE_HOURS

#: Hours between the probes of a domain whose servers can't be reached.
PROBE_HOURS = 7 * HOURS_OF_DAY

#: Of a domain whose servers can't be reached, this part of ``addresses`` is enough.
DOMAIN_PART = 4

#: How many times ``factor`` a campaign must be above all others: its list may be larger, and older.
CAMPAIGN_FACTOR = 2


@dataclass(frozen=True, slots=True)
class IncidentLimits:
    """The numbers of the guard; ``addresses = 0`` turns it off. ``factor`` is how far above the past is far."""

    addresses: int = 20
    factor: float = 3
    learn: timedelta = timedelta(days=28)
    longest: timedelta = timedelta(days=14)

    def answers(self, dimension: str) -> int:
        """For how many addresses it must take mail on a day to be back; of a domain that was down one is enough."""
        return 1 if dimension == "domain" else self.addresses

    def minimum(self, dimension: str) -> int:
        """How many addresses must fail at a time."""
        return max(2, self.addresses // DOMAIN_PART) if dimension == "domain" else self.addresses


@dataclass(frozen=True, slots=True)
class Incident:
    """From ``since`` until ``until`` (hours since 1970), ``None`` while it is open.

    ``found`` is its first anomalous hour, and ``latest`` its last.
    """

    since: int
    found: int
    latest: int
    until: int | None = None

    def overlaps(self, other: Incident) -> bool:
        """True when an hour is in both."""
        ends_before = self.until is not None and self.until <= other.since
        return not ends_before and (other.until is None or other.until > self.since)

    def hours_without(self, other: Incident | None) -> list[tuple[int, int]]:
        """Its hours that ``other`` has not: spans, each with the hour after it."""
        end = NEVER if self.until is None else self.until
        if other is None:
            return [(self.since, end)]
        other_end = NEVER if other.until is None else other.until
        spans = ((self.since, min(end, other.since)), (max(self.since, other_end), end))
        return [(since, until) for since, until in spans if since < until]

    def __contains__(self, hour: int) -> bool:
        return self.since <= hour and (self.until is None or hour < self.until)


def usual(day: int) -> float:
    """The size of a campaign of which nothing is known: 1, as all others."""
    return 1.0


#: The first anomalous hour of what may be an incident, and that of what shows that it is over, or none; or ``None``.
Suspicion = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The incidents of a unit, in order, and where another search may begin when what comes after that changes."""

    incidents: Sequence[Incident] = ()
    starts: Sequence[Start] = ()
    suspected: Sequence[Suspicion] = ()


def search(
    dimension: Dimension,
    hours: Sequence[Count],
    days: Sequence[Count],
    began: int,
    limits: IncidentLimits,
    answered: Sequence[int] = (),
    size: Callable[[int], float] = usual,
    start: Start = BEGINNING,
) -> SearchResult:
    """The incidents of a unit from ``start`` on, by its ``hours``, and by its ``days`` those that no hour shows.

    Both begin a day before ``start`` at the latest. ``began`` is the hour of the first failure of all; ``answered`` are
    the days (since 1970, in order) on which the unit took enough mail; ``size`` says how many times as large as usual a
    campaign was on a day.
    """
    if not limits.addresses:
        return SearchResult()
    learned = began + _in_hours(limits.learn)
    of_hours = _Search(dimension, 1, learned, limits, answered, size, start.at, start.hours)
    of_days = _Search(dimension, HOURS_OF_DAY, learned, limits, answered, size, start.at, start.days)
    by_hour, by_day = list(of_hours.incidents(hours)), list(of_days.incidents(days))
    others = [rest for incident in by_day if (rest := _after(by_hour, incident))]
    both = sorted(of_hours.pasts.keys() & of_days.pasts.keys())
    starts = [Start(day * HOURS_OF_DAY, of_hours.pasts[day], of_days.pasts[day]) for day in both]
    incidents = sorted([*by_hour, *others], key=lambda incident: incident.since)
    return SearchResult(incidents, starts, [*of_hours.suspected, *of_days.suspected])


def _after(by_hour: Iterable[Incident], incident: Incident) -> Incident | None:
    """What days show of ``incident`` after all that hours show of it; ``None`` when that was its last day."""
    ends = (NEVER if it.until is None else it.until for it in by_hour if it.overlaps(incident))
    since = max(ends, default=incident.since)
    return replace(incident, since=since, found=max(since, incident.found)) if incident.latest >= since else None


def without(counts: Iterable[Count], explained: Mapping[int, int]) -> list[Count]:
    """``counts`` without the addresses of other incidents, ``explained``, at the same times."""
    return [_without(count, explained[count.at]) if count.at in explained else count for count in counts]


def _without(count: Count, explained: int) -> Count:
    """Those that are explained may be of the unit: it has no more than what is left."""
    left = max(0, count.addresses + count.others - explained)
    own = min(count.addresses, left)
    return Count(count.at, own, left - own)


def _in_hours(duration: timedelta) -> int:
    return int(duration / timedelta(hours=1))


class _Search:
    """Looks for the incidents of a unit by times of ``span`` hours, those before the hour ``learned`` apart.

    It begins with the hour ``first``, before which ``past`` is known.
    """

    def __init__(
        self,
        dimension: Dimension,
        span: int,
        learned: int,
        limits: IncidentLimits,
        answered: Sequence[int],
        size: Callable[[int], float],
        first: int,
        past: Known,
    ) -> None:
        self._dimension, self._span, self._learned, self._limits = dimension, span, learned, limits
        self._answered, self._size = answered, size
        self._minimum = limits.minimum(dimension)
        self._silence = DOMAIN_SILENCE_HOURS if dimension == "domain" else SILENCE_HOURS
        self._longest = _in_hours(limits.longest)
        self._first = first
        self._past = Past.of(past)
        self._current: Incident | None = None
        self._most = 0  # addresses that failed at a time of ``_current``
        self._began = NEVER  # the first anomalous hour of ``_current`` and those that it follows
        self._doubtful: list[Count] = []  # since ``_current`` began: of the past only if that is none
        self.pasts: dict[int, Known] = {}  # at the beginning of each day without an incident
        self.suspected: list[Suspicion] = []

    def incidents(self, counts: Sequence[Count]) -> Iterator[Incident]:
        """Those in ``counts``, which are in order, from the hour ``first`` on."""
        begins = bisect_left(counts, self._first, key=self._hour)
        for number, count in enumerate(counts[begins:], begins):
            day = self._hour(count) // HOURS_OF_DAY
            self._keep_past(day)
            if self._current or count.addresses >= self._minimum:
                before = counts[max(0, number - HOURS_OF_DAY) : number]
                yield from self._incidents_before(count, before, is_last=number == len(counts) - 1)
            else:
                self._past.move_to(day)
                self._past.learn(count)
        if self._current:
            yield self._answered_before(NEVER) or self._open(self._current)

    def _incidents_before(self, count: Count, before: Sequence[Count], *, is_last: bool) -> Iterator[Incident]:
        """The incidents that ``count`` shows to be over; ``before`` are the times of a day before it."""
        hour = self._hour(count)
        if answered := self._answered_before(hour // HOURS_OF_DAY):
            yield answered
        self._past.move_to(hour // HOURS_OF_DAY)
        is_anomalous = hour >= self._learned and (self._is_anomalous(count) or self._goes_on(count))
        is_another = is_anomalous and self._is_another(count, is_last=is_last)
        is_over = not is_anomalous and self._is_over(count, is_last=is_last)
        if self._current and (is_another or is_over):
            yield self._close(self._current, hour, goes_on=is_another)
        if is_anomalous:
            self._include(count, hour if is_another else self._beginning(before, hour))
        self._learn(count)

    def _include(self, count: Count, since: int) -> None:
        """Makes an anomalous time part of the incident, or the first one of a new one that began ``since``."""
        hour, current = self._hour(count), self._current
        if current is None:
            self._current = Incident(since, hour, hour)
            self._began = min(self._began, hour)
        elif not self._is_far_less(count):
            self._current = replace(current, latest=hour)
        self._most = max(self._most, count.addresses)

    def _keep_past(self, day: int) -> None:
        if not self._current and day != self._past.latest[0]:
            self.pasts[day] = self._past.known()

    def _hour(self, count: Count) -> int:
        return count.at * self._span

    def _learn(self, count: Count) -> None:
        """Makes ``count`` part of the past, where it is of no incident, or of one that has lasted for too long."""
        if not self._current:
            self._past.learn(count)
            return
        self._doubtful.append(count)
        if self._current.latest - self._current.found < self._longest:
            return
        self._suspect(self._current, self._hour(count))
        self._end_outage(self._current)
        self._learn_doubtful(self._current.since)

    def _learn_doubtful(self, since: int) -> None:
        """Makes what was doubtful from the hour ``since`` on part of the past: there is no incident any more."""
        for doubtful in self._doubtful:
            if self._hour(doubtful) >= since:
                self._past.move_to(self._hour(doubtful) // HOURS_OF_DAY)
                self._past.learn(doubtful)
        self._current, self._doubtful = None, []

    def _answered_before(self, day: int) -> Incident | None:
        """The incident that is over since the unit took mail on a day before ``day``, without failing more."""
        if not (current := self._current) or not self._answered:
            return None
        busy = {self._hour(count) // HOURS_OF_DAY for count in self._doubtful if not self._is_normal(count)}
        latest = current.latest // HOURS_OF_DAY
        first = next((it for it in self._answered if latest < it < day and it not in busy), None)
        if first is None:
            return None
        self._suspect(current, (first + 1) * HOURS_OF_DAY)
        until = max(first * HOURS_OF_DAY, current.latest + HOURS_OF_DAY)
        self._note(current)
        self._end_outage(current)
        self._learn_doubtful(until)
        return replace(current, until=min(until, current.latest + self._silence))

    def _is_normal(self, count: Count) -> bool:
        """True when no more failed than on a day of the past, or too few to tell; of a domain that is none."""
        few = 0 if self._dimension == "domain" else self._minimum - 1
        return count.addresses <= max(self._past.own, few)

    def _goes_on(self, count: Count) -> bool:
        """True when a domain that can't be reached still can't, as one probe shows."""
        return self._dimension == "domain" and self._current is not None and not self._is_normal(count)

    def _is_over(self, count: Count, *, is_last: bool) -> bool:
        """True when the incident is over by ``count``; the last one is of a time that may not be over itself."""
        latest = self._current.latest if self._current else 0
        return self._hour(count) - latest >= self._silence or (not is_last and self._is_back(count))

    def _close(self, current: Incident, hour: int, *, goes_on: bool) -> Incident:
        """The incident, which is over at ``hour``; or the outage ``goes_on`` as another one."""
        self._suspect(current, hour)
        self._note(current)
        if not goes_on:
            self._end_outage(current)
        self._current, self._doubtful = None, []
        return replace(current, until=min(hour, current.latest + self._silence))

    def _note(self, incident: Incident) -> None:
        self._past.lately += ((incident.latest // HOURS_OF_DAY, self._most),)
        self._most = 0

    def _end_outage(self, last: Incident) -> None:
        self._past.end_outage(is_one=last.latest - self._began < self._longest)
        self._began, self._most = NEVER, 0

    def _is_another(self, count: Count, *, is_last: bool) -> bool:
        """True when, a day later, so many fail that it is not the incident any more; a domain's are few.

        Of the last time, which may not be over itself, few are not all.
        """
        current, hour = self._current, self._hour(count)
        if not current or self._dimension == "domain":
            return False
        if self._is_far_less(count):
            return not is_last and hour - current.latest >= HOURS_OF_DAY
        return hour - current.found >= HOURS_OF_DAY and count.addresses > self._limits.factor * self._most

    def _is_far_less(self, count: Count) -> bool:
        return self._dimension != "domain" and count.addresses * self._limits.factor < self._most

    def _open(self, incident: Incident) -> Incident:
        """``incident``, of which nothing shows that it is over."""
        self._suspect(incident, None)
        return incident

    def _suspect(self, incident: Incident, until: int | None) -> None:
        self.suspected.append((incident.found, until))

    def _is_back(self, count: Count) -> bool:
        """True when ``count`` is of another day than the incident, and shows that mail is taken again."""
        others = 0 if self._dimension == "domain" else count.others
        is_sent = count.addresses > 0 or others * 2 >= self._past.others > 0
        latest = self._current.latest if self._current else 0
        return self._hour(count) - latest >= HOURS_OF_DAY and self._is_normal(count) and is_sent

    def _is_anomalous(self, count: Count) -> bool:
        past, factor, own = self._past, self._limits.factor, count.addresses
        if own < self._minimum:
            return False
        together = own + count.others
        is_half = own >= (together - past.all) / 2
        if self._dimension == "campaign":  # each is a new one: its past is that of all
            most = CAMPAIGN_FACTOR * factor * max(past.all, past.outage)
            return is_half and own >= most and own >= most * self._size(self._hour(count) // HOURS_OF_DAY)
        more = max(1.0, count.others / max(past.others, self._minimum))
        stands_out = own >= max(self._minimum, factor * max(past.own, past.outage)) * more
        if self._dimension != "text":
            return stands_out
        return stands_out and is_half and together >= factor / 2 * past.all  # other words for the same are none

    def _beginning(self, before: Sequence[Count], hour: int) -> int:
        """The first hour of what is found at ``hour``; ``before`` are the times of a day before it."""
        since = hour
        for count in reversed(before):
            if self._span > 1 or since - count.at > PAUSE_HOURS or hour - count.at >= HOURS_OF_DAY:
                break
            if count.addresses > self._past.own:
                since = count.at
        return since
