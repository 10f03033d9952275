"""`bounced health` as a check: what is wrong, in the first line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.commands import bounced

SENT = "INSERT INTO volume VALUES ('campaign', ?, date('now'), 'hand', 1000)"
OUTCOME = "INSERT INTO outcomes (dimension, name, day, bounces, complaints) VALUES ('campaign', ?, date('now'), ?, ?)"

#: Of each campaign its name, bounces and complaints among a thousand messages.
RATES = {
    "nothing is wrong": (
        [("spring", 10, 0)],
        0,
        "BOUNCED HEALTH OK - 1 ok | bounce_rate=1%;5;10;0 complaint_rate=0%;0.3;0.5;0\n",
    ),
    "a warning": (
        [("spring", 10, 0), ("autumn", 60, 0)],
        1,
        "BOUNCED HEALTH WARNING - campaign autumn: 6 % bounces, 0 % complaints; 1 warning, 1 ok | bounce_rate=6%;",
    ),
    "a pause": (
        [("a | b", 125, 6), ("autumn", 60, 0)],
        2,
        "BOUNCED HEALTH CRITICAL - campaign a / b: 12.5 % bounces, 0.6 % complaints, pause it; campaign autumn: 6 %",
    ),
    "nothing is known": ([], 0, "BOUNCED HEALTH OK - no data\n"),
}


@pytest.mark.parametrize(("rates", "exit_code", "begin"), RATES.values(), ids=RATES)
def test_the_first_line_says_what_is_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rates: list[tuple[str, int, int]],
    exit_code: int,
    begin: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with Ledger("bounced.db", Policy()) as ledger:
        for name, bounces, complaints in rates:
            ledger.write(lambda db, name=name: db.execute(SENT, [name]))  # type: ignore[misc]
            ledger.write(lambda db, row=(name, bounces, complaints): db.execute(OUTCOME, row))  # type: ignore[misc]
    shown = bounced("health")
    assert (shown.exit_code, shown.stdout[: len(begin)]) == (exit_code, begin)
    assert bounced("health", "--json").stdout.count("BOUNCED") == 0


def test_unknown_rates_say_what_is_missing_and_how_to_give_it(here: Path) -> None:
    with Ledger("bounced.db", Policy()) as ledger:
        for name in ("spring", "autumn"):
            ledger.write(lambda db, name=name: db.execute(OUTCOME, (name, 10, 0)))  # type: ignore[misc]
    hint = (
        "fewer than 100 are known to have been sent "
        "(`bounced volume log` and `bounced volume add` count what was sent: docs/sent.md)\n"
    )
    assert bounced("health").stderr == f"note: 2 unknown rates: {hint}"
    assert bounced("volume", "add", "--campaign", "spring", "--sent", "1000").exit_code == 0
    assert bounced("health").stderr == f"note: 1 unknown rate: {hint}"
    for words in (["--json"], ["--state", "ok"], ["--dimension", "provider", "--json"]):
        assert bounced("health", *words).stderr == ""
    assert bounced("volume", "add", "--campaign", "autumn", "--sent", "100").exit_code == 0
    assert bounced("health").stderr == ""
