"""Signed tokens that prove to whom a message was sent. Pure. docs/senders.md describes the format for other languages.

A token is ``1``, the two characters of the key ID, and base32 (RFC 4648, lower case, no padding) of

* the last day on which it is valid, as days since 1970-01-01 in two octets, most significant first;
* in UTF-8 the address (with ``@``) or the sender's own ID of the recipient (without), then optionally NUL and the
  campaign, then optionally NUL and the stream;
* the first ten octets of HMAC-SHA-256 over everything before them, from the ``1`` on, before encoding in base32.

The ``1`` is the version; it is not a base32 character, which is how a token is found in running text.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice

from bounced import address

VERSION = "1"

#: Reports come late: five days in a queue, a complaint weeks after that.
LIFE = timedelta(days=90)
#: How long an expired token is still accepted, for reports in transit.
GRACE = timedelta(days=7)

#: What the ID of a canary begins with (bounced.daemon.canary), which is no recipient.
CANARY_PREFIX = "canary~"

TAG_OCTETS = 10
SECRET_OCTETS = 32
SECRET_OCTETS_MIN = 16
TOKEN_LENGTH_LIMIT = 400  # characters of a token
CANDIDATES_LIMIT = 100  # tokens read in one text
LOCAL_LIMIT = address.LOCAL_LIMIT

#: Why a text that looks like a token is not one.
DAMAGED = "token damaged or truncated"
#: It was made from what somebody entered in a form, by a program that asks less than ``make``.
AMBIGUOUS = "token for what is not an email address"

_EPOCH = date(1970, 1, 1)
_ALPHABET = "a-z2-7"
_KEY_ID = re.compile(rf"[{_ALPHABET}]{{2}}")
_TOKEN = re.compile(rf"1(?P<key>[{_ALPHABET}]{{2}})(?P<rest>[{_ALPHABET}]{{21,{TOKEN_LENGTH_LIMIT - 3}}})")


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key; ``id`` is two characters of base32."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """The contents of a token: ``recipient`` or ``recipient_id`` is set, never both."""

    key: str  # the ID of its key
    expires: date  # the last day on which it is valid, UTC
    recipient: str = ""
    recipient_id: str = ""
    campaign: str = ""
    stream: str = ""


def make(
    key: Key, expires: date, *, recipient: str = "", recipient_id: str = "", campaign: str = "", stream: str = ""
) -> str:
    """Returns a token for a message to one recipient, named by address or, to reveal nothing, by your own ID.

    Raises ValueError, with a one-line reason, for values that a token can't hold.
    """
    if bool(recipient) == bool(recipient_id):
        raise ValueError("give either a recipient or a recipient ID")
    if "@" in recipient_id:
        raise ValueError("a recipient ID must not contain an @: it would be taken for an address")
    fields = (_key_of("recipient", recipient) if recipient else recipient_id, campaign, stream)
    if not all(map(str.isprintable, fields)):
        raise ValueError("recipient ID, campaign and stream must not contain control characters")
    payload = _days(expires).to_bytes(2, "big") + "\0".join(fields).rstrip("\0").encode()
    token = f"{VERSION}{key.id}{_base32(payload + _tag(key, payload))}"
    if len(token) > TOKEN_LENGTH_LIMIT:
        raise ValueError(
            f"the token would be {len(token)} characters long, the limit is {TOKEN_LENGTH_LIMIT}; shorten the IDs"
        )
    return token


def _key_of(name: str, text: str) -> str:
    try:
        return address.provable(text)
    except ValueError as error:
        raise ValueError(f"the {name} {error}") from None


def _keyed(token: Token) -> Token | str:
    """The token with the key of its address, AMBIGUOUS when that can be read in two ways."""
    try:
        return replace(token, recipient=address.provable(token.recipient)) if token.recipient else token
    except ValueError:
        return AMBIGUOUS


def return_path(sender: str, token: str) -> str:
    """Returns the envelope sender with the token in it: ``bounces+TOKEN@example.org`` for ``bounces@example.org``.

    Raises ValueError if ``sender`` is not an address, or its local part would be longer than 64 octets
    (RFC 5321 4.5.3.1.1).
    """
    _key_of("return path", sender)
    local, _, domain = sender.rpartition("@")
    extended = f"{local}+{token}"
    if len(extended.encode()) > LOCAL_LIMIT:
        raise ValueError(
            f"the local part would be {len(extended.encode())} octets long, the limit is {LOCAL_LIMIT};"
            " use a recipient ID instead of the address, or a shorter ID, campaign or stream"
        )
    return f"{extended}@{domain}"


def parse(text: str) -> Token | None:
    """Returns the contents of a token, verified or not, or ``None`` if the text is not a token. Never raises."""
    match = _TOKEN.fullmatch(text.lower())
    return _contents(match["key"], _unpacked(match["rest"])[:-TAG_OCTETS]) if match else None


def verify(text: str, keys: Sequence[Key], at: datetime) -> Token | str:
    """Returns the token if one of the keys signed it and it was valid at that time, else the reason. Never raises."""
    token = parse(text)
    if token is None:
        return DAMAGED
    key = next((key for key in keys if key.id == token.key), None)
    if key is None:
        return f"token with unknown key {token.key}"
    payload = _unpacked(text.lower()[3:])
    if not hmac.compare_digest(_tag(key, payload[:-TAG_OCTETS]), payload[-TAG_OCTETS:]):
        return "token with invalid signature"
    if _expired(token, at):
        return f"token expired on {token.expires}"
    return _keyed(token)


def candidates(text: str, keys: Sequence[Key]) -> Iterator[str]:
    """Yields the texts that look like tokens of one of the keys, in order, each once, at most a hundred."""
    if not keys:
        return iter(())
    matches = _pattern(tuple(key.id for key in keys)).finditer(text)
    return iter(dict.fromkeys(match[0].lower() for match in islice(matches, CANDIDATES_LIMIT)))


def parse_keys(text: str) -> tuple[Key, ...]:
    """Returns the keys of a key file: lines of ``ID SECRET``, the secret in hexadecimal; ``#`` begins a comment.

    Raises ValueError, which names the line, never the secret.
    """
    keys: dict[str, Key] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            key = _key(*words)
        except (TypeError, ValueError):
            raise ValueError(f'line {number}: must be "ID SECRET", as `bounced token new-key` prints it') from None
        if keys.setdefault(key.id, key) is not key:
            raise ValueError(f"line {number}: duplicate key {key.id}")
    return tuple(keys.values())


def new_key(random: bytes, key_id: str = "") -> str:
    """Returns the key-file line for SECRET_OCTETS + 2 random octets, of which two make the ID if none is given."""
    key_id = key_id or _base32(random[SECRET_OCTETS:])[:2]
    line = f"{key_id} {random[:SECRET_OCTETS].hex()}"
    _key(*line.split())
    return line


def _key(key_id: str, secret: str) -> Key:
    octets = bytes.fromhex(secret)
    if not _KEY_ID.fullmatch(key_id):
        raise ValueError(f"{key_id!r} is not a key ID: use two characters of a-z and 2-7")
    if len(octets) < SECRET_OCTETS_MIN:
        raise ValueError(f"a secret must have at least {SECRET_OCTETS_MIN} octets")
    return Key(key_id, octets)


@lru_cache(maxsize=8)
def _pattern(key_ids: tuple[str, ...]) -> re.Pattern[str]:
    """A token of these keys: not inside a word, except after a percent-encoded octet or an encoded "="."""
    before = "(?:(?<![a-z0-9])|(?<=%[0-9a-f][0-9a-f])|(?<=3d))"
    token = rf"1(?:{'|'.join(key_ids)})[{_ALPHABET}]{{21,{TOKEN_LENGTH_LIMIT - 3}}}"
    return re.compile(before + token, re.ASCII | re.IGNORECASE)


def _contents(key_id: str, payload: bytes) -> Token | None:
    try:
        fields = payload[2:].decode().split("\0")
    except UnicodeDecodeError:
        return None
    if not fields[0] or not fields[-1] or len(fields) > 3 or not all(map(str.isprintable, fields)):
        return None
    recipient, campaign, stream = (*fields, "", "")[:3]
    expires = _EPOCH + timedelta(days=int.from_bytes(payload[:2], "big"))
    by_address = "@" in recipient
    return Token(key_id, expires, recipient if by_address else "", "" if by_address else recipient, campaign, stream)


def _expired(token: Token, at: datetime) -> bool:
    last = datetime.combine(token.expires, time.max, UTC)
    return at - last > GRACE


def _days(expires: date) -> int:
    days = (expires - _EPOCH).days
    if not 0 <= days < 1 << 16:
        raise ValueError("a token must expire between 1970-01-01 and 2149-06-06")
    return days


def _tag(key: Key, payload: bytes) -> bytes:
    return hmac.digest(key.secret, f"{VERSION}{key.id}".encode() + payload, "sha256")[:TAG_OCTETS]


def _base32(octets: bytes) -> str:
    return base64.b32encode(octets).decode("ascii").rstrip("=").lower()


def _unpacked(text: str) -> bytes:
    """The octets after the key ID, empty if the text is not canonical base32."""
    try:
        octets = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return b""
    return octets if _base32(octets) == text else b""
