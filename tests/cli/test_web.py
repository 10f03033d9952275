"""`bounced web`: the report and the views in a browser, for who has the password, without holding up the writer."""

from __future__ import annotations

import base64
import json
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from bounced import times
from bounced.cli.web.metadata import VIEWS, metadata
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.conftest import missing
from tests.support import chromium, columns, reported
from tests.support.commands import COMMAND, bounced, one_line

NOW = times.now()


@dataclass
class Site:
    """The server, and the URL that it has printed."""

    url: str
    process: subprocess.Popen[str]

    def get(self, path: str, *, authorization: str | None = None, method: str = "GET") -> tuple[int, str]:
        """The status and the body of an answer; by default with the password."""
        parts = urlsplit(self.url)
        default = "Basic " + base64.b64encode(f"bounced:{parts.password}".encode()).decode()
        request = urllib.request.Request(f"http://127.0.0.1:{parts.port}{path}", method=method)
        if authorization != "":
            request.add_header("Authorization", authorization or default)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def status(self, path: str) -> int:
        return self.get(path)[0]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of a month with texts of an attacker; ends as it should."""
    folder = tmp_path_factory.mktemp("a?b#c%20")
    reported.month(str(folder / "bounced.db"), NOW)
    (folder / "bounced.toml").write_text(f"[database]\npath = {json.dumps(str(folder / 'bounced.db'))}\n")
    command = [*COMMAND, "web", "--port", "0", "--config", str(folder / "bounced.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        try:
            yield Site(process.stdout.readline().strip(), process)
            process.send_signal(signal.SIGTERM)
            _, problems = process.communicate(timeout=60)
        finally:
            process.kill()
    assert problems == ""


@pytest.fixture
def database(site: Site) -> str:
    """The file that the site shows."""
    return str(Path(str(site.process.args[-1])).with_name("bounced.db"))  # type: ignore[index]


def reader(database: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(database)}?mode=ro", uri=True)


def test_the_front_page_is_the_report_and_leads_to_the_views(site: Site) -> None:
    status, page = site.get("/")
    assert (status, "<h1>Bounces and complaints" in page) == (200, True)
    for name in VIEWS:
        assert f'href="/bounced/{name}"' in page
        assert site.status(f"/bounced/{name}") == 200


def test_rows_are_those_of_the_database(site: Site, database: str) -> None:
    answer = json.loads(site.get("/bounced/events_view.json?_shape=array&_size=max")[1])
    with closing(reader(database)) as db:
        rows = db.execute("SELECT id, address, diagnostic_code FROM events_view ORDER BY id DESC").fetchall()
    assert [(row["id"], row["address"], row["diagnostic_code"]) for row in answer] == rows


@pytest.mark.parametrize("name", metadata()["databases"]["bounced"]["queries"])
def test_every_prepared_query_can_be_run(site: Site, name: str) -> None:
    given = "address=GONE@dead.test&campaign=spring"
    answer = json.loads(site.get(f"/bounced/{name}.json?_shape=array&{given}")[1])
    assert len(answer) > 0
    assert site.status(f"/bounced/{name}?{given}") == 200


def test_who_has_no_password_sees_nothing(site: Site) -> None:
    for wrong in ("", "Basic", "Basic " + base64.b64encode(b"bounced:").decode(), "Bearer x"):
        for path in ("/", "/bounced", "/bounced/suppressed.json", "/-/static/app.css", "/-/versions.json"):
            status, text = site.get(path, authorization=wrong)
            assert (status, "dead.test" in text, len(text) < 200) == (401, False, True)


def test_nothing_else_of_the_file_is_shown(site: Site, database: str) -> None:
    with closing(reader(database)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    others = [name for name in names if name not in VIEWS]
    assert len(others) > 20
    assert {site.status(f"/bounced/{name}.json") for name in others} == {403}
    page = site.get("/bounced")[1]
    assert [name for name in others if f'href="/bounced/{name}"' in page] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/bounced.json?sql=select+1", 403),
        ("/bounced?sql=select+*+from+sqlite_master", 403),
        ("/bounced/suppressed.json?_where=1", 403),
        ("/bounced.db", 403),
        ("/_internal", 403),
        ("/-/permissions", 403),
        ("/bounced/suppressed.csv", 404),
        ("/bounced/suppressed?_format=csv", 404),
        ("/bounced/blocks.CSV?_stream=on", 404),
    ],
)
def test_what_is_refused(site: Site, path: str, status: int) -> None:
    answered, text = site.get(path)
    assert answered == status
    assert "dead.test" not in text


def test_only_reading(site: Site) -> None:
    assert site.get("/bounced/suppressed", method="POST")[0] == 405
    assert site.get("/bounced/suppressed", method="DELETE")[0] == 405


def test_text_of_a_mail_is_text(site: Site, database: str) -> None:
    with Ledger(database, Policy()) as ledger:
        ledger.decisions.decide(["link@rcpt.test"], "suppress", "all", "https://evil.test/")
    paths = ("/", "/bounced/events_view?_facet=campaign", "/bounced/blocks", "/bounced/campaign_health")
    pages = [site.get(path)[1] for path in (*paths, "/bounced/suppressed")]
    for page in pages:
        assert "<script>document.title" not in page
        assert "<img src=x" not in page
        assert 'href="https://evil' not in page
    assert "&lt;script&gt;document.title" in pages[2]
    assert "\x1b" not in pages[2]
    assert "https://evil.test/" in pages[-1]


def test_the_writer_never_waits_and_its_rows_are_shown_at_once(site: Site, database: str) -> None:
    with Ledger(database, Policy()) as ledger:
        assert site.status("/bounced/suppressed") == 200
        ledger.decisions.decide(["later@rcpt.test"], "suppress", "all", "")
        with closing(sqlite3.connect(database, timeout=0)) as writer:
            busy, *_ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert busy == 0
        assert "later@rcpt.test" in site.get("/bounced/may_be_mailed.json?address=later@rcpt.test")[1]
        assert '"manual"' in site.get("/bounced/may_be_mailed.json?address=later@rcpt.test")[1]


def test_a_restored_file_is_shown_and_a_missing_one_told(site: Site, database: str) -> None:
    away = Path(database).with_name("away.db")
    Path(database).rename(away)
    assert site.get("/bounced/suppressed")[0] == 503
    with Ledger(database, Policy()) as ledger:
        ledger.decisions.decide(["restored@rcpt.test"], "suppress", "all", "")
    shown = {json.loads(site.get("/bounced/suppressed.json?_shape=array")[1])[0]["address"] for _ in range(6)}
    assert shown == {"restored@rcpt.test"}
    away.replace(database)
    assert "gone@dead.test" in site.get("/bounced/suppressed.json")[1]


def test_every_view_and_column_is_described_as_in_the_documentation(tmp_path: Path) -> None:
    assert columns.FILE.read_text("utf-8") == columns.text(), "run: python -m tests.docs.test_docs"
    with Ledger(str(tmp_path / "bounced.db"), Policy()):
        pass
    with closing(reader(str(tmp_path / "bounced.db"))) as db:
        for name, view in VIEWS.items():
            there = [column for (column,) in db.execute("SELECT name FROM pragma_table_info(?)", [name])]
            assert sorted(view["columns"]) == sorted(there), name
            assert all([view["description"], *view["columns"].values()])
            facts = metadata()["databases"]["bounced"]["tables"][name]
            assert {*facts.get("facets", ()), facts["sort_desc"]} <= set(there)


def test_without_the_extra_or_the_database_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "bounced.toml"
    config.write_text(f'[database]\npath = "{tmp_path}/bounced.db"\n')
    assert "no such database" in one_line(bounced("web", "--port", "0", "--config", str(config)))
    monkeypatch.setitem(sys.modules, "datasette", None)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "datasette")
    assert "pip install 'bounced-daemon[web]'" in one_line(bounced("web", "--config", str(config)))


@pytest.mark.parametrize("path", ["/", "/bounced", "/bounced/events_view"])
def test_a_browser_shows_it(site: Site, path: str, tmp_path: Path) -> None:
    if chromium.is_missing():
        missing("Chromium (Debian: chromium)")
    picture = chromium.pictures(tmp_path) / f"web{path.replace('/', '-').rstrip('-')}.png"
    assert chromium.screenshot(site.url.rstrip("/") + path, picture, 1000, 1500) == ""
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "bounced" in chromium.dom(site.url.rstrip("/") + path)[0]
