"""What Datasette asks: who may see what, and how a cell is shown.

1. Only what has a row in VIEWS is shown, whatever else is in the file; nothing but the prepared queries runs.
2. A text of a mail is text: no link, no markup, no control characters.
"""

from __future__ import annotations

from typing import Any

from datasette import hookimpl

from bounced.cli.web.metadata import DATABASE, VIEWS
from bounced.peer import printable

#: Characters of a cell.
CELL_LENGTH_LIMIT = 2000


@hookimpl(trylast=True)  # type: ignore[untyped-decorator]  # Datasette has no types
def permission_allowed(action: str, resource: Any) -> bool:
    """Whether it may be seen. Of those who are asked, the last one decides."""
    match action:
        case "view-instance":
            return True
        case "view-database":
            return bool(resource == DATABASE)
        case "view-table":
            return bool(resource[0] == DATABASE and resource[1] in VIEWS)
        case "view-query":
            return bool(resource[0] == DATABASE)
        case _:
            return False


@hookimpl  # type: ignore[untyped-decorator]
def render_cell(value: Any) -> str | None:
    """A text as text, which Jinja escapes; ``None`` leaves numbers and NULL to Datasette."""
    return printable(value, CELL_LENGTH_LIMIT) if isinstance(value, str) else None
