"""The types of values in the configuration file."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from bounced.identify import is_verp_pattern
from bounced.peer import is_loopback
from bounced.reasons import REASONS

#: A hundred years. Longer durations would leave the calendar.
DAYS_LIMIT = 36500

#: Characters of a name or a value in IMAP's ID: fewer than RFC 2971 allows, more than anybody needs.
IDENTITY_LIMIT = 200

#: RFC 5321 4.1.2: a dot-string and a domain.
_ADDRESS = re.compile(r"(?=.{3,254}\Z)[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: object) -> timedelta:
    """The duration that a text like "90d" stands for. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a number with a unit: "30s", "15m", "6h" or "90d"')
    lasts = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if lasts > timedelta(days=DAYS_LIMIT):
        raise ValueError(f'must be at most "{DAYS_LIMIT}d"')
    return lasts


def usual_or_duration(value: object) -> timedelta | Literal["usual"]:
    """What ``duration`` returns, or "usual". Raises ValueError."""
    return "usual" if value == "usual" else duration(value)


def wait(value: object) -> timedelta:
    """A duration that is not zero. Raises ValueError."""
    if duration(value) == timedelta():
        raise ValueError('must be at least "1s"')
    return duration(value)


def forever_or_duration(value: object) -> timedelta | Literal["forever"]:
    """What ``wait`` returns, or "forever". Raises ValueError."""
    return "forever" if value == "forever" else wait(value)


def _plain(value: object) -> object:
    """Text that ends up in an IMAP command or a header name must not be able to add a second one."""
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("must not contain control characters")
    return value


def _address(value: object) -> object:
    """One that needs no quotes, and stands in a header and in a command of SMTP as it is."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise ValueError('must be an address like "postmaster@example.org"')
    return value


def _header_name(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"[!-9;-~]{0,200}", value):
        raise ValueError('must be the name of a header, without a colon, like "X-Campaign-ID"')
    return value


def _identity(value: object) -> object:
    """RFC 2971 3.3 limits values to 1024 octets; what is not ASCII would need a literal."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or len(value) > IDENTITY_LIMIT:
        raise ValueError(f"must be ASCII text of at most {IDENTITY_LIMIT} characters")
    return value


def _verp_pattern(value: object) -> object:
    if not isinstance(value, str) or not is_verp_pattern(value):
        raise ValueError(
            'must look like "bounces-{user}={domain}@news.example.org" or "bounces-{id}@…" (docs/senders.md)'
        )
    return value


def _url(value: object) -> object:
    parts = urlsplit(value if isinstance(value, str) and value.isprintable() else "")
    host = parts.hostname or ""
    if not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError('must be a URL like "https://login.example.org/path"')
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError("must begin with https://")
    return value


def _url_or_none(value: object) -> object:
    return value and _url(value)


def _reason(value: object) -> object:
    if value not in REASONS:
        raise ValueError(f"is not a reason; the reasons are {', '.join(REASONS)}")
    return value


def reason_or_none(value: object) -> object:
    """The name of a reason, or ``""``. Raises ValueError."""
    return value and _reason(value)


Text = Annotated[str, BeforeValidator(_plain)]
Url = Annotated[str, BeforeValidator(_url)]
UrlOrNone = Annotated[str, BeforeValidator(_url_or_none)]
Identity = Annotated[str, BeforeValidator(_identity)]
HeaderName = Annotated[str, BeforeValidator(_header_name)]
VerpPattern = Annotated[str, BeforeValidator(_verp_pattern)]
Reason = Annotated[str, BeforeValidator(_reason)]
Address = Annotated[str, BeforeValidator(_address)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
UsualOrDuration = Annotated[timedelta | Literal["usual"], BeforeValidator(usual_or_duration)]
Wait = Annotated[timedelta, BeforeValidator(wait)]

ForeverOrDuration = Annotated[timedelta | Literal["forever"], BeforeValidator(forever_or_duration)]
