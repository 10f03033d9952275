"""An address is found however it is written, and no other one is."""

from __future__ import annotations

import base64
import quopri

import pytest

from bounced.ledger.spellings import Spellings

ANNA = Spellings("anna@example.net", "+")
JOSÉ = Spellings("josé@xn--bcher-kva.example")


@pytest.mark.parametrize(
    "text",
    [
        *("anna@example.net", "ANNA@Example.NET", "<anna@example.net>.", "rfc822;anna@example.net"),
        *("anna@example.net.", "anna+x@example.net", '"anna"@example.net', r'{"to":"\"anna\"@example.net"}'),
        *("bounce-anna=example.net@x.org", "(acme)anna@example.net"),
        *("mailto:anna%40example.net", "anna&#64;example.net", "anna+40example.net"),
    ],
)
def test_spellings(text: str) -> None:
    assert ANNA.are_in(text)
    assert "anna" not in ANNA.replaced(text).lower()


@pytest.mark.parametrize(
    "text",
    [
        *("joanna@example.net", "jo.anna@example.net", "jo-anna@example.net", "anna@example.net.au"),
        *("anna@example.network", "anna@anna.example.net", "anna at home", "bjoanna=example.net@x.org", ""),
    ],
)
def test_others(text: str) -> None:
    assert not ANNA.are_in(text)
    assert ANNA.replaced(text) == text


def test_json_stays_json() -> None:
    assert ANNA.replaced('{"X-To":"anna@example.net"}') == '{"X-To":"erased"}'


def test_letters_beyond_ascii() -> None:
    for text in ("JOSÉ@bücher.example", "josé@XN--BCHER-KVA.example", r"jos\u00e9@b\u00fccher.example"):
        assert JOSÉ.are_in(text)


def test_codings_of_a_message() -> None:
    name = b"to anna@example.net."
    contents = [base64.encodebytes(b"x" * shift + b" " + name * 9) for shift in range(4)]
    contents += [quopri.encodestring(b"=" * 60 + b" " + name), name.decode().encode("utf-16")]
    contents += [b"Subject: =?utf-8?b?" + base64.b64encode(name) + b"?=", b"Subject: =?utf-8?q?anna=40example=2Enet?="]
    contents += [b"X-To: anna@exam\r\n ple.net", b"<a href='mailto:anna%40example.net'>"]
    for content in contents:
        assert ANNA.are_in_message(b"Subject: x\n\n" + content), content
    assert not ANNA.are_in_message(b"\n\n" + base64.encodebytes(b"joanna@example.net" * 20) + b"=?x?b?!?=")


@pytest.mark.parametrize("piece", [b"anna+", b"a", b'"', b"=?x?q?", b"AAAA\n", b"anna@", b"=\n", b"anna+example.net"])
def test_nothing_is_read_over_and_over(piece: bytes) -> None:
    """What took time by the square of its length would take hours."""
    assert not ANNA.are_in_message(piece * (100_000 // len(piece)))
