"""What the sender does about a block: by the blocklist, provider or code that the reply names, else by its reason.

docs/blocks.md is made from these tables. Pure.
"""

from __future__ import annotations

from bounced.classify.fixes.blocklists import BLOCKLISTS
from bounced.classify.fixes.fix import Fix, words
from bounced.classify.fixes.general import BY_REASON, CODES
from bounced.classify.fixes.links import known_url
from bounced.classify.fixes.providers import PROVIDERS

__all__ = ["BLOCKLISTS", "BY_REASON", "CODES", "FIXES", "PROVIDERS", "Fix", "fix", "url", "words"]

#: In the order in which they are asked: who asks a public list says so, and what to do about it is there.
FIXES = (*BLOCKLISTS, *PROVIDERS, *CODES)

#: Hosts of the pages that the tables name.
_HOSTS = frozenset(row.host for row in (*FIXES, *BY_REASON.values()))


def fix(text: str, provider: str, reason: str) -> Fix | None:
    """What to do about a reply of ``provider`` that was judged as ``reason``; ``None`` where no table says anything."""
    said = words(text)
    return next((row for row in FIXES if row.matches(said, provider)), BY_REASON.get(reason))


def url(text: str) -> str:
    """The first URL in a reply that leads to a host of the tables, as its sender wrote it, ``""`` without one.

    Whoever can send a report can write any other into it.
    """
    return known_url(text, _HOSTS)
