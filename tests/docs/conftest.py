"""What the pages show, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import documents
from tests.support.documents import README, ROOT
from tests.support.story import shell


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of the story of samples/, read with the README's configuration."""
    directory = tmp_path_factory.mktemp("story")
    [readme] = documents.blocks(README, "toml")
    (directory / "bounced.toml").write_text('[database]\npath = "bounced.db"\n' + readme)
    scanned = shell(f"bounced scan {ROOT / 'samples' / 'story'}", directory)
    assert scanned.returncode == 0, scanned.stdout
    with (directory / "bounced.toml").open("a") as config:
        config.write("[tenant.acme]\n")
    assert shell("bounced suppress --tenant acme kim@example.org", directory).returncode == 0
    return directory / "bounced.db"
