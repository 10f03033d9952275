"""The documentation is complete and current: generated parts, lists, links.

`python -m tests.docs.test_docs` writes the generated parts, and what the README's commands print, anew.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import Group

from tests.support import columns, documents, manual
from tests.support.documents import DOCS, INDEX, PAGES, README, ROOT, TRANSLATIONS
from tests.support.story import prepared, run_examples

COMMANDS = DOCS / "commands.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_generated_parts_are_current(page: Path) -> None:
    text = page.read_text("utf-8")
    assert documents.regenerated(text) == text, "run: python -m tests.docs.test_docs"


@pytest.mark.parametrize("name", manual.pages())
def test_manual_pages_are_current(name: str) -> None:
    assert (manual.MAN / name).read_text("utf-8") == manual.pages()[name], "run: python -m tests.docs.test_docs"


def test_every_command_is_in_the_table_and_has_its_help() -> None:
    text = COMMANDS.read_text("utf-8")
    for name, command in documents.commands().items():
        assert isinstance(command, Group) or f"| [`bounced {name}" in text
        assert f"Usage: bounced {name} " in text


def test_the_readme_is_short_and_names_six_commands() -> None:
    assert len(README.read_text("utf-8").split()) <= 900
    named = [re.fullmatch(r"bounced (\S+)", row[0]) for row in documents.table(README, "## Try it")]
    assert {found[1] for found in named if found} <= documents.commands().keys()
    assert len(named) == 6


def test_make_targets_exist() -> None:
    named = {target for page in PAGES for target in re.findall(r"\bmake ([a-z]+)`?", "\n".join(code(page)))}
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"demo", "test"} <= named <= set(targets)


def code(page: Path) -> Iterator[str]:
    """Everything in ``page`` that is marked as code."""
    yield from documents.blocks(page, "sh")
    yield from re.findall(r"`([^`\n]+)`", page.read_text("utf-8"))


def slugs(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        found = (page.parent / name) if name else page
        assert found.exists(), target
        assert not anchor or anchor in slugs(found), target


def test_every_page_is_in_the_index_exactly_once() -> None:
    listed = [(DOCS / name).resolve() for name in re.findall(r"^\| \[.*?\]\((.*?)\)", INDEX.read_text("utf-8"), re.M)]
    assert sorted(listed) == sorted(page for page in PAGES if page not in (README, INDEX, *TRANSLATIONS))


def test_the_index_has_three_groups_and_the_readme_leads_to_it() -> None:
    groups = re.findall(r"^## (.*)$", INDEX.read_text("utf-8"), re.M)
    assert groups == ["Run it", "Make your mail identifiable", "Change it"]
    assert f"]({INDEX.relative_to(ROOT)})" in README.read_text("utf-8")


def test_the_places_in_the_overview_exist() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_0-9]+\.py)?)`", (DOCS / "overview.md").read_text("utf-8"))
    assert len(named) > 30
    assert [name for name in named if not any((root / name).exists() for root in (ROOT / "bounced", ROOT))] == []


def test_no_example_has_readers_see_stale_data() -> None:
    """`immutable=1` and `--immutable`: SQLite leaves the -wal file out then."""
    for page in PAGES:
        assert not any("immutable" in block for block in re.findall(r"(?ms)^```.*?^```$", page.read_text("utf-8")))


@pytest.mark.parametrize(
    ("page", "fewest"), [("faults.md", 60), ("attacks.md", 60), ("servers.md", 45), ("sinks.md", 12)]
)
def test_the_tests_that_are_named_exist(page: str, fewest: int) -> None:
    named = re.findall(r"`((?:\w+/)+test_\w+\.py)::(\w+)`", (DOCS / page).read_text("utf-8"))
    written = {name: (ROOT / "tests" / name).read_text("utf-8") for name, _ in named}
    assert len(named) > fewest
    assert [pair for pair in named if f"\ndef {pair[1]}(" not in written[pair[0]]] == []


def test_every_folder_of_samples_is_described() -> None:
    text = (ROOT / "samples" / "README.md").read_text("utf-8")
    folders = [path.name for path in (ROOT / "samples").iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert [name for name in folders if f"`{name}/" not in text] == []


def main() -> None:
    """Writes the generated parts and the output of the README's commands anew."""
    for page in PAGES:
        page.write_text(documents.regenerated(page.read_text("utf-8")), "utf-8")
    manual.write()
    columns.write()
    [block] = documents.blocks(README, "console")
    with tempfile.TemporaryDirectory() as folder:
        README.write_text(
            README.read_text("utf-8").replace(block, run_examples(block, prepared(Path(folder)))), "utf-8"
        )


if __name__ == "__main__":
    main()
