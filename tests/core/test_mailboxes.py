"""Which addresses are one mailbox, as the providers' help pages say, and which are not."""

from __future__ import annotations

import pytest

from bounced.address import key
from bounced.policy.mailboxes import PROVIDERS, domains, mailbox


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("kim@gmail.com", "kim@gmail.com"),
        ("k.i.m@gmail.com", "kim@gmail.com"),
        ("kim+news+x.y@gmail.com", "kim@gmail.com"),
        ("k.im+a@googlemail.com", "kim@gmail.com"),
        (".kim.@gmail.com", "kim@gmail.com"),
        ("k..im@gmail.com", "kim@gmail.com"),
        ("(acme)k.im@gmail.com", "(acme)kim@gmail.com"),
        ("()(k.im@gmail.com", "()(kim@gmail.com"),
        ("ki-m@gmail.com", "ki-m@gmail.com"),
        ("k.im@google.com", ""),  # a company: dots matter
        ("k.im@mail.gmail.com", ""),
        ("k.im@gmail.com.evil.test", ""),
        ("k.im@evilgmail.com", ""),
        ('"kim@gmail.com"@b.test', ""),
        ('"k.im x"@gmail.com', ""),
        ('"kim@x"@gmail.com', ""),
        ('"+"@gmail.com', ""),
        ("k@im@gmail.com", ""),
        ("+kim@gmail.com", ""),
        ("...@gmail.com", ""),
        ("@gmail.com", ""),
        ("*.gmail.com", ""),
        ("kim", ""),
        ("", ""),
        ("k.im+x@hotmail.com", "k.im@hotmail.com"),
        ("k.im@outlook.com", "k.im@outlook.com"),
        ("k.im+x@me.com", "k.im@me.com"),
        ("k.i-m_x+y@pm.me", "kimx@proton.me"),
        ("kim+x@fastmail.fm", "kim@fastmail.fm"),
    ],
)
def test_what_the_spellings_of_a_mailbox_have_in_common(address: str, expected: str) -> None:
    assert mailbox(address) == expected
    assert mailbox(expected) == expected


def test_only_providers_that_are_named_have_spellings() -> None:
    assert mailbox("k.im@gmail.com", ("microsoft",)) == ""
    assert mailbox("k.im@gmail.com", ()) == ""
    assert mailbox("k.im@gmail.com", ("google",)) == "kim@gmail.com"


def test_quotes_that_are_not_needed_are_gone_before() -> None:
    assert mailbox(key('"K.im"@GoogleMail.com')) == "kim@gmail.com"


def test_spellings_have_some_domains() -> None:
    assert domains("(acme)k.im@gmail.com") == ("gmail.com", "googlemail.com")
    assert domains("kim@hotmail.com") == ("hotmail.com",)
    assert "google" in PROVIDERS
