"""An address is found however it is written, and no other one is."""

from __future__ import annotations

import base64
import hashlib
import quopri
import sys
from datetime import date
from types import FrameType

import pytest

from bounced import tokens
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
        *("SRS0=Hash=TT=example.net=anna@x.org", "SRS1=Hash=x.org==Hash=TT=example.net=anna@y.org"),
        *("prvs=1234abcdef=anna@example.net", "btv1==123abc==anna@example.net", "msprvs1=19f3e=anna@example.net"),
        *("bounce+anna=40example.net@x.org", "=?utf-8?q?anna=40example=2Enet?=", "mailto:anna%40example%2enet"),
        *("anna at example.net", "anna (at) example.net", "anna[at]example.net"),
    ],
)
def test_spellings(text: str) -> None:
    assert ANNA.are_in(text)
    assert "anna" not in ANNA.replaced(text).lower()


@pytest.mark.parametrize("shift", range(6))
def test_codes_of_it(shift: int) -> None:
    """As tokens, URLs and encoded words of others have it; so do our own, in base32."""
    name = b"\0<:>,;"[:shift] + b"anna@example.net\0spring"
    codes = [
        base64.b64encode(name),
        base64.urlsafe_b64encode(name),
        base64.b32encode(name).lower(),
        name.hex().encode(),
    ]
    for code in map(bytes.decode, codes):
        assert ANNA.are_in(f"for <bounces+{code}@x.org>"), code
        assert not ANNA.are_in(ANNA.replaced(f"<https://x.test/u/{code}>"))


@pytest.mark.parametrize(
    "other", ["hanna@example.net", "joanna@example.net", "susanna@example.net", "anna@example.nets"]
)
def test_codes_of_others(other: str) -> None:
    for shift in range(6):
        name = b"<" * shift + other.encode() + b">"
        for code in (
            base64.b64encode(name),
            base64.b32encode(name),
            base64.urlsafe_b64encode(name),
            name.hex().encode(),
        ):
            text = f"<bounces+{code.decode()}@x.org>"
            assert not ANNA.are_in(text), text
            assert ANNA.replaced(text) == text


def test_a_token_with_the_address() -> None:
    key = tokens.Key("ab", b"k" * 32)
    token = tokens.make(key, date(2026, 1, 1), recipient="anna@example.net", campaign="spring")
    assert ANNA.are_in(tokens.return_path("b@x.org", token))


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256", "sha512"])
def test_hashes_of_it(name: str) -> None:
    code = hashlib.new(name, b"anna@example.net", usedforsecurity=False).hexdigest()
    for text in (f"https://x.test/unsubscribe/{code}", code.upper()):
        assert ANNA.are_in(text)
        assert code[:16] not in ANNA.replaced(text).lower()


def test_octets_beyond_ascii_in_codes() -> None:
    for text in ("jos%C3%A9@b%C3%BCcher.example", "=?utf-8?q?jos=C3=A9=40b=C3=BCcher.example?="):
        assert JOSÉ.are_in(text)
    for name in ("josé@bücher.example", "josé@xn--bcher-kva.example"):
        assert JOSÉ.are_in(base64.b64encode(name.encode()).decode())


@pytest.mark.parametrize(
    "text",
    [
        *("joanna@example.net", "jo.anna@example.net", "jo-anna@example.net", "anna@example.net.au"),
        *(
            "anna@example.network",
            "anna@anna.example.net",
            "anna at home",
            "SRS0=H=T=example.net=joanna@x.org",
            "prvs=joanna@example.net",
            "bjoanna=example.net@x.org",
            "",
        ),
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


def test_texts_about_others_at_the_domain_are_not_searched() -> None:
    spellings, searched = Spellings("erika.mustermann@gmail.com"), []

    def note(_: FrameType, event: str, function: object) -> None:
        if event == "c_call" and getattr(function, "__name__", "") == "search":
            searched.append(function)

    sys.setprofile(note)
    try:
        answers = [
            spellings.are_in("<erika@gmail.com>: no such user"),
            spellings.are_in("ERIKA%2EMustermann@gmail.com"),
        ]
    finally:
        sys.setprofile(None)
    assert (answers, len(searched)) == ([False, True], 1)
