"""Figures of what is in the ledger, read from it whenever somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bounced import times
from bounced.errors import LedgerError
from bounced.ledger import figures
from bounced.ledger.figures import Figures

#: Figures of `bounced status`, by their names there.
COUNTS = {
    "suppressed": "Addresses that are suppressed.",
    "unrecognized": "Messages that were not recognized.",
    "held": "Events that are held.",
    "held_today": "Events held in the last 24 hours.",
    "blocked_today": "Blocks in the last 24 hours: the sender's fault.",
    "not_stored": "Events that were only counted.",
    "withheld": "Addresses that the brake withholds from being suppressed.",
}

MAILBOX_COUNTS = {
    "waiting": "Messages still to be read, at most.",
    "unsettled": "Messages that are taken, and still to be moved or flagged.",
    "withheld": "Messages that the server did not hand out.",
    "deferred": "Messages to be read again later.",
}


class State(Collector):
    """The ledger at ``path``. Without it there is one figure: ``bounced_database_readable`` 0."""

    def __init__(self, path: str) -> None:
        self._path = path

    def describe(self) -> Iterable[Metric]:
        """Nothing: the ledger is not read before somebody asks."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The figures of now."""
        metrics: list[Metric] = []
        with suppress(LedgerError):
            metrics = list(_metrics(figures.read(self._path, times.now())))
        yield _gauge("database_readable", "1 when the database can be read.", bool(metrics))
        yield from metrics
        yield _gauge("database_bytes", "Size of the database.", _size(self._path))


def _metrics(read: Figures) -> Iterator[Metric]:
    for name, text in COUNTS.items():
        yield _gauge(name, text, read.counts[name])
    yield from _mailboxes(read.mailboxes)
    yield _family("job_last_run_timestamp_seconds", "When the job last ran.", "job", read.jobs, "ran_at")
    yield _family("job_success", "1 when its last run succeeded.", "job", read.jobs, "problem")
    yield _family(
        "sink_waiting", "Changes that the sink does not have yet.", "name", read.sinks, "waiting", label="sink"
    )
    yield _family("sink_dead", "Changes that the sink has refused.", "name", read.sinks, "dead", label="sink")
    canary = read.canary
    yield _gauge("canary_success", "0 while canaries do not come back.", canary["missed_since"] is None)
    if at := times.parse_or_none(canary["returned_at"]):
        yield _gauge("canary_last_returned_timestamp_seconds", "When a canary last came back.", at.timestamp())
    yield _family("sink_success", "1 when it took the last change.", "name", read.sinks, "problem", label="sink")
    yield _problems(read.problems)


def _problems(rows: list[dict[str, Any]]) -> Metric:
    text = "A problem, as the daemon saw it last: 1 is a warning, 2 is critical."
    family = GaugeMetricFamily("bounced_problem", text, labels=["kind", "name"])
    for row in rows:
        family.add_metric([row["kind"], row["name"]], 1 + row["is_critical"])
    return family


def _mailboxes(rows: list[dict[str, Any]]) -> Iterator[Metric]:
    yield _family(
        "mailbox_last_poll_timestamp_seconds", "When the mailbox was last polled.", "mailbox", rows, "polled_at"
    )
    yield _family("mailbox_success", "1 when its last poll succeeded.", "mailbox", rows, "problem")
    for name, text in MAILBOX_COUNTS.items():
        yield _family(f"mailbox_{name}", text, "mailbox", rows, name)


def _family(name: str, text: str, key: str, rows: list[dict[str, Any]], column: str, label: str = "") -> Metric:
    """A figure of each row, by its ``key``: dates as seconds since 1970, problems as 1 for none."""
    family = GaugeMetricFamily(f"bounced_{name}", text, labels=[label or key])
    for row in rows:
        if (number := _number(column, row[column])) is not None:
            family.add_metric([row[key]], number)
    return family


def _number(column: str, value: Any) -> float | None:
    if column == "problem":
        return float(not value)
    if column.endswith("_at"):
        at = times.parse_or_none(value)
        return at.timestamp() if at else None
    return float(value)


def _gauge(name: str, text: str, number: float) -> Metric:
    return GaugeMetricFamily(f"bounced_{name}", text, float(number))


def _size(path: str) -> int:
    """Octets of the database with what is still to be written into it."""
    files = (Path(path), Path(f"{path}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
