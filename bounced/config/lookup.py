"""What `bounced check` needs of the configuration: where the database is, and what streams and tenants there are.

It is asked before each message, and to check the whole file takes several times as long as the answer. What is not
plain in these sections, or where a section is unknown, the whole file is checked all the same, and says why.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

from bounced.address import TENANT
from bounced.config.path import DEFAULT_DATABASE, LOCAL_DATABASE, content
from bounced.peer import is_printable
from bounced.policy.scopes import RESERVED, StreamKind

#: The keys of the file, and those of [database].
SECTIONS = frozenset(
    (
        *("database", "mailbox", "identify", "classify", "trust", "policy", "log", "complaints", "streams", "schedule"),
        *(
            "sends",
            "health",
            "policy_server",
            "api",
            "metrics",
            "canary",
            "alarms",
            "sink",
            "export",
            "tenant",
            "logs",
            "workers",
        ),
    )
)
DATABASE = frozenset(
    (
        *("path", "keep_unrecognized", "keep_unread", "keep_held", "keep_events", "keep_texts", "keep_outbox"),
        *("backup_folder", "keep_backups"),
    )
)

STREAM_KINDS: tuple[StreamKind, ...] = get_args(StreamKind)

#: Characters of a path or a name that is not looked at by anything else.
PLAIN_LENGTH_LIMIT = 200


class Lookup(NamedTuple):
    """Where to look up an address, what the streams are, and the names of tenants."""

    database: str
    streams: Mapping[str, StreamKind]
    tenants: Collection[str] = ()


def load(path: Path | None) -> Lookup:
    """What the configuration in ``path`` says, or the defaults for ``None``. Raises UserError with all problems."""
    if path is None:
        return Lookup(LOCAL_DATABASE, {})
    return _plain(_read(path)) or _checked(path)


def _read(path: Path) -> Mapping[str, Any]:
    """The tables of the file; a table that is none where it can't be read."""
    try:
        return tomllib.loads(content(path).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {"": None}


def _plain(tables: Mapping[str, Any]) -> Lookup | None:
    """What the tables say, ``None`` where that is to be checked."""
    database, streams, tenants = (tables.get(name, {}) for name in ("database", "streams", "tenant"))
    if not (tables.keys() <= SECTIONS and all(isinstance(table, dict) for table in (database, streams, tenants))):
        return None
    path = database.get("path", DEFAULT_DATABASE)
    are_plain = all(map(_is_stream, streams.items())) and all(map(TENANT.fullmatch, tenants))
    is_plain = database.keys() <= DATABASE and _is_plain(path) and are_plain
    return Lookup(path, cast("Mapping[str, StreamKind]", streams), tuple(tenants)) if is_plain else None


def _is_plain(text: object) -> bool:
    return isinstance(text, str) and text == text.strip() != "" and is_printable(text, PLAIN_LENGTH_LIMIT)


def _is_stream(stream: tuple[str, object]) -> bool:
    name, kind = stream
    return _is_plain(name) and name not in RESERVED and kind in STREAM_KINDS


def _checked(path: Path) -> Lookup:
    from bounced.config import file  # for which `check` would wait

    config = file.load(path)
    return Lookup(config.database.path, config.streams, tuple(config.tenant))
