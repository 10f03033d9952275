"""An admin's own rules: ordered, the first that applies decides, before every built-in table. Pure.

Texts are matched as words with ``*`` for anything between them, so no rule can make a message slow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bounced.classify.replies import fold


@dataclass(frozen=True, slots=True)
class Rule:
    """``reason`` for every failure that matches all conditions; ``""`` is no condition."""

    reason: str  # a key of bounced.reasons.REASONS
    provider: str = ""  # the recipient's domain or an MTA of the report is in this domain
    status: str = ""  # "5.7.1", or "5.7.*"
    reply_code: str = ""  # "550", or "55*"
    text: str = ""  # "mailbox * is closed", compared as bounced.classify.replies.fold leaves it
    name: str = ""  # for people: where it is configured

    def holds(self, hosts: Iterable[str], status: str, reply_code: str, folded: str) -> bool:
        """True when the rule applies; ``hosts`` have a dot before them, ``folded`` is text as ``fold`` returns it."""
        return (
            _fits(self.status, status)
            and _fits(self.reply_code, reply_code)
            and (not self.provider or any(host.endswith(f".{self.provider.lower()}") for host in hosts))
            and _in_order(self.text, folded)
        )


def _fits(pattern: str, code: str) -> bool:
    if pattern.endswith("*"):
        return code.startswith(pattern[:-1])
    return not pattern or code == pattern


def _in_order(pattern: str, folded: str) -> bool:
    """True when the pieces between ``*`` are in the text one after the other; looking at first matches is enough."""
    at = 0
    for piece in pattern.split("*"):
        words = fold(piece).strip()
        start = folded.find(words, at)
        if start < 0:
            return False
        at = start + len(words)
    return True
