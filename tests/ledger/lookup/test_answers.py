"""Suppressions, for programs in Python: what `bounced check` says."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bounced.errors import UserError
from bounced.ledger import lookup
from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Ladder, Policy, Suppression
from tests.support.commands import bounced
from tests.support.lookup import NOW, STREAMS, WRITTEN

NOT_ADDRESSES = (
    "nonsense",
    "",
    " all@b.test",
    "all@b.test\n",
    "All <all@b.test>",
    "<all@b.test>",
    "rfc822; all@b.test",
    "a@b.test all@b.test",
    "all@b.test@c.test",
    "al(x)l@b.test",
    "IMCEASMTP-all+40b+2Etest@relay.test",
    "'all@b.test",
    "all@b.test.",
    "all@\N{FULLWIDTH LATIN SMALL LETTER B}.test",
    "a@b.test,c@d.test",
    "a@b.test;c@d.test",
    "x" * 65 + "@b.test",
    "\udcff@b.test",
    "@",
)


@pytest.mark.parametrize(
    ("scope", "forbidden"),
    [
        ("all", {"all"}),
        ("marketing", {"all", "marketing"}),
        ("news", {"all", "marketing", "news"}),
        ("a stream that is not configured", {"all", "marketing"}),
        ("invoices", {"all", "invoices"}),
    ],
)
def test_what_forbids_a_scope(scope: str, forbidden: set[str], suppressions: Suppressions) -> None:
    names = ("all", "marketing", "news", "invoices")
    assert {name for name in names if suppressions.get(f"{name}@b.test", scope)} == forbidden
    assert suppressions.filter((f"{name}@b.test" for name in names), scope).keys() == {f"{n}@b.test" for n in forbidden}


def test_a_suppression_of_all_mail_comes_first(suppressions: Suppressions) -> None:
    first, second = suppressions.all("BOTH@b.test")
    assert first == Suppression("all", "manual", "manual", "", NOW, detail="by phone")
    assert (second.scope, second.since) == ("marketing", NOW)
    assert suppressions.get("both@b.test") == first
    assert suppressions.filter(["BOTH@b.test", "both@b.test"]) == {"BOTH@b.test": first, "both@b.test": first}


@pytest.mark.parametrize("scope", ["all", "marketing", "news", "invoices", "unheard of"])
def test_the_answers_are_those_of_bounced_check(
    scope: str, suppressions: Suppressions, path: str, tmp_path: Path
) -> None:
    configuration = tmp_path / "bounced.toml"
    streams = "".join(f'{name} = "{kind}"\n' for name, kind in STREAMS.items())
    configuration.write_text(f'[database]\npath = "{path}"\n[streams]\n{streams}')
    checked = bounced("check", "--json", "--config", str(configuration), "--scope", scope, "--", *WRITTEN)
    allowed = [json.loads(line)["allowed"] for line in checked.stdout.splitlines()]
    assert set(allowed) == {True, False}
    assert [suppressions.get(text, scope) is None for text in WRITTEN] == allowed
    forbidden = suppressions.filter(WRITTEN, scope)
    assert [text not in forbidden for text in WRITTEN] == allowed


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_no_answer_for_what_is_not_an_address(text: str, suppressions: Suppressions) -> None:
    assert bounced("check", "--", text).exit_code == 2
    for question in (suppressions.get, suppressions.all, lambda text: suppressions.filter(["a@b.test", text])):
        with pytest.raises(UserError, match="is not an email address") as refused:
            question(text)
        assert str(refused.value).isprintable()


def test_a_list_of_nonsense_is_refused_in_a_few_lines(suppressions: Suppressions) -> None:
    with pytest.raises(UserError) as refused:
        suppressions.filter(f"{number}\n" * 1000 for number in range(20_000))
    assert len(refused.value.problems) == lookup.PROBLEMS_LIMIT
    assert len(str(refused.value)) < 10_000


def test_what_has_expired_forbids_nothing(path: str) -> None:
    policy = Policy(expire={"mailbox_full": Ladder((timedelta(days=1),), probation=False)})
    origin = Origin("file:/mails", "1.eml")
    days = [NOW - timedelta(days=day) for day in (17, 9, 1, 0)]
    events = [(Event("a@b.test", "bounce", "failed", "hard", "mailbox_full"), at) for at in days[:3]]
    with Ledger(path, policy, clock=lambda: NOW) as ledger, Suppressions(path) as suppressions:
        ledger.take(
            [
                Item(RawMessage(origin, at, b"x", 1), f"{number:064x}", Parsed("bounce", "dsn", "", (event,)))
                for number, (event, at) in enumerate(events)
            ]
        )
        with closing(sqlite3.connect(path)) as reader:
            assert reader.execute("SELECT until FROM suppressions").fetchall() == [("2026-09-18T12:00:00Z",)]
        assert suppressions.get("a@b.test", "all") is None
        assert suppressions.filter(["a@b.test"], "all") == {}


def test_a_suppression_of_all_mail_comes_before_every_stream(ledger: Ledger, suppressions: Suppressions) -> None:
    ledger.decisions.decide(["all@b.test"], "suppress", "a stream", "")
    assert [found.scope for found in suppressions.all("all@b.test", "a stream")] == ["all", "a stream"]


def test_a_decision_holds_in_the_next_answer(ledger: Ledger, suppressions: Suppressions) -> None:
    assert suppressions.get("new@b.test") is None
    ledger.decisions.decide(["new@b.test"], "suppress", "marketing", "")
    assert suppressions.get("new@b.test") is not None
    ledger.decisions.decide(["new@b.test"], "release", "", "")
    assert suppressions.get("new@b.test") is None
