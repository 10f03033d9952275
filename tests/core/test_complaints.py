"""What a complaint forbids, and what lifts it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bounced.model import Scope
from bounced.policy import Policy, Suppression
from bounced.policy.scopes import forbidding
from tests.support.history import DAY0, complaint, judge, on, suppression


def test_complaints() -> None:
    found = suppression(complaint(0, "abuse"), complaint(5, "fraud"))
    assert found == Suppression("marketing", "complaint", "abuse", "", since=DAY0)
    same = {"original_message_id": "1@s"}
    assert suppression(complaint(0, "abuse", **same), complaint(1, "not-spam", **same)) is None
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


@pytest.mark.parametrize(
    ("kind", "stream", "scope"),
    [
        ("opt-out", "invoices", "marketing"),
        ("opt-out", "all", "marketing"),
        ("opt-out", "tips", "tips"),
        ("opt-out", "", "marketing"),
        ("abuse", "invoices", "marketing"),
        ("other", "invoices", "marketing"),
    ],
)
def test_a_complaint_without_proof_forbids_no_more_than_marketing(kind: str, stream: str, scope: str) -> None:
    """F16, A23, A25: a forger names any stream. What is verified, or accepted, forbids what the configuration says."""
    policy = Policy(
        count={"complaint": "unverified"},
        complaints={"opt-out": "stream", "abuse": "all", "other": "none", "strange": "stream"},
        transactional=("invoices",),
    )
    if kind == "other":
        assert judge(complaint(0, kind, stream=stream, trust="plausible"), policy=policy).suppressions == ()
        return
    for trust in ("unverified", "plausible"):
        made_up = complaint(0, kind, stream=stream, trust=trust)
        assert [one.scope for one in judge(made_up, policy=policy).suppressions] == [scope]
        if stream == "invoices":
            meant = "all" if kind == "abuse" else "invoices"
            for proved in ({"trust": "verified", "stream_by": "token"}, {"trust": trust, "accepted": True}):
                real = judge(complaint(0, kind, stream=stream, **proved), policy=policy)
                assert [one.scope for one in real.suppressions] == [meant]


@pytest.mark.parametrize(
    ("by", "scope"),
    [
        *(("", "marketing"), ("header", "marketing"), ("verp", "marketing")),
        *(("token", "invoices"), ("dkim", "invoices"), ("sends", "invoices")),
    ],
)
def test_a_verified_complaint_forbids_a_transactional_stream_that_is_proved(by: str, scope: str) -> None:
    """Who got one message can write any stream into what they return; another marketing stream does no harm."""
    policy = Policy(count={"complaint": "verified"}, complaints={"abuse": "stream"}, transactional=("invoices",))

    def scopes(stream: str, policy: Policy = policy) -> list[str]:
        judged = judge(complaint(0, "abuse", stream=stream, stream_by=by), policy=policy)
        return [one.scope for one in judged.suppressions]

    assert scopes("invoices") == [scope]
    assert scopes("tips") == ["tips"]
    assert scopes("invoices", Policy(complaints=policy.complaints, transactional=("invoices",))) == ["invoices"]


@pytest.mark.parametrize("kind", ["call +1-900-555 or see evil.example/x no", "", "newer-type", "ABUSE"])
def test_a_type_that_nobody_knows_is_other_on_the_list(kind: str) -> None:
    """F16, H10: servers say the reason to their clients."""
    assert [one.reason for one in judge(complaint(0, kind)).suppressions] == ["other"]


def test_a_stream_that_calls_itself_all_forbids_marketing_only() -> None:
    policy = Policy(complaints={"abuse": "stream"})
    assert [found.scope for found in judge(complaint(0, "abuse", stream="all"), policy=policy).suppressions] == [
        "marketing"
    ]


def test_complaints_of_several_scopes_coexist_and_are_released_separately() -> None:
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
    assert suppression(*both, complaint(2, "not-spam", **one), complaint(3, "not-spam", **two)) is None
    assert judge(complaint(0, "abuse", **two), complaint(2, "not-spam", **one)).steps[1].note == "nothing to lift"
    again = judge(complaint(0, "abuse", **one), *(complaint(day, "not-spam", **one) for day in (1, 2)))
    assert [step.note for step in again.steps[1:]] == ["lifts the complaint", "nothing to lift"]
    released = judge(complaint(0, "abuse", **one), on(1, "release"), complaint(2, "not-spam", **one))
    assert released.steps[2].note == "nothing to lift"


@pytest.mark.parametrize("policy", [Policy(), Policy(count={"complaint": "plausible"})])
@pytest.mark.parametrize(("reported", "lifting"), [("1@s", ""), ("", "1@s"), ("", ""), ("1@s", "2@s")])
def test_not_spam_lifts_nothing_about_another_message(reported: str, lifting: str, policy: Policy) -> None:
    """B4: nor where one of both names no message."""
    spam = complaint(0, "abuse", original_message_id=reported, source="192.0.2.1")
    not_spam = complaint(1, "not-spam", original_message_id=lifting, source="192.0.2.1", accepted=True)
    assert suppression(spam, not_spam, policy=policy) is not None


@pytest.mark.parametrize(
    ("of", "by", "lifts"),
    [
        ({"trust": "verified"}, {"trust": "plausible"}, False),
        ({"trust": "verified"}, {"trust": "verified"}, True),
        ({"trust": "verified"}, {"trust": "verified", "source": "198.51.100.7"}, False),
        ({"trust": "verified", "source": ""}, {"trust": "verified", "source": ""}, False),
        ({"trust": "plausible"}, {"trust": "plausible"}, True),
        ({"trust": "plausible"}, {"trust": "plausible", "source": "198.51.100.7"}, False),
        ({"trust": "plausible"}, {"trust": "verified", "source": "198.51.100.7"}, True),
        ({"trust": "plausible", "accepted": True}, {"trust": "plausible"}, False),
        ({"trust": "verified"}, {"trust": "unverified", "source": "198.51.100.7", "accepted": True}, True),
    ],
)
def test_not_spam_lifts_complaints_of_its_source_or_of_lower_trust(
    of: dict[str, Any], by: dict[str, Any], lifts: bool
) -> None:
    """B5, B6."""
    known = {"original_message_id": "1@s", "source": "192.0.2.1"}
    spam, not_spam = complaint(0, "abuse", **known | of), complaint(1, "not-spam", **known | by)
    policy = Policy(count={"complaint": "plausible", "not-spam": "plausible"})
    assert (suppression(spam, not_spam, policy=policy) is None) == lifts
    assert suppression(spam, not_spam) is None


@pytest.mark.parametrize("trust", ["unverified", "plausible"])
def test_not_spam_needs_the_trust_that_its_own_kind_asks_for(trust: str) -> None:
    known = {"original_message_id": "1@s", "source": "192.0.2.1", "trust": trust}
    history = [complaint(0, "abuse", **known), complaint(1, "not-spam", **known)]
    policy = Policy(count={"complaint": "unverified", "not-spam": "verified"})
    assert suppression(*history, policy=policy) is not None
    assert judge(*history, policy=policy).steps[1].note == f"held: trust {trust}, verified required"


def test_an_opt_out_is_an_unsubscribe_that_not_spam_does_not_take_back() -> None:
    same = {"original_message_id": "1@s"}
    found = judge(complaint(0, "opt-out", **same), complaint(1, "not-spam", **same))
    assert [(item.cause, item.reason) for item in found.suppressions] == [("complaint", "opt-out")]
    assert [step.note for step in found.steps] == ["unsubscribed", "nothing to lift"]


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("all", ("all",)),
        ("marketing", ("all", "marketing")),
        ("invoices", ("all", "invoices")),
        ("tips", ("all", "marketing", "tips")),
        ("unnamed", ("all", "marketing", "unnamed")),
    ],
)
def test_mail_of_a_stream_is_forbidden_by_wider_scopes_too(scope: Scope, scopes: tuple[Scope, ...]) -> None:
    assert forbidding(scope, {"invoices": "transactional", "tips": "marketing"}) == scopes


@pytest.mark.parametrize(
    ("complained", "answered", "lifted"),
    [
        ({"proved": "token k2 2026-12-31 new"}, {"proved": "token k2 2026-12-31 new"}, True),
        ({}, {"proved": "token k2 2026-12-31 old"}, False),  # a token of another message, and the Message-ID on top
        ({"proved": "token k2 2026-12-31 new"}, {"proved": "token k2 2026-12-31 old"}, False),
        ({}, {"proved": "1@s"}, True),  # a signed Message-ID
        ({}, {}, True),  # the table sends knows it
        ({}, {"proved": "token k2 2026-12-31 old", "accepted": True}, True),
    ],
)
def test_a_verified_report_lifts_what_it_was_proved_to_be_about(
    complained: dict[str, Any], answered: dict[str, Any], lifted: bool
) -> None:
    policy = Policy(count={"complaint": "plausible", "not-spam": "verified"})
    same = {"original_message_id": "1@s"}
    history = [
        complaint(0, "abuse", trust="plausible", **same, **complained),
        complaint(1, "not-spam", trust="verified", **same, **answered),
    ]
    assert (suppression(*history, policy=policy) is None) is lifted
