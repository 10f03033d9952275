"""A directory of its own for each test, and a ledger to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from bounced.identify import Sender
from tests.support.commands import COMPLAINT, DAY0, ODD, count, failures


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own, without any configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOUNCED_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def ledger() -> None:
    """Anna is suppressed by the rule, Bert has failed twice, Carl has complained; one mail was not understood."""
    mails = [*failures("anna@rcpt.test", 0, 8, 16), *failures("bert@rcpt.test", 0.5, 8.5)]
    sender = Sender(campaign="X-Campaign-ID", headers=("Message-ID",))
    count([*mails, (COMPLAINT, DAY0), (ODD, DAY0)], sender=sender)
