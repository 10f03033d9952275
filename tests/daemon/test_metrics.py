"""Figures for Prometheus: what the daemon takes and what is in the ledger, and that contrib/ asks for no others."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bounced.config import Config, MetricsSection
from bounced.daemon.metrics import Metrics
from bounced.errors import UserError
from bounced.ledger.ledger import Ledger
from bounced.policy import Limit, Policy
from tests.support.commands import DAY0
from tests.support.daemon import Daemon, bounce
from tests.support.documents import ROOT
from tests.support.ledger import failed, item
from tests.support.servers import ImapServer, free_port

CONTRIB = ROOT / "contrib"

AT_ONCE = Policy({**Policy().limits, "hard": Limit(1, 0)})

NAME = re.compile(r"\bbounced_[a-z_]+")


def figures(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Each figure, by the values of its labels, in the order of their names."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(value for _, value in sorted(sample.labels.items()))] = sample.value
    return found


def written(path: str, tmp_path: Path) -> tuple[Metrics, Path]:
    file = tmp_path / "bounced.prom"
    return Metrics(MetricsSection(textfile=str(file)), path), file


def test_what_is_taken_and_what_is_there_are_figures(path: str, tmp_path: Path) -> None:
    metrics, file = written(path, tmp_path)
    with Ledger(path, AT_ONCE) as ledger:
        ledger.sinks.follow("crm")
        items = [item(1, 0, failed("a@b.test"), uid=1), item(2, 0, failed("c@b.test"), uid=2)]
        for some in (items, items[:1]):
            metrics.events(some, ledger.take(some))
        ledger.upkeep.ran("backup", "disk full")
        metrics.write()
        found = figures(file.read_text())
    assert found["bounced_database_readable"] == {(): 1}
    assert found["bounced_messages_total"] == {
        ("imap:bounces/INBOX", "counted"): 2,
        ("imap:bounces/INBOX", "repeated"): 1,
    }
    assert found["bounced_events_total"] == {("hard", "imap:bounces/INBOX", "user_unknown"): 2}
    assert found["bounced_suppressions_started_total"] == {("bounce",): 2}
    assert found["bounced_suppressed"] == {(): 2}
    assert found["bounced_decision_latency_seconds_count"] == {(): 2}
    assert found["bounced_job_success"][("backup",)] == 0
    assert found["bounced_sink_waiting"] == {("crm",): 2}
    assert found["bounced_database_bytes"][()] > 0
    assert file.stat().st_mode & 0o777 == 0o644


def test_without_a_database_that_is_the_figure(tmp_path: Path) -> None:
    metrics, file = written(str(tmp_path / "missing.db"), tmp_path)
    metrics.write()
    found = figures(file.read_text())
    assert found["bounced_database_readable"] == {(): 0}
    assert "bounced_suppressed" not in found


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("listen", "0.0.0.0:9718", "port of the local machine"),
        ("listen", "9718", "port of the local machine"),
        ("listen", "127.0.0.1:99999", "port of the local machine"),
        ("textfile", "/tmp/bounced.txt", "must end with"),
    ],
)
def test_what_is_refused(key: str, value: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Config.model_validate({"metrics": {key: value}})


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    section = MetricsSection(listen=f"127.0.0.1:{free_port()}")
    Metrics(section, str(tmp_path / "x.db")).listen()
    with pytest.raises(UserError, match=r"metrics\.listen: Address already in use"):
        Metrics(section, str(tmp_path / "x.db")).listen()


def test_the_daemon_serves_and_writes_them(daemon: Daemon, mail_devel: ImapServer) -> None:
    port, file = free_port(), daemon.directory / "bounced.prom"
    daemon.configure({"box": mail_devel})
    with daemon.config.open("a") as config:
        config.write(f'[metrics]\nlisten = "127.0.0.1:{port}"\ntextfile = "{file}"\n')
    with daemon.running():
        daemon.wait_for("started")
        mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), datetime.now(UTC))
        daemon.hup()
        daemon.wait_for("address=a@rcpt.test")
        daemon.wait_until("SELECT count(*) = 1 FROM polls WHERE problem = '' AND polled_at IS NOT NULL")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            found = figures(answer.read().decode())
        assert daemon.stop()[0] == 0
    assert found["bounced_events_total"] == {("hard", "imap:box/INBOX", "user_unknown"): 1}
    assert found["bounced_mailbox_success"] == {("imap:box/INBOX",): 1}
    assert file.exists()


def asked() -> set[str]:
    """The figures that the alerts and the dashboard ask for."""
    panels = json.loads((CONTRIB / "grafana" / "bounced.json").read_text())["panels"]
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    rules = (CONTRIB / "prometheus" / "alerts.yml").read_text()
    expressions += re.findall(r"^ +expr: (.*)$", rules, re.MULTILINE)
    return {name for expression in expressions for name in NAME.findall(expression)}


def test_alerts_and_dashboard_ask_for_what_there_is(path: str, tmp_path: Path) -> None:
    metrics, file = written(path, tmp_path)
    with Ledger(path, AT_ONCE):
        metrics.write()
    known = set(re.findall(r"^# TYPE (\S+)", file.read_text(), re.MULTILINE))
    known |= {f"{name}_bucket" for name in known}
    assert asked() <= known
    assert len(asked()) > 10


def test_promtool_accepts_the_alerts() -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool (Debian's prometheus) is not installed")
    rules = CONTRIB / "prometheus" / "alerts.yml"
    done = subprocess.run(["promtool", "check", "rules", str(rules)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
