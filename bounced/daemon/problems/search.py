"""Looks at everything, and lists what is wrong."""

from __future__ import annotations

from datetime import datetime

from bounced.config import Config
from bounced.daemon.problems import Seen, endings, host
from bounced.daemon.problems.kinds import KINDS
from bounced.ledger.figures import Figures
from bounced.peer import printable
from bounced.policy.alarms import Problem

#: Characters of a problem, wherever it is shown or sent to.
TEXT_LENGTH_LIMIT = 1000


def seen(figures: Figures, config: Config, now: datetime) -> Seen:
    """Everything that is looked at: the figures of the ledger, the machine, and what the configuration expects."""
    polls = {
        f"{section.kind}:{name}/{folder}": section.poll
        for name, section in config.mailbox.items()
        for folder in section.watched
    }
    return Seen(
        now,
        figures,
        polls,
        tuple(config.logs),
        host.disks(config),
        [*host.certificates(config), *endings.noted(config, figures, "certificate")],
        [*endings.stated(config), *endings.noted(config, figures, "secret")],
        config.canary is not None,
        host.lock(config),
        config.alarms,
    )


def problems(seen: Seen) -> list[Problem]:
    """Everything that is wrong, by kind, but for the kinds that are switched off."""
    return [
        Problem(kind.name, finding.name, _shown(finding.text), kind.advice, finding.is_critical, kind.patience)
        for kind in KINDS
        if kind.name not in seen.limits.off
        for finding in kind.find(seen)
    ]


def _shown(text: str) -> str:
    """The text of a problem, which may quote a server or a mail, for people and programs alike."""
    return printable(text, TEXT_LENGTH_LIMIT)
