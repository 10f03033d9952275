"""What covers an address."""

from __future__ import annotations

import pytest

from bounced.policy.patterns import without_extension


@pytest.mark.parametrize(
    ("local", "delimiters", "bare"),
    [
        ("kim+news", "+", "kim"),
        ("kim-news+x", "+-", "kim"),
        ("kim", "+", "kim"),
        ("+kim", "+", "+kim"),
        ("kim+news", "", "kim+news"),
        ("owner-news", "-", "owner-news"),
        ("News-Request", "-", "News-Request"),
        ("owner-news+x", "+", "owner-news"),
    ],
)
def test_an_extension_ends_an_address_as_in_postfix(local: str, delimiters: str, bare: str) -> None:
    assert without_extension(local, delimiters) == bare
