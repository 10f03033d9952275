"""docs/library.md: its examples print what it says, and its table has every public name.

`python -m tests.docs.test_library` writes what the examples print into the page.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import bounced
from tests.support import documents
from tests.support.story import INSTALLED, prepared, shell

PAGE = documents.DOCS / "library.md"

#: A program, and what it prints.
EXAMPLE = re.compile(r"^```python\n(?P<program>.*?)^```\n\n```text\n(?P<printed>.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> list[re.Match[str]]:
    return list(EXAMPLE.finditer(PAGE.read_text("utf-8")))


def printed(program: str, folder: Path) -> str:
    """What a program prints in a process of its own, in ``folder``, with the database there."""
    program = program.replace(INSTALLED, str(folder / "bounced.db"))
    run = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def with_database(folder: Path) -> Path:
    """``folder``, with the samples in it and a database of their story."""
    scanned = shell("bounced scan samples/story", prepared(folder))
    assert scanned.returncode == 0, scanned.stdout
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_database(tmp_path_factory.mktemp("library"))


@pytest.mark.parametrize("example", examples(), ids=lambda example: example["program"].split("\n\n")[0].split()[-1])
def test_an_example_prints_what_the_page_says(example: re.Match[str], folder: Path) -> None:
    assert printed(example["program"], folder) == example["printed"], "run: python -m tests.docs.test_library"


def test_every_program_of_the_page_is_an_example() -> None:
    assert [example["program"] for example in examples()] == documents.blocks(PAGE, "python")
    assert INSTALLED in examples()[0]["program"]


def test_the_table_has_every_public_name_once() -> None:
    names = [row[0] for row in documents.table(PAGE, "## Names")]
    assert sorted(names) == sorted(bounced.__all__)


def main() -> None:
    """Writes what the examples print into the page."""
    with tempfile.TemporaryDirectory() as name:
        folder = with_database(Path(name))
        text = PAGE.read_text("utf-8")
        for example in reversed(examples()):
            text = (
                text[: example.start("printed")] + printed(example["program"], folder) + text[example.end("printed") :]
            )
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
