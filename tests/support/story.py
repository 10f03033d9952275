"""The commands of the documentation in a shell, over the samples."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.documents import ROOT

INSTALLED = "/var/lib/bounced/bounced.db"


def environment(configuration: Path) -> Mapping[str, str]:
    """What makes `bounced` in a shell the one under test, with ``configuration`` and no other."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "BOUNCED_CONFIG": str(configuration)}


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The finished command, run in ``folder`` with the configuration there; both outputs in one."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment(folder / "bounced.toml"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


def prepared(folder: Path) -> Path:
    """``folder``, with the samples beside it and the defaults that hold without a configuration."""
    (folder / "samples").symlink_to(ROOT / "samples")
    (folder / "bounced.toml").write_text('[database]\npath = "bounced.db"\n')
    return folder


def run_examples(block: str, folder: Path) -> str:
    """A console block with what its commands print, run one after the other in ``folder``."""
    shown = re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    return "".join(f"$ {command}\n{shell(command, folder).stdout}" for command in shown)
