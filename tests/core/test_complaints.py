"""What a complaint forbids, and what lifts it."""

from __future__ import annotations

from datetime import timedelta

from bounced.policy import Policy, Suppression
from tests.support.history import DAY0, complaint, judge, on, suppression


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
