"""Cells of CSV files that a spreadsheet would run, made harmless and back again."""

from __future__ import annotations

import re

#: Openings of a cell that a spreadsheet runs (OWASP, CSV injection); the wide ones count in East Asian locales.
FORMULA_OPENINGS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")

_OPENING = rf"""[ '"]*[{re.escape("".join(FORMULA_OPENINGS))}]"""

#: Where a cell begins, also for a spreadsheet with another separator, if what opens it could be run. Spaces and quotes
#: may be dropped there; as they are looked past, what is inserted can be taken out again.
_FORMULA = re.compile(rf"(^|[,;|])(?={_OPENING})")
_GUARDED = re.compile(rf"(^|[,;|])'(?={_OPENING})")


def guarded(text: str) -> str:
    """``text`` with a ``'`` before whatever a spreadsheet would run."""
    return _FORMULA.sub(r"\1'", text)


def unguarded(text: str) -> str:
    """What ``guarded`` made the cell of."""
    return _GUARDED.sub(r"\1", text)
