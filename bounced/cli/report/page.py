"""The report as one page: no script, nothing loaded from anywhere, everything of a mail escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from bounced.cli.report import sentences
from bounced.cli.report.markup import Html, element, joined, link, table
from bounced.errors import UserError
from bounced.ledger.report.figures import CLASSES

Row = dict[str, Any]

STYLE = Path(__file__).with_name("page.css").read_text("utf-8")

#: Nothing but this style sheet: no script, no picture, no form, no frame, no other base.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)


#: The page is a file of its own, unless it is served.
NO_LINKS = Html("")


def write(report: Row, path: str) -> None:
    """Writes the page to ``path``, complete or not at all; ``-`` is standard output. Raises UserError."""
    text = page(report)
    try:
        with click.open_file(path, "w", encoding="utf-8", atomic=path != "-") as file:
            file.write(text)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None


def page(report: Row, navigation: Html = NO_LINKS) -> str:
    """The page, with ``navigation`` below its title. Raises UserError where the charts can't be drawn."""
    title = f"Bounces and complaints, {sentences.title(report)}"
    head = element(
        "head",
        Html('<meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="referrer" content="no-referrer">'),
        element("title", title),
        Html(f"<style>{STYLE}</style>"),
    )
    body = element("body", joined([element("h1", title), navigation, *_sections(report)]))
    return f'<!DOCTYPE html>\n<html lang="en">{head}\n{body}</html>\n'


def _sections(report: Row) -> Iterator[Html]:
    yield element("p", sentences.volumes(report["volumes"]))
    yield _section("Rates", *_rates(report))
    yield _section(
        "What is your fault", *map(_block, report["blocks"]), *_more(report["more_blocks"]), *_warning(report["blocks"])
    )
    yield _section(f"By {report['grouped_by']}", _groups(report), *_more(report["more_groups"]))
    yield _section("Campaigns", *map(_campaign, report["campaigns"]))
    yield _section("About to be suppressed", _nearly(report), *_more(report["more_nearly"]))
    yield _section("Silent", *_silences(report))
    yield _section("Waits for you", _held(report), _unrecognized(report))
    yield _section("Charts", *_charts(report))


def _section(title: str, *parts: Html) -> Html:
    return element("section", element("h2", title), joined(parts) if parts else element("p", "none"))


def _rates(report: Row) -> Iterator[Html]:
    rates = report["rates"]
    yield element("p", _state(rates["state"]), " ", sentences.verdict(rates))
    yield element("p", f"Bounces: {sentences.rate(rates, 'bounce')}")
    yield element("p", f"Complaints: {sentences.rate(rates, 'complaint')}")
    rows = (
        (row["class"], str(row["event_count"]), str(row["addresses"]), sentences.percent(row["rate"]))
        for row in report["classes"]
    )
    yield table(("class", "events", "addresses", "of sent"), rows, numbers=(1, 2, 3))


def _groups(report: Row) -> Html:
    rows = (
        (
            row["name"] or "(not known)",
            _state(row["state"]),
            *(str(row[name]) for name in CLASSES),
            str(row["sent"] or ""),
            sentences.percent(row["bounce_rate"]),
            sentences.percent(row["complaint_rate"]),
        )
        for row in report["groups"]
    )
    return table((report["grouped_by"], "state", *CLASSES, "sent", "bounces", "complaints"), rows, numbers=range(2, 9))


def _block(row: Row) -> Html:
    name = row["provider"] or "(not known)"
    facts = {
        "code": sentences.code(row),
        "said": _quoted(row["text"]),
        "means": row["meaning"],
        "fix": row["fix"],
        "see": link(row["fix_url"], row["fix_url"]) if row["fix_url"] else "",
    }
    title = element(
        "h3", f"{name}: ", element("span", sentences.blocked(row), class_=row["trend"]), sentences.fault(row)
    )
    return joined([title, _facts(facts)])


def _quoted(text: str) -> str:
    """Words of a mail, marked as such."""
    return element("q", text) if text else ""


def _warning(blocks: Sequence[Row]) -> Iterator[Html]:
    if any(row["text"] for row in blocks):
        yield element("p", sentences.WARNING)


def _campaign(row: Row) -> Html:
    title = element("h3", f"{row['name']} ", _state(row["state"]), f" {sentences.campaign(row)}")
    rows = (
        (str(why["event_count"]), f"{why['class']} {why['reason']}", _quoted(why["text"])) for why in row["reasons"]
    )
    return joined([title, table(("events", "reason", "the latest said"), rows, numbers=(0,))])


def _nearly(report: Row) -> Html:
    return table(("address", "what it takes"), ((row["address"], sentences.nearly(row)) for row in report["nearly"]))


def _silences(report: Row) -> Iterator[Html]:
    for row in report["silences"]:
        yield element("p", _state("warning"), f" {sentences.silence(row)}")


def _held(report: Row) -> Html:
    return table(("events", "why"), ((str(row["event_count"]), row["doubt"]) for row in report["doubts"]), numbers=(0,))


def _unrecognized(report: Row) -> Html:
    rows = (
        (str(row["id"]), row["arrived_at"], row["subject"], row["problem"]) for row in report["unrecognized_messages"]
    )
    return table(("not recognized", "arrived", "subject", "problem"), rows, numbers=(0,))


def _charts(report: Row) -> Iterator[Html]:
    try:
        from bounced.cli.report import charts
    except ImportError:
        raise UserError("--html needs an extra: pip install 'bounced-daemon[report]'") from None
    for title, draw in charts.CHARTS.items():
        if chart := draw(report):
            yield element("figure", element("figcaption", element("h3", title)), Html(charts.svg(chart)))


def _facts(facts: Row) -> Html:
    pairs = (joined([element("dt", name), element("dd", text)]) for name, text in facts.items() if text)
    return element("dl", joined(pairs))


def _state(state: str) -> Html:
    return element("span", state, class_=f"state {state}")


def _more(number: int) -> Iterator[Html]:
    if number:
        yield element("p", f"and {number:,} more (--limit)")
