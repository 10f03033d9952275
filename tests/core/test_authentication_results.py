"""Which Authentication-Results are believed, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.identify.sender import TrustAnchors
from bounced.trust.authentication_results import NO_RESULTS, UNREADABLE, Authentication, authenticated

OURS = TrustAnchors(own_domains=("example.org",), authserv_ids=("mx.example.org",))
RECEIVED = "Received: from a.test (a.test [192.0.2.1])\n\tby mx.example.org (Postfix) with ESMTP id 1; Mon, 7 Sep 2026"
INSIDE = "Received: from mx.example.org (mx.example.org [10.0.0.1]) by imap.example.org with LMTP id 2"
STRANGE = "Received: from x.test (x.test [192.0.2.9])\n\tby mail.evil.test (Postfix) with ESMTP id 3"
PASS = "Authentication-Results: mx.example.org; dkim=pass header.d=fbl.test"
PASSED = Authentication(("fbl.test",))


def read(*fields: str, anchors: TrustAnchors = OURS) -> Authentication:
    return authenticated("\n".join([*fields, "Subject: x", "", PASS, ""]).encode(), anchors)


@pytest.mark.parametrize(
    "fields",
    [
        [PASS],
        [PASS, RECEIVED],
        [RECEIVED, PASS, STRANGE],
        ["From MAILER-DAEMON Mon Sep  7 12:00:00 2026", "Return-Path: <>", INSIDE, RECEIVED, PASS],
        [STRANGE, RECEIVED, PASS],  # the topmost one is our own server's, whatever it calls itself
        ["", RECEIVED, PASS.replace(" mx", "\n mx").replace("; ", ";\n\t")],
        ["X-Long: a\n b", PASS.upper().replace("MX.", "Mx.").replace("DKIM=PASS", "dkim=pass")],
    ],
)
def test_the_topmost_below_our_own_servers_is_believed(fields: list[str]) -> None:
    assert read(*fields) == PASSED


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [RECEIVED, STRANGE, PASS],  # smuggled in below a stranger's
        [RECEIVED, "Received: (qmail 1 invoked by uid 0)", PASS],
        ["Authentication-Results: mx.evil.test; none", RECEIVED, PASS],
        ["Authentication-Results: mx.example.org; none", PASS],
        ["Authentication-Results: mx.example.org.evil.test; dkim=pass header.d=fbl.test"],
        ["Authentication-Results: mx.evil.test (mx.example.org); dkim=pass header.d=fbl.test"],
        ["Authentication-Results: (mx.example.org; dkim=pass header.d=fbl.test", PASS],
        ["Authentication-Results:", PASS],
        ["Authentication-Results: mx.example.org 2; dkim=pass header.d=fbl.test", PASS],
        ["ARC-Authentication-Results: i=1; mx.example.org; dkim=pass header.d=fbl.test"],
    ],
)
def test_others_are_not(fields: list[str]) -> None:
    assert read(*fields) == NO_RESULTS


def test_without_a_configured_server_nobody_is_believed() -> None:
    assert read(PASS, anchors=TrustAnchors(own_domains=("example.org",))) == NO_RESULTS


@pytest.mark.parametrize(
    ("results", "passed", "failed"),
    [
        ("none", (), ""),
        ("dkim=pass header.i=@News.FBL.test header.s=k", ("news.fbl.test",), ""),
        ("dkim=pass (2048-bit (rsa) key) header.d=fbl.test", ("fbl.test",), ""),
        ("spf=pass smtp.mailfrom=fbl@mail.fbl.test; dkim=fail header.d=x.test", ("mail.fbl.test",), ""),
        ("spf=pass smtp.mailfrom=fbl.test", ("fbl.test",), ""),
        ("spf=pass smtp.helo=mail.fbl.test", ("mail.fbl.test",), ""),
        ('spf=pass smtp.mailfrom="a b"@fbl.test', ("fbl.test",), ""),
        ("dkim=pass header.d=a.test; dkim=pass header.d=b.test; spf=pass smtp.helo=a.test", ("a.test", "b.test"), ""),
        ("dkim=fail header.d=fbl.test", (), ""),
        ("dkim=fail header.d=fbl.test; spf=fail smtp.helo=x.test", (), "spf=fail"),
        ("spf=fail smtp.mailfrom=fbl.test; dkim=none", (), "spf=fail"),
        ("spf=softfail smtp.mailfrom=fbl.test; dkim=none", (), ""),
        ("dmarc=fail header.from=bank.test; spf=pass smtp.mailfrom=evil.test", ("evil.test",), "dmarc=fail"),
        ("dmarc=fail (p=reject sp=none dis=none) header.from=bank.test", (), "dmarc=fail"),
        ("dmarc=fail (p=NONE sp=reject dis=NONE) header.from=bank.test; spf=fail", (), ""),
        ('dmarc=fail reason="No valid SPF" header.from=bank.test (policy=none)', (), ""),
        ("dmarc=fail policy.dmarc=none header.from=bank.test", (), ""),
        ("dmarc=temperror header.from=bank.test; spf=fail", (), "spf=fail"),
        ("dmarc=permerror header.from=bank.test; spf=fail smtp.mailfrom=x.test; dkim=none", (), "spf=fail"),
        ("dmarc=permerror header.from=bank.test; dkim=pass header.d=a.test; spf=fail", ("a.test",), ""),
        ("dmarc=fail (p=none sp=reject dis=reject) header.from=a.bank.test", (), "dmarc=fail"),
        ("dmarc=pass header.from=bank.test; spf=fail smtp.mailfrom=x.test", ("bank.test",), ""),
        ("dmarc=none header.from=bank.test; spf=fail smtp.mailfrom=x.test", (), "spf=fail"),
        ("dkim=pass", (), ""),
        ("iprev=pass policy.iprev=192.0.2.1; auth=pass smtp.auth=evil.test", (), ""),
        ('spf=pass smtp.mailfrom="x("@a.test smtp.helo="); dkim=pass header.d=fbl.test"', ("a.test",), ""),
        ('spf=none smtp.mailfrom="; dkim=pass header.d=fbl.test;"@evil.test', (), ""),
    ],
)
def test_what_passed_and_what_failed(results: str, passed: tuple[str, ...], failed: str) -> None:
    assert read(f"Authentication-Results: mx.example.org; {results}") == Authentication(passed, failed)


WORDS = ["mx.example.org", "mx", "spf", "dkim", "pass", "fail", "none", "header", "smtp", "mailfrom", "d", "reason"]


@given(st.lists(st.sampled_from([*WORDS, *' ;=.@"\\()/1é\0\t']), max_size=60))
@settings(deadline=None)
def test_no_header_makes_it_raise_or_run_for_ever(pieces: list[str]) -> None:
    assert read("Authentication-Results: mx.example.org; " + "".join(pieces)).failed in ("", "spf=fail", UNREADABLE)


@pytest.mark.parametrize("unit", ["a;", "(", '"', "spf=pass (", "a=b;", "smtp.x ", '\\"', "a\n ", "a\nReceived: ", "@"])
def test_a_megabyte_of_it_costs_nothing(unit: str) -> None:
    for size in (2_000, 1_000_000):
        junk = unit * (size // len(unit))
        assert read(f"Authentication-Results: mx.example.org; {junk}", PASS).passed == ()


@pytest.mark.parametrize("depth", [10, 1500])
def test_comments_nested_in_each_other_are_skipped(depth: int) -> None:
    nested = "(" * depth + ")" * depth
    assert read(f"Authentication-Results: mx.example.org; dkim=pass {nested} header.d=fbl.test") == PASSED


@pytest.mark.parametrize("before", ["dkim=pass header.d=fbl.test", "spf=none (no record); dkim=pass header.d=fbl.test"])
def test_none_behind_other_results_is_no_result(before: str) -> None:
    """RFC 8601 2.2 has it alone only (D22)."""
    assert read(f"Authentication-Results: mx.example.org; {before}; none") == PASSED


@pytest.mark.parametrize(
    "spoiled",
    [
        "spf=pass smtp.mailfrom=p=none@evil.test",
        "spf=pass smtp.helo=policy=none.evil.test",
        "spf=pass (policy=none p=none) smtp.mailfrom=evil.test",
        "spf=pass smtp.mailfrom=evil.test policy.dmarc=none",
        'spf=pass smtp.mailfrom="policy.dmarc=none ; dmarc=x (p=none)"@evil.test',
        "iprev=fail (p=none) policy.iprev=192.0.2.1",
        'arc=none reason="p=none"',
    ],
)
def test_the_policy_is_read_off_the_result_of_dmarc_alone(spoiled: str) -> None:
    """D20: HELO and envelope sender are the client's words."""
    for order in (f"{spoiled}; {{}}", f"{{}}; {spoiled}"):
        results = order.format("dmarc=fail (p=reject) header.from=bank.test")
        assert read(f"Authentication-Results: mx.example.org; {results}").failed == "dmarc=fail"


@pytest.mark.parametrize(
    "hidden",
    [
        f'dkim=none reason="{"x" * 5000}"; dmarc=fail (p=reject) header.from=bank.test',
        f"spf=none smtp.helo={'x' * 5000}; dmarc=fail (p=reject) header.from=bank.test",
        'spf=none smtp.helo="; dmarc=fail (p=reject) header.from=bank.test',
        "spf=none (( smtp.helo=x; dmarc=fail (p=reject) header.from=bank.test",
    ],
)
def test_a_field_of_ours_that_cannot_be_read_speaks_for_nobody(hidden: str) -> None:
    """D19, D21."""
    assert read(f"Authentication-Results: mx.example.org; dkim=pass header.d=fbl.test; {hidden}") == Authentication(
        failed=UNREADABLE
    )


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("spf=fail smtp.mailfrom=<>; dkim=none", Authentication(failed="spf=fail")),
        ("spf=pass smtp.mailfrom=<>; dkim=none", NO_RESULTS),
        ("dmarc=fail header.from==; spf=pass smtp.helo=a.test", Authentication(("a.test",), "dmarc=fail")),
        ("; dkim=pass header.d=fbl.test;", PASSED),
        ("x-unknown=<>; dkim=pass header.d=fbl.test", PASSED),
    ],
)
def test_a_result_that_is_not_as_the_rfc_has_it_hides_no_other(results: str, expected: Authentication) -> None:
    assert read(f"Authentication-Results: mx.example.org; {results}") == expected
