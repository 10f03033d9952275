"""`bounced scan` of an mbox, everything on, and the same again with nothing new.

`python -m benchmarks scanning`. MESSAGES=N is how many, 20,000 by default; BEFORE=COMMAND an earlier version beside it.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks import understanding
from benchmarks.commands import BOUNCED, Run, alternating, run
from benchmarks.storm import write_mbox

CONFIG = """
[database]
path = "bounced.db"
[identify]
campaign = "X-Campaign-ID"
recipient = "X-Recipient"
[trust]
own_domains = ["sender.test"]
"""

RUNS = 3


class Scan:
    """Scans of one mbox by ``command`` into a new database, and again into the same."""

    def __init__(self, folder: Path, mbox: Path, command: Sequence[str]) -> None:
        self.database = folder / "bounced.db"
        config = folder / "bounced.toml"
        config.write_text(CONFIG.replace("bounced.db", str(self.database)))
        self.command = [*command, "scan", "--config", str(config), str(mbox)]
        self.megabytes = 0.0

    def first(self) -> float:
        """Seconds for everything."""
        for path in self.database.parent.glob("bounced.db*"):
            path.unlink()
        return self._noted(run(self.command))

    def again(self) -> float:
        """Seconds for nothing new."""
        return self._noted(run(self.command))

    def _noted(self, done: Run) -> float:
        self.megabytes = max(self.megabytes, done.megabytes)
        return done.seconds


def rows() -> Iterator[tuple[str, float]]:
    """The rates, as ratios to those of BEFORE where it is named."""
    messages = int(os.environ.get("MESSAGES", "20000"))
    with tempfile.TemporaryDirectory() as folder:
        mbox = Path(folder, "storm.mbox")
        with mbox.open("wb") as file:
            write_mbox(file, messages)
        scans = {"now": Scan(_made(folder, "now"), mbox, BOUNCED)}
        if before := os.environ.get("BEFORE"):
            scans["before"] = Scan(_made(folder, "before"), mbox, shlex.split(before))
        yield from _rates(scans, messages)


def _rates(scans: dict[str, Scan], messages: int) -> Iterator[tuple[str, float]]:
    ways = {
        (kind, which): partial(measure, scan)
        for which, scan in scans.items()
        for kind, measure in (("scan", Scan.first), ("again", Scan.again))
    }
    seconds = alternating(ways, RUNS)
    tree = understanding.seconds(1)["bare tree"]
    for kind in ("scan", "again"):
        yield f"{kind}, messages a second", messages / seconds[kind, "now"]
        yield f"{kind}, one message, times the bare tree", seconds[kind, "now"] / messages / tree
        if "before" in scans:
            yield f"{kind}, times as fast as before (6, 3)", seconds[kind, "before"] / seconds[kind, "now"]
    for which, scan in scans.items():
        yield f"scan, MB in all processes, {which} (400)", scan.megabytes


def _made(folder: str, name: str) -> Path:
    made = Path(folder, name)
    made.mkdir()
    return made
