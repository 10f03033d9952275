"""JSON in messages: any text may pretend to be JSON, so nothing here raises and every type is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

#: Sendmail breaks lines longer than 990 octets like this; valid JSON never contains it.
_BROKEN_LINE = re.compile(r"!\n[ \t]?")


def json_object(text: str) -> Json:
    """The object at the start of ``text``, regardless of what follows; empty if there is none."""
    start = text.lstrip()
    if not start.startswith("{"):
        return {}
    try:
        return as_object(json.JSONDecoder(strict=False).raw_decode(_BROKEN_LINE.sub("", start))[0])
    except (ValueError, RecursionError):
        return {}


def json_document(text: str) -> Json:
    """The object that ``text`` consists of, nothing before or behind it; empty if it is anything else."""
    try:
        return as_object(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def as_object(value: object) -> Json:
    """The value if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The value if it is a list, otherwise a list of this one value; empty for an empty value."""
    return value if isinstance(value, list) else [value] if value else []


def as_text(value: object) -> str:
    """The value if it is text, otherwise ``""``."""
    return value if isinstance(value, str) else ""
