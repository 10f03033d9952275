"""The rule is the one of the pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bounced import policy
from tests.support import documents
from tests.support.documents import DOCS, README

DAY_0 = datetime(2026, 9, 7, tzinfo=UTC)


def history(days: str) -> list[policy.Entry]:
    """The entries that a cell like "0, 8, (delivered on 12), 16" of the README's table stands for."""
    delivered = re.findall(r"\(delivered on (\d+)\)", days)
    failed = re.findall(r"\d+", re.sub(r"\(.*?\)", "", days))
    found = [(int(day), policy.Entry(0, at(day), "failed", "hard", "user_unknown")) for day in failed]
    return [entry for _, entry in found] + [policy.Entry(0, at(day), "delivered") for day in delivered]


def at(day: str) -> datetime:
    return DAY_0 + timedelta(days=int(day))


@pytest.mark.parametrize(("days", "answer"), documents.table(README, "## The rule"))
def test_the_rule_of_the_readme_is_the_rule(days: str, answer: str) -> None:
    found = policy.decide("a@b.test", history(days), policy.Policy()).suppressions
    said = re.fullmatch(r"(?:no|yes, on day (\d+))(?:[,:] .*)?", answer)
    assert said, f"can't read {answer!r}"
    assert [one.since for one in found] == ([at(said[1])] if said[1] else [])


def test_the_reasons_of_the_page_on_trust_are_those_of_the_rule() -> None:
    rule = policy.Policy(count={"bounce": "plausible"})
    plausible = policy.Entry(0, at("0"), "failed", "hard", "user_unknown", trust="plausible")
    histories = (
        [plausible._replace(trust="unverified")],
        [plausible._replace(held="its mailbox is for complaints")],
        [plausible._replace(held="reports about one message name more than 1000 addresses")],
        [plausible._replace(held="reports without a Message-ID name more than 1000 addresses in a day")],
        [plausible._replace(held="complaints about more than one recipient in one message")],
        [plausible._replace(held="more than 20 complaints from one source in a day")],
        [plausible._replace(id=number) for number in range(rule.reports_per_address + 1)],
        [plausible._replace(id=number, source=f"host{number:03}") for number in range(101)],
        [plausible._replace(held="incident of one provider")],
        [plausible._replace(held="undone by decision 17")],
    )
    notes = [policy.decide("a@b.test", entries, rule).steps[-1].note for entries in histories]
    assert [row[0] for row in documents.table(DOCS / "trust.md", "## What counts")] == notes
