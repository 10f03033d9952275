"""The READMEs in other languages: their commands exist, their configurations are accepted, their links are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bounced.daemon import preflight
from tests.docs.test_configuration import only_about_this_machine, written
from tests.support import documents
from tests.support.documents import DOCS, README, TRANSLATIONS

by_language = pytest.mark.parametrize("page", TRANSLATIONS, ids=lambda page: page.name)


@by_language
def test_it_shows_what_its_commands_print(page: Path) -> None:
    """As the original does, whose commands test_examples runs."""
    [block], [original] = documents.blocks(page, "console"), documents.blocks(README, "console")
    assert block.count("\n$ ") >= 2
    assert original.startswith(f"{block}$ ")


@by_language
def test_its_commands_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    named = set(re.findall(r"\bbounced ([a-z][a-z-]+)", "\n".join([*re.findall(r"`([^`\n]+)`", text), *shell(page)])))
    assert {"run", "scan", "check", "explain", "check-config"} <= named <= documents.commands().keys()


def shell(page: Path) -> list[str]:
    """The lines of the shell blocks, without the names of the user that they are run as."""
    return [line.replace("-u bounced ", "") for block in documents.blocks(page, "sh") for line in block.splitlines()]


@by_language
def test_each_mailbox_needs_only_a_password(page: Path, tmp_path: Path) -> None:
    configurations = documents.blocks(page, "toml")
    assert len(configurations) >= 3
    for text in configurations:
        without_file = re.sub(r"(?m)^ca_file = .*\n", "", text)
        assert only_about_this_machine(preflight.check(written(tmp_path / "bounced.toml", without_file), {}))


@by_language
def test_the_installation_is_that_of_the_original(page: Path) -> None:
    installation = next(block for block in documents.blocks(README, "sh") if "make deb" in block)
    assert installation in documents.blocks(page, "sh")


@by_language
def test_postfix_is_configured_as_the_page_for_readers_says(page: Path) -> None:
    [block] = documents.blocks(page, "ini")
    documented = documents.blocks(DOCS / "readers.md", "ini")
    assert f"# /etc/postfix/main.cf\n{block}" in documented


@by_language
def test_it_leads_to_the_other_languages(page: Path) -> None:
    names = {other.name for other in (README, *TRANSLATIONS)} - {page.name}
    assert names <= set(re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8").partition("\n## ")[0]))
