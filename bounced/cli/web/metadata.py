"""What Datasette is told about the database: the views that it shows, their columns, facets and queries."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

#: The name of the database in URLs, whatever the file is called.
DATABASE = "bounced"

#: Where our style sheet is.
STATIC = "web-static"

_HERE = Path(__file__).parent

#: Each view with its description and those of its columns, as docs/database.md has them (generated).
VIEWS: dict[str, dict[str, Any]] = json.loads((_HERE / "columns.json").read_text("utf-8"))

_SHOWN: dict[str, Any] = tomllib.loads((_HERE / "datasette.toml").read_text("utf-8"))

SETTINGS = {
    "default_allow_sql": False,
    "allow_download": False,
    "allow_csv_stream": False,
    "suggest_facets": False,
    "facet_time_limit_ms": 2000,
    "sql_time_limit_ms": 5000,
}


def metadata() -> dict[str, Any]:
    """The metadata in Datasette's format."""
    tables = {name: {**VIEWS[name], **facts} for name, facts in _SHOWN["tables"].items()}
    about = "Read-only, and live. What it means: docs/database.md. Text of a report is untrusted."
    return {
        "title": "bounced",
        "extra_css_urls": [f"/{STATIC}/web.css"],
        "databases": {DATABASE: {"description": about, "tables": tables, "queries": _SHOWN["queries"]}},
    }
