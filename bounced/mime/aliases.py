"""Addresses that a server made of the one that was written to: aliases, forwardings, lists.

Postfix: "<a@b.test> (expanded from <list@b.test>)"; Sendmail: "<a@b.test>", "(reason: 550 no)" and "(expanded from:
<list@b.test>)" on lines of their own; Exim: "a@b.test" and on the next line "(generated from
list@b.test)" or "(ultimately generated from list@b.test)".
"""

from __future__ import annotations

import re

from bounced import address

_NAME = rf"{address.ATOM}{{1,256}}@{address.ATOM}{{1,255}}"
_NOTE = rf"\((?:expanded|(?:ultimately )?generated) from:? {{0,2}}<?(?P<written>{_NAME})>?\)"
_REASON = r"(?:\(reason: [^()\n]{0,300}\)\s{1,40})?"
_ALIASED = re.compile(rf"(?P<made>{_NAME})>?:?\s{{1,40}}{_REASON}{_NOTE}", re.IGNORECASE)
_BARE_NOTE = re.compile(rf" ?{_NOTE}", re.IGNORECASE)


def written_to(text: str) -> dict[str, str]:
    """The address that was written to for each address, in lower case, that ``text`` says was made of it."""
    if not _has_notes(text):
        return {}
    return {match["made"].lower(): match["written"] for match in _ALIASED.finditer(text)}


def without_notes(text: str) -> str:
    """``text`` without what it says about aliases: it stands between a recipient and the reason."""
    return _BARE_NOTE.sub("", text) if _has_notes(text) else text


def _has_notes(text: str) -> bool:
    return "expanded from" in text or "generated from" in text
