"""`bounced alarms`: the problems that were told."""

from __future__ import annotations

from bounced.cli.common import config_option, json_option, load, read_only
from bounced.cli.help import command
from bounced.cli.listing import Rows, limit_option, rows_wanted, show
from bounced.cli.status import told_alarm
from bounced.daemon.problems.kinds import BY_NAME
from bounced.ledger import alarms as ledger_alarms

COLUMNS = ("state", "kind", "name", "began_at", "told_at", "gone_at", "problem", "advice")


@command("alarms", epilog="Example: bounced alarms")
@limit_option
@json_option
@config_option
def alarms(limit: int | None, json_: bool, config_file: str | None) -> None:
    """List the problems of which alarms were told and that are not over, the worst first, and what to do about each.

    One with a date in the column gone_at ended then; it is told to be over when it has not come back for an hour.
    """
    with read_only(load(config_file)) as db:
        rows = [_row(told_alarm(row)) for row in ledger_alarms.told(db)]
    show(
        Rows(rows, rows_wanted(limit, for_programs=json_)),
        COLUMNS,
        "no alarms",
        json_=json_,
        spare=("advice", "told_at"),
    )


def _row(row: dict[str, object]) -> dict[str, object]:
    kind = BY_NAME.get(str(row["kind"]))  # None for one of a later version
    return {**row, "advice": kind.advice if kind else ""}
