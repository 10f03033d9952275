"""Amazon SES through Amazon SNS: messages whose body is the notification itself, as JSON.

Bare, or wrapped in the envelope of SNS (subscriptions with the protocol "email-json"); feedback notifications have
their type in ``notificationType``, those of a configuration set in ``eventType``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bounced import address
from bounced.mime import Json, Mail, as_list, as_object, as_text, json_document, json_object, one_line, parse_headers
from bounced.model import Action, Decoded, Kind, Notification, Original, Report

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
_MIME_HEADERS = ("Content-Type", "Content-Transfer-Encoding")
_ADDRESS_TYPE = re.compile(r"\A\s{0,4}(?:smtp|dns|dsn);\s{0,4}", re.IGNORECASE)


def decode(mail: Mail) -> Decoded | None:
    """A report for each recipient of the notification; kind ``other`` if it is not about delivery."""
    outer = json_object(mail.text)
    inner = json_object(as_text(outer.get("Message")))
    notice = inner or outer
    notice_type = as_text(notice.get("notificationType")) or as_text(notice.get("eventType"))
    sent = as_object(notice.get("mail"))
    if not (notice_type and sent):
        return None
    form = _FORMS.get(notice_type)
    if not form:
        return Decoded("other", "sns")
    section = as_object(notice.get(form.section))
    listed = _recipients(form, section, sent)
    reports = tuple(_reports(form, listed, section))
    named = tuple(as_text(fields.get("emailAddress")) for fields in listed)
    notification = replace(_notification(mail, outer, inner, sent), recipients=named)
    return Decoded(form.kind, "sns", reports, original=_original(sent), notification=notification)


def _notification(mail: Mail, outer: Json, inner: Json, sent: Json) -> Notification:
    """The envelope ``outer`` of SNS; none unless its Message, as it stands, is all that was decoded."""
    if not inner or inner != json_document(as_text(outer.get("Message"))):
        return Notification()
    members = {name: value for name, value in outer.items() if isinstance(value, str)}
    return Notification(members, as_text(sent.get("messageId")), is_alone=_is_alone(mail, outer))


def _is_alone(mail: Mail, outer: Json) -> bool:
    """True when ``mail`` is nothing but ``outer``.

    A header on top that is not signed must not change how the body is read.
    """
    is_plain = mail.root.content_type == "text/plain" and not mail.root.children
    repeated = any(len(list(mail.header.all(name))) > 1 for name in _MIME_HEADERS)
    return is_plain and not repeated and json_document(mail.root.text) == outer


def _recipients(form: _Form, section: Json, sent: Json) -> list[Json]:
    """What is said of each recipient."""
    listed = as_list(section.get(form.recipients) if form.recipients else sent.get("destination"))
    return [as_object(item) or {"emailAddress": item} for item in listed[:RECIPIENTS_LIMIT]]


def _reports(form: _Form, listed: Sequence[Json], section: Json) -> Iterator[Report]:
    for fields in listed:
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
