"""Signed tokens that say to whom a mail was sent. Pure. docs/senders.md describes the format for other languages.

A token is ``1``, the two characters of the key's id, and base32 (RFC 4648, lower case, no padding) of

* the last day on which it holds, as days since 1970-01-01 in two octets, most significant first;
* in UTF-8 the address (with ``@``) or the sender's own id of the recipient (without), then optionally NUL and the
  campaign, then optionally NUL and the stream;
* the first ten octets of HMAC-SHA-256 over everything before them, from the ``1`` on, with the base32 not yet encoded.

The ``1`` is the version; it is no character of base32, which is how a token is found in running text.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice

from bounced import address

VERSION = "1"

#: Reports come late: five days in a queue, a complaint weeks after that.
LIFE = timedelta(days=90)
#: How long a token that has expired still holds, for reports that were under way.
GRACE = timedelta(days=7)

TAG_OCTETS = 10
SECRET_OCTETS = 32
LEAST_SECRET_OCTETS = 16
LONGEST = 400  # characters of a token
MOST_CANDIDATES = 100  # that are looked at in one text
LOCAL_LIMIT = address.LOCAL_LIMIT

#: Why a text that looks like a token is none.
DAMAGED = "token damaged or cut short"

_EPOCH = date(1970, 1, 1)
_ALPHABET = "a-z2-7"
_KEY_ID = re.compile(rf"[{_ALPHABET}]{{2}}")
_TOKEN = re.compile(rf"1(?P<key>[{_ALPHABET}]{{2}})(?P<rest>[{_ALPHABET}]{{21,{LONGEST - 3}}})")


@dataclass(frozen=True, slots=True)
class Key:
    """A key that signs; ``id`` is two characters of base32."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says: ``recipient`` or ``recipient_id`` is set, never both."""

    key: str  # its id
    expires: date  # the last day on which it holds, UTC
    recipient: str = ""
    recipient_id: str = ""
    campaign: str = ""
    stream: str = ""


def make(
    key: Key, expires: date, *, recipient: str = "", recipient_id: str = "", campaign: str = "", stream: str = ""
) -> str:
    """A token for one recipient's mail, named by address or, so that it tells nobody who that is, by an id of yours.

    Raises ValueError, with one line that says why, for what a token can't hold.
    """
    if bool(recipient) == bool(recipient_id):
        raise ValueError("either a recipient or a recipient id must be given")
    if "@" in recipient_id:
        raise ValueError("a recipient id must not hold an @: it would be taken for an address")
    if recipient and not address.normalise(recipient):
        raise ValueError("the recipient is not a mail address")
    fields = (address.normalise(recipient) or recipient_id, campaign, stream)
    if not all(map(str.isprintable, fields)):
        raise ValueError("recipient id, campaign and stream must not hold control characters")
    payload = _days(expires).to_bytes(2, "big") + "\0".join(fields).rstrip("\0").encode()
    token = f"{VERSION}{key.id}{_base32(payload + _tag(key, payload))}"
    if len(token) > LONGEST:
        raise ValueError(
            f"the token would have {len(token)} characters, {LONGEST} at most can be read; shorten the ids"
        )
    return token


def return_path(sender: str, token: str) -> str:
    """``sender`` as envelope sender with the token in it: ``bounces+TOKEN@example.org`` for ``bounces@example.org``.

    Raises ValueError when its local part would have more than 64 octets (RFC 5321 4.5.3.1.1).
    """
    local, _, domain = sender.rpartition("@")
    extended = f"{local}+{token}"
    if len(extended.encode()) > LOCAL_LIMIT:
        raise ValueError(
            f"the local part would have {len(extended.encode())} octets, {LOCAL_LIMIT} at most are allowed;"
            " use a recipient id instead of the address, or a shorter id, campaign or stream"
        )
    return f"{extended}@{domain}"


def parse(text: str) -> Token | None:
    """What a token claims, whoever made it, or ``None`` when the text is none. Never raises."""
    found = _TOKEN.fullmatch(text.lower())
    return _said(found["key"], _unpacked(found["rest"])[:-TAG_OCTETS]) if found else None


def verify(text: str, keys: Sequence[Key], at: datetime) -> Token | str:
    """The token when one of the keys signed it and it held at that time, else why not, in words. Never raises."""
    token = parse(text)
    if token is None:
        return DAMAGED
    key = next((key for key in keys if key.id == token.key), None)
    if key is None:
        return f"token of the unknown key {token.key}"
    payload = _unpacked(text.lower()[3:])
    if not hmac.compare_digest(_tag(key, payload[:-TAG_OCTETS]), payload[-TAG_OCTETS:]):
        return "token with a wrong signature"
    if _expired(token, at):
        return f"token expired on {token.expires}"
    return token


def candidates(text: str, keys: Sequence[Key]) -> Iterator[str]:
    """What looks like a token of one of the keys in running text, in order, each once, a hundred at most."""
    if not keys:
        return iter(())
    found = _pattern(tuple(key.id for key in keys)).finditer(text)
    return iter(dict.fromkeys(match[0].lower() for match in islice(found, MOST_CANDIDATES)))


def parse_keys(text: str) -> tuple[Key, ...]:
    """The keys of a key file: ``ID SECRET`` in each line, the secret in hexadecimal; ``#`` begins a comment.

    Raises ValueError that names the line, and never the secret.
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
            raise ValueError(f"line {number}: there is another key {key.id}")
    return tuple(keys.values())


def new_key(random: bytes, key_id: str = "") -> str:
    """The line of a key file for SECRET_OCTETS + 2 random octets, of which two make the id when none is given."""
    key_id = key_id or _base32(random[SECRET_OCTETS:])[:2]
    line = f"{key_id} {random[:SECRET_OCTETS].hex()}"
    _key(*line.split())
    return line


def _key(key_id: str, secret: str) -> Key:
    octets = bytes.fromhex(secret)
    if not _KEY_ID.fullmatch(key_id):
        raise ValueError(f"{key_id!r} is no id of a key: two characters of a-z and 2-7")
    if len(octets) < LEAST_SECRET_OCTETS:
        raise ValueError(f"a secret has at least {LEAST_SECRET_OCTETS} octets")
    return Key(key_id, octets)


@lru_cache(maxsize=8)
def _pattern(key_ids: tuple[str, ...]) -> re.Pattern[str]:
    """A token of these keys, not within a word, but behind an octet of percent-encoding or an encoded "="."""
    return re.compile(
        rf"(?:(?<![a-z0-9])|(?<=%[0-9a-f][0-9a-f])|(?<=3d))1(?:{'|'.join(key_ids)})[{_ALPHABET}]{{21,{LONGEST - 3}}}",
        re.ASCII | re.IGNORECASE,
    )


def _said(key_id: str, payload: bytes) -> Token | None:
    try:
        fields = payload[2:].decode().split("\0")
    except UnicodeDecodeError:
        return None
    if not fields[0] or not fields[-1] or len(fields) > 3 or not all(map(str.isprintable, fields)):
        return None
    who, campaign, stream = (*fields, "", "")[:3]
    expires = _EPOCH + timedelta(days=int.from_bytes(payload[:2], "big"))
    by_address = "@" in who
    return Token(key_id, expires, who if by_address else "", "" if by_address else who, campaign, stream)


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
    """The octets behind the key's id, empty when it isn't the base32 of any."""
    try:
        octets = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return b""
    return octets if _base32(octets) == text else b""
