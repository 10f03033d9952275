"""What one report costs in Sisimai for Perl: `SISIMAI_PERL=CHECKOUT python -m benchmarks sisimai`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import understanding
from benchmarks.storm import storm

MESSAGES = 500

#: Seconds of processor time for one of the files that are named, after one that loads everything; 4.x calls it make.
PROGRAM = """
my $read = Sisimai->can("rise") || Sisimai->can("make");
$read->("Sisimai", $ARGV[0]);
my $begun = times;
$read->("Sisimai", $_) for @ARGV;
printf "%f", (times - $begun) / @ARGV;
"""


def rows() -> Iterator[tuple[str, float]]:
    """As a ratio to flufl.bounce, and how it compares; nothing where no checkout is named."""
    checkout = os.environ.get("SISIMAI_PERL")
    if not checkout:
        return
    spent = understanding.seconds(3)
    cost = seconds(checkout)
    yield "one report by Sisimai, times flufl.bounce", cost / spent["flufl.bounce"]
    yield "one report understood, times Sisimai", spent["understood"] / cost


def seconds(checkout: str) -> float:
    """What it takes for one of a storm, one file each."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{number}.eml") for number in range(MESSAGES)]
        for file, mail in zip(files, storm(MESSAGES), strict=True):
            file.write_bytes(mail)
        command = ["perl", "-I", f"{checkout}/lib", "-MSisimai", "-e", PROGRAM, *map(str, files)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603
