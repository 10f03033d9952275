"""libfaketime: the wall clock of a process is another one, and the monotonic one goes on."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import missing

#: libfaketime 0.9.10 takes the monotonic deadline of time.sleep() for one of its own clock.
SLEEP = """\
import select, time

time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


def environment(folder: Path, offset: str) -> dict[str, str]:
    """The environment of a process whose clock is ``offset`` ahead, which may be changed in ``folder``/offset."""
    (folder / "offset").write_text(f"{offset}\n")
    (folder / "site").mkdir(exist_ok=True)
    (folder / "site" / "sitecustomize.py").write_text(SLEEP)
    return {
        "PYTHONPATH": f"{folder / 'site'}:{Path(__file__).parents[2]}",
        "LD_PRELOAD": _library(),
        "FAKETIME_TIMESTAMP_FILE": str(folder / "offset"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1",
    }


def set_to(folder: Path, offset: str) -> None:
    """Sets the clock of the processes with that ``environment``, in one step."""
    (folder / "next").write_text(f"{offset}\n")
    (folder / "next").replace(folder / "offset")


def _library() -> str:
    """libfaketime for programs with threads, wherever this machine has it."""
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not libraries:
        missing("libfaketime (Debian: faketime)")
    return str(libraries[0])
