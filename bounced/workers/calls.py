"""What the processes that parse are told to call: they alone load what parsing needs."""

from __future__ import annotations

from bounced.classify.rules import Rule
from bounced.identify import Sender
from bounced.model import Parsed
from bounced.workers.pools import Mail, Pack


def start() -> None:
    """As worker.start."""
    from bounced.workers import worker

    worker.start()


def work(mails: list[Mail], sender: Sender, rules: tuple[Rule, ...], pack: Pack) -> list[Parsed]:
    """As worker.work."""
    from bounced.workers import worker

    return worker.work(mails, sender, rules, pack)
