"""Statements with named parameters, for any DB-API driver (PEP 249), whichever of its five styles that has. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Value = str | int | None

#: What statements of sinks may name: members of a change, its dates as Unix time too, and whether anything is in force.
PARAMETERS = (
    *("id", "type", "timestamp", "address", "scope", "cause", "reason", "class", "since", "until", "detail"),
    *("stream", "campaign", "happened_at", "since_seconds", "until_seconds", "suppressed"),
)

#: Quoted text, comments and PostgreSQL's casts, in which there are no parameters; then the parameters, and what is
#: special in statements of the styles with ``%``.
_TOKEN = re.compile(
    r"""'[^']*'|"[^"]*"|`[^`]*`|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|\$\$(?:[^$]|\$(?!\$))*\$\$|::|:([A-Za-z_][A-Za-z0-9_]*)|%"""
)

#: How a style writes a parameter, by its name and its number.
STYLES: Mapping[str, str] = {
    "named": ":{name}",
    "pyformat": "%({name})s",
    "format": "%s",
    "qmark": "?",
    "numeric": ":{number}",
}

#: The styles whose parameters have names; those that have ``%`` in them.
_NAMED = frozenset(("named", "pyformat"))
_PERCENT = frozenset(("format", "pyformat"))


class Statement(NamedTuple):
    """A statement in a driver's style, and the names of its parameters in the order in which they are in it."""

    text: str
    names: Sequence[str]
    style: str

    def parameters(self, values: Mapping[str, Value]) -> Mapping[str, Value] | Sequence[Value]:
        """``values`` as the driver wants them."""
        if self.style in _NAMED:
            return {name: values[name] for name in self.names}
        return [values[name] for name in self.names]


def statement(text: str, style: str) -> Statement:
    """``text``, whose parameters are ``:name``, in ``style``. Raises KeyError for an unknown style."""
    names: list[str] = []
    parameter = STYLES[style]

    def written(token: re.Match[str]) -> str:
        if not token[1]:
            return token[0].replace("%", "%%") if style in _PERCENT else token[0]
        names.append(token[1])
        return parameter.format(name=token[1], number=len(names))

    return Statement(_TOKEN.sub(written, text), names, style)


def unknown(text: str) -> list[str]:
    """The parameters of ``text`` that there are not."""
    return [name for name in statement(text, "named").names if name not in PARAMETERS]
