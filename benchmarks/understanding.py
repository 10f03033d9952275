"""What one report costs, beside flufl.bounce with `email` and the bare MIME tree: alternating runs, medians.

`python -m benchmarks.understanding [RUNS]`. The mails are those of the corpus next to the checkout, or the samples.
"""

from __future__ import annotations

import email
import logging
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from statistics import median

from fast_mail_parser import ParseError, parse_email_tree
from flufl.bounce import all_failures

from bounced.decode import decode
from bounced.identify import Sender
from bounced.parse import parse

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus" / "mails"
RUNS = 9


def by_flufl(mail: bytes) -> None:
    """The addresses that flufl.bounce finds."""
    with suppress(IndexError):  # it raises that for a message without From
        all_failures(email.message_from_bytes(mail))


def bare_tree(mail: bytes) -> None:
    """The MIME tree, which nobody looks at; the parser refuses what is damaged."""
    with suppress(ParseError):
        parse_email_tree(mail, mode="lazy")


WORK: Mapping[str, Callable[[bytes], object]] = {
    "understood": lambda mail: parse(mail, Sender()),
    "decoded": decode,
    "flufl.bounce": by_flufl,
    "bare tree": bare_tree,
}


def seconds(runs: int = RUNS) -> dict[str, float]:
    """For each work the median of the processor time for one mail, of ``runs`` that alternate."""
    logging.getLogger("flufl.bounce").disabled = True  # a traceback for each IndexError
    folder, pattern = (CORPUS, "*") if CORPUS.is_dir() else (ROOT / "samples", "*.eml")
    mails = [path.read_bytes() for path in sorted(folder.rglob(pattern)) if path.is_file()]
    spent: dict[str, list[float]] = {name: [] for name in WORK}
    for _ in range(runs + 1):
        for name, work in WORK.items():
            start = time.process_time()
            for mail in mails:
                work(mail)
            spent[name].append((time.process_time() - start) / len(mails))
    return {name: median(times[1:]) for name, times in spent.items()}  # tables are built in the first


def rows(runs: int = RUNS) -> list[tuple[str, float]]:
    """What is measured, and the figure: ratios, then microseconds."""
    spent = seconds(runs)
    ratios = [
        (f"one report {work}, times {unit}", spent[work] / spent[unit])
        for work in ("understood", "decoded")
        for unit in ("flufl.bounce", "bare tree")
    ]
    return [*ratios, *((f"{name}, µs", 1e6 * cost) for name, cost in spent.items())]


if __name__ == "__main__":
    for label, figure in rows(*map(int, sys.argv[1:2])):
        print(f"{figure:8.2f}  {label}")
