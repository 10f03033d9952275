"""Addresses as reports claim them, and as the ledger keys them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced import address


@pytest.mark.parametrize(
    ("claimed", "bare"),
    [
        ("rfc822; <Joe@Example.net>", "Joe@Example.net"),
        ("RFC822;joe@example.net", "joe@example.net"),
        ("<joe@example.net>", "joe@example.net"),
        ("Joe Doe <joe@example.net>", "joe@example.net"),
        ('"Doe, Joe" <joe@example.net>', "joe@example.net"),
        ('"joe doe"@example.net', '"joe doe"@example.net'),
        (r'"joe \" doe"@example.net', r'"joe \" doe"@example.net'),
        ("joe@example.net (expanded from: <list@example.org>)", "joe@example.net"),
        ("<@relay.example.org,@mx.example.com:joe@example.net>", "joe@example.net"),
        ("mailto:joe@example.net", "joe@example.net"),
        ("joe@example.net.", "joe@example.net"),
        ("'joe@example.net'", "joe@example.net"),
        ("joe@[192.0.2.1]", "joe@[192.0.2.1]"),
        ("utf-8; почта@пример.example", "почта@пример.example"),
        (r"utf-8-addr; \x{43F}\x{448}@example.net", "пш@example.net"),
        (r"utf-8-addr; \x{D800}x\x{110000}@example.net", "\ufffdx\ufffd@example.net"),
        ("rfc822;list+3Dtag+2Bx@example.net", "list=tag+x@example.net"),
        ("user+20@example.net", "user+20@example.net"),
        ("rfc822;list+2Bx+40example.net", "list+x@example.net"),
        ("rfc822; joe%40example.net", "joe@example.net"),
        ("rfc822; IMCEASMTP-joe+2Edoe+40example+2Enet@relay.example.org", "joe.doe@example.net"),
        ("x400; /DDA:RFC-822=joe(a)example.net/O=Example/C=DE/", "joe@example.net"),
        ("x400; /C=DE/O=Example/DD.RFC-822=joe(u)doe(A)example.net/", "joe_doe@example.net"),
        ("nyaan%example.net@relay.example.org", "nyaan%example.net@relay.example.org"),
        ("joe@localhost", "joe@localhost"),
        ("<no address> joe@example.net", "joe@example.net"),
        ("local; joe", ""),
        ("x400; /G=Joe/S=Doe/O=Example/", ""),
        ("'@example.net", ""),
        ("@", ""),
        ("", ""),
    ],
)
def test_bare_address_of_a_claim(claimed: str, bare: str) -> None:
    assert address.parse(claimed) == bare


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Joe <JOE@Example.NET>", "joe@example.net"),
        ("joe@münchen.example", "joe@xn--mnchen-3ya.example"),
        ("JOE@MU\u0308NCHEN.example", "joe@xn--mnchen-3ya.example"),
        ("joe@" + "ü" * 70 + ".example", "joe@" + "ü" * 70 + ".example"),
        ('"joe.doe"@example.net', "joe.doe@example.net"),
        ('"joe;doe"@example.net', '"joe;doe"@example.net'),
        ("a" * 64 + "@example.net", "a" * 64 + "@example.net"),
        ("a" * 65 + "@example.net", ""),
        ("ü" * 33 + "@example.net", ""),
        ("joe@" + "a" * 255, "joe@" + "a" * 255),
        ('"joe doe"@example.net', ""),
        ("jo\x07e@example.net", ""),
        ("jo\ud800e@example.net", ""),
        ("joe", ""),
        ("joe@", ""),
        ("", ""),
    ],
)
def test_key_of_an_address(text: str, key: str) -> None:
    assert address.normalise(text) == key


def test_domain_that_is_too_long_is_no_key() -> None:
    assert address.normalise("joe@" + "ü" * 60 + ".example." + "b." * 100) == ""


@pytest.mark.parametrize(
    ("text", "domain"),
    [("joe@Example.NET", "example.net"), ('"a@b"@example.org', "example.org"), ("joe", ""), ("", "")],
)
def test_domain(text: str, domain: str) -> None:
    assert address.domain(text) == domain


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    key = address.normalise(text)
    assert key == "" or address.normalise(key) == key
