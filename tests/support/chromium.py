"""Pages in a real browser, without a window and without the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr"),
)


def is_missing() -> bool:
    return shutil.which("chromium") is None


def pictures(tmp_path: Path) -> Path:
    """The folder of what people see, which exists: ``$BOUNCED_ARTIFACTS`` where that is set, or one in ``tmp_path``."""
    folder = Path(os.environ.get("BOUNCED_ARTIFACTS") or tmp_path / "artifacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def dom(page: Path | str) -> tuple[str, str]:
    """What the browser made of ``page``, and what its console said."""
    ended = _run(page, "--dump-dom")
    return ended.stdout, _console(ended)


def screenshot(page: Path | str, picture: Path, width: int, height: int, *options: str) -> str:
    """Writes what the browser shows of ``page``; what its console said."""
    return _console(_run(page, f"--screenshot={picture}", f"--window-size={width},{height}", *options))


def printed(page: Path | str, document: Path) -> None:
    """Writes ``page`` as it is printed, a PDF."""
    _run(page, "--no-pdf-header-footer", f"--print-to-pdf={document}")


def _run(page: Path | str, *options: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as profile:
        command = [
            "chromium",
            *OPTIONS,
            f"--user-data-dir={profile}",
            *options,
            page if isinstance(page, str) else page.as_uri(),
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)


def _console(ended: subprocess.CompletedProcess[str]) -> str:
    return "\n".join(line for line in ended.stderr.splitlines() if "CONSOLE" in line)
