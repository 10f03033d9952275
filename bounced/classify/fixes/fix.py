"""A row of the tables of fixes."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Characters of a reply that are read.
TEXT_LIMIT = 1500

#: What is not part of a word: of "550-5.7.26 [TSS04]." the hyphen, the brackets and the last point.
_NO_WORD = re.compile(r"(?:[^a-z0-9.]|\.(?![a-z0-9]))+")


@dataclass(frozen=True, slots=True)
class Fix:
    """What a refusal means, and what the sender does about it.

    ``signs`` are words of replies, any of which shows it, as ``words`` leaves them; ``provider`` is whose replies these
    are (bounced.policy.providers), ``""`` for anybody's. ``source`` is the URL of the page that says so.
    ``is_yours`` is False where the cause is at the recipient's, whatever you send.
    """

    code: str
    signs: tuple[str, ...]
    meaning: str
    fix: str
    source: str
    provider: str = ""
    is_yours: bool = True

    @property
    def host(self) -> str:
        """The host of ``source``."""
        return self.source.partition("://")[2].partition("/")[0]


def words(text: str) -> str:
    """``text`` in lower case, with a blank around each word."""
    return f" {_NO_WORD.sub(' ', text[:TEXT_LIMIT].lower()).strip()} "
