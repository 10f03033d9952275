"""Which domains are ours."""

from __future__ import annotations

import pytest

from bounced.identify.sender import TrustAnchors

OURS = TrustAnchors(own_domains=("example.org", "xn--bcher-kva.example"), reporters=("fbl.example.com",))


@pytest.mark.parametrize("domain", ["example.org", "News.Example.ORG", "a.b.example.org", "example.org."])
def test_a_domain_of_ours_and_what_lies_below_it(domain: str) -> None:
    assert OURS.owns(domain)


@pytest.mark.parametrize("domain", ["", ".", "org", "notexample.org", "example.org.evil.test", "fbl.example.com"])
def test_other_domains(domain: str) -> None:
    assert not OURS.owns(domain)
    assert not TrustAnchors().owns(domain)


def test_reporters_are_not_ours() -> None:
    assert OURS.believes("mail.fbl.example.com", "")
    assert not OURS.believes("example.com", "")
    assert not OURS.believes("example.org", "")


@pytest.mark.parametrize(
    ("domain", "author", "is_believed"),
    [
        ("hotmail.com", "staff@hotmail.com", True),
        ("mail.hotmail.com", "staff@hotmail.com", True),
        ("hotmail.com", "joe@hotmail.com", False),  # A26: any user there
        ("evil.test", "staff@hotmail.com", False),  # who writes so, and signs for himself
        ("nothotmail.com", "staff@hotmail.com", False),
        ("hotmail.com", "", False),
    ],
)
def test_a_reporter_may_be_one_address(domain: str, author: str, is_believed: bool) -> None:
    assert TrustAnchors(reporters=("staff@hotmail.com",)).believes(domain, author) is is_believed


def test_keys_of_the_configuration_come_before_those_of_the_dns() -> None:
    anchors = TrustAnchors(own_domains=("example.org",), dkim_keys={"a": "configured"})
    assert anchors.knowing({"a": "found", "b": "found"}) == TrustAnchors(
        own_domains=("example.org",), dkim_keys={"a": "configured", "b": "found"}
    )
