"""When failures are an incident, by hours and days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.policy.incidents import (
    DIMENSIONS,
    Dimension,
    Incident,
    IncidentLimits,
    search,
    without,
)
from bounced.policy.past import NEVER, PAST, PAST_MIN, Count, Past

WEEK, DAY = 168, 24

#: The hour of the first failure of all: 8:00.
BEGAN = 20_000 * DAY + 8


def found(
    own: Mapping[int, int],
    others: Mapping[int, int],
    dimension: Dimension = "provider",
    answered: Iterable[int] = (),
    **limits: Any,
) -> list[tuple[int, int, int | None]]:
    """``since``, ``latest`` and ``until`` of the incidents, in hours since the first failure.

    ``answered`` are the hours since then of days on which mail was taken.
    """
    every = sorted({*own, *others})
    hours = [Count(BEGAN + hour, own.get(hour, 0), others.get(hour, 0)) for hour in every]
    taken = [(BEGAN + hour) // DAY for hour in answered]
    result = search(dimension, hours, by_day(hours), BEGAN, IncidentLimits(**limits), taken).incidents
    return [(it.since - BEGAN, it.latest - BEGAN, None if it.until is None else it.until - BEGAN) for it in result]


def by_day(hours: Iterable[Count]) -> list[Count]:
    days: dict[int, Count] = {}
    for count in hours:
        day = days.get(count.at // DAY, Count(count.at // DAY, 0, 0))
        days[count.at // DAY] = Count(day.at, day.addresses + count.addresses, day.others + count.others)
    return list(days.values())


def weekly(number: int, weeks: Iterable[int]) -> dict[int, int]:
    return {week * WEEK: number for week in weeks}


def test_the_past_is_the_most_of_each_number_in_its_days() -> None:
    past, days = Past(), [(day, day * 37 % 101, day * 53 % 97, day * 71 % 89) for day in range(10, 400, 3)]
    for number, (day, own, others, _) in enumerate(days):
        past.move_to(day)
        before = [
            row for row in days[:number] if row[0] >= day - PAST or row in days[max(0, number - PAST_MIN) : number]
        ]
        assert past.own == max((row[1] for row in before), default=0)
        assert past.others == max((row[2] for row in before), default=0)
        assert past.all == max((row[1] + row[2] for row in before), default=0)
        past.learn(Count(day, own, others))


numbers = st.sampled_from([0, 0, 1, 5, 5, 19, 20, 40, 100, 500, 2000])


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(DIMENSIONS),
    st.lists(st.tuples(st.sampled_from([1, 1, 2, 5, 23, 24, 30, 30, 168, 400]), numbers, numbers), max_size=80),
    st.sets(st.integers(0, 150)),
    st.builds(IncidentLimits, factor=st.sampled_from([1.5, 4]), learn=st.sampled_from([timedelta(0), timedelta(28)])),
    st.sampled_from([1, 5]),
)
def test_from_each_start_on_it_finds_what_it_finds_from_the_beginning(
    dimension: Dimension, steps: Any, taken: set[int], limits: IncidentLimits, larger: int
) -> None:
    """It needs the counts from a day before, and those incidents that were over by then."""
    ats = accumulate((step for step, *_ in steps), initial=BEGAN)
    hours = [Count(at, own, others) for at, (_, own, others) in zip(ats, steps, strict=False)]
    days, answered = by_day(hours), sorted(BEGAN // DAY + day for day in taken)

    def size(day: int) -> float:
        return 1 + day % larger

    whole = search(dimension, hours, days, BEGAN, limits, answered, size)
    for number, start in enumerate(whole.starts):
        near = [count for count in hours if count.at >= start.at - DAY]
        near_days = [count for count in days if count.at * DAY >= start.at - DAY]
        rest = search(dimension, near, near_days, BEGAN, limits, answered, size, start)
        over = [incident for incident in whole.incidents if incident.until is not None and incident.until < start.at]
        assert [*over, *rest.incidents] == whole.incidents
        assert rest.starts == whole.starts[number:]


def test_it_starts_where_no_incident_is_open() -> None:
    hours = [Count(BEGAN + hour, 30, 30) for hour in weekly(30, range(12))]
    hours[10] = Count(BEGAN + 10 * WEEK, 2000, 30)
    result = search("provider", hours, by_day(hours), BEGAN, IncidentLimits())
    assert [(start.at - BEGAN + 8) // WEEK for start in result.starts] == [*range(11)]
    assert [day for day, *_ in result.starts[1].hours.days] == [BEGAN // DAY]


YEAR = range(52)
USUAL = weekly(30, YEAR)


def test_what_is_as_ever_is_none() -> None:
    assert found(USUAL, USUAL) == []
    assert found({**USUAL, 10 * WEEK: 89}, USUAL) == []
    assert found({**USUAL, 10 * WEEK: 90}, USUAL) == [(10 * WEEK, 10 * WEEK, 11 * WEEK)]


def test_far_above_its_own_past_is_one_until_it_is_back() -> None:
    outage = {**USUAL, 10 * WEEK: 2000, 10 * WEEK + 1: 1500}
    assert found(outage, USUAL) == [(10 * WEEK, 10 * WEEK + 1, 11 * WEEK)]


def test_200_reports_are_enough_and_then_it_is_open() -> None:
    assert found({**weekly(66, range(10)), 10 * WEEK: 200}, weekly(60, range(11))) == [(10 * WEEK, 10 * WEEK, None)]


def test_it_reaches_back_to_the_beginning_of_the_anomaly() -> None:
    rising = {10 * WEEK - 4: 31, 10 * WEEK - 2: 31, 10 * WEEK - 1: 50, 10 * WEEK: 150}
    assert found({**weekly(30, range(10)), **rising}, USUAL)[0][:2] == (10 * WEEK - 4, 10 * WEEK)
    pause = {10 * WEEK - 3: 31, 10 * WEEK: 150}
    assert found({**weekly(30, range(10)), **pause}, USUAL)[0][:2] == (10 * WEEK, 10 * WEEK)


def test_it_begins_no_sooner_than_the_failures_rise() -> None:
    assert found({1: 30}, {0: 1}, learn=timedelta(0)) == [(1, 1, None)]


def test_a_day_shows_what_no_hour_does() -> None:
    trickle = dict.fromkeys(range(10 * WEEK, 10 * WEEK + 12), 2)
    assert found({**weekly(3, range(10)), **trickle}, weekly(3, YEAR)) == [
        (10 * WEEK - 8, 10 * WEEK - 8, 11 * WEEK - 8)
    ]


@pytest.mark.parametrize("mailing", [15, 2000])
def test_a_large_mailing_does_not_have_the_days_after_it_count(mailing: int) -> None:
    """Of each hour of these too few fail to tell that it goes on."""
    usual = {day * DAY + hour: 2 for day in range(100) for hour in (0, 9)}
    down = {60 * DAY + hour: 15 for hour in range(6 * DAY)} | {60 * DAY: mailing}
    incidents = found({**usual, **down}, dict.fromkeys({*usual, *down}, 30))
    held = [(since, until or NEVER) for since, _, until in incidents]
    assert [hour for hour in down if not any(since <= hour < until for since, until in held)] == []
    assert all(until <= 68 * DAY for _, until in held)


def test_an_installation_learns_first() -> None:
    old = {0: 5000, WEEK: 400, 2 * WEEK: 100, 3 * WEEK: 30}
    assert found(old, {}) == []
    assert found({**old, 5 * WEEK: 5000}, {}) == []
    assert found({1: 1, 27 * DAY: 5000}, {}) == []
    assert found({1: 1, 28 * DAY: 5000}, {}) == [(28 * DAY, 28 * DAY, None)]
    assert found({1: 1, 9 * DAY: 5000}, {}, learn=timedelta(days=9)) == [(9 * DAY, 9 * DAY, None)]


def test_a_larger_list_is_none_as_the_others_grow_too() -> None:
    assert found({**USUAL, 10 * WEEK: 300}, {**USUAL, 10 * WEEK: 300}) == []
    assert found({**USUAL, 10 * WEEK: 1300}, {**USUAL, 10 * WEEK: 300}) == [(10 * WEEK, 10 * WEEK, 11 * WEEK)]


def test_a_purge_over_weeks_is_none() -> None:
    purge = {week * WEEK: round(30 * 1.4**week) for week in range(10)}
    assert found({**{k + 10 * WEEK: n for k, n in purge.items()}, **weekly(30, range(10))}, USUAL) == []


def test_what_lasts_is_none() -> None:
    lasting = {**weekly(30, range(10)), **weekly(500, range(10, 20))}
    assert found(lasting, USUAL) == []
    assert found({**lasting, 30 * WEEK: 5000}, USUAL) == [(30 * WEEK, 30 * WEEK, 31 * WEEK)]
    daily = {10 * WEEK + day * DAY: 500 for day in range(13)}
    assert found({**weekly(30, range(10)), **daily}, USUAL) == [(10 * WEEK, 10 * WEEK + 12 * DAY, 12 * WEEK)]


def test_it_stays_open_while_nothing_is_sent_and_a_week_at_most() -> None:
    own = {**weekly(30, range(10)), 10 * WEEK: 2000}
    assert found(own, {**weekly(30, range(11)), 10 * WEEK + 2 * DAY: 3, 10 * WEEK + 3 * DAY: 3})[0][2] is None
    assert found(own, {**weekly(30, range(11)), 10 * WEEK + 2 * DAY: 15, 10 * WEEK + 3 * DAY: 3}) == [
        (10 * WEEK, 10 * WEEK, 10 * WEEK + 2 * DAY)
    ]
    assert found(own, {**weekly(30, range(11)), 20 * WEEK: 1}) == [(10 * WEEK, 10 * WEEK, 11 * WEEK)]


def test_an_hour_that_may_not_be_over_closes_nothing() -> None:
    own = {**weekly(30, range(10)), 10 * WEEK: 2000, 10 * WEEK + 2 * DAY: 1}
    assert found(own, {})[0][2] is None
    assert found({**own, 10 * WEEK + 2 * DAY + 1: 1}, {})[0][2] == 10 * WEEK + 2 * DAY


def test_nor_does_it_begin_another_one() -> None:
    """The first of a day's failures are few."""
    down = {**weekly(30, range(10)), 10 * WEEK: 2000, 10 * WEEK + DAY: 100}
    assert found(down, {}) == [(10 * WEEK, 10 * WEEK, None)]
    began = 10 * WEEK + DAY
    assert found({**down, began + 1: 1}, {}) == [(10 * WEEK, 10 * WEEK, began), (began, began, None)]
    assert found({**down, began: 700}, {}) == [(10 * WEEK, began, None)]


OUTAGE = {**weekly(30, range(10)), 10 * WEEK: 2000}


@pytest.mark.parametrize(
    ("day", "until"),
    [(-1, None), (0, None), (1, DAY), (2, 2 * DAY - 8), (6, 6 * DAY - 8), (7, 7 * DAY - 8), (20, 7 * DAY)],
)
def test_mail_that_was_taken_on_another_day_closes_it(day: int, until: int | None) -> None:
    """From a day after its last hour on, and no later than nothing would have."""
    result = found(OUTAGE, {}, answered=[10 * WEEK + day * DAY])
    assert result == [(10 * WEEK, 10 * WEEK, None if until is None else 10 * WEEK + until)]


def test_unless_more_fail_on_that_day_than_before() -> None:
    days = [10 * WEEK + day * DAY for day in (1, 2)]
    more = {**OUTAGE, days[0] + 3: 31}
    assert found(more, {}, answered=days[:1])[0][2] is None
    assert found(more, {}, answered=days) == [(10 * WEEK, 10 * WEEK, days[1] - 8)]
    assert found({**OUTAGE, days[0] + 3: 30}, {}, answered=days)[0][2] == days[0]
    again = {**OUTAGE, days[1]: 2000}
    assert found(again, {}, answered=days) == [(10 * WEEK, 10 * WEEK, days[0]), (days[1], days[1], None)]


def test_what_fails_after_that_is_its_past() -> None:
    after = {10 * WEEK + 2 * DAY: 80}
    answered = [10 * WEEK + DAY]
    assert found({**OUTAGE, **after, 11 * WEEK: 230}, {}, answered=answered)[0] == (
        10 * WEEK,
        10 * WEEK,
        10 * WEEK + DAY,
    )
    assert len(found({**OUTAGE, **after, 11 * WEEK: 230}, {}, answered=answered)) == 1
    assert len(found({**OUTAGE, 11 * WEEK: 230}, {}, answered=answered)) == 2


def test_days_of_an_incident_are_no_past() -> None:
    twice = {**USUAL, 10 * WEEK: 2000, 20 * WEEK: 2000}
    assert found(twice, USUAL) == [(week * WEEK, week * WEEK, (week + 1) * WEEK) for week in (10, 20)]


def test_one_that_goes_on_after_a_week_is_the_same() -> None:
    assert found({**weekly(30, range(10)), 10 * WEEK: 2000, 11 * WEEK: 2000, 12 * WEEK - 1: 30}, USUAL) == [
        (10 * WEEK, 11 * WEEK, 12 * WEEK - 1)
    ]
    monthly = {week * WEEK: 2000 if week in (12, 16, 20) else 30 for week in range(0, 52, 4)}
    assert found(monthly, {}) == []


def test_the_past_is_a_quarter_and_twelve_days_with_failures_at_least() -> None:
    quarterly = {quarter * 13 * WEEK: 2000 for quarter in range(12)}
    assert found(quarterly, {}) == []
    once = {**USUAL, 5 * WEEK: 85}
    assert found({**once, 10 * WEEK: 250}, USUAL) == []
    assert found({**once, 30 * WEEK: 250}, USUAL) == [(30 * WEEK, 30 * WEEK, 31 * WEEK)]


@pytest.mark.parametrize(("addresses", "is_found"), [(19, False), (20, True)])
def test_few_addresses_are_none(addresses: int, is_found: bool) -> None:
    assert bool(found({10 * WEEK: addresses}, USUAL)) is is_found


@pytest.mark.parametrize(("addresses", "is_found"), [(4, False), (5, True)])
def test_of_a_domain_that_cannot_be_reached_fewer_are_enough(addresses: int, is_found: bool) -> None:
    assert bool(found({10 * WEEK: addresses}, USUAL, "domain")) is is_found


def test_of_a_domain_one_probe_a_week_that_fails_keeps_it_open() -> None:
    """Not for ever: what lasts is no incident."""
    down, beginning = {10 * WEEK: 30}, 10 * WEEK
    daily = {day * DAY: 30 for day in range(100)}
    assert found(down, daily, "domain") == [(beginning, beginning, beginning + 2 * WEEK)]
    down[11 * WEEK] = 1
    assert found(down, daily, "domain") == [(beginning, 11 * WEEK, 13 * WEEK)]
    assert found(down, daily, "domain", answered=[12 * WEEK]) == [(beginning, 11 * WEEK, 12 * WEEK - 8)]
    assert found(down, {}, "domain") == [(beginning, 11 * WEEK, None)]
    down[12 * WEEK] = 1
    assert found(down, daily, "domain") == []


def bursts(number: int, weeks: Iterable[int]) -> dict[int, int]:
    """Somebody's ``number`` of failures in each week, and one two days later, which says that it is over."""
    return {hour: count for week in weeks for hour, count in ((week * WEEK, number), (week * WEEK + 2 * DAY, 1))}


@pytest.mark.parametrize("dimension", ["provider", "domain", "text"])
def test_what_is_an_outage_again_and_again_is_usual(dimension: Dimension) -> None:
    """Three times in a quarter; more must stand out of these, too."""
    again = {**weekly(1, range(10)), **bursts(30, range(10, 23))}
    weeks = [since // WEEK for since, _, _ in found(again, weekly(1, YEAR), dimension)]
    assert weeks == [10, 11, 12]
    assert [since // WEEK for since, *_ in found({**again, 23 * WEEK: 89}, USUAL, dimension)] == weeks
    assert [since // WEEK for since, *_ in found({**again, 23 * WEEK: 2000}, USUAL, dimension)] == [*weeks, 23]


def test_two_large_outages_do_not_make_a_third_one_usual() -> None:
    large = {**USUAL, 10 * WEEK: 2000, 12 * WEEK: 2000, 14 * WEEK: 100, 16 * WEEK: 290}
    assert [since // WEEK for since, *_ in found(large, USUAL)] == [10, 12, 14]
    assert [since // WEEK for since, *_ in found({**large, 16 * WEEK: 300}, USUAL)] == [10, 12, 14, 16]


def test_an_outage_is_one_however_often_its_failures_rise_and_fall() -> None:
    """Two large mailings a week, and little in between: of the next outages nothing is usual."""
    one = [9000, 1000, 1000, 9000, 1000, 1000, 1000, 9000, 1000, 1000]
    began = [week * WEEK for week in (10, 15, 20)]
    down = {hour + day * DAY: number for hour in began for day, number in enumerate(one)}
    lasting = {6 * WEEK + day * DAY: 100 for day in range(15)}  # which is none
    incidents = found({**USUAL, **lasting, **down}, USUAL)
    assert [hour for hour in down if not any(since <= hour < (until or NEVER) for since, _, until in incidents)] == []


def test_what_rises_and_falls_for_longer_than_an_outage_may_last_counts() -> None:
    rising = {10 * WEEK + day * DAY: (100, 33)[day % 2] for day in range(91)}
    incidents = found({**weekly(1, range(10)), **rising}, weekly(1, YEAR))
    assert [(since - 10 * WEEK) // DAY for since, *_ in incidents] == [0, 1, 2, 3]
    assert incidents[-1][2] == 10 * WEEK + 4 * DAY


def test_incidents_that_last_for_longer_together_are_several_outages() -> None:
    """Else who makes them up has failures held for twice as long."""
    began = {week: {week * WEEK + day * DAY: 20 if day < 13 else 61 for day in range(26)} for week in (10, 14, 18)}
    ends = {week * WEEK + 27 * DAY: 1 for week in began}
    made_up = {hour: number for failures in began.values() for hour, number in failures.items()}
    incidents = found({**weekly(1, range(10)), **made_up, **ends}, weekly(1, YEAR))
    firsts = [(10, 0), (10, 13), (14, 0), (14, 13), (18, 13)]
    assert [since for since, *_ in incidents] == [week * WEEK + day * DAY for week, day in firsts]


def test_outages_of_another_quarter_make_nothing_usual() -> None:
    again = {**weekly(1, range(10)), **bursts(30, [10, 11, 12, 26])}
    assert [since // WEEK for since, *_ in found(again, weekly(1, YEAR))] == [10, 11, 12, 26]


def test_far_fewer_failures_do_not_prolong_an_outage() -> None:
    """Else who makes some up for two weeks has all of it count."""
    fewer = {10 * WEEK + day * DAY: 100 for day in range(1, 20)}
    assert found({**USUAL, 10 * WEEK: 2000, **fewer}, USUAL)[0] == (10 * WEEK, 10 * WEEK, 10 * WEEK + DAY)
    hourly = {10 * WEEK + hour: 100 for hour in range(1, 20 * DAY)}
    assert found({**USUAL, 10 * WEEK: 2000, **hourly}, USUAL)[0] == (10 * WEEK, 10 * WEEK, 10 * WEEK + DAY)


def test_nor_do_they_begin_one_long_before_it() -> None:
    earlier = {10 * WEEK + day * DAY: 100 for day in range(12)}
    outage = {11 * WEEK + 5 * DAY + day * DAY: 2000 for day in range(5)}
    began = 11 * WEEK + 5 * DAY
    assert found({**weekly(30, range(10)), **earlier, **outage}, USUAL)[1][:2] == (began, began + 4 * DAY)


def test_of_a_domain_few_failures_prolong_it() -> None:
    down = {10 * WEEK: 30, 10 * WEEK + DAY: 9, 10 * WEEK + 3 * DAY: 1}
    assert found(down, USUAL, "domain") == [(10 * WEEK, 10 * WEEK + 3 * DAY, 12 * WEEK + 3 * DAY)]


def test_of_many_campaigns_at_a_time_none_is_one() -> None:
    assert found({10 * WEEK: 1000}, {**USUAL, 10 * WEEK: 1030}, "campaign")[0][:2] == (10 * WEEK, 10 * WEEK)
    assert found({10 * WEEK: 1000}, {**USUAL, 10 * WEEK: 1031}, "campaign") == []


def test_of_a_domain_as_many_as_ever_are_its_own_level() -> None:
    own = {**weekly(1, range(10)), 10 * WEEK: 30, 10 * WEEK + 2 * DAY: 1, 10 * WEEK + 3 * DAY: 1}
    assert found(own, USUAL, "domain") == [(10 * WEEK, 10 * WEEK, 10 * WEEK + 2 * DAY)]


def test_a_campaign_is_compared_with_all_others() -> None:
    assert found({10 * WEEK: 170}, USUAL, "campaign") == []
    assert found({10 * WEEK: 1000}, USUAL, "campaign")[0][:2] == (10 * WEEK, 10 * WEEK)


def test_a_campaign_that_is_larger_is_compared_by_its_share() -> None:
    hours = [Count(BEGAN + week * WEEK, 0, 30) for week in range(10)] + [Count(BEGAN + 10 * WEEK, 300, 0)]
    sizes = {(BEGAN + 10 * WEEK) // DAY: 10.0}
    assert search("campaign", hours, [], BEGAN, IncidentLimits()).incidents
    assert not search("campaign", hours, [], BEGAN, IncidentLimits(), (), sizes.__getitem__).incidents
    hours[-1] = Count(BEGAN + 10 * WEEK, 2400, 0)
    assert search("campaign", hours, [], BEGAN, IncidentLimits(), (), sizes.__getitem__).incidents


def test_other_words_for_the_same_are_none() -> None:
    assert found({10 * WEEK: 30, 11 * WEEK: 30}, {**weekly(30, range(10)), 10 * WEEK: 0}, "text") == []
    assert found({10 * WEEK: 1000}, USUAL, "text")[0][:2] == (10 * WEEK, 10 * WEEK)
    assert found({10 * WEEK: 25}, {**USUAL, 10 * WEEK: 600}, "text") == []


def test_none_where_the_guard_is_off() -> None:
    assert found({10 * WEEK: 5000}, USUAL, addresses=0) == []


def test_what_is_explained_is_taken_off() -> None:
    counts = [Count(1, 100, 20), Count(2, 10, 50), Count(3, 5, 5)]
    assert without(counts, {1: 110, 2: 30}) == [Count(1, 10, 0), Count(2, 10, 20), Count(3, 5, 5)]


def test_hours_of_an_incident() -> None:
    over, still = Incident(1, 2, 3, 4), Incident(4, 5, 6)
    assert [hour in over for hour in range(6)] == [False, True, True, True, False, False]
    assert (3 in still, 4 in still, 99 in still) == (False, True, True)
    assert (over.overlaps(still), still.overlaps(over), still.overlaps(Incident(9, 9, 9, 10))) == (False, False, True)


@pytest.mark.parametrize(
    ("incident", "other", "spans"),
    [
        ((4, 8), None, [(4, 8)]),
        ((4, 8), (4, 8), []),
        ((4, 8), (4, None), []),
        ((4, None), (4, 8), [(8, NEVER)]),
        ((4, 8), (6, 8), [(4, 6)]),
        ((2, 9), (4, 8), [(2, 4), (8, 9)]),
        ((4, 8), (20, 30), [(4, 8)]),
        ((20, 30), (4, 8), [(20, 30)]),
    ],
)
def test_hours_that_another_has_not(incident: Any, other: Any, spans: list[tuple[int, int]]) -> None:
    one, two = (times and Incident(times[0], times[0], times[0], times[1]) for times in (incident, other))
    assert one.hours_without(two) == spans


@pytest.mark.parametrize(("dimension", "addresses"), [("provider", 20), ("text", 20), ("domain", 1)])
def test_so_many_addresses_say_that_mail_is_taken_again(dimension: str, addresses: int) -> None:
    assert IncidentLimits().answers(dimension) == addresses
