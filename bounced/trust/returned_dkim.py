"""Whether one of our domains signed the message that a report returns, and which of its headers (RFC 6376). Pure.

1. Only signatures of our domains are tried, and only where the whole message came back: a header alone proves nothing.
2. Refused: l= (anybody can append), rsa-sha1 and keys under 1024 bits (RFC 8301), From not signed, expired when the
   report arrived, or older than AGE_LIMIT then, by t= or else by a signed Date: a leaked message does not prove for
   ever. A key is for what its tags say: a hash (h=), and no subdomain of its domain in i= (t=s).
3. Keys come from the configuration, and from the DNS by the parent process. Names of missing keys are returned.
4. dkimpy gets nothing that can make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from bounced.identify.sender import TrustAnchors
from bounced.mime import header_date
from bounced.model import Headers, Original, proof, proof_of_time, proved

if TYPE_CHECKING:
    from dkim import DKIM

ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")  # the second where pynacl is installed
TRIES_LIMIT = 3  # our signatures of one message that are verified, those with a known key first
AGE_LIMIT = timedelta(days=180)  # as complaints about a message of half a year ago are still seen
SIGNATURES_LIMIT = 100  # signatures of one message that are read
KEY_BITS = 1024
NAME_LIMIT = 253  # characters of a name in the DNS
SIGNED_LIMIT = 100  # names in h=
SIGNATURE_LIMIT = 8 * 1024  # octets of one signature
HEADER_LIMIT = 64 * 1024  # octets of the returned header
LINES_LIMIT = 1000  # of the returned header

_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
#: In such runs dkimpy's regular expressions take time that grows with the square of the length.
_LONG_BLANK = re.compile(rb"[ \t]{200}")
_LONG_FOLD = re.compile(rb"\s{40}")
_LABELS = re.compile(rb"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,10}")
_NUMBER = re.compile(rb"[0-9]{1,12}")
_LAST_SECOND = 253402300799  # of the year 9999

Tags = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Signed:
    """What is proven to be ours: ``domain`` signed ``headers`` (names in lower case). Without a domain nothing is."""

    domain: str = ""
    headers: Headers = ()
    proved: str = ""  # which message it is: see bounced.model.Event
    problem: str = ""  # why our signature proves nothing, for people
    wants: tuple[str, ...] = ()  # names of keys that are missing


NOT_OURS = Signed()


def signed(returned: bytes, original: Original, anchors: TrustAnchors, arrived_at: datetime) -> Signed:
    """What ``returned``, a whole message whose header is ``original``, proves; never raises."""
    if not returned or not any(anchors.owns(_stated_domain(value)) for value in _signatures(original)):
        return NOT_OURS
    if not _is_bounded(returned):
        return Signed(problem="DKIM: the original is not fit to be verified")
    return _verified(returned, anchors, arrived_at)


def _signatures(original: Original) -> Iterator[str]:
    return islice(original.all("DKIM-Signature"), SIGNATURES_LIMIT)


def _stated_domain(value: str) -> str:
    """The tag d=, loosely; dkimpy reads the one that counts."""
    tags = (tag.partition("=") for tag in value.split(";")[:SIGNATURES_LIMIT])
    return next((text.strip() for name, _, text in tags if name.strip() == "d"), "")


def _is_bounded(returned: bytes) -> bool:
    end = _END_OF_HEADER.search(returned)
    header = returned[: end.start()] if end else returned
    return len(header) <= HEADER_LIMIT and header.count(b"\n") < LINES_LIMIT and not _LONG_BLANK.search(returned)


def _verified(returned: bytes, anchors: TrustAnchors, arrived_at: datetime) -> Signed:
    import dkim

    try:
        message = dkim.DKIM(returned, minkey=KEY_BITS)
    except (dkim.DKIMException, LookupError):
        return Signed(problem="DKIM: the original is not fit to be verified")
    own = sorted(_own(message, anchors), key=lambda signature: _key_name(signature[1]) not in anchors.dkim_keys)
    results = [_result(message, field, tags, anchors, arrived_at) for field, tags in own[:TRIES_LIMIT]]
    wants = tuple(dict.fromkeys(name for result in results for name in result.wants))
    verified = [result for result in results if result.domain]
    if verified:
        return replace(verified[0], proved=proved(*(result.proved for result in verified)))
    return Signed(problem="; ".join(dict.fromkeys(result.problem for result in results)), wants=wants)


def _own(message: DKIM, anchors: TrustAnchors) -> Iterator[tuple[tuple[bytes, bytes], Tags]]:
    """The signatures of our domains, as header fields and parsed."""
    from dkim.util import InvalidTagValueList, parse_tag_value

    for name, value in [field for field in message.headers if field[0].lower() == b"dkim-signature"][:SIGNATURES_LIMIT]:
        if len(value) > SIGNATURE_LIMIT or _LONG_FOLD.search(value):
            continue
        try:
            tags = parse_tag_value(value)
        except InvalidTagValueList:
            continue
        domain = tags.get(b"d", b"").lower()
        if _LABELS.fullmatch(domain) and anchors.owns(domain.decode("ascii")):
            yield (name, value), tags


def _result(
    message: DKIM, field: tuple[bytes, bytes], tags: Tags, anchors: TrustAnchors, arrived_at: datetime
) -> Signed:
    domain = _tag(tags, b"d")
    problem = _refusal(tags, arrived_at)
    if problem:
        return Signed(problem=f"DKIM of {domain}: {problem}")
    name = _key_name(tags)
    record = anchors.dkim_keys.get(name)
    if not record:
        missing = record is None and anchors.dkim_dns and len(name) <= NAME_LIMIT
        return Signed(problem=f"DKIM of {domain}: key not known", wants=(name,) if missing else ())
    if not _may_sign(record, tags) or not _verifies(message, field, tags, record):
        return Signed(problem=f"DKIM of {domain}: does not verify")
    headers = tuple((_text(name).lower(), _text(value)) for name, value in message.signed_headers)
    signed_at = _signed_at(headers, tags)
    if signed_at is None or arrived_at - signed_at > AGE_LIMIT:
        return Signed(problem=f"DKIM of {domain}: too old, or without a date")
    return Signed(domain, headers, _proved(headers, message.body, signed_at))


def _key_name(tags: Tags) -> str:
    """The name of the key in the DNS (RFC 6376 3.6.2.1)."""
    return f"{_tag(tags, b's')}._domainkey.{_tag(tags, b'd')}"


def _tag(tags: Tags, name: bytes) -> str:
    """What stands in a tag, in lower case, ``""`` when there is none."""
    return _text(tags.get(name, b"")).lower()


def _may_sign(record: str, tags: Tags) -> bool:
    """True when the tags h= and t= of the key (RFC 6376 3.6.1) allow this signature."""
    key = {name.strip(): value.replace(" ", "") for name, _, value in (tag.partition("=") for tag in record.split(";"))}
    hashes = key.get("h", "sha256").split(":")
    is_strict = "s" in key.get("t", "").split(":")
    return "sha256" in hashes and (not is_strict or _tag(tags, b"i").rpartition("@")[2] in ("", _tag(tags, b"d")))


def _signed_at(headers: Headers, tags: Tags) -> datetime | None:
    """When the message was signed, by t= or else by its signed Date."""
    if stamp := _NUMBER.fullmatch(tags.get(b"t", b"")):
        seconds = min(int(stamp[0]), _LAST_SECOND)
        return datetime.fromtimestamp(seconds, UTC)
    return next((header_date(value) for name, value in headers if name == "date"), None)


def _proved(headers: Headers, body: bytes, signed_at: datetime) -> str:
    """What tells the signed message from others: a Message-ID on top that is not signed is anybody's."""
    from dkim.canonicalization import Relaxed

    message_ids = [value.strip("<>") for name, value in headers if name == "message-id" and " " not in value]
    named = [proof("message-id", *message_ids)] if len(message_ids) == 1 else []
    # Whatever c= is: two signatures of one message may have different hashes of its body.
    return proved(*named, proof("body", Relaxed.canonicalize_body(body)), proof_of_time(signed_at))


def _refusal(tags: Tags, arrived_at: datetime) -> str:
    """Why a signature proves nothing, regardless of its key."""
    expires = _NUMBER.fullmatch(tags.get(b"x", b"0"))
    if not {b"v", b"a", b"b", b"bh", b"h", b"s"} <= tags.keys() or not _LABELS.fullmatch(tags[b"s"].lower()):
        return "incomplete"
    if b"l" in tags:
        return "l= leaves the end of the body to anybody"
    if tags[b"a"] not in ALGORITHMS:
        return "algorithm not accepted"
    if expires is None or (b"x" in tags and int(expires[0]) < arrived_at.timestamp()):
        return "expired"
    if b"from" not in _names(tags):
        return "From is not signed"
    return "too many headers" if len(_names(tags)) > SIGNED_LIMIT else ""


def _names(tags: Tags) -> list[bytes]:
    """The names in h=, in lower case."""
    return [name.strip().lower() for name in tags[b"h"].split(b":")]


def _verifies(message: DKIM, field: tuple[bytes, bytes], tags: Tags, record: str) -> bool:
    import dkim

    # Times are checked above, against the time at which the report arrived.
    timeless = {name: value for name, value in tags.items() if name not in (b"x", b"t")}
    try:
        dkim.validate_signature_fields(timeless)
        verifies: bool = message.verify_sig(
            timeless, _names(tags), field, lambda _, timeout: record.encode("ascii", "replace")
        )
    except (dkim.DKIMException, ValueError, TypeError, LookupError, AssertionError):
        return False
    return verifies


def _text(octets: bytes) -> str:
    return " ".join(octets.decode("utf-8", "replace").split())
