"""A journal of systemd, written by systemd-journal-remote and read by journalctl: no journald runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.conftest import missing

REMOTE = "/lib/systemd/systemd-journal-remote"


@dataclass
class Journal:
    """The journal in ``folder``, which `journalctl` reads."""

    folder: Path
    files: int = 0

    def write(
        self, *entries: tuple[datetime, bytes, bytes], facility: int = 2, boot: str = "1" * 32, monotonic: int = 60
    ) -> None:
        """Adds entries, each of a time, a program and a text, in a file of their own, as after a rotation.

        ``monotonic`` are the seconds since ``boot``.
        """
        self.files += 1
        content = b"".join(
            b"__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%s\nSYSLOG_FACILITY=%d\n"
            b"SYSLOG_IDENTIFIER\n%s%s\n_PID=17\nMESSAGE\n%s%s\n\n"
            % (
                at.timestamp() * 1_000_000,
                monotonic * 1_000_000,
                boot.encode(),
                facility,
                *_sized(program),
                *_sized(text),
            )
            for at, program, text in entries
        )
        path = self.folder / f"{self.files}.journal"
        subprocess.run([REMOTE, f"--output={path}", "-"], input=content, check=True, capture_output=True, timeout=60)


def _sized(value: bytes) -> tuple[bytes, bytes]:
    return len(value).to_bytes(8, "little"), value


def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """An empty journal, and a `journalctl` first in PATH that reads it."""
    if not Path(REMOTE).exists() or not shutil.which("journalctl"):
        missing("systemd-journal-remote")
    folder = tmp_path / "journal"
    folder.mkdir()
    journalctl(tmp_path, monkeypatch, f'exec {shutil.which("journalctl")} --directory={folder} "$@"')
    return Journal(folder)


def journalctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Makes `journalctl` this shell script."""
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "journalctl").write_text(f"#!/bin/sh\n{script}\n")
    (programs / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
