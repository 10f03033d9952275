"""JSON in mails: any text may pretend to be some, so that nothing here raises and every type is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

#: Sendmail breaks lines of more than 990 octets like this; nothing in JSON looks like it.
_BROKEN_LINE = re.compile(r"!\n[ \t]?")


def json_object(text: str) -> Json:
    """The object that ``text`` begins with, whatever follows it; empty when there is none."""
    start = text.lstrip()
    if not start.startswith("{"):
        return {}
    try:
        return as_object(json.JSONDecoder(strict=False).raw_decode(_BROKEN_LINE.sub("", start))[0])
    except (ValueError, RecursionError):
        return {}


def as_object(value: object) -> Json:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value when it is a list, one of this single value otherwise, empty for none."""
    return value if isinstance(value, list) else [value] if value else []


def as_text(value: object) -> str:
    """The value when it is text, else ``""``."""
    return value if isinstance(value, str) else ""
