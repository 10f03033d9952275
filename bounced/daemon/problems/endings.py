"""What ends: certificates, of ours and of the servers that we log in to, and secrets whose end is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time

from bounced import times
from bounced.config import Config
from bounced.daemon.problems import Ending, Finding, Seen
from bounced.ledger.figures import Figures


def noted(config: Config, figures: Figures, kind: str) -> list[Ending]:
    """What was noted at the last logins to what is configured now."""
    sources = {f"{section.kind}:{name}" for name, section in config.mailbox.items()}
    sources |= {"canary"} if config.canary else set()
    sources |= {"alarms.mail"} if config.alarms.mail else set()
    sources |= {f"sink.{name}" for name in config.sink}
    rows = (row for row in figures.expirations if row["kind"] == kind and row["source"] in sources)
    return [Ending(row["source"], row["name"], times.parse(row["ends_at"])) for row in rows]


def stated(config: Config) -> Iterator[Ending]:
    """The secrets of which the configuration says when they end: no server does."""
    for name, section in config.mailbox.items():
        if section.oauth and (day := section.oauth.client_secret_ends):
            until = datetime.combine(day, time(), UTC)
            yield Ending(f"mailbox.{name}.oauth", "client secret", until)


def certificates(seen: Seen) -> Iterator[Finding]:
    """Certificates that have ended, or will soon."""
    return _ending("certificate", seen.certificates, seen)


def secrets(seen: Seen) -> Iterator[Finding]:
    """Secrets that have ended, or will soon."""
    return _ending("secret", seen.secrets, seen)


def _ending(kind: str, endings: Sequence[Ending], seen: Seen) -> Iterator[Finding]:
    for ending in endings:
        if ending.until - seen.now < seen.limits.expiry:
            is_over = ending.until <= seen.now
            text = f"{ending.name}: {'ended' if is_over else 'ends'} {times.iso(ending.until)}"
            yield Finding(f"{kind}:{ending.place}", text, is_over)
