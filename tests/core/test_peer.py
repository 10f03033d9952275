"""The words of the other side, made harmless: each function keeps its promise for any text."""

from __future__ import annotations

import ssl
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounced import peer

SECRET = 'pass"word\\-of-ours'


@given(st.text(max_size=600), st.integers(1, 100))
def test_whatever_is_shown_is_printable_and_short(text: str, limit: int) -> None:
    for harmless, most in (
        (peer.printable(text, limit), limit),
        (peer.storable(text), peer.STORED_LIMIT),
        (peer.quoted(text), 200),
    ):
        assert harmless.isprintable()
        assert len(harmless) <= most
    assert peer.escaped(text).isprintable()
    assert peer.is_printable(text, limit) == (peer.printable(text, limit) == text and len(text) <= limit)


@given(st.text(max_size=600), st.integers(1, 100))
def test_one_line_folds_white_space_and_nothing_else(text: str, limit: int) -> None:
    line = peer.one_line(text, limit)
    assert len(line) <= limit
    assert line == " ".join(line.split())
    assert " ".join(text.split()).startswith(line)


def test_each_has_a_replacement_of_its_own() -> None:
    text = "a\x1b[2J\tb"
    assert peer.printable(text) == "a\ufffd[2J\ufffdb"
    assert peer.storable(text) == "a\ufffd[2J b"
    assert peer.escaped(text) == r"a\x1b[2J\tb"
    assert peer.quoted(text) == "a [2J b"
    assert peer.one_line(text) == "a\x1b[2J b"
    assert peer.printable("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    "answer",
    [
        f"LOGIN {SECRET} failed",
        SECRET.replace("\\", "\\\\").replace('"', '\\"'),
        SECRET.upper(),
        SECRET[3:12],
        *(b64encode(bytes(before) + SECRET.encode()).decode() for before in range(3)),
    ],
)
def test_no_form_of_a_secret_is_quoted(answer: str) -> None:
    shown = peer.quoted(answer, "", SECRET)
    assert "***" in shown
    bare = shown.replace("\\", "").lower()
    assert not any(SECRET.replace("\\", "").lower()[at : at + 8] in bare for at in range(len(SECRET) - 8))


def test_a_short_secret_is_masked_as_a_whole() -> None:
    assert peer.masked("the key k2 of a cook", "k2") == "the key *** of a cook"
    assert peer.masked("nothing \\ here", "k2") == "nothing \\ here"


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (OSError(111, "Connection refused"), "Connection refused"),
        (ValueError(), "ValueError"),
        (ValueError("b'NO [AUTH]\r\n failed'"), "NO [AUTH]   failed"),
    ],
)
def test_an_exception_is_one_line(problem: Exception, words: str) -> None:
    assert peer.said(problem) == words


def test_a_refused_certificate_is_said_in_the_words_of_openssl() -> None:
    problem = ssl.SSLCertVerificationError(1, "long words of Python")
    problem.verify_message = "self-signed certificate"
    assert peer.said(problem) == "self-signed certificate"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("192.0.2.1", False), ("mail.example.org", False)],
)
def test_secrets_go_to_this_machine_without_tls(host: str, expected: bool) -> None:
    assert peer.is_loopback(host) is expected


def test_an_error_of_encoding_shows_no_character() -> None:
    """imaplib encoded a password as ASCII; the error has the character and its place."""
    with pytest.raises(UnicodeEncodeError) as caught:
        "geh\u00e9im".encode("ascii")
    assert peer.said(caught.value) == "ordinal not in range(128)"
    assert peer.said(UnicodeError("geh\u00e9im")) == "UnicodeError"


def test_a_number_of_things_is_in_the_singular_for_one() -> None:
    numbers = [peer.counted(number, "message") for number in (0, 1, 2)]
    assert numbers == ["0 messages", "1 message", "2 messages"]
    assert peer.counted(2, "address", "es") == "2 addresses"
    assert peer.counted(2000, "message", separator=",") == "2,000 messages"
    assert [peer.waiting(number, "change") for number in (1, 2000)] == ["1 change waits", "2,000 changes wait"]
    assert [peer.days(number) for number in (0.5, 1, 15.0)] == ["0.5 days", "1 day", "15 days"]
