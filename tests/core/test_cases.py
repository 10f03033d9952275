"""Reports as servers print them today, from a collection that is not part of the repository: whom they may harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bounced.identify import Sender
from bounced.parse import parse
from bounced.reasons import REASONS

CASES = Path(__file__).parents[3] / "shared" / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="there is no collection of cases beside this checkout")


def expected() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / "expected.jsonl").read_text("utf-8").splitlines()]


def test_every_failure_has_a_right_class() -> None:
    wrong = []
    for case in expected():
        for event in parse((CASES / "mails" / case["file"]).read_bytes(), Sender()).events:
            reasons = case["recipients"].get(event.address, {}).get("reasons")
            if reasons and event.reason and event.class_ not in {REASONS[reason][0] for reason in reasons}:
                wrong.append((case["file"], event.reason, reasons))
    assert wrong == []


def test_nobody_fails_by_what_is_no_report() -> None:
    cases = [case["file"] for case in expected() if "bounce" not in case["kinds"]]
    parsed = {name: parse((CASES / "mails" / name).read_bytes(), Sender()) for name in cases}
    assert [name for name, mail in parsed.items() if any(event.action == "failed" for event in mail.events)] == []
