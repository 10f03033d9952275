"""What understanding a mail costs: a typical one, the slowest sample, the slowest hostile mails.

`make bench`. What a hostile mail costs is counted in MIME trees of a typical mail, so that neither the machine nor what
is done with that tree matters; the exit status is 1 when one costs more than MOST of them.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from heapq import nlargest
from statistics import median

from benchmarks.understanding import bare_tree
from bounced.parse import parse
from tests.core.test_samples import MAILS, SAMPLES
from tests.core.test_samples import SENDER as NAMED
from tests.support.hostile import OURS, hostile

SENDER = replace(NAMED, anchors=OURS)
TYPICAL = (SAMPLES / "postfix" / "user-unknown.eml").read_bytes()
MOST = 24_000  # 200 ms where the tree takes 8.3 microseconds


def understood(mail: bytes) -> object:
    return parse(mail, SENDER)


def cost(mail: bytes, times: int, work: Callable[[bytes], object] = understood) -> float:
    """Seconds of processor time that the mail takes, at best."""
    spent = []
    for _ in range(times):
        start = time.process_time()
        work(mail)
        spent.append(time.process_time() - start)
    return min(spent)


def main() -> None:
    parse(TYPICAL, SENDER)  # the tables of phrases are built when first needed
    samples = [(cost(mail.read_bytes(), times=3), str(mail.relative_to(SAMPLES))) for mail in MAILS]
    print(f"Python {platform.python_version()}, milliseconds of processor time for one mail")
    typical = cost(TYPICAL, times=50)
    print(f"{1e3 * typical:7.2f}  samples/postfix/user-unknown.eml, a typical report")
    print(f"{1e3 * median(spent for spent, _ in samples):7.2f}  median of {len(samples)} samples")
    print("\n".join(f"{1e3 * spent:7.2f}  {name}" for spent, name in nlargest(3, samples)))
    worst = [(cost(mail, times=2), name) for name, mail in hostile()]
    print(f"hostile mails of 1 MB, the slowest of {len(worst)}:")
    print("\n".join(f"{1e3 * spent:7.2f}  {name}" for spent, name in nlargest(10, worst)))
    ratio = max(worst)[0] / cost(TYPICAL, 500, bare_tree)
    print(f"the slowest costs as much as {ratio:.0f} MIME trees of the typical report; {MOST} are allowed")
    sys.exit(ratio > MOST)


if __name__ == "__main__":
    main()
