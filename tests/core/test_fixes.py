"""Which fix a block gets: by what real replies say."""

from __future__ import annotations

import time

import pytest

from bounced.classify import fixes
from bounced.classify.fixes import BLOCKLISTS, BY_REASON, FIXES, Fix
from bounced.policy.providers import DOMAINS, SERVERS
from bounced.reasons import REASONS
from tests.support.replies import REPLIES


@pytest.mark.parametrize(("text", "provider", "code"), REPLIES)
def test_a_reply_gets_its_fix(text: str, provider: str, code: str) -> None:
    found = fixes.fix(text, provider, "policy")
    assert found
    assert found.code == code


def test_each_row_has_a_reply() -> None:
    assert {row.code for row in FIXES} == {code for _, _, code in REPLIES}
    assert len(FIXES) > 140


@pytest.mark.parametrize("reason", [reason for reason, (class_, _) in REASONS.items() if class_ == "block"])
def test_without_a_known_word_the_reason_says_what_to_do(reason: str) -> None:
    assert fixes.fix("550 no", "example.org", reason) == BY_REASON[reason]


def test_what_is_no_block_has_no_fix() -> None:
    assert fixes.fix("550 5.1.1 user unknown", "example.org", "user_unknown") is None


@pytest.mark.parametrize("row", [*FIXES, *BY_REASON.values()], ids=lambda row: row.code)
def test_rows_can_match_and_say_where_they_are_from(row: Fix) -> None:
    assert [sign for sign in row.signs if fixes.words(sign).strip() != sign] == []
    assert len(set(row.signs)) == len(row.signs)
    assert row.source.startswith("https://")
    assert row.host in row.source
    assert row.provider in {"", "freenet.de", "privaterelay.appleid.com", *SERVERS.values(), *DOMAINS.values()}
    assert "|" not in row.meaning + row.fix


def test_codes_of_one_provider_mean_nothing_elsewhere() -> None:
    found = fixes.fix("550-5.7.27 no MX", "example.org", "authentication")
    assert found
    assert found.code == "5.7.27"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("550 5.7.1 blocked for a violation of our AUP in this country", "policy"),
        ("421 4.7.0 Too many connections, slow down", "rate_limited"),
        ("550 5.7.1 DKIM authentication required", "authentication"),
        ("550 5.7.1 DKIM verification failed for shop.example", "authentication"),
        ("550 5.7.1 Message not allowed", "policy"),
        ("451 4.7.1 Access denied, please try again later", "policy"),
        ("550 5.7.1 looks like spam (HELO=mx.shop.example)", "spam_content"),
        ("550 5.7.1 the DNS query was refused", "policy"),
    ],
)
def test_words_that_anybody_writes_are_no_providers(text: str, reason: str) -> None:
    assert fixes.fix(text, "example.org", reason) == BY_REASON[reason]


def test_words_go_on_after_the_end_of_a_sentence() -> None:
    assert fixes.words("550-5.7.26 Server busy. (Please) try...  later.") == " 550 5.7.26 server busy please try later "
    found = fixes.fix("451 4.7.500 Server busy. Please try again later from [192.0.2.1].", "", "rate_limited")
    assert found
    assert found.code == "Microsoft 365 server busy"


def test_a_part_of_a_number_is_none() -> None:
    found = fixes.fix("550 15.7.606 and 5.7.6060", "microsoft", "policy")
    assert found == BY_REASON["policy"]


def test_a_list_that_does_not_have_you_is_not_your_fault() -> None:
    for code in ("Spamhaus query refused", "URIBL query refused", "NiX Spam", "SORBS", "AHBL, NJABL, ORDB"):
        [row] = [row for row in BLOCKLISTS if row.code == code]
        assert not row.is_yours
        assert row.fix.startswith("nothing on your side; tell the recipient's postmaster")


@pytest.mark.parametrize("name", ["zen", "pbl", "xbl", "sbl", "css", "dbl"])
def test_a_list_that_refused_to_answer_has_not_listed_you(name: str) -> None:
    for answer in ("Error: open resolver", "(127.255.255.254)", "https://www.spamhaus.org/returnc/vol/192.0.2.1/"):
        row = fixes.fix(f"554 5.7.1 blocked using {name}.spamhaus.org; {answer}", "example.org", "reputation")
        assert row
        assert (row.code, row.is_yours) == ("Spamhaus query refused", False)


def test_an_open_resolver_of_your_own_is_your_fault() -> None:
    row = fixes.fix("554 5.7.1 your server is an open resolver", "example.org", "reputation")
    assert row == BY_REASON["reputation"]
    assert row.is_yours


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("550 see https://check.spamhaus.org/query/ip/192.0.2.1.", "https://check.spamhaus.org/query/ip/192.0.2.1"),
        ("(HTTP://WWW.SpamCop.net/x) http://b.test", "HTTP://WWW.SpamCop.net/x"),
        ("http://b.test <https://spamcop.net/?192.0.2.1>", "https://spamcop.net/?192.0.2.1"),
        ('<https://psbl.org/"onclick>', "https://psbl.org/"),
        (
            "http://mail.live.com/mail/troubleshooting.aspx#errors.",
            "http://mail.live.com/mail/troubleshooting.aspx#errors",
        ),
        ("550 no", ""),
    ],
)
def test_the_url_of_a_reply(text: str, url: str) -> None:
    assert fixes.url(text) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/remove?ip=192.0.2.1",
        "https://check.spamhaus.org.evil.test/",
        "https://evil.test/check.spamhaus.org",
        "https://check.spamhaus.org@evil.test/",
        "https://check.spamhaus.org:x@evil.test/",
        "https://check.spamhaus.org:8443/",
        "https://evil.test\\.check.spamhaus.org/",
        "https://check.spamhaus.org\\@evil.test/",
        "https://evil.check.spamhaus.org/",
        "https://che\u0441k.spamhaus.org/",
        "https://people.freenet.de/",
        "//check.spamhaus.org/",
    ],
)
def test_no_url_of_a_stranger_is_one(url: str) -> None:
    assert fixes.url(f"554 5.7.1 blocked using zen.spamhaus.org; see {url}") == ""


@pytest.mark.parametrize("text", ["5." * 500_000, "https://" * 200_000, "a" * 1_000_000, ". " * 500_000])
def test_a_hostile_reply_takes_no_time(text: str) -> None:
    begun = time.process_time()
    for _ in range(10):
        fixes.fix(text, "google", "policy")
        fixes.url(text)
    assert time.process_time() - begun < 1
