"""Looks at everything, and lists what is wrong."""

from __future__ import annotations

from datetime import datetime

from bounced.config import Config
from bounced.daemon.problems import Seen, host
from bounced.daemon.problems.kinds import KINDS
from bounced.ledger.figures import Figures
from bounced.policy.alarms import Problem


def seen(figures: Figures, config: Config, now: datetime) -> Seen:
    """Everything that is looked at: the figures of the ledger, the machine, and what the configuration expects."""
    polls = {
        f"{section.kind}:{name}/{folder}": section.poll
        for name, section in config.mailbox.items()
        for folder in section.watched
    }
    on_this_machine = host.disks(config), host.certificates(config), config.canary is not None, host.lock(config)
    return Seen(now, figures, polls, tuple(config.logs), *on_this_machine, config.alarms)


def problems(seen: Seen) -> list[Problem]:
    """Everything that is wrong, by kind, but for the kinds that are switched off."""
    return [
        Problem(kind.name, finding.name, finding.text, kind.advice, finding.is_critical, kind.patience)
        for kind in KINDS
        if kind.name not in seen.limits.off
        for finding in kind.find(seen)
    ]
