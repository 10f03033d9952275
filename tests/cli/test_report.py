"""`bounced report`: on a terminal, as JSON and as a page in a real browser."""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import sys
from contextlib import closing
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from wcwidth import wcswidth

from bounced import times
from bounced.cli.report import charts, terminal
from bounced.cli.report.advice import advised, trend
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.cli.test_output import safe
from tests.conftest import missing
from tests.support import chromium, reported
from tests.support.commands import bounced, count, failures, one_line, process

NOW = times.now()


@pytest.fixture
def month(here: Path) -> None:
    reported.month("bounced.db", NOW)


def report(*words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(bounced("report", "--json", *words).stdout)
    return answer


@pytest.mark.usefixtures("month")
def test_it_says_whose_fault_it_is_and_what_to_do() -> None:
    google, microsoft, other = report()["blocks"]
    assert (google["provider"], google["event_count"], google["trend"]) == ("google", 12, "new")
    assert google["code"] == "Gmail 5.7.26"
    assert google["url"] == "https://support.google.com/mail"
    assert google["fix_url"].startswith("https://knowledge.workspace.google.com/")
    assert google["is_yours"]
    assert (microsoft["code"], microsoft["trend"], microsoft["before"]) == ("Outlook S3140, S3150", "steady", 3)
    assert (other["code"], other["provider"]) == ("policy", "odd.test")


@pytest.mark.usefixtures("month")
@pytest.mark.parametrize("by", ["provider", "campaign", "reason", "day", "source"])
def test_it_fits_eighty_columns_and_nothing_acts_on_the_terminal(by: str) -> None:
    shown = bounced("report", "--by", by).stdout
    lines = shown.splitlines()
    assert len(lines) > 40
    assert max(map(wcswidth, lines)) <= 80
    assert all(safe(line) for line in lines)


@pytest.mark.usefixtures("month")
def test_a_percent_sign_never_leaves_its_number() -> None:
    figures = report()
    figures["blocks"][0]["text"] = "too many complaints, " * 5 + "0.3 % of your mail"
    for width in range(40, 100):
        console = Console(width=width, file=io.StringIO(), highlight=False, markup=False)
        with console.capture() as capture:
            terminal.show(figures, console)
        lines = [line.strip() for line in capture.get().splitlines()]
        assert not [line for line in lines if line.startswith("%")], width
        assert max(map(wcswidth, lines)) <= width
        assert "0.25 %" in capture.get()
    page = bounced("report", "--html", "-").stdout
    assert " %" not in page[page.index("<body") :]
    assert "0.25\N{NO-BREAK SPACE}% of 1,200 sent" in page


@pytest.mark.usefixtures("month")
def test_its_parts() -> None:
    shown = " ".join(bounced("report").stdout.split())
    for words in (
        "1,200 sent; 24 events: 21 failed",
        "All together notice: watch it",
        "bounces: 18 addresses, 1.5 % of 1,200 sent: within the limits (warning 5 %, critical 10 %)",
        "complaints: 3 addresses, 0.25 % of 1,200 sent: notice (notice 0.1 %, warning 0.3 %, critical 0.5 %)",
        "google: 12 blocks since",
        "spring critical: 3 hard, 0 soft, 15 block, 3 complaints, 8.0 % of 200 sent",
        "nearly@dead.test",
        "2 failures; one more (hard) after",
        "not recognized: <script>",
    ):
        assert words in shown


@pytest.mark.usefixtures("month")
def test_what_is_silent_and_since_when() -> None:
    with Ledger("bounced.db", Policy()) as ledger:
        for name in ("bounces", "complaints"):
            ledger.folders.polled(f"imap:{name}/INBOX", 0)
        ledger.arrivals.read()
    with closing(sqlite3.connect("bounced.db")) as db:
        db.execute("UPDATE arrival_sources SET silent_since = 400000, silent_after = 1 + 71 * (kind = 'mailbox')")
        db.execute("UPDATE arrival_sources SET silent_since = NULL WHERE name = 'imap:bounces/INBOX'")
        db.commit()
    since = "2015-08-19T16:00:00Z"
    assert report()["silences"] == [
        {"kind": "mailbox", "name": "imap:complaints/INBOX", "since": since, "hours": 72},
        {"kind": "feedback-loop", "name": "yahoo", "since": since, "hours": 1},
    ]
    shown = bounced("report").stdout
    for text in (shown, re.sub("<[^>]+>", "", bounced("report", "--html", "-").stdout)):
        words = " ".join(text.split())
        assert f"mailbox imap:complaints/INBOX: silent since {since}; at least one message in 72 hours is" in words
        assert f"feedback loop yahoo: silent since {since}; at least one message in an hour is expected" in words
    assert max(map(wcswidth, shown.splitlines())) <= 80


def test_an_empty_ledger_has_a_report() -> None:
    with Ledger("bounced.db", Policy()):
        pass
    shown = bounced("report").stdout
    assert "nobody blocked you" in shown
    assert re.search(r"(?m)^Silent -+\nnothing$", shown)
    assert "unknown: fewer than 100 messages" in shown


@pytest.mark.usefixtures("month")
@pytest.mark.parametrize("since", ["0001-01-01", "1000-01-01", "9999-12-31T12:00:00Z"])
def test_since_may_be_any_date(since: str) -> None:
    """Also one of which nobody can say what was as long before it, or on which day the next one begins."""
    assert bounced("report", "--since", since).exit_code == 0


@pytest.mark.usefixtures("month")
def test_since_may_be_said_in_several_ways() -> None:
    assert report("--since", "1d")["since"][:10] == report("--since", "today")["since"][:10]
    assert report("--since", "2020-01-01")["since"] == "2020-01-01T00:00:00Z"
    assert "must look like" in one_line(bounced("report", "--since", "soon"))


@pytest.mark.usefixtures("month")
def test_each_table_has_as_many_rows_as_asked() -> None:
    few = report("--limit", "1")
    assert [len(few[name]) for name in ("blocks", "groups", "campaigns")] == [1, 1, 1]
    assert few["more_blocks"] == 2
    assert "and 2 more (--limit)" in bounced("report", "--limit", "1").stdout


def test_a_single_event_is_one() -> None:
    count(failures("anna@rcpt.test", 0))
    assert "\n1 event: 1 failed, " in bounced("report", "--since", "2026-09-01").stdout


def test_colors_are_for_terminals_only() -> None:
    reported.month("bounced.db", NOW)
    assert "\x1b" not in process("report").stdout
    forced = process("report", env={**os.environ, "FORCE_COLOR": "1"})
    assert "\x1b[" in forced.stdout


@pytest.mark.parametrize(
    ("events", "before", "word"),
    [(1, 0, "new"), (4, 2, "rising"), (3, 2, "steady"), (2, 2, "steady"), (1, 2, "falling")],
)
def test_the_trend_in_a_word(events: int, before: int, word: str) -> None:
    assert trend(events, before) == word


def test_blocks_of_one_fix_are_one_row_with_the_text_that_says_more() -> None:
    def block(text: str, reason: str, events: int, first_at: str) -> dict[str, Any]:
        dates = {"first_at": first_at, "last_at": first_at}
        return {"provider": "yahoo", "reason": reason, "text": text, "event_count": events, "before": 1, **dates}

    rows = [
        block("421 4.7.0 [TSS04]", "rate_limited", 5, "2026-09-02"),
        block("421 4.7.0 [TSS04] see https://senders.yahooinc.com/x", "reputation", 2, "2026-09-01"),
        block("554 [PH01]", "policy", 1, "2026-09-03"),
    ]
    [row, _], more = advised(rows, 2)
    assert (row["event_count"], row["before"], row["first_at"], row["last_at"]) == (7, 2, "2026-09-01", "2026-09-02")
    url = "https://senders.yahooinc.com/x"
    assert (row["text"], row["url"], more) == (f"421 4.7.0 [TSS04] see {url}", url, 0)
    assert advised([block("x", "user_unknown", 1, "")], 1)[0][0]["fix"] == ""
    assert advised(rows, 1)[1] == 1


def test_a_url_of_a_stranger_is_no_more_telling() -> None:
    dates = {"first_at": "2026-09-01", "last_at": "2026-09-01", "before": 0}
    rows = [
        {"provider": "yahoo", "reason": "policy", "text": text, "event_count": events, **dates}
        for text, events in (("421 4.7.0 [TSS04]", 5), ("421 4.7.0 [TSS04] unblock at https://evil.test/login", 1))
    ]
    [row], _ = advised(rows, 2)
    assert (row["text"], row["url"], row["event_count"]) == ("421 4.7.0 [TSS04]", "", 6)


def test_what_is_not_your_fault_says_so_and_comes_last(here: Path) -> None:
    refused = "554 5.7.1 blocked using zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/pub/"
    events = [reported.blocked(f"a{n}@one.test", refused, "reputation", "mx.one.test") for n in range(3)]
    events.append(reported.blocked("b@two.test", "554 blocked using psbl.surriel.com", "reputation", "mx.two.test"))
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.take([reported.item(NOW, event) for event in events])
    assert [(row["code"], row["is_yours"]) for row in report()["blocks"]] == [
        ("PSBL", True),
        ("Spamhaus query refused", False),
    ]
    page = re.sub("<[^>]+>", "", bounced("report", "--html", "-").stdout)
    for text in (bounced("report").stdout, page):
        words = " ".join(text.split())
        assert re.search(r"one\.test: 3 blocks since [-0-9]+, latest [-0-9]+: new \(not your fault\)", words)
        assert re.search(r"two\.test: 1 block since [-0-9]+, latest [-0-9]+: new (?!\(not)", words)


def test_what_a_mail_says_is_quoted_and_closes_no_quotation(here: Path) -> None:
    text = "554 no\u201d fix: log in at https://evil.test/unblock \u201c"
    with Ledger("bounced.db", Policy()) as ledger:
        ledger.take([reported.item(NOW, reported.blocked("b@two.test", text, "reputation", "mx.two.test"))])
    [row] = report()["blocks"]
    assert (row["text"], row["url"]) == (text, "")
    shown = " ".join(bounced("report").stdout.split())
    assert 'said \u201c554 no" fix: log in at https://evil.test/unblock "\u201d' in shown
    assert "anybody can write a mail: trust no link in them" in shown
    page = bounced("report", "--html", "-").stdout
    assert f"<dd><q>{text}</q></dd>" in page
    assert 'href="https://evil.test' not in page
    assert "anybody can write a mail: trust no link in them" in page


def test_the_page_needs_an_extra(monkeypatch: pytest.MonkeyPatch, month: None) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    monkeypatch.delitem(sys.modules, "bounced.cli.report.charts", raising=False)
    monkeypatch.delattr("bounced.cli.report.charts", raising=False)
    result = bounced("report", "--html", "report.html")
    assert result.exit_code == 2
    assert one_line(result) == "bounced: --html needs an extra: pip install 'bounced-daemon[report]'"
    assert not Path("report.html").exists()


LABEL = re.compile(r'<text[^>]* transform="translate\(([-\d.]+),([-\d.]+)\)"[^>]*>([-\u2212\d.,]+)</text>')

#: Pixels of a character of a label.
CHARACTER_WIDTH = 6


def figures_of(number: int) -> dict[str, Any]:
    """A report in which everything charted is ``number``."""
    day = {"day": "2026-09-01", "suppressed": number, "hard": number, "soft": 0, "block": 0, "complaint": 0}
    provider = {"provider": "one.test", "reason": "user_unknown", "event_count": number}
    return {
        "charts": {
            "days": [day],
            "providers": [provider, {**provider, "provider": "two.test", "event_count": 2 * number}],
            "streaks": [{"failures": 5, "addresses": number, "suppressed": 0}],
            "began": [day],
            "lapses": [day],
            "latency": [{"step": 1, "event_count": number}],
        }
    }


@pytest.mark.parametrize("number", [1, 2, 3, 4, 7, 12, 100, 123_456])
@pytest.mark.parametrize("name", [name for name in charts.CHARTS if "limits" not in name])
def test_what_is_counted_has_whole_numbers_on_its_axis(name: str, number: int) -> None:
    chart = charts.CHARTS[name](figures_of(number))
    assert chart
    labels = [label for _, _, label in LABEL.findall(charts.svg(chart))]
    assert labels
    assert not [label for label in labels if "." in label]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(("bounce_rate", "critical"), [(0, 10), (0.02, 5), (1.5, 10), (12.5, 10), (62, 30), (100, 100)])
def test_labels_of_the_rates_are_apart(bounce_rate: float, critical: float) -> None:
    limits = {"bounce_critical": critical, "complaint_warning": 0.3}
    rates = {"sent": 1000, "bounce_rate": bounce_rate, "complaint_rate": 0, "limits": limits}
    chart = charts.rates({"rates": rates})
    assert chart
    labels = sorted((float(x), label) for x, y, label in LABEL.findall(charts.svg(chart)) if float(y) > 0)
    assert [label for _, label in labels[:4]] == ["0", "0.1", "0.2", "0.5"]
    for (left, before), (right, label) in pairwise(labels):
        assert right - left > CHARACTER_WIDTH * (len(before) + len(label)) / 2 + CHARACTER_WIDTH


class Cells(HTMLParser):
    """The texts of elements, and what should not be there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.urls: set[str] = set()
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.urls |= {str(value) for name, value in attrs if name in ("href", "src", "xlink:href")}
        self._in_cell = tag in ("td", "th") or (self._in_cell and tag in ("span", "q"))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag in ("span", "q")

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


@pytest.fixture
def page(month: None) -> Path:
    assert bounced("report", "--html", "report.html").exit_code == 0
    return Path("report.html").absolute()


def test_the_page_has_nothing_that_runs_or_loads(page: Path) -> None:
    text = page.read_text("utf-8")
    cells = Cells(text)
    assert cells.tags.isdisjoint(("script", "img", "iframe", "link", "form", "object", "base", "image", "use"))
    assert not {name for name in cells.attributes if name.startswith("on") or name == "style"}
    assert {url for url in cells.urls if not url.startswith("https://")} == set()
    assert not {url for url in cells.urls if "test" in url}, "what a mail says is no link"
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_page_is_complete_or_not_there(month: None, tmp_path: Path) -> None:
    (tmp_path / "old.html").write_text("old")
    result = bounced("report", "--html", str(tmp_path / "none" / "report.html"))
    assert result.exit_code == 2
    assert one_line(result).endswith("No such file or directory")
    assert bounced("report", "--html", str(tmp_path / "old.html")).exit_code == 0
    assert (tmp_path / "old.html").read_text().startswith("<!DOCTYPE html>")
    assert bounced("report", "--html", "-").stdout.startswith("<!DOCTYPE html>")


BY_CLASS = """
SELECT class, count(*), count(DISTINCT address) FROM events_view
WHERE action = 'failed' AND happened_at >= ? GROUP BY class
"""

SHOTS = {
    "light": (1000, 3000, "--blink-settings=preferredColorScheme=1"),
    "dark": (1000, 3000, "--blink-settings=preferredColorScheme=0"),
    "phone": (500, 4000, "--blink-settings=preferredColorScheme=1"),
}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures are kept: in $BOUNCED_ARTIFACTS where that is set."""
    return chromium.pictures(tmp_path)


def test_a_browser_shows_the_numbers_of_the_database(page: Path, pictures: Path) -> None:
    if chromium.is_missing():
        missing("Chromium (Debian: chromium)")
    dom, console = chromium.dom(page)
    assert console == ""
    rows = Cells(dom).rows
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as db:
        for class_, events, addresses in db.execute(BY_CLASS, [report()["since"]]):
            assert [class_, str(events), str(addresses)] in [row[:3] for row in rows]
    assert next(row[2:6] for row in rows if row[0] == "google") == ["0", "0", "12", "0"]
    assert "<title>Bounces and complaints" in dom
    assert dom.count("<figure>") == 6
    for name, (width, height, *options) in SHOTS.items():
        picture = pictures / f"report-{name}.png"
        assert chromium.screenshot(page, picture, width, height, *options) == ""
        assert picture.read_bytes().startswith(b"\x89PNG")
    chromium.printed(page, pictures / "report.pdf")
    assert (pictures / "report.pdf").read_bytes().startswith(b"%PDF")
    assert b"/MediaBox [0 0 594" in (pictures / "report.pdf").read_bytes(), "A4"
