"""`make simulate`: a table of what each rule costs, for each seed."""

from __future__ import annotations

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic

from benchmarks.simulate import world as worlds
from benchmarks.simulate.rules import CONFIGURATIONS, MODELS, RECORDED, Bounced, Rule
from benchmarks.simulate.year import run

HEAD = "rule                          living suppressed  outage     lost  wasted  caught 3 / 5     returned"


def line(name: str, seed: int, recipients: int) -> str:
    """What the rule ``name`` comes to, as a line of the table."""
    world = worlds.make(seed, recipients)
    with tempfile.TemporaryDirectory() as folder, closing(_rule(name, world, Path(folder))) as rule:
        outcome = run(world, rule, Path(folder))
    share = outcome.living_suppressed / outcome.living
    living = f"{outcome.living_suppressed:,} ({share:.1%})"
    caught = f"{outcome.within(world, 3):.0%} / {outcome.within(world, 5):.0%}"
    returned = f"{outcome.returned_suppressed} of {outcome.returned:,}"
    figures = f"{living:>18} {outcome.by_outage:7,} {outcome.lost:8,} {outcome.wasted:7,} {caught:>13} {returned:>12}"
    return f"{name:28} {figures}"


def _rule(name: str, world: worlds.World, folder: Path) -> Rule:
    if model := MODELS.get(name):
        return model()
    addresses = [recipient.address for recipient in world.recipients]
    return Bounced(folder, CONFIGURATIONS[name], addresses, records=name in RECORDED)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    parser.add_argument("--recipients", type=int, default=20000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--rules", nargs="+", default=[*CONFIGURATIONS, *MODELS], help="names of rules")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        start = monotonic()
        print(f"seed {seed}, {arguments.recipients:,} recipients\n{HEAD}", flush=True)
        with ProcessPoolExecutor(arguments.processes) as pool:
            for text in pool.map(partial(line, seed=seed, recipients=arguments.recipients), arguments.rules):
                print(text, flush=True)
        print(f"{monotonic() - start:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
