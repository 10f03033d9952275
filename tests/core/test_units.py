"""Of what a failure may be an incident: who runs the mailbox, and which words say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bounced.policy.providers import DOMAINS, SERVERS, domains, provider
from bounced.policy.units import Failure, Level, Unit, normalized, unit_number

PROVED = Level("verified", "")


@pytest.mark.parametrize(
    ("address", "remote_mta", "expected"),
    [
        ("a@gmail.com", "", "google"),
        ("a@googlemail.com", "", "google"),
        ("a@firm.example", "ASPMX.L.Google.com.", "google"),
        ("a@firm.example", "firm-example.mail.protection.outlook.com", "microsoft"),
        ("a@firm.example", "mx.firm.example", "firm.example"),
        ("a@gmail.com", "mx.gmail.com", "google"),
        ("a@firm.example", "evilgoogle.com", "firm.example"),
        ("a@firm.example", "google.com.evil.example", "firm.example"),
        ("a@firm.example", "192.0.2.1", "firm.example"),
        ("a@firm.example", "x\x1b[2J.google.com", "firm.example"),
        ("a@firm.example", "a." * 200 + "google.com", "firm.example"),
        ("a@firm.example", "localhost", "firm.example"),
    ],
)
def test_the_provider_is_whose_server_answered_or_that_of_the_domain(
    address: str, remote_mta: str, expected: str
) -> None:
    assert provider(address, remote_mta) == expected


def test_a_provider_has_its_domains_and_a_domain_itself() -> None:
    assert {"gmail.com", "googlemail.com"} <= set(domains("google"))
    assert all(provider(f"a@{domain}") == "google" for domain in domains("google"))
    assert domains("rcpt.test") == ["rcpt.test"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown",
            "recipient address rejected user unknown",
        ),
        (
            "550 5.1.1 <bert@example.net>: Recipient address rejected: User unknown",
            "recipient address rejected user unknown",
        ),
        ("421 4.4.2 4fb4d7f45d1cf", ""),
        ("no " * 1000, "no no no no no no no no no no no no"),
        ("", ""),
    ],
)
def test_what_differs_from_report_to_report_is_no_part_of_a_text(text: str, words: str) -> None:
    assert normalized(text) == words


def units(**fields: Any) -> list[tuple[str, str]]:
    facts: dict[str, Any] = {
        "event": 1,
        "address": "a@firm.example",
        "hour": 0,
        "reason": "user_unknown",
        "trust": "verified",
        "source": "",
        "remote_mta": "",
        "campaign": "",
        "text": "",
        **fields,
    }
    return [(unit.dimension, unit.name) for unit in Failure(**facts).units(PROVED)]


def test_a_failure_is_of_a_provider_and_of_what_else_it_says() -> None:
    assert units() == [("provider", "firm.example")]
    assert units(campaign="spring", text="550 no") == [
        ("provider", "firm.example"),
        ("campaign", "spring"),
        ("text", "no"),
    ]
    assert units(reason="unreachable") == [("provider", "firm.example"), ("domain", "firm.example")]
    assert units(reason="unreachable", address="a@gmail.com") == [("provider", "google")]


def test_units_have_numbers_of_their_own() -> None:
    several = [
        Unit("text", "no", PROVED),
        Unit("campaign", "no", PROVED),
        Unit("text", "yes", PROVED),
        Unit("text", "no", Level("plausible", "")),
        Unit("text", "no", Level("plausible", "192.0.2.1")),
    ]
    assert len({unit_number(unit) for unit in several}) == 5
    assert PROVED.unit() == unit_number(Unit("", "", PROVED)) < 2**56


def test_the_docs_have_the_names_of_all_providers() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")
    section = page.partition("## Providers\n")[2].partition("\n## ")[0].rpartition("The names:")[2]
    assert set(re.findall("`(.+?)`", section)) == {*SERVERS.values(), *DOMAINS.values()}
