"""The rule, by the table of DESIGN.md, by its own numbered sentences, and by property."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bounced.policy import COMPLAINTS, Entry, Judgement, Limit, Policy, Suppression, decide, entry_kind, forecast

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)
ADDRESS = "anna@example.org"


def on(day: float, what: Any = "failed", **fields: Any) -> Entry:
    if what == "failed":
        fields = {"class_": "hard", "reason": "user_unknown"} | fields
    return Entry(fields.pop("id", 0), DAY0 + timedelta(days=day), what, **fields)


def judge(*history: Entry, policy: Policy | None = None) -> Judgement:
    return decide(ADDRESS, history, policy or Policy())


def suppression(*history: Entry, policy: Policy | None = None) -> Suppression | None:
    found = judge(*history, policy=policy).suppressions
    return found[0] if found else None


@pytest.mark.parametrize(
    ("days", "suppressed_on"),
    [
        ([0, 8, 16], 16),
        ([0, 0, 0], None),
        ([0, 0.01, 0.04], None),
        ([0, 7, 15], None),
        ([0, 7, 15.00002], 15.00002),
        ([0, 1, 16], 16),
        ([0, 20], None),
        ([16, 0, 8], 16),
        ([8, 16, 0], 16),
        ([0, 1, 2, 3], None),
        ([0, 1, 2, 16], 16),
    ],
)
def test_the_table_of_the_rule(days: list[float], suppressed_on: float | None) -> None:
    found = suppression(*(on(day) for day in days))
    assert (found.since if found else None) == (None if suppressed_on is None else DAY0 + timedelta(days=suppressed_on))


@pytest.mark.parametrize("proof", ["delivered", "auto-reply"])
def test_proof_of_delivery_breaks_the_streak(proof: str) -> None:
    assert suppression(on(0), on(8), on(12, proof), on(16)) is None
    assert suppression(on(0), on(8), on(12, proof), on(16), on(24), on(32)) is not None


def test_proof_of_delivery_leaves_a_standing_suppression() -> None:
    judgement = judge(on(0), on(8), on(16), on(17, "delivered"), on(18))
    assert judgement.suppressions[0].last_bounce_at == DAY0 + timedelta(days=16)
    assert judgement.streak is not None
    assert judgement.streak.bounces == 1


def test_a_suppression_says_why_and_grows_with_later_failures() -> None:
    found = suppression(on(0), on(8), on(16, reason="mailbox_disabled", detail="550 disabled"), on(20))
    assert found == Suppression(
        "all",
        "bounce",
        "user_unknown",
        "hard",
        since=DAY0 + timedelta(days=16),
        bounces=4,
        first_bounce_at=DAY0,
        last_bounce_at=DAY0 + timedelta(days=20),
    )


def test_a_silent_gap_restarts_the_streak() -> None:
    assert suppression(on(0), on(1), on(91)) is not None
    assert suppression(on(0), on(1), on(91.01)) is None
    assert suppression(on(0), on(60), on(120)) is not None
    assert "90 silent days" in judge(on(0), on(90.5)).steps[1].note


@pytest.mark.parametrize("class_", ["block"])
def test_what_is_the_senders_fault_neither_counts_nor_breaks(class_: Any) -> None:
    assert suppression(on(0, class_=class_), on(8, class_=class_), on(16, class_=class_)) is None
    assert suppression(on(0), on(8), on(9, class_=class_), on(16)) is not None


def test_delayed_and_relayed_never_count() -> None:
    assert suppression(on(0, "delayed"), on(8, "delayed"), on(16, "delayed")) is None
    assert suppression(on(0, "noted"), on(8), on(16)) is None


def test_reports_about_one_message_are_one_failure() -> None:
    same = {"original_message_id": "1@sender.test"}
    judgement = judge(on(0, **same), on(8, **same), on(16, **same))
    assert [step.counted for step in judgement.steps] == [True, False, False]
    assert judgement.suppressions == ()
    blocked_then_failed = judge(on(0, class_="block", **same), on(1, **same))
    assert [step.counted for step in blocked_then_failed.steps] == [False, True]


def test_a_later_report_of_another_class_about_one_message_is_judged_by_its_limit() -> None:
    """Amazon SES' way: a hard bounce suppresses at once, also when the first report about the message was soft."""
    at_once = Policy(limits={"hard": Limit(1, 0), "soft": Limit(3, 15), "block": Limit(0, 0)})
    same = {"original_message_id": "1@sender.test"}
    judgement = judge(on(0, class_="soft", **same), on(1, **same), policy=at_once)
    assert [step.counted for step in judgement.steps] == [True, False]
    assert "its class hard reaches the limit of 1" in judgement.steps[1].note
    assert [(found.bounces, found.last_bounce_at) for found in judgement.suppressions] == [(1, DAY0)]
    assert judge(on(0, class_="soft", **same), on(1, **same)).suppressions == ()
    proven = judge(on(0, class_="soft", **same), on(1, "delivered"), on(2, **same), policy=at_once)
    assert proven.suppressions == ()


def test_numbers_per_class_and_provider() -> None:
    at_once = Policy(limits={"hard": Limit(1, 0), "soft": Limit(3, 15), "block": Limit(0, 0)})
    assert suppression(on(0), policy=at_once) is not None
    assert suppression(on(0, class_="soft"), policy=at_once) is None
    assert suppression(on(0, class_="soft"), on(1), policy=at_once) is not None
    patient = replace(at_once, providers={"example.org": {"hard": Limit(2, 30)}})
    assert suppression(on(0), on(30), policy=patient) is None
    assert suppression(on(0), on(30.1), policy=patient) is not None
    assert decide("bob@example.net", [on(0)], patient).suppressions


def test_an_expired_suppression_ends_and_the_streak_starts_anew() -> None:
    policy = Policy(expire={"mailbox_full": timedelta(days=30)})
    full = {"reason": "mailbox_full", "class_": "soft"}
    standing = suppression(on(0, **full), on(8, **full), on(16, **full), policy=policy)
    assert standing is not None
    assert standing.until == DAY0 + timedelta(days=46)
    assert standing.in_force(DAY0 + timedelta(days=45))
    assert not standing.in_force(DAY0 + timedelta(days=46))
    assert suppression(*(on(day, **full) for day in (0, 8, 16, 20)), policy=policy) == replace(
        standing, bounces=4, until=DAY0 + timedelta(days=50), last_bounce_at=DAY0 + timedelta(days=20)
    )
    judgement = judge(*(on(day, **full) for day in (0, 8, 16, 46)), policy=policy)
    assert judgement.suppressions == ()
    assert judgement.streak is not None
    assert judgement.streak.bounces == 1


def complaint(day: float, kind: str, **fields: Any) -> Entry:
    return on(day, "complaint", reason=kind, **fields)


def test_complaints() -> None:
    found = suppression(complaint(0, "abuse"), complaint(5, "fraud"))
    assert found == Suppression("marketing", "complaint", "abuse", "", since=DAY0)
    assert suppression(complaint(0, "abuse"), complaint(1, "not-spam")) is None
    assert suppression(complaint(0, "auth-failure"), complaint(1, "dkim"), complaint(2, "not-spam")) is None
    assert judge(complaint(0, "not-spam")).steps[0].note == "nothing to lift"
    assert len(judge(on(0), on(8), on(16), complaint(16, "abuse")).suppressions) == 2
    assert judge(complaint(0, "auth-failure")).steps[0].note == "not counted: auth-failure is about authentication"


def test_a_complaint_forbids_what_its_type_says() -> None:
    policy = Policy(complaints={"abuse": "stream", "fraud": "all", "other": "marketing", "opt-out": "none"})
    invoices = {"stream": "invoices"}
    assert [found.scope for found in judge(complaint(0, "abuse", **invoices), policy=policy).suppressions] == [
        "invoices"
    ]
    assert [found.scope for found in judge(complaint(0, "abuse"), policy=policy).suppressions] == ["marketing"]
    assert [found.scope for found in judge(complaint(0, "fraud", **invoices), policy=policy).suppressions] == ["all"]
    assert [found.scope for found in judge(complaint(0, "newer-type"), policy=policy).suppressions] == ["marketing"]
    nothing = judge(complaint(0, "opt-out"), policy=policy)
    assert (nothing.suppressions, nothing.steps[0].counted) == ((), False)
    assert judge(complaint(0, "abuse"), policy=Policy(complaints={})).suppressions == ()


def test_a_stream_that_calls_itself_all_forbids_marketing_only() -> None:
    policy = Policy(complaints={"abuse": "stream"})
    assert [found.scope for found in judge(complaint(0, "abuse", stream="all"), policy=policy).suppressions] == [
        "marketing"
    ]


def test_complaints_of_several_scopes_stand_side_by_side_and_are_released_by_scope() -> None:
    policy = Policy(complaints={"abuse": "stream"})
    history = [complaint(0, "abuse"), complaint(1, "abuse", stream="tips"), complaint(2, "abuse", stream="tips")]
    found = judge(*history, policy=policy).suppressions
    assert [(item.scope, item.since) for item in found] == [("marketing", DAY0), ("tips", DAY0 + timedelta(days=1))]
    left = judge(*history, on(3, "release", scope="tips"), policy=policy)
    assert [item.scope for item in left.suppressions] == ["marketing"]
    assert left.steps[3].note == "released by hand"
    assert judge(*history, on(3, "release"), policy=policy).suppressions == ()


def test_not_spam_lifts_the_complaint_that_it_answers() -> None:
    one, two = {"original_message_id": "1@s"}, {"original_message_id": "2@s"}
    both = [complaint(0, "abuse", **one), complaint(1, "fraud", **two)]
    assert suppression(*both, complaint(2, "not-spam", **one)) == Suppression(
        "marketing", "complaint", "fraud", "", since=DAY0 + timedelta(days=1)
    )
    assert suppression(*both, complaint(2, "not-spam")) is None
    assert suppression(*both, complaint(2, "not-spam", **one), complaint(3, "not-spam", **two)) is None
    assert suppression(complaint(0, "abuse"), complaint(2, "not-spam", **one)) is None
    assert judge(complaint(0, "abuse", **two), complaint(2, "not-spam", **one)).steps[1].note == "nothing to lift"
    released = judge(complaint(0, "abuse", **one), on(1, "release"), complaint(2, "not-spam", **one))
    assert released.steps[2].note == "nothing to lift"


def test_an_opt_out_is_an_unsubscribe_that_not_spam_does_not_take_back() -> None:
    found = judge(complaint(0, "opt-out"), complaint(1, "not-spam"))
    assert [(item.cause, item.reason) for item in found.suppressions] == [("complaint", "opt-out")]
    assert [step.note for step in found.steps] == ["unsubscribed", "nothing to lift"]


# what counts

ASKS: Any = {"bounce": "plausible", "complaint": "verified", "delivered": "plausible", "auto-reply": "plausible"}
CAREFUL = Policy(count=ASKS)


def notes(*history: Entry, policy: Policy = CAREFUL) -> list[str]:
    return [step.note for step in judge(*history, policy=policy).steps]


def test_what_is_not_trusted_enough_does_nothing_and_says_why() -> None:
    doubtful = [on(day, trust="unverified") for day in (0, 8, 16)]
    assert suppression(*doubtful, policy=CAREFUL) is None
    assert notes(doubtful[0]) == ["not counted: unverified, the configuration asks for plausible"]
    assert suppression(*doubtful) is not None
    assert suppression(*(on(day, trust="plausible") for day in (0, 8, 16)), policy=CAREFUL) is not None
    assert notes(complaint(0, "abuse", trust="plausible")) == [
        "not counted: plausible, the configuration asks for verified"
    ]


def test_proof_of_delivery_and_not_spam_need_trust_too() -> None:
    for proof in ("delivered", "auto-reply"):
        assert suppression(on(0), on(8), on(12, proof, trust="unverified"), on(16), policy=CAREFUL) is not None
    lifted = complaint(1, "not-spam", trust="unverified")
    assert suppression(complaint(0, "abuse"), lifted, policy=CAREFUL) is not None


def test_not_spam_lifts_no_complaint_that_is_better_proved() -> None:
    policy = Policy(count={"complaint": "plausible"})
    proved, made_up = complaint(0, "abuse"), complaint(0, "fraud", trust="plausible", original_message_id="1@s")
    doubtful = complaint(1, "not-spam", trust="plausible")
    assert suppression(proved, doubtful, policy=policy) is not None
    assert suppression(proved, doubtful, complaint(2, "not-spam"), policy=policy) is None
    assert suppression(proved, replace(doubtful, accepted=True), policy=policy) is None
    assert suppression(proved, doubtful) is None
    assert suppression(made_up, doubtful, policy=policy) is None
    assert suppression(replace(made_up, accepted=True), doubtful, policy=policy) is not None
    assert [found.reason for found in judge(proved, made_up, doubtful, policy=policy).suppressions] == ["abuse"]


def test_what_is_held_waits_for_a_person_also_where_everything_counts() -> None:
    held = {"held": "its mailbox is for complaints"}
    assert suppression(*(on(day, **held) for day in (0, 8, 16))) is None
    assert notes(on(0, **held), policy=Policy()) == ["held: its mailbox is for complaints"]
    assert notes(on(0, "delayed", **held)) == ["delayed, not failed"]


def test_what_a_person_accepted_counts() -> None:
    flood = {"trust": "plausible", "addresses_named": 5000}
    assert suppression(*(on(day, accepted=True, trust="unverified") for day in (0, 8, 16)), policy=CAREFUL)
    assert suppression(*(on(day, accepted=True, held="x") for day in (0, 8, 16)), policy=CAREFUL)
    assert suppression(*(on(day, accepted=True, **flood) for day in (0, 8, 16)), policy=CAREFUL)


def test_reports_about_one_message_that_name_too_many_addresses_are_held() -> None:
    flood = {"trust": "plausible", "addresses_named": 1001}
    assert suppression(*(on(day, **flood) for day in (0, 8, 16)), policy=CAREFUL) is None
    assert notes(on(0, **flood)) == ["held: reports about one message name more than 1000 addresses"]
    assert suppression(*(on(day, trust="plausible", addresses_named=1000) for day in (0, 8, 16)), policy=CAREFUL)
    assert suppression(*(on(day, addresses_named=1001) for day in (0, 8, 16)), policy=CAREFUL)
    assert suppression(*(on(day, **flood) for day in (0, 8, 16)), policy=replace(CAREFUL, addresses_per_message=0))
    assert suppression(*(on(day, **flood) for day in (0, 8, 16)))


def stretched(stored: float = 16, **fields: Any) -> list[Entry]:
    """Three reports that came within an hour, with Received dates that are 16, 8 and no days old."""
    known = {"trust": "plausible", **fields}
    at = [DAY0 + timedelta(days=stored, minutes=minute) for minute in (0, 20, 40)]
    return [on(day, stored_at=when, **known) for day, when in zip((0, 8, 16), at, strict=True)]


def test_a_forged_received_does_not_stretch_a_streak() -> None:
    """Where our own server adds no Received, the topmost one is the forger's."""
    assert suppression(*stretched(), policy=CAREFUL) is None
    assert [step.entry.at.hour for step in judge(*stretched(), policy=CAREFUL).steps] == [12, 12, 12]
    assert suppression(*stretched())
    assert suppression(*stretched(trust="verified"), policy=CAREFUL)
    assert suppression(*stretched(accepted=True), policy=CAREFUL)
    assert suppression(*stretched(), policy=replace(CAREFUL, migrated=True))
    in_time = [on(day, trust="plausible", stored_at=DAY0 + timedelta(days=day + 1)) for day in (0, 8, 16)]
    assert suppression(*in_time, policy=CAREFUL)


def flood(reports: int, hours: float, **fields: Any) -> list[Entry]:
    """So many failures, spread evenly over the time."""
    known = {"trust": "plausible", "source": "192.0.2.1", **fields}
    return [on(hours / 24 * n / (reports - 1), original_message_id=f"{n}@s", **known) for n in range(reports)]


AT_ONCE = replace(CAREFUL, limits={**Policy().limits, "hard": Limit(5, 0)})


def test_too_many_reports_from_one_source_in_a_day_are_held() -> None:
    assert suppression(*flood(10, 24), policy=AT_ONCE)
    assert suppression(*flood(11, 24), policy=AT_ONCE) is None
    assert set(notes(*flood(11, 24))) == {"held: more than 10 reports from one source in a day"}
    assert suppression(*flood(11, 24), policy=Policy(limits=AT_ONCE.limits))
    assert suppression(*flood(11, 24), policy=replace(AT_ONCE, reports_per_address=0))
    assert suppression(*flood(11, 24, trust="verified"), policy=AT_ONCE)
    assert suppression(*flood(11, 24, accepted=True), policy=AT_ONCE)
    assert suppression(*flood(11, 26.5), policy=AT_ONCE)


@pytest.mark.parametrize(("reports", "sent", "counts"), [(50, 50, True), (51, 50, False), (5, 1, False), (5, 5, True)])
def test_who_knows_what_was_sent_needs_no_guess(reports: int, sent: int, counts: bool) -> None:
    assert bool(decide(ADDRESS, flood(reports, 24), AT_ONCE, sent).suppressions) == counts


def test_servers_on_the_way_may_report_one_failure_twice() -> None:
    assert all(step.counted for step in decide(ADDRESS, flood(3, 1), CAREFUL, 1).steps)


def test_a_flood_leaves_what_lies_beside_it() -> None:
    others = [on(day, trust="plausible", source="192.0.2.2") for day in (0, 8, 16)]
    before_and_after = [on(day, trust="plausible", source="192.0.2.1") for day in (-3, 5, 14)]
    held = flood(400, 30)
    assert suppression(*held, *others, policy=CAREFUL)
    found = judge(*held, *before_and_after, policy=CAREFUL)
    assert [step.entry.at for step in found.steps if step.counted] == [line.at for line in before_and_after]
    assert len(found.suppressions) == 1


def test_what_does_not_count_anyway_makes_no_flood() -> None:
    unverified = flood(50, 24, trust="unverified")
    assert suppression(
        *unverified, *(on(day, trust="plausible", source="192.0.2.1") for day in (0, 8, 16)), policy=CAREFUL
    )


def test_decisions_by_hand() -> None:
    by_hand = on(1, "suppress", detail="asked by phone")
    assert suppression(by_hand) == Suppression("all", "manual", "manual", "", by_hand.at, detail="asked by phone")
    assert suppression(by_hand, on(2, "release")) is None
    assert suppression(on(1, "suppress", id=2), on(1, "release", id=3), on(1, "suppress", id=4)) is not None
    assert suppression(on(1, "suppress", id=4), on(1, "release", id=5)) is None


def test_a_release_resets_the_streak() -> None:
    assert suppression(on(0), on(8), on(9, "release"), on(16), on(20)) is None
    assert suppression(on(0), on(8), on(16), on(17, "release"), on(18)) is None
    assert judge(on(0), on(1, "release")).steps[1].note == "released by hand; nothing was suppressed"


def test_a_release_of_one_scope_leaves_the_other() -> None:
    history = [on(0), on(8), on(16), complaint(16, "abuse"), on(17, "release", scope="marketing")]
    judgement = judge(*history)
    assert [found.scope for found in judgement.suppressions] == ["all"]
    assert judgement.streak is not None


def test_outlook_says_what_is_missing_and_when() -> None:
    now = DAY0 + timedelta(days=3)
    hard, soft = forecast(ADDRESS, judge(on(0), on(2)), Policy(), now)
    assert (hard.class_, hard.failures, hard.after) == ("hard", 1, DAY0 + timedelta(days=15))
    assert soft.class_ == "soft"
    assert hard.lapses_at == DAY0 + timedelta(days=92)
    fresh = forecast(ADDRESS, judge(), Policy(), now)[0]
    assert (fresh.failures, fresh.after, fresh.lapses_at) == (3, now + timedelta(days=15), None)
    lapsed = forecast(ADDRESS, judge(on(0)), Policy(), DAY0 + timedelta(days=200))[0]
    assert lapsed.failures == 3


@pytest.mark.parametrize(
    ("kind", "action", "found"),
    [
        ("bounce", "failed", "failed"),
        ("bounce", "delayed", "delayed"),
        ("bounce", "relayed", "noted"),
        ("delivered", "delivered", "delivered"),
        ("delivered", "expanded", "delivered"),
        ("auto-reply", "", "auto-reply"),
        ("complaint", "", "complaint"),
    ],
)
def test_what_an_event_is_in_the_history(kind: Any, action: Any, found: str) -> None:
    assert entry_kind(kind, action) == found


entries = st.builds(
    Entry,
    id=st.just(0),
    at=st.integers(0, 400).map(lambda quarter: DAY0 + timedelta(hours=6 * quarter)),
    what=st.sampled_from(["failed", "failed", "failed", "delayed", "delivered", "auto-reply", "complaint", "noted"]),
    class_=st.sampled_from(["hard", "soft", "block"]),
    reason=st.sampled_from(["user_unknown", "mailbox_full", "abuse", "not-spam"]),
    original_message_id=st.sampled_from(["", "", "1@s", "2@s"]),
    trust=st.sampled_from(["verified", "verified", "plausible", "unverified"]),
    held=st.sampled_from(["", "", "its mailbox is for bounces"]),
    accepted=st.booleans(),
    source=st.sampled_from(["", "192.0.2.1"]),
    stream=st.sampled_from(["", "tips", "all"]),
    addresses_named=st.integers(0, 3),
    stored_at=st.none() | st.integers(0, 100).map(lambda day: DAY0 + timedelta(days=day)),
)
policies = st.builds(
    Policy,
    limits=st.fixed_dictionaries(
        {
            "hard": st.builds(Limit, st.integers(0, 4), st.integers(0, 20)),
            "soft": st.builds(Limit, st.integers(1, 4), st.integers(0, 20)),
            "block": st.just(Limit(0, 0)),
        }
    ),
    max_gap=st.integers(1, 100).map(lambda days: timedelta(days=days)),
    expire=st.sampled_from([{}, {"mailbox_full": timedelta(days=20)}]),
    count=st.sampled_from([{}, {}, ASKS]),
    complaints=st.sampled_from([COMPLAINTS, {"abuse": "stream"}]),
    reports_per_address=st.integers(0, 3),
    addresses_per_message=st.integers(0, 3),
)


SWAPS_TWO = 1  # the seed with which a list of two is reversed


@given(st.lists(entries, max_size=12), policies, st.randoms(use_true_random=False))
@example([on(0, addresses_named=0), on(0, addresses_named=1)], Policy(), Random(SWAPS_TWO))
def test_the_order_of_arrival_does_not_matter(history: list[Entry], policy: Policy, random: Random) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    assert decide(ADDRESS, history, policy) == decide(ADDRESS, shuffled, policy)


@given(st.lists(entries, max_size=12))
def test_nobody_is_suppressed_with_fewer_failures_or_days_than_the_rule_asks_for(history: list[Entry]) -> None:
    for found in judge(*history).suppressions:
        if found.cause == "bounce":
            assert found.bounces >= 3
            assert found.first_bounce_at is not None
            assert found.last_bounce_at is not None
            assert found.last_bounce_at - found.first_bounce_at > timedelta(days=15)
