"""The recipient of a returned message, by its own header."""

from __future__ import annotations

import re

from bounced import address
from bounced.model import Original

#: RFC 5321 4.4: servers may write the envelope recipient when there is only one.
_FOR = re.compile(r"\sfor\s+<?(?P<address>[^\s<>;]{3,320}@[^\s<>;]{1,255})")
_RECEIVED_LIMIT = 4000  # characters of one header


def sent_to(original: Original) -> str:
    """The only recipient in To, ``""`` when there are several, or when it went to somebody else.

    A blind copy goes to somebody else, as its first server notes; so does a message to a list, or to an alias at the
    author's own domain. What that server notes is believed of a newsletter too, which may have the headers of a list.
    """
    from bounced.mime import is_list, names_only, only_recipient  # the configuration does without a MIME parser

    if first := first_recipient(original):
        return first if names_only(first, original) and not is_list(first, original) else ""
    only = address.claimed(only_recipient(original))
    return "" if address.domain(only) == address.domain(address.claimed(original.get("From"))) else only


def first_recipient(original: Original) -> str:
    """The recipient that the first server noted, unless it was redacted since; servers add on top."""
    noted = (_FOR.search(value[:_RECEIVED_LIMIT]) for value in reversed(tuple(original.all("Received"))))
    recipients = (address.claimed(match["address"]) for match in noted if match)
    return next((recipient for recipient in recipients if not address.redacted(recipient)), "")
