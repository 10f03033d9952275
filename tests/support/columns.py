"""What docs/database.md says of each view and column, as `bounced web` ships it."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support import documents
from tests.support.documents import DOCS, ROOT

DATABASE = DOCS / "database.md"
FILE = ROOT / "bounced" / "cli" / "web" / "columns.json"

VIEWS = ("suppressed", "allowed", "events_view", "campaign_health", "outbox_view", "withheld", "incidents")
#: A column that no twin has.
OF_THE_HOUSE = "mailbox"

TWINS = {
    "tenant_suppressed": ("suppressed", ("tenant", "key", "key_unicode", "key_mailbox")),
    "tenant_allowed": ("allowed", ("tenant", "key", "key_mailbox")),
    "tenant_events": ("events_view", ("tenant", "tenant_by", "key")),
    "tenant_health": ("campaign_health", ("tenant",)),
    "tenant_outbox": ("outbox_view", ("tenant",)),
}


def views() -> dict[str, dict[str, Any]]:
    """Each view with its description and those of its columns."""
    own: dict[str, dict[str, Any]] = {
        name: {"description": _description(name), "columns": _columns(name)} for name in VIEWS
    }
    more = _columns("The twins for tenants")
    twins = {
        name: {
            "description": f"Of everybody, tenants included: {own[view]['description']}",
            "columns": {
                **{column: more[column] for column in added},
                **{column: text for column, text in own[view]["columns"].items() if column != OF_THE_HOUSE},
            },
        }
        for name, (view, added) in TWINS.items()
    }
    return own | twins


def text() -> str:
    """The file as it should be."""
    return json.dumps(views(), indent=1, ensure_ascii=False) + "\n"


def write() -> None:
    """Writes the file anew."""
    FILE.write_text(text(), "utf-8")


def _description(heading: str) -> str:
    """The first paragraph behind the heading."""
    return _plain(DATABASE.read_text("utf-8").partition(f"\n## {heading}\n\n")[2].partition("\n\n")[0])


def _columns(heading: str) -> dict[str, str]:
    rows = documents.table(DATABASE, f"## {heading}")
    return {name: _plain(meaning) for names, _, meaning in rows for name in names.split(", ")}


def _plain(text: str) -> str:
    """``text`` without marks and links."""
    return " ".join(re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text).replace("`", "").split())
