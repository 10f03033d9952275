"""Mails that are reports of another trade: read receipts, DMARC and TLS reports. Nobody failed in them."""

from __future__ import annotations

import re

from bounced.mime import Mail
from bounced.model import Decoded

#: RFC 8098 (receipts), RFC 6533 (their UTF-8 form), RFC 8460 (TLS reports).
_TYPES = frozenset(
    (
        "message/disposition-notification",
        "message/global-disposition-notification",
        "application/tlsrpt+json",
        "application/tlsrpt+gzip",
    )
)
#: RFC 7489 7.2.1.1: the subject of an aggregate report; "Report Domain: a.test Submitter: b.test Report-ID: 1".
_DMARC_SUBJECT = re.compile(r"\W{0,3}(?:\[preview\] )?report domain:.{0,300}?submitter:", re.IGNORECASE | re.DOTALL)


def decode(mail: Mail) -> Decoded | None:
    """Kind ``other`` for a receipt or a report about authentication or TLS, ``None`` for anything else."""
    if any(part.content_type in _TYPES for part in mail.parts) or _DMARC_SUBJECT.match(mail.header.get("Subject")):
        return Decoded("other", "not-a-report")
    return None
