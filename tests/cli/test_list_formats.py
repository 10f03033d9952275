"""Every format of lists by the commands alone: the samples of its program go in, what is suppressed comes out again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bounced.lists.formats import FORMATS
from tests.support.commands import bounced

SAMPLES = Path(__file__).parents[2] / "samples" / "lists"

#: Why rows are suppressed in formats that do not say it.
CAUSE = ("--cause", "hard")

#: The formats that know domains, or the domains below one.
PATTERNS = {"csv": "@*", "sympa": "@*", "aliyun": "@"}


def suppressed(database: str) -> set[str]:
    """The addresses and domains."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return {address for (address,) in db.execute("SELECT address FROM suppressed")}


def expected(name: str, addresses: set[str]) -> set[str]:
    """What the program can be told of."""
    return {address for address in addresses if address[0] not in "@*" or address[0] in PATTERNS.get(name, "")}


def samples(name: str) -> list[Path]:
    return [path for path in sorted(SAMPLES.glob(f"{name}[.-]*")) if path.suffix != ".expected"]


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_goes_in_and_out_by_the_commands(name: str) -> None:
    read = [path.read_bytes() for path in samples(name)]
    assert read, "each format has a sample"
    for content in read:
        dry_run = bounced("list", "import", "--dry-run", "--from", name, *CAUSE, "-", stdin=content)
        result = bounced("list", "import", "--from", name, *CAUSE, "-", stdin=content)
        assert result.exit_code == dry_run.exit_code
        assert result.stderr.splitlines()[-1].endswith(("suppressions began", "suppression began"))
        again = bounced("list", "import", "--from", name, *CAUSE, "-", stdin=content)
        assert "\n0 suppressions began" in again.stderr
    bounced("suppress", "o'neill+x@b.test", "@closed.test", "*.closed.test")
    before = suppressed("bounced.db")
    assert len(before) > 3
    assert bounced("list", "export", "--format", name, "--output", "list").exit_code == 0
    Path("bounced.db").rename("before.db")
    result = bounced("list", "import", "--from", name, *CAUSE, "list")
    assert result.exit_code == 0, result.stderr
    assert suppressed("bounced.db") == expected(name, before)
