"""A row of the phrase tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """One row: ``text`` means ``reason``, where ``at`` and ``codes`` (if given) hold as well."""

    reason: str  # a key of bounced.reasons.REASONS
    text: str  # as bounced.classify.replies.fold would leave it
    at: tuple[str, ...] = ()  # domains: the recipient's, or that of an MTA in the report, is in one of them
    codes: tuple[str, ...] = ()  # the reply code or an enhanced status is one of them


def rows(reason: str, texts: str, at: tuple[str, ...] = (), codes: tuple[str, ...] = ()) -> tuple[Phrase, ...]:
    """One Phrase for each line of ``texts``."""
    lines = (line.strip() for line in texts.splitlines())
    return tuple(Phrase(reason, line, at, codes) for line in lines if line)
