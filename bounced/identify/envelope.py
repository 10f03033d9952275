"""Envelope addresses that carry information: VERP in its forms, and what forwarders and signers wrap around them.

A VERP pattern is the address with placeholders: ``{user}`` and ``{domain}`` of the recipient, or ``{id}`` for the
sender's own id of them; ``{campaign}``, ``{stream}``, and ``{any}`` for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice

from bounced import address
from bounced.identify.sender import Sender
from bounced.model import Decoded

#: Headers of the report to which mail servers write its envelope recipient, the most reliable first.
ENVELOPE_RECIPIENT = ("Delivered-To", "X-Original-To", "Original-Recipient", "Envelope-To", "X-Envelope-To", "To")

#: How senders write the recipient when nothing is configured, the most specific first.
USUAL_VERP = (
    "{any}+{user}==a=={domain}=={any}@{any}",  # Sympa
    "{any}+{user}={domain}@{any}",  # Postfix, Mailman
    "{any}-return-{any}-{user}={domain}@{any}",  # ezmlm
    "bounce-{any}={user}={domain}@{any}",
)

PLACEHOLDERS: Mapping[str, str] = {
    "user": r"(?P<user>[^@]{1,64})",
    "domain": r"(?P<domain>[^=@]{1,255})",
    "id": r"(?P<id>[^=+@]{1,64})",
    "campaign": r"(?P<campaign>[^=+@]{1,64})",
    "stream": r"(?P<stream>[^=+@]{1,64})",
    "any": r"[^=+@]{0,255}",
}
_PLACEHOLDER = re.compile(r"\{([a-z]+)\}")

SENDERS_LIMIT = 20  # envelope senders of one message
_ADDRESS_LIMIT = 320  # characters
_PLACEHOLDERS_LIMIT = 5

#: Senders that forwarders rewrote (SRS: libsrs2, postsrsd) and that were signed (BATV: draft-levine-smtp-batv,
#: Barracuda's btv1, SparkPost's msprvs1), with the sender that is inside.
_WRAPPED = (
    re.compile(r"srs0[=+-][^=]{1,20}=[^=]{1,4}=(?P<domain>[^=]{1,255})=(?P<user>.{1,255})", re.IGNORECASE),
    re.compile(
        r"srs1[=+-][^=]{1,20}=[^=]{1,255}=[=+-][^=]{1,20}=[^=]{1,4}=(?P<domain>[^=]{1,255})=(?P<user>.{1,255})",
        re.IGNORECASE,
    ),
    re.compile(r"(?:prvs=[^=]{1,20}|msprvs1=[^=]{1,40}|btv1==[^=]{1,40}=)=(?P<user>.{1,255})", re.IGNORECASE),
)
#: How they begin, whole or damaged; what follows has "=" too, and is not VERP.
_WRAPPERS = ("srs0", "srs1", "prvs=", "msprvs1=", "btv1=")
_NESTING_LIMIT = 4  # wrappings within each other


def senders(decoded: Decoded, sender: Sender) -> Iterator[str]:
    """The envelope sender of the original from every place that has it, without what others wrapped around it."""
    written = [decoded.original.get("Return-Path"), *envelope_recipients(decoded, sender)]
    return (unwrapped(address.parse(text)) for text in islice(written, SENDERS_LIMIT))


def envelope_recipients(decoded: Decoded, sender: Sender) -> Iterator[str]:
    """The envelope recipients of the report: the topmost configured header, or every value of the usual ones."""
    if sender.envelope_header:
        return iter([decoded.header.get(sender.envelope_header)])
    return (value for name in ENVELOPE_RECIPIENT for value in decoded.header.all(name))


def unwrapped(path: str) -> str:
    """The sender that was rewritten (SRS) or signed (BATV), the same one when it was not, ``""`` when it is damaged."""
    for _ in range(_NESTING_LIMIT + 1):
        if not path.lower().startswith(_WRAPPERS):
            return path
        local, _, host = path.rpartition("@")
        wrapped = next(filter(None, (wrapping.fullmatch(local) for wrapping in _WRAPPED)), None)
        if not wrapped:
            break
        path = f"{wrapped['user']}@{wrapped.groupdict().get('domain', host)}"
    return ""


def match(pattern: str, path: str) -> Mapping[str, str]:
    """What ``path`` carries by a VERP pattern: ``address`` and the other placeholders; empty when it does not match."""
    matched = _compiled(pattern).fullmatch(path) if len(path) <= _ADDRESS_LIMIT else None
    values = matched.groupdict() if matched else {}
    if "user" in values:
        values["address"] = address.claimed(f"{values['user']}@{values['domain']}")
    return values


def usual(sender: str) -> str:
    """The recipient that one of the usual forms of VERP names, ``""`` for none."""
    return next(filter(None, (match(pattern, sender).get("address", "") for pattern in USUAL_VERP)), "")


def is_pattern(text: str) -> bool:
    """True for a VERP pattern that names a recipient and holds no other braces."""
    names = _PLACEHOLDER.findall(text)
    values = sorted(name for name in names if name != "any")
    plain = _PLACEHOLDER.sub("", text)
    return (
        PLACEHOLDERS.keys() >= set(names)
        and len(names) <= _PLACEHOLDERS_LIMIT
        and len(values) == len(set(values))
        and ({"user", "domain"} <= set(values) or "id" in values)
        and plain.count("@") == 1
        and plain.isprintable()
        and not {"{", "}"} & set(plain)
    )


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    literal = re.split(_PLACEHOLDER, pattern)
    pieces = (PLACEHOLDERS[piece] if number % 2 else re.escape(piece) for number, piece in enumerate(literal))
    return re.compile("".join(pieces), re.IGNORECASE)
