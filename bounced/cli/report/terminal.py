"""The report on a terminal, or in a mail: at most as wide as that, and nothing of a message acts on it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bounced.cli.report import sentences
from bounced.ledger.report.figures import CLASSES
from bounced.peer import printable

Row = dict[str, Any]

#: Columns where there is no terminal that says how many it has.
WIDTH = 80

STYLES = {
    "critical": "bold red",
    "warning": "yellow",
    "notice": "cyan",
    "ok": "green",
    "rising": "red",
    "new": "yellow",
}

#: For the blank before a percent sign until lines are broken, which rich does at no-break spaces, too. Of private use:
#: ``printable`` leaves none in a text.
UNBROKEN = "\ue000"

#: Characters of a server's words.
TEXT_LIMIT = 400


def console() -> Console:
    """Standard output: as wide as the terminal; without one as a mail is, and without colors."""
    is_terminal = sys.stdout.isatty()
    return Console(width=None if is_terminal else WIDTH, highlight=False, markup=False, emoji=False)


def show(report: Row, console: Console) -> None:
    """Prints the report."""
    for title, parts in _sections(report):
        console.print(Rule(title, align="left", characters="-"))
        for part in parts:
            console.print(part)
        console.print()


def _sections(report: Row) -> Iterable[tuple[str, list[RenderableType]]]:
    yield sentences.title(report), [sentences.volumes(report["volumes"])]
    yield "Rates", [*_rates(report)]
    yield f"By {report['grouped_by']}", [_groups(report), *_more(report["more_groups"])]
    yield (
        "What is your fault",
        [*map(_block, report["blocks"]), *_more(report["more_blocks"]), *_warning(report["blocks"])]
        or ["nobody blocked you"],
    )
    yield "Campaigns", [*map(_campaign, report["campaigns"])] or ["nothing failed that names its campaign"]
    yield "About to be suppressed", [_nearly(report), *_more(report["more_nearly"])]
    yield (
        "Silent",
        [Text(_words(sentences.silence(row)), STYLES["warning"]) for row in report["silences"]] or ["nothing"],
    )
    yield "Waits for you", [*_waiting(report)]


def _rates(report: Row) -> Iterable[RenderableType]:
    table = _table(("class", "events", "addresses", "of sent"), numbers=(1, 2, 3))
    for row in report["classes"]:
        table.add_row(row["class"], f"{row['event_count']:,}", f"{row['addresses']:,}", sentences.percent(row["rate"]))
    rates = report["rates"]
    yield table
    yield _styled(f"All together {rates['state']}: {sentences.verdict(rates)}", rates["state"])
    yield _Sentence(Text(f"bounces: {sentences.rate(rates, 'bounce')}"))
    yield _Sentence(Text(f"complaints: {sentences.rate(rates, 'complaint')}"))


def _groups(report: Row) -> RenderableType:
    table = _table(
        (report["grouped_by"], "state", "hard", "soft", "block", "complaint", "sent", "bounces"), numbers=range(2, 8)
    )
    for row in report["groups"]:
        counts = [f"{row[name]:,}" for name in CLASSES]
        sent = [f"{row['sent']:,}", sentences.percent(row["bounce_rate"])] if row["sent"] else ["", ""]
        table.add_row(_words(row["name"]) or "(not known)", _styled(row["state"], row["state"]), *counts, *sent)
    return table if report["groups"] else "nothing failed, and nobody complained"


def _block(row: Row) -> RenderableType:
    name = _words(row["provider"]) or "(not known)"
    title = Text.assemble((name, "bold"), ": ", _styled(sentences.blocked(row), row["trend"]), sentences.fault(row))
    facts = {
        "code": sentences.code(row),
        "said": sentences.quoted(_words(row["text"], TEXT_LIMIT - 2)),
        "means": row["meaning"],
        "fix": row["fix"],
        "see": row["fix_url"],
    }
    lines = [_fact(label, text) for label, text in facts.items() if text]
    return Padding(Group(title, *lines), (0, 0, 1, 0))


def _warning(blocks: Sequence[Row]) -> Iterable[RenderableType]:
    if any(row["text"] for row in blocks):
        yield sentences.WARNING


def _campaign(row: Row) -> RenderableType:
    title = Text.assemble(
        (_words(row["name"]), "bold"), " ", _styled(row["state"], row["state"]), ": ", sentences.campaign(row)
    )
    reasons = [
        _fact(f"{why['event_count']:,}", f"{why['class']} {why['reason']}: {sentences.quoted(_words(why['text']))}")
        for why in row["reasons"]
    ]
    return Padding(Group(_Sentence(title), *reasons), (0, 0, 1, 0))


def _nearly(report: Row) -> RenderableType:
    table = _table(("address", "what it takes"))
    for row in report["nearly"]:
        table.add_row(_words(row["address"]), sentences.nearly(row))
    return table if report["nearly"] else "nobody"


def _waiting(report: Row) -> Iterable[RenderableType]:
    for row in report["doubts"]:
        yield _fact(f"{row['event_count']:,}", f"{row['doubt']} (bounced held)")
    for row in report["unrecognized_messages"]:
        yield _fact(
            str(row["id"]), f"not recognized: {row['subject'] or row['problem']} (bounced unrecognized {row['id']})"
        )
    if not report["doubts"] and not report["unrecognized_messages"]:
        yield "nothing"


@dataclass(frozen=True)
class _Sentence:
    """Text in which no line ends between a number and its percent sign."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
        unbroken = self.text.copy()
        unbroken.plain = self.text.plain.replace(" %", f"{UNBROKEN}%")
        for segment in console.render(unbroken, options):
            yield segment._replace(text=segment.text.replace(UNBROKEN, " "))


def _more(number: int) -> Iterable[RenderableType]:
    if number:
        yield f"and {number:,} more (--limit)"


def _table(columns: Sequence[str], numbers: Iterable[int] = ()) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for place, name in enumerate(columns):
        is_number = place in numbers
        table.add_column(name, justify="right" if is_number else "left", overflow="ellipsis", no_wrap=is_number)
    return table


def _fact(name: str, text: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=7, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(f"  {name}", _Sentence(Text(_words(text, TEXT_LIMIT))))
    return grid


def _styled(text: str, state: str) -> Text:
    return Text(text, STYLES.get(state, ""))


def _words(text: str, limit: int = 200) -> str:
    return printable(text, limit)
