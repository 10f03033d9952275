"""The first line of a check, as monitors show it: the state, what is wrong, and figures behind a bar.

https://nagios-plugins.org/doc/guidelines.html, sections 2.1 and 2.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bounced.cli.terminal import is_terminal
from bounced.peer import printable

#: Problems in the line, and characters of each; the table below has all.
PROBLEMS_LIMIT = 3
PROBLEM_LENGTH_LIMIT = 200

#: A value with its unit and limits, without the label and the equals sign: ``6.1%;5;10;0``.
Figures = Mapping[str, str]


def line(check: str, state: str, problems: Sequence[str], facts: str, figures: Figures) -> str:
    """``CHECK STATE - problems; facts | figures``. A bar in a problem would begin the figures.

    A person at a terminal sees none of these.
    """
    shown = [_shown(problem) for problem in problems[:PROBLEMS_LIMIT]]
    rest = len(problems) - len(shown)
    said = "; ".join(filter(None, [*shown, f"{rest} more" if rest else "", facts]))
    performance = "" if is_terminal() else " ".join(f"{label}={figure}" for label, figure in figures.items())
    return f"{check} {state} - {said}" + (f" | {performance}" if performance else "")


def _shown(problem: str) -> str:
    return printable(problem, PROBLEM_LENGTH_LIMIT).replace("|", "/")


def number(value: float, *, warning: float | None = None, critical: float | None = None, unit: str = "") -> str:
    """A figure that is never below 0."""
    limits = ";".join("" if limit is None else f"{limit:g}" for limit in (warning, critical))
    return f"{value:.10g}{unit};{limits};0"
