"""`make simulate`: a table of what each rule costs, for each seed."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic

from benchmarks.simulate import world as worlds
from benchmarks.simulate.cadence import CADENCES, addresses
from benchmarks.simulate.cadence import run as run_cadence
from benchmarks.simulate.rules import CONFIGURATIONS, MODELS, RECORDED, Alarm, Bounced, Rule
from benchmarks.simulate.world import DMARC_WEEK, LISTED_WEEK, OUTAGE_WEEK, START, sent_at
from benchmarks.simulate.year import run

HEAD = (
    "rule                          living suppressed  outage     lost  wasted  caught 3 / 5     returned"
    "  false alarms  guard opens after"
)

#: The weeks in which something does happen: an outage, a listing, a mistake in DMARC.
ACCIDENTS = (OUTAGE_WEEK, LISTED_WEEK, DMARC_WEEK)


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
    return f"{name:28} {figures}  {alarms(rule.alarms)}"


def alarms(opened: Sequence[Alarm]) -> str:
    """How many incidents were opened without an accident, and when the guard opened in the outage."""
    weeks = [((alarm.at - START) // timedelta(weeks=1), alarm) for alarm in opened]
    false = sum(week not in ACCIDENTS for week, _ in weeks)
    first = next((alarm for week, alarm in weeks if week == OUTAGE_WEEK), None)
    if not first:
        return f"{false:12}  {'-':>17}"
    minutes = (first.at - sent_at(OUTAGE_WEEK)) / timedelta(minutes=1)
    return f"{false:12}  {f'{first.reports} / {minutes:.0f} min':>17}"


def cadence_line(name: str, seed: int) -> str:
    """What each of RECORDED comes to for who sends at another ``name``."""
    cadence, shares = CADENCES[name], []
    for rule_name in ("default", *sorted(RECORDED)):
        records = rule_name in RECORDED
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(Bounced(Path(folder), CONFIGURATIONS[rule_name], addresses(cadence), records=records)) as rule,
        ):
            shares.append(f"{rule_name}: {run_cadence(cadence, rule, Path(folder), seed):.1%}")
    return f"{name}: {cadence.says}: {', '.join(shares)}"


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
    parser.add_argument("--cadences", nargs="*", default=list(CADENCES), help="other senders, by how often they send")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        start = monotonic()
        print(f"seed {seed}, {arguments.recipients:,} recipients\n{HEAD}", flush=True)
        with ProcessPoolExecutor(arguments.processes) as pool:
            for text in pool.map(partial(line, seed=seed, recipients=arguments.recipients), arguments.rules):
                print(text, flush=True)
            for text in pool.map(partial(cadence_line, seed=seed), arguments.cadences):
                print(text, flush=True)
        print(f"{monotonic() - start:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
