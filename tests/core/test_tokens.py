"""Signed tokens: what they hold, who made them, and how long they hold."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bounced import tokens
from bounced.tokens import Key, Token
from tests.support import documents
from tests.support.tokens import K2, LAST, NOW, X7, made

SENDERS = documents.DOCS / "senders.md"

#: The test vectors of the documentation, with the secret 000102…1f: key, expires, recipient or id, campaign, stream.
VECTORS = documents.table(SENDERS, "### Test vectors")


def independent(key_id: str, secret: bytes, days: int, fields: list[str]) -> str:
    """The format of docs/senders.md, written down a second time."""
    while not fields[-1]:
        fields = fields[:-1]
    payload = bytes(divmod(days, 256)) + b"\0".join(field.encode() for field in fields)
    tag = hmac.new(secret, b"1" + key_id.encode() + payload, hashlib.sha256).digest()[:10]
    return "1" + key_id + base64.b32encode(payload + tag).decode().lower().replace("=", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"recipient": "anna@example.org"},
        {"recipient": "änna@example.org", "campaign": "herbst"},
        {"recipient_id": "4711"},
        {"recipient_id": "4711", "campaign": "autumn", "stream": "news"},
        {"recipient_id": "4711", "stream": "news"},
        {"recipient_id": "Käufer 4711", "campaign": "a=b/c"},
    ],
)
def test_a_token_says_what_was_put_into_it(fields: dict[str, str]) -> None:
    token = made(**fields)
    assert tokens.verify(token, [X7, K2], NOW) == Token("k2", LAST, **fields)
    assert tokens.parse(token) == Token("k2", LAST, **fields)


def test_a_token_survives_case_folding() -> None:
    assert tokens.verify(made().upper(), [K2], NOW) == tokens.verify(made(), [K2], NOW)


def test_an_address_is_written_as_the_ledger_has_it() -> None:
    said = tokens.verify(made(recipient="Anna@Bücher.example"), [K2], NOW)
    assert isinstance(said, Token)
    assert said.recipient == "anna@xn--bcher-kva.example"


#: What evil.test gets from whoever enters it in a form, and whom a claim like that names (A5, A7, A8, A27).
AMBIGUOUS = (
    "IMCEASMTP-victim+40example+2Enet@evil.test",
    "imceasmtp-victim+40example+2enet@evil.test",
    "victim@example.net@evil.test",
    '"victim@example.net".x@evil.test',
    '"<victim@example.net>"@evil.test',
    '"victim@example.net"@evil.test',
    "'victim@example.net",
    "*victim@example.net",
    "@evil.test:victim@example.net",
    "Evil <victim@example.net>",
    " victim@example.net",
    "vic\N{SOFT HYPHEN}tim@example.net",
    "victim@ex\N{FULLWIDTH LATIN SMALL LETTER A}mple.net",
)


@pytest.mark.parametrize("recipient", AMBIGUOUS)
def test_no_token_is_made_for_what_claims_another_address(recipient: str) -> None:
    with pytest.raises(ValueError, match="the recipient is not an email address"):
        made(recipient=recipient)


@pytest.mark.parametrize("recipient", [text for text in AMBIGUOUS if text.isprintable()])
def test_a_token_for_such_an_address_proves_nothing_whoever_made_it(recipient: str) -> None:
    token = independent("k2", K2.secret, (LAST - date(1970, 1, 1)).days, [recipient])
    assert tokens.verify(token, [K2], NOW) == tokens.AMBIGUOUS


def test_a_verified_token_names_the_key_of_its_address() -> None:
    token = independent("k2", K2.secret, (LAST - date(1970, 1, 1)).days, ["Anna@Faß.example"])
    assert tokens.verify(token, [K2], NOW) == Token("k2", LAST, "anna@xn--fa-hia.example")


def test_a_return_path_is_an_address() -> None:
    for sender in ("bounces", "bounces@a@b.test", "Bounces <bounces@b.test>"):
        with pytest.raises(ValueError, match="the return path is not an email address"):
            tokens.return_path(sender, made())


def test_a_token_with_an_id_holds_no_address() -> None:
    assert b"@" not in tokens._unpacked(made(recipient_id="4711", campaign="autumn")[3:])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"campaign": "autumn"}, "give either a recipient or a recipient ID"),
        ({"recipient": "a@b.test", "recipient_id": "1"}, "give either a recipient or a recipient ID"),
        ({"recipient_id": "a@b.test"}, "a recipient ID must not contain an @"),
        ({"recipient": "anna"}, "the recipient is not an email address"),
        ({"recipient_id": "1\n2"}, "must not contain control characters"),
        ({"recipient_id": "1", "campaign": "a\0b"}, "must not contain control characters"),
        ({"recipient_id": "1" * 300}, "the token would be 503 characters long, the limit is 400"),
    ],
)
def test_what_a_token_cannot_hold_is_refused(fields: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        made(**fields)


@pytest.mark.parametrize("expires", [date(1969, 12, 31), date(2149, 6, 7)])
def test_a_day_beyond_the_format_is_refused(expires: date) -> None:
    with pytest.raises(ValueError, match="between 1970-01-01 and 2149-06-06"):
        made(K2, expires)


@pytest.mark.parametrize("expires", [date(1970, 1, 1), date(2149, 6, 6)])
def test_the_first_and_the_last_day(expires: date) -> None:
    said = tokens.parse(made(K2, expires))
    assert said and said.expires == expires


def test_ordinary_tokens_fit_a_return_path() -> None:
    token = made(recipient_id="12345678", campaign="autumn2026", stream="")
    assert tokens.return_path("bounces@news.example.org", token) == f"bounces+{token}@news.example.org"
    assert tokens.return_path("bounces@x.test", made(recipient="anna.b@example.org")).index("@") <= 64


def test_a_return_path_that_would_be_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="would be 72 octets long, the limit is 64; use a recipient ID"):
        tokens.return_path("bounces@x.test", made(recipient="somebody.else@mail.example"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (made(X7), "token with unknown key x7"),
        (made(Key("k2", X7.secret)), "token with invalid signature"),
        (made(K2, date(2026, 11, 14)), "token expired on 2026-11-14"),
        (made()[:-1], "token damaged or truncated"),
        (made(recipient_id="4711-4711")[:-8], "token with invalid signature"),
        (made()[:20], "token damaged or truncated"),
        (made() + "a", "token damaged or truncated"),
        ("2" + made()[1:], "token damaged or truncated"),
        (made().replace("k2", "K8"), "token damaged or truncated"),
        ("", "token damaged or truncated"),
        ("1k2" + "a" * 500, "token damaged or truncated"),
        (f" {made()}", "token damaged or truncated"),
    ],
)
def test_what_does_not_hold_says_why(text: str, why: str) -> None:
    assert tokens.verify(text, [K2], NOW) == why


def test_any_character_that_is_changed_breaks_it() -> None:
    token = made(recipient_id="4711", campaign="autumn")
    for number, old in enumerate(token):
        for new in "a7" if old not in "a7" else "bz":
            assert isinstance(tokens.verify(token[:number] + new + token[number + 1 :], [K2], NOW), str)


def test_the_last_character_has_one_spelling() -> None:
    token = made()
    assert len(token[3:]) % 8
    others = [token[:-1] + last for last in "abcdefghijklmnopqrstuvwxyz234567" if last != token[-1]]
    assert not any(isinstance(tokens.verify(other, [K2], NOW), Token) for other in others)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), True),
        (datetime(2027, 1, 7, 23, 59, tzinfo=UTC), True),
        (datetime(2027, 1, 8, 0, 1, tzinfo=UTC), False),
        (datetime.min.replace(tzinfo=UTC), True),
        (datetime(2199, 1, 1, tzinfo=UTC), False),
    ],
)
def test_a_token_is_valid_for_a_week_after_its_last_day(at: datetime, holds: bool) -> None:
    assert isinstance(tokens.verify(made(), [K2], at), Token) == holds


def test_keys_rotate() -> None:
    old, new = made(K2), made(X7)
    assert {type(tokens.verify(token, [X7, K2], NOW)) for token in (old, new)} == {Token}
    assert tokens.verify(old, [X7], NOW) == "token with unknown key k2"


@pytest.mark.parametrize(
    "payload",
    [b"\0\0", b"\0\0\0", b"\0\0\xff", b"\0\x001\0", b"\0\x001\0a\0", b"\0\x001\0a\0b\0c", b"\0\0\0a", b"\0\x001\x1b"],
)
def test_a_signed_payload_in_another_form_is_no_token(payload: bytes) -> None:
    signed = f"1k2{tokens._base32(payload + tokens._tag(K2, payload))}"
    assert tokens.verify(signed.ljust(24, "a"), [K2], NOW) == "token damaged or truncated"


@settings(derandomize=True, deadline=None)
@given(st.text(alphabet="1k2abcxyz567+@ \0ſK", max_size=80))
@example("1k2" + "a" * 397)
@example("1K2" + "a" * 22)
def test_nothing_raises_and_nothing_holds_that_was_not_signed(text: str) -> None:
    assert isinstance(tokens.verify(text, [K2], NOW), str)
    assert all(isinstance(tokens.verify(found, [K2], NOW), str) for found in tokens.candidates(text, [K2]))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "<{}@mail.example.org>",
        "<{}.1699@mail.example.org>",
        "bounces+{}@example.org",
        "bounces-{}@example.org",
        "https://example.org/u/{}",
        "https://example.org/u?t={}&x=1",
        "https://link.example/?url=https%3A%2F%2Fexample.org%2Fu%2F{}&data=1",
        "https://link.example/?url=https%3A%2F%2Fexample.org%2Fu%3Ft%3D{}",
        "https://example.org/u?t=3D{}",
        '<a href="https://example.org/u/{}">',
        "prvs=0123456789=bounces+{}@example.org",
        "line\n> {}\n> line",
    ],
)
def test_a_token_is_found_in_running_text(text: str) -> None:
    token = made()
    assert list(tokens.candidates(text.format(token), [X7, K2])) == [token]
    assert list(tokens.candidates(text.format(token.upper()), [K2])) == [token]


@pytest.mark.parametrize("text", ["word{}", "0{}", "{{}}", "1k3abc", "", "1k2short"])
def test_what_stands_within_a_word_is_none(text: str) -> None:
    assert list(tokens.candidates(text.format(made()), [K2])) == []
    assert list(tokens.candidates(made(), [])) == []
    assert list(tokens.candidates(made(X7), [K2])) == []


def test_only_so_many_are_looked_at() -> None:
    many = " ".join(made(recipient_id=str(number)) for number in range(2 * tokens.CANDIDATES_LIMIT))
    assert len(list(tokens.candidates(many, [K2]))) == tokens.CANDIDATES_LIMIT
    assert len(list(tokens.candidates(f"{made()} {made().upper()}", [K2]))) == 1


def test_a_file_of_keys() -> None:
    text = f"# since May\nx7 {X7.secret.hex()}\n\nk2 {K2.secret.hex().upper()}  # the old one\n"
    assert tokens.parse_keys(text) == (X7, K2)
    assert tokens.parse_keys("# none yet\n") == ()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("k2", "must be"),
        ("k2 00 11", "must be"),
        ("k2 geheim", "must be"),
        ("k2 0011", "must be"),
        ("K2 " + "00" * 32, "must be"),
        ("k1 " + "00" * 32, "must be"),
        ("abc " + "00" * 32, "must be"),
        ("x7 " + "00" * 32, "duplicate key x7"),
    ],
)
def test_a_wrong_line_is_named_without_its_secret(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^line 2: {why}") as error:
        tokens.parse_keys(f"x7 {X7.secret.hex()}\n{line}")
    assert not any(word in str(error.value) for word in ("geheim", "0011", "00" * 32))


def test_a_key_does_not_show_its_secret() -> None:
    assert "secret" not in repr(X7)
    assert repr(X7) == "Key(id='x7')"


def test_a_new_key_is_a_line_of_the_file() -> None:
    [key] = tokens.parse_keys(tokens.new_key(bytes(range(34))))
    assert key == Key("ea", bytes(range(32)))
    assert tokens.parse_keys(tokens.new_key(bytes(34), "k2")) == (Key("k2", bytes(32)),)
    with pytest.raises(ValueError, match="'k1' is not a key ID: use two characters of a-z and 2-7"):
        tokens.new_key(bytes(34), "k1")


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row[2] or row[3])
def test_the_vectors_of_the_documentation(row: list[str]) -> None:
    key_id, expires, recipient, recipient_id, campaign, stream, token = row
    day = date.fromisoformat(expires)
    key = Key(key_id, bytes(range(32)))
    fields = {"recipient": recipient, "recipient_id": recipient_id, "campaign": campaign, "stream": stream}
    assert tokens.make(key, day, **fields) == token
    days = (day - date(1970, 1, 1)).days
    assert independent(key_id, key.secret, days, [recipient or recipient_id, campaign, stream]) == token


def test_there_are_vectors() -> None:
    assert len(VECTORS) >= 4


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row[2] or row[3])
def test_the_shell_script_of_the_documentation_makes_the_same(row: list[str], tmp_path: Path) -> None:
    key_id, expires, recipient, recipient_id, campaign, stream, token = row
    [script] = documents.blocks(SENDERS, "bash")
    days = (date.fromisoformat(expires) - date(1970, 1, 1)).days
    arguments = [key_id, bytes(range(32)).hex(), str(days), recipient or recipient_id, campaign, stream]
    done = subprocess.run(
        ["bash", "-c", script, "token", *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=20,
    )
    assert done.stdout.strip() == token


def test_the_lengths_of_the_documentation() -> None:
    for fields in ({"recipient_id": "1" * 10, "campaign": "c" * 10}, {"recipient": "a@" + "b" * 14 + ".test"}):
        assert len(tokens.return_path("bounces@x.test", made(**fields)).partition("@")[0]) == 64
