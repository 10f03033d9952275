"""How many recipients of one message are stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bounced.identify import Sender
from bounced.identify.sender import TrustAnchors
from bounced.model import Event, Trust
from bounced.parse import parse
from bounced.trust.budget import BASE_OCTETS, GROWTH_LIMIT, RECIPIENT_LIMITS, stored_octets, within_budget
from tests.core.test_parse import dsn, group

LARGE = 100_000_000


def events(number: int, trust: Trust = "unverified", **texts: Any) -> list[Event]:
    return [Event(f"{trust}-{n}@b.test", "bounce", "failed", trust=trust, **texts) for n in range(number)]


@pytest.mark.parametrize(("trust", "limit"), RECIPIENT_LIMITS.items())
def test_a_message_has_as_many_recipients_as_its_trust_level_allows(trust: Trust, limit: int) -> None:
    named = events(limit + 1, trust)
    assert within_budget(named[:-1], LARGE) == tuple(named[:-1])
    assert within_budget(named, LARGE) == tuple(named[:-1])


def test_what_is_verified_is_never_crowded_out() -> None:
    verified, plausible = events(10, "verified"), events(5, "plausible")
    kept = within_budget([*events(300), *plausible, *events(4000, reason="other"), *verified], LARGE)
    assert kept == (*events(185), *plausible, *verified)


def test_a_message_may_grow_the_database_by_a_multiple_of_its_octets() -> None:
    named = events(100)
    octets = stored_octets(*named)
    size = -(-(octets - BASE_OCTETS) // GROWTH_LIMIT)
    assert within_budget(named, size) == tuple(named)
    kept = within_budget(named, size - 1)
    assert kept == tuple(named[: len(kept)])
    assert 0 < stored_octets(*kept) <= (GROWTH_LIMIT - 1) * size + BASE_OCTETS


@pytest.mark.parametrize("name", ["diagnostic_code", "campaign", "original_message_id", "recipient_id", "evidence"])
def test_a_longer_text_takes_more_and_so_does_one_in_an_index(name: str) -> None:
    [bare] = events(1)
    texts: Iterator[dict[str, Any]] = ({name: text} for text in ("x", "x" * 900, "ж" * 900))
    short, ascii_, cyrillic = (replace(bare, **text) for text in texts)
    assert stored_octets(short) < stored_octets(ascii_) < stored_octets(cyrillic)


def test_a_stored_header_takes_room() -> None:
    [bare] = events(1)
    one, two = (replace(bare, headers=(("X-A", "v" * 200),) * n) for n in (1, 2))
    assert stored_octets(two) - stored_octets(one) > 200
    assert stored_octets(one) - stored_octets(bare) > 200


def test_a_suppression_repeats_the_diagnostic_code() -> None:
    """Which the failures have in common."""
    long = events(9, diagnostic_code="x" * 600)
    assert stored_octets(*long) - stored_octets(*long[:8]) > 600


def test_what_events_have_in_common_is_stored_once() -> None:
    for name in ("campaign", "original_message_id", "evidence", "stream", "reporting_mta", "proved", "rule"):
        text: dict[str, Any] = {name: "x" * 900}
        same = events(9, **text)
        assert stored_octets(*same) - stored_octets(*same[:8]) == stored_octets(*events(9)) - stored_octets(*events(8))
    headers: Any = (("X-A", "x" * 200),)
    same = events(9, headers=headers)
    assert stored_octets(*same) - stored_octets(*same[:8]) == stored_octets(*events(9)) - stored_octets(*events(8))


def test_what_is_left_out_is_counted_and_the_message_is_kept_for_a_person() -> None:
    """Attack G3: a message about thousands of recipients that proves nothing."""
    report = parse(dsn(*(group(f"a{n}@b.test") for n in range(1500))), OWN)
    assert (len(report.events), report.events_dropped) == (200, 1300)
    assert (report.problem, report.recognized) == ("and 1,300 more, which are not stored", False)
    assert [event.address for event in report.events] == [f"a{n}@b.test" for n in range(200)]


def test_a_real_report_about_hundreds_of_recipients_is_stored_whole() -> None:
    words = (
        "\nDiagnostic-Code: smtp; 550 5.1.1 <{}>: Recipient address rejected: User unknown\nRemote-MTA: dns; mx{}.test"
    )
    named = (f"first.last{n}@customer{n}.test" for n in range(800))
    groups = [group(name, name) + words.format(name, n) for n, name in enumerate(named)]
    report = parse(dsn(*groups, original="Message-ID: <1@example.org>\nFrom: news@example.org"), OWN)
    assert (len(report.events), report.events_dropped, report.problem) == (800, 0, "")
    assert {event.trust for event in report.events} == {"plausible"}


OWN = Sender(anchors=TrustAnchors(own_domains=("example.org",)))
