"""Which suppressions forbid which mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bounced.model import Scope

#: Scopes that are not the name of a stream.
RESERVED = ("all", "marketing")

StreamKind = Literal["marketing", "transactional"]


def forbidding(scope: Scope, streams: Mapping[str, StreamKind]) -> tuple[Scope, ...]:
    """The scopes whose suppressions forbid mail of ``scope``; a stream that ``streams`` does not name is marketing."""
    if scope in RESERVED:
        return tuple(dict.fromkeys(("all", scope)))
    if streams.get(scope) == "transactional":
        return "all", scope
    return "all", "marketing", scope
