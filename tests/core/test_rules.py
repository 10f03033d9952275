"""An admin's own rules: what they match, that they win, and that no text can make them slow."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced import config
from bounced.classify import classify
from bounced.classify.rules import Rule
from bounced.config import Config
from bounced.config.classify import ClassifySection
from bounced.daemon import preflight
from bounced.errors import UserError
from bounced.model import Report

REPORT = Report(
    "failed",
    "anna@mail.example.org",
    status="5.1.1",
    diagnostic_code="550 5.1.1 <anna@mail.example.org>: Mailbox  closed by user; User unknown",
    remote_mta="mx7.hosting.test",
)


@pytest.mark.parametrize(
    ("stated", "holds"),
    [
        ({"provider": "example.org"}, True),
        ({"provider": "mail.example.org"}, True),
        ({"provider": "Hosting.test"}, True),
        ({"provider": "ample.org"}, False),
        ({"status": "5.1.1"}, True),
        ({"status": "5.1.*"}, True),
        ({"status": "5.1.10"}, False),
        ({"reply_code": "550"}, True),
        ({"reply_code": "55*"}, True),
        ({"reply_code": "552"}, False),
        ({"text": "mailbox closed"}, True),
        ({"text": "MAILBOX * user;"}, True),
        ({"text": "closed * mailbox"}, False),
        ({"text": "mailbox closed by users"}, False),
        ({"text": "<bob@example.net>: mailbox"}, True),
        ({"provider": "example.org", "status": "5.1.1", "text": "closed"}, True),
        ({"provider": "example.org", "status": "5.2.1", "text": "closed"}, False),
    ],
)
def test_what_a_rule_matches(stated: dict[str, str], holds: bool) -> None:
    verdict = classify(REPORT, [Rule("suppressed_upstream", name="rules.toml #1", **stated)])
    expected = ("suppressed_upstream", "hard", "own rule: rules.toml #1") if holds else ("mailbox_disabled", "hard")
    assert (verdict.reason, verdict.class_, verdict.rule)[: len(expected)] == expected


def test_a_rule_may_be_about_our_own_names() -> None:
    report = Report("failed", "anna@b.test", diagnostic_code="550 <us@a.test>: a.test is unwelcome")
    ours = frozenset(("us@a.test", "a.test"))
    assert classify(report, [Rule("virus", text="@: a.test is unwelcome")], ours).reason == "virus"


def test_the_first_rule_that_holds_decides() -> None:
    rules = [Rule("policy", status="5.2.*"), Rule("refused", status="5.*"), Rule("virus", status="5.1.1")]
    assert classify(REPORT, rules).reason == "refused"


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_pattern_and_any_text_are_compared(text: str, pattern: str) -> None:
    assert classify(Report("failed", diagnostic_code=text), [Rule("policy", text=f"*{pattern}*")]).reason


def test_a_pattern_of_stars_is_as_fast_as_its_text_is_long() -> None:
    """Every piece is looked for once, from where the last one ended: nothing to go back to."""
    report = Report("failed", diagnostic_code="a" * 8000)
    assert classify(report, [Rule("policy", text="a*" * 200 + "b")]).reason == "unknown"


def named(path: Path) -> Config:
    return Config(classify=ClassifySection(rules=str(path)))


def test_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('[[rule]]\nreason = "mailbox_full"\nprovider = "example.org"\ntext = "box * full"\n')
    assert config.rules(named(path)) == (Rule("mailbox_full", "example.org", text="box * full", name=f"{path} #1"),)
    assert config.rules(Config()) == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[[rule]]\nreason = "full"\ntext = "x"', "rule.0.reason: is not a reason"),
        ('[[rule]]\nreason = "policy"', "rule.0: has no condition"),
        ('[[rule]]\nreason = "policy"\ntext = " * "', "rule.0: has no condition"),
        ('[[rule]]\ntext = "x"', "rule.0.reason: missing"),
        ('[[rule]]\nreason = "policy"\nstatus = "571"', "rule.0.status:"),
        ('[[rule]]\nreason = "policy"\nreply_code = "5.7"', "rule.0.reply_code:"),
        ('[[rule]]\nreason = "policy"\ntxt = "x"', 'rule.0.txt: unknown key; did you mean "text"?'),
        ("[[rule", "is not TOML"),
        (None, "No such file or directory"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "rules.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError) as caught:
        config.rules(named(path))
    assert said in str(caught.value)
    main = tmp_path / "bounced.toml"
    main.write_text(f'[database]\npath = "{tmp_path}/x.db"\n[classify]\nrules = "{path}"\n')
    assert any(said in problem for problem in preflight.check(main))
