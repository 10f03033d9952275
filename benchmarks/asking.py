"""`bounced check`: one address, and many on standard input. `python -m benchmarks asking`"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.commands import BOUNCED, alternating, run
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy

ADDRESSES = 1_000_000
RUNS = 5


def rows() -> Iterator[tuple[str, float]]:
    """As ratios to a Python that does nothing, and in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        config, addresses = Path(folder, "bounced.toml"), Path(folder, "addresses")
        config.write_text(f'[database]\npath = "{folder}/bounced.db"\n')
        Ledger(f"{folder}/bounced.db", Policy()).close()
        addresses.write_text("".join(f"reader{n}@example.net\n" for n in range(ADDRESSES)))
        check = [*BOUNCED, "check", "--config", str(config)]
        ways = {
            "check": lambda: run([*check, "reader@example.net"]).seconds,
            "python": lambda: run([sys.executable, "-c", "pass"]).seconds,
        }
        seconds = alternating(ways, RUNS)
        yield "check ADDRESS, seconds (0.10)", seconds["check"]
        yield "check ADDRESS, times a Python that does nothing", seconds["check"] / seconds["python"]
        yield f"check -, {ADDRESSES:,} addresses, seconds (6)", run([*check, "-"], addresses).seconds
