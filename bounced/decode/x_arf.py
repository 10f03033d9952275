"""X-ARF, the extended abuse reporting format of network operators: about messages, but also about other attacks.

Versions 0.1 and 0.2 are YAML in a part "report.txt", 3 and 4 are JSON, possibly inside an RFC 5965 report. Only
versions 3 and 4 name the complainant; otherwise the returned message does.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

from bounced import address
from bounced.mime import Json, Mail, as_list, as_object, as_text, json_object, one_line, only_recipient, parse_headers
from bounced.model import Decoded, Original, Report

_MARK_HEADERS = frozenset(("x-arf", "x-xarf"))
_YAML = re.compile(r"^Report-Type[ \t]{0,4}:[ \t]{0,4}(?P<type>.{1,100})", re.IGNORECASE | re.MULTILINE)
#: The types of RFC 5965 7.3 for theirs.
_FEEDBACK_TYPES: Mapping[str, str] = {
    "spam": "abuse",
    "bulk": "abuse",
    "bulk_messaging": "abuse",
    "phishing": "fraud",
    "fraud": "fraud",
    "malware": "virus",
    "virus": "virus",
}
_SAMPLE_LIMIT = 128 * 1024  # characters of base64


def decode(mail: Mail) -> Decoded | None:
    """One report for a complaint about a message, kind ``other`` for any other; ``None`` for other messages."""
    report_type, recipient, sample = next(_statements(mail), ("", "", Original()))
    if not report_type:
        return None
    original = mail.original if mail.original.fields else sample
    complainant = recipient or only_recipient(original)
    if not (original.fields or recipient):
        return Decoded("other", "x-arf")
    report = Report(final_recipient=complainant, feedback_type=_FEEDBACK_TYPES.get(report_type.lower(), "other"))
    return Decoded("complaint", "x-arf", (report,), original=original)


def _statements(mail: Mail) -> Iterator[tuple[str, str, Original]]:
    """For each such report: its type, the complainant, and the header of the message it carries."""
    is_marked = mail.header.has_any(_MARK_HEADERS)
    for part in mail.parts:
        if part.content_type == "application/json":
            yield from _json(json_object(part.text))
        elif is_marked and part.content_type == "text/plain" and (match := _YAML.search(part.text)):
            yield one_line(match["type"]).strip("'\""), "", Original()


def _json(report: Json) -> Iterator[tuple[str, str, Original]]:
    if "xarf_version" in report:  # version 4
        recipient = address.parse(as_text(report.get("smtp_to")))
        yield as_text(report.get("type")), recipient, _sample(report.get("evidence"))
    elif "ReporterInfo" in report:  # version 3
        fields = as_object(report.get("Report"))
        recipient = address.parse(as_text(fields.get("SmtpRcptToAddress")))
        yield as_text(fields.get("ReportType")), recipient, _sample(fields.get("Samples"))


def _sample(samples: object) -> Original:
    """The header of the first message in the evidence; the case of its members differs by version."""
    for item in as_list(samples):
        members = {name.lower(): as_text(value) for name, value in as_object(item).items()}
        kind = members.get("contenttype") or members.get("content_type")
        if kind == "message/rfc822":
            return parse_headers(_unpacked(members.get("payload", "")))
    return Original()


def _unpacked(payload: str) -> bytes:
    """The payload decoded from base64, or unchanged if it is not base64."""
    try:
        return base64.b64decode(payload[:_SAMPLE_LIMIT], validate=True)
    except ValueError:
        return payload.encode("utf-8", "replace")
