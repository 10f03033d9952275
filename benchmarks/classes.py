"""How often the class of a reason is right: `bounced parse --json MAILS | python -m benchmarks.classes EXPECTED`.

A wrong reason costs a word, a wrong class costs somebody. EXPECTED is that of the collection of real reports.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bounced.reasons import REASONS


def main() -> None:
    expected = {row["file"]: row["rows"] for row in map(json.loads, Path(sys.argv[1]).read_text("utf-8").splitlines())}
    right = [is_right for mail in map(json.loads, sys.stdin) for is_right in _judged(mail, expected)]
    print(f"{'class':40s} {sum(right):5d}/{len(right):<5d} {100 * sum(right) / len(right):6.1f} %")


def _judged(mail: dict[str, Any], expected: dict[str, Any]) -> Iterator[bool]:
    for event in mail["events"]:
        names = {event.get(name, "").lower() for name in ("address", "original_recipient", "final_recipient")}
        rows = [row for row in expected.get(Path(mail["file"]).name, ()) if names & set(row["recipient"])]
        if rows and rows[0]["reason"] and event.get("reason"):
            yield event["class"] in {REASONS[reason][0] for reason in rows[0]["reason"]}


if __name__ == "__main__":
    main()
