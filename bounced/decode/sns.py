"""Amazon SES through Amazon SNS: messages whose body is the notification itself, as JSON.

Bare, or wrapped in the envelope of SNS (subscriptions with the protocol "email-json"); feedback notifications have
their type in ``notificationType``, those of a configuration set in ``eventType``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bounced import address
from bounced.mime import Json, Mail, as_list, as_object, as_text, json_object, one_line, parse_headers
from bounced.model import Action, Decoded, Kind, Original, Report

RECIPIENTS_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class _Form:
    """The members of one type of notification."""

    kind: Kind
    action: Action
    section: str  # the object with the details
    recipients: str  # its list of recipients; "" for all recipients of the message


_FORMS: Mapping[str, _Form] = {
    "Bounce": _Form("bounce", "failed", "bounce", "bouncedRecipients"),
    "Complaint": _Form("complaint", "", "complaint", "complainedRecipients"),
    "Delivery": _Form("delivered", "delivered", "delivery", "recipients"),
    "DeliveryDelay": _Form("bounce", "delayed", "deliveryDelay", "delayedRecipients"),
    "Reject": _Form("bounce", "failed", "reject", ""),  # SES found a virus and did not send it
}
#: The members with the reason, if a recipient has no text of its own: "Permanent", "MailboxFull".
_REASON_MEMBERS = ("bounceType", "bounceSubType", "delayType", "reason")
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: Names of the headers in ``mail`` and in its ``commonHeaders``; the list ``headers`` comes first.
_COMMON_HEADERS = {
    "Return-Path": "returnPath",
    "From": "from",
    "To": "to",
    "Cc": "cc",
    "Reply-To": "replyTo",
    "Subject": "subject",
    "Date": "date",
    "Message-ID": "messageId",
}
_MAIL_MEMBERS = {"Message-ID": "messageId", "Return-Path": "source"}
_ADDRESS_TYPE = re.compile(r"\A\s{0,4}(?:smtp|dns|dsn);\s{0,4}", re.IGNORECASE)


def decode(mail: Mail) -> Decoded | None:
    """A report for each recipient of the notification; kind ``other`` if it is not about delivery."""
    notice = _notification(mail.text)
    notice_type = as_text(notice.get("notificationType")) or as_text(notice.get("eventType"))
    sent = as_object(notice.get("mail"))
    if not (notice_type and sent):
        return None
    form = _FORMS.get(notice_type)
    if not form:
        return Decoded("other", "sns")
    reports = tuple(_reports(form, as_object(notice.get(form.section)), sent))
    return Decoded(form.kind, "sns", reports, original=_original(sent))


def _notification(text: str) -> Json:
    """The object at the start of the text, without the envelope of SNS; empty if there is none."""
    outer = json_object(text)
    return json_object(as_text(outer.get("Message"))) or outer


def _reports(form: _Form, section: Json, sent: Json) -> Iterator[Report]:
    listed = as_list(section.get(form.recipients) if form.recipients else sent.get("destination"))
    for item in listed[:RECIPIENTS_LIMIT]:
        fields = as_object(item) or {"emailAddress": item}
        if name := address.parse(as_text(fields.get("emailAddress"))):
            yield _report(form, name, fields, section)


def _report(form: _Form, name: str, fields: Json, section: Json) -> Report:
    if form.kind == "complaint":
        feedback_type = as_text(section.get("complaintFeedbackType")) or "abuse"
        return Report(final_recipient=name, feedback_type=one_line(feedback_type.lower(), 40))
    return Report(
        action=form.action,
        final_recipient=name,
        status=one_line(as_text(fields.get("status")), 20),
        diagnostic_code=next(filter(None, _words(form, fields, section))),
        reporting_mta=_bare(section.get("reportingMTA")),
        remote_mta=_bare(section.get("remoteMtaIp")),
    )


def _words(form: _Form, fields: Json, section: Json) -> Iterator[str]:
    """The text for the recipient, then for all of them: "250 Ok", "bounce: Transient: Mailbox Full"."""
    yield _bare(fields.get("diagnosticCode"))
    yield _bare(section.get("smtpResponse"))
    causes = filter(None, (_bare(section.get(member)) for member in _REASON_MEMBERS))
    yield _CAMEL_CASE.sub(" ", ": ".join((form.section, *causes)))


def _original(sent: Json) -> Original:
    """The header of the message: its list of headers, completed from the other members."""
    listed = (as_object(item) for item in as_list(sent.get("headers")))
    pairs = [(as_text(item.get("name")), as_text(item.get("value"))) for item in listed]
    for members, source in ((_COMMON_HEADERS, as_object(sent.get("commonHeaders"))), (_MAIL_MEMBERS, sent)):
        known = {name.lower() for name, _ in pairs}
        pairs += [
            (name, ", ".join(map(as_text, as_list(source.get(member)))))
            for name, member in members.items()
            if name.lower() not in known and source.get(member)
        ]
    lines = (f"{name}: {one_line(value)}\n" for name, value in pairs)
    return parse_headers("".join(lines).encode("utf-8", "replace"))


def _bare(value: object) -> str:
    return one_line(_ADDRESS_TYPE.sub("", as_text(value), count=1))
