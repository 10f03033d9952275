"""`make bench`: what everything costs, as ratios of things measured in the same run, beside what is to be reached.

`python -m benchmarks [PART…]`, of those in PARTS. SISIMAI_PERL=CHECKOUT and BEFORE=COMMAND (of an earlier version)
name what else is measured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping

from benchmarks import asking, drain, following, http, idle, latency, scanning, sisimai, taking, understanding

Row = tuple[str, float]

PARTS: Mapping[str, Callable[[], Iterable[Row]]] = {
    "understanding": understanding.rows,
    "sisimai": sisimai.rows,
    "taking": taking.rows,
    "scanning": scanning.rows,
    "asking": asking.rows,
    "http": http.rows,
    "following": following.rows,
    "drain": drain.rows,
    "latency": latency.rows,
    "idle": idle.rows,
}


def main() -> None:
    for part in sys.argv[1:] or PARTS:
        for label, figure in PARTS[part]():
            print(f"{figure:10.2f}  {label}", flush=True)


if __name__ == "__main__":
    main()
