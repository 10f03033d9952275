"""The code that keeps each fault of docs/faults.md from doing harm, and what would stand there without it.

A file per table of that page; each of its keys is a row's first column, and says for every file of ours what to take
out: pairs of the text as it is, found once in the file, and as it would be.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.support.documents import ROOT

#: A row of a table: not its head, below which a line of dashes is, nor that line.
LINE = re.compile(r"^\| .+\|$(?!\n\|-)", re.MULTILINE)

#: It names one test: of two, each has a guard and a row of its own.
ROW = re.compile(r"\| (?P<fault>.+?) \|(?:(?!::test_).)* `(?P<file>(?:\w+/)*test_\w+\.py)::(?P<test>\w+)` \|")


FILES = sorted(Path(__file__).parent.glob("*.toml"))


@dataclass(frozen=True)
class Guard:
    """What is taken out against ``fault``, and the test that has to fail then."""

    fault: str
    test: str
    edits: dict[str, list[tuple[str, str]]]

    def without(self, root: Path) -> None:
        """Takes it out of the copy of the project at ``root``."""
        for name, pairs in self.edits.items():
            path = root / name
            text = path.read_text("utf-8")
            for code, instead in pairs:
                text = text.replace(code, instead)
            path.write_text(text, "utf-8")

    def missing(self) -> list[str]:
        """What it names and is not found, exactly once."""
        texts = {name: (ROOT / name).read_text("utf-8") for name in self.edits}
        return [
            f"{name}: {code}" for name, pairs in self.edits.items() for code, _ in pairs if texts[name].count(code) != 1
        ]


def rows() -> dict[str, str]:
    """The test of every fault, as docs/faults.md names it."""
    matches = filter(None, map(ROW.fullmatch, lines()))
    return {row["fault"]: f"tests/{row['file']}::{row['test']}" for row in matches}


def lines() -> list[str]:
    """The rows of docs/faults.md, as they are written."""
    return LINE.findall((ROOT / "docs" / "faults.md").read_text("utf-8"))


def faults() -> list[str]:
    """All faults against which there is a guard."""
    return [fault for path in FILES for fault in tomllib.loads(path.read_text("utf-8"))]


def guards() -> list[Guard]:
    """All of them, in the order of docs/faults.md."""
    edits = {fault: edits for path in FILES for fault, edits in tomllib.loads(path.read_text("utf-8")).items()}
    return [
        Guard(fault, test, {name: [(code, instead) for code, instead in pairs] for name, pairs in edits[fault].items()})
        for fault, test in rows().items()
        if fault in edits
    ]
