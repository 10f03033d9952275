"""Which numbers hold for an address, and which are no use."""

from __future__ import annotations

from typing import Any

import pytest

from bounced.config import Config
from bounced.config.numbers import notes, numbers

AT_ONCE = {"bounces": 1, "days": 0}
LATE = {"bounces": 5, "days": 30}
AT_ONCE_NOTE = (
    "policy.hard: one failure suppresses at once and for good, and so does a day on which a provider answers "
    '"user unknown" by mistake'
)


def configured(**policy: Any) -> Config:
    return Config.model_validate({"policy": policy})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, []),
        ({"hard": {"bounces": 2, "days": 6}, "soft": {"bounces": 5, "days": 28}}, []),
        ({"hard": AT_ONCE, "expire": {"hard": ["7d", "never"]}}, []),
        ({"hard": AT_ONCE, "expire": {"soft": "7d"}}, ["policy.hard: one failure"]),
        ({"hard": AT_ONCE}, ["policy.hard: one failure"]),
        (
            {"hard": AT_ONCE, "expire": {"hard": ["7d", "never"]}, "incidents": {"addresses": 0}},
            ["policy.hard: one failure suppresses at once, and so does a day on which a provider"],
        ),
        (
            {"hard": AT_ONCE, "incidents": {"addresses": 0}},
            [f"{AT_ONCE_NOTE}; turn the guard against outages on again"],
        ),
        (
            {"hard": AT_ONCE},
            [f"{AT_ONCE_NOTE} in the first weeks ([policy.incidents] learn); let it lapse"],
        ),
        ({"reason": {"user_unknown": AT_ONCE}}, ["policy.reason.user_unknown: one failure"]),
        ({"stream": {"orders": {"hard": AT_ONCE}}}, ['policy.stream."orders".hard: one failure']),
        ({"reason": {"user_unknown": AT_ONCE}, "expire": {"user_unknown": "7d"}}, []),
        ({"hard": LATE}, ["policy.hard: is never reached: soft = { bounces = 3, days = 15 }"]),
        ({"block": AT_ONCE}, ["policy.soft: is never reached: block", "policy.hard: is never reached: block"]),
        ({"hard": {"bounces": 0, "days": 0}, "soft": {"bounces": 1, "days": 0}}, []),
        ({"provider": {"b.test": {"hard": AT_ONCE}}}, ['policy.provider."b.test".hard: one failure']),
        ({"provider": {"b.test": {"hard": LATE}}}, ['policy.provider."b.test".hard: is never reached']),
        ({"hard": AT_ONCE, "provider": {"b.test": {"soft": LATE}}}, ["policy.hard: one failure"]),
        ({"engaged": {"hard": LATE}}, []),
        ({"engaged": {"hard": AT_ONCE}}, ["policy.engaged.hard: { bounces = 1, days = 0 } asks for less than hard"]),
        ({"engaged": {"block": LATE}}, ["policy.engaged.block: { bounces = 5, days = 30 } asks for less than block"]),
        ({"engaged": {"soft": {"bounces": 0, "days": 0}}}, []),
    ],
)
def test_what_is_not_meant_is_noted(policy: Any, expected: list[str]) -> None:
    found = list(notes(configured(**policy)))
    assert [note[: len(words)] for note, words in zip(found, expected, strict=True)] == expected


def test_each_number_has_the_key_that_sets_it() -> None:
    config = Config.model_validate(
        {
            "policy": {
                "soft": LATE,
                "max_gap": "40d",
                "expire": {"soft": ["30d", "never"]},
                "scope": {"soft": "marketing"},
                "provider": {"b.test": {"hard": AT_ONCE}, "Google": {"soft": AT_ONCE}},
                "reason": {"mailbox_full": LATE},
                "stream": {"orders": {"hard": LATE}},
            },
            "trust": {"own_domains": ["example.org"]},
        }
    )
    found = {number.what: (number.value, number.key, number.is_default) for number in numbers(config, "a@b.test")}
    assert found["hard failures"] == ("1, at once", 'policy.provider."b.test".hard', False)
    assert found["soft failures"] == ("5 over more than 30 days", "policy.soft", False)
    assert found["soft failures (refused, unknown)"] == ("10 over more than 60 days", "twice policy.soft", False)
    assert found["failures for mailbox_full"][:2] == ("5 over more than 30 days", "policy.reason.mailbox_full")
    assert found["hard failures of orders"][:2] == ("5 over more than 30 days", 'policy.stream."orders".hard')
    at_google = {number.what: number.key for number in numbers(config, "a@googlemail.com")}
    assert at_google["soft failures"] == 'policy.provider."google".soft'
    assert found["block failures"] == ("never count", "policy.block", True)
    assert found["a gap that begins a new streak"] == ("40 days", "policy.max_gap", False)
    assert found["suppressions for soft last"][0] == "30 days, then until they are released"
    assert found["suppressions for soft forbid"] == ("marketing", "policy.scope.soft", False)
    assert found["bounce counts from"][0] == "plausible"
    assert found["proofs of delivery that lift a suppression for hard failures"] == ("none", "policy.lift.hard", True)
    assert found["a sent message without a report was delivered after"] == ("6 days", "policy.settles", True)
    others = {number.what: number for number in numbers(Config(), "a@c.test")}
    assert others["hard failures"].is_default
    assert others["suppressions last"].value == "until they are released"


def test_numbers_that_depend_on_the_failure_say_on_what() -> None:
    config = configured(
        hard=LATE,
        engaged={"hard": {"bounces": 6, "days": 40}},
        engaged_within="30d",
        lift={"hard": 2},
        settles="never",
        provider={"google": {"hard": AT_ONCE}, "b.test": {"hard": AT_ONCE}},
    )
    found = {number.what: (number.value, number.key) for number in numbers(config, "a@company.test")}
    assert found["hard failures"] == ("5 over more than 30 days", "policy.hard")
    assert found["hard failures where google answers"] == ("1, at once", 'policy.provider."google".hard')
    engaged = ("6 over more than 40 days", "policy.engaged.hard")
    assert found["hard failures of subscribers engaged in the 30 days before"] == engaged
    assert found["soft failures of subscribers engaged in the 30 days before"] == (engaged[0], "policy.engaged")
    assert found["proofs of delivery that lift a suppression for hard failures"] == ("2", "policy.lift.hard")
    assert found["a sent message without a report was delivered after"] == ("never", "policy.settles")
    assert not any("b.test" in what for what in found)
    at_google = {number.what: number.value for number in numbers(config, "a@gmail.com")}
    assert at_google["hard failures"] == "1, at once"
    assert "hard failures where google answers" not in at_google
