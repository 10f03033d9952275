"""How far to trust that a report is about mail we sent to the address it charges. Pure.

1. ``verified``: only we could have made what ties it to that address: a token that names the address, or our DKIM
   signature over the header that does. A recipient of one of our messages can return that with another's address in
   Final-Recipient.
2. ``plausible``: what came back claims to be ours, as anybody can write: its Message-ID, From or Return-Path, the VERP
   address that the report went to; for complaints and auto-replies also the Message-IDs that they refer to.
3. ``unverified``: nothing does, or our own mail server found that the reporter is not who it claims (DMARC, SPF).
4. Complaints of the configured feedback loops, authenticated, are plausible regardless of what they return.
5. That the envelope sender of a report is not null is noted, and does not lower its trust: of 258 RFC 3464 reports
   with a Return-Path in a collection of real ones, 11 have another (AOL, SendGrid, mailing lists).
6. A notification of Amazon SES is verified for the recipients that it names when it is proven to be of a topic of ours
   (bounced.trust.sns), else plausible at most, whatever is in it.
7. Without own domains there is nothing to compare with: every report is plausible.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from bounced import address
from bounced.identify import Identity, Sender, envelope, message_id
from bounced.identify.sender import TrustAnchors
from bounced.model import Decoded, Original, Trust, proved, record
from bounced.trust.authentication_results import NO_RESULTS, Authentication, authenticated
from bounced.trust.received import source
from bounced.trust.returned_dkim import NOT_OURS, Signed, signed
from bounced.trust.sns import NOT_NOTIFIED, Notified, notified

REFERENCES_LIMIT = 20

_NOT_CHARGED = "names an address that is never charged"
_OTHER = "is not about that address"

_STATED_LIMIT = 1000  # characters of a header that names one address

#: An address behind a display name (RFC 5322 3.4), and nothing that could be another one.
_NAMED = re.compile(r'(?:[^"<>,;:()]|"(?:[^"\\]|\\.)*")*<(?P<address>[^<>]*)>')
_DAEMON = re.compile(r"<?(?:mailer-daemon\b|>)", re.IGNORECASE)


class Assessment(NamedTuple):
    """The trust level of a report, and what it rests on."""

    trust: Trust
    evidence: str  # for people; nothing is decided by its words
    proved: str = ""  # which of our messages it is about, as only we can write it: see bounced.model.Event


@record(frozen=True, slots=True)
class Provenance:
    """Where a message and the original that it returns are from, as far as they show; the same for all its reports."""

    signed: Signed = NOT_OURS
    authentication: Authentication = NO_RESULTS
    traces: tuple[str, ...] = ()  # what in it names one of our domains, for people
    source: str = ""  # see bounced.trust.received
    own_senders: tuple[str, ...] = ()  # envelope senders in our domains
    names_id: bool = False  # one of them holds our id of a recipient
    notified: Notified = NOT_NOTIFIED
    has_sender: bool = False  # the envelope sender of a bounce is not null, as it should be


def provenance(content: bytes, decoded: Decoded, sender: Sender, arrived_at: datetime) -> Provenance:
    """The provenance of the message ``content``; only the source when it is not a report."""
    host = source(decoded.header, sender.anchors.trusted_relays)
    if not decoded.reports:
        return Provenance(source=host)
    authentication = authenticated(content, sender.anchors)
    own = tuple(_own_senders(decoded, sender)) if sender.anchors.own_domains else ()
    return Provenance(
        signed(decoded.returned, decoded.original, sender.anchors, arrived_at),
        authentication,
        tuple(_traces(decoded, sender.anchors)) if sender.anchors.own_domains else (),
        host,
        own,
        any(envelope.match(pattern, path).get("id") for pattern in sender.verp for path in own),
        notified(decoded, _author, authentication, sender.anchors, arrived_at),
        decoded.kind == "bounce" and _names_sender(decoded.header.get("Return-Path").strip()),
    )


def _names_sender(path: str) -> bool:
    return bool(path) and not _DAEMON.match(path)


def _own_senders(decoded: Decoded, sender: Sender) -> Iterator[str]:
    return (path for path in envelope.senders(decoded, sender) if sender.anchors.owns(address.domain(path)))


def confirmed(identity: Identity, sender: Sender, shown: Provenance) -> Identity:
    """``identity`` with "dkim" as what names the campaign, the stream and the domain that our signature covers.

    The signature has to be about the same recipient: others' messages have names, too.
    """
    if not _bound(identity, sender, shown.signed):
        return identity
    header = Original.of(shown.signed.headers)
    signed_domain = address.domain(address.claimed(header.get("From")))
    return dataclasses.replace(
        identity,
        campaign_by=_by(identity.campaign_by, identity.campaign, sender.value("campaign", header)),
        stream_by=_by(identity.stream_by, identity.stream, sender.value("stream", header)),
        sending_domain_by=_by(identity.sending_domain_by, identity.sending_domain, signed_domain),
    )


def _by(named_by: str, name: str, signed_name: str) -> str:
    return "dkim" if named_by == "header" and name == signed_name else named_by


def assess(decoded: Decoded, identity: Identity, sender: Sender, shown: Provenance) -> Assessment:
    """The trust level of a report in ``decoded`` as one about our mail to ``identity.address``."""
    if identity.address in shown.notified.recipients:
        return Assessment("verified", shown.notified.evidence, proved(identity.token_proved, shown.notified.proved))
    weighed = _weighed(decoded, identity, sender, shown)
    return _at_most_plausible(weighed, shown.notified.problem) if shown.notified.problem else weighed


def _at_most_plausible(weighed: Assessment, problem: str) -> Assessment:
    trust: Trust = "plausible" if weighed.trust == "verified" else weighed.trust
    return Assessment(trust, f"{weighed.evidence}; {problem}")


def _weighed(decoded: Decoded, identity: Identity, sender: Sender, shown: Provenance) -> Assessment:
    """As ``assess``, whatever Amazon says."""
    bound = _bound(identity, sender, shown.signed)
    signed_message = shown.signed.proved if bound else ""  # any other may be the one of whoever sends the report
    if identity.charged_by == "token" and (identity.address or identity.recipient_id):
        return Assessment("verified", f"token {identity.token}", proved(identity.token_proved, signed_message))
    if bound:
        return Assessment("verified", f"DKIM of {shown.signed.domain}, {bound} signed", signed_message)
    signs = list(_signs(decoded, identity, sender, shown))
    evidence = "; ".join([", ".join(signs) or "nothing of ours in it", *_remarks(identity, shown)])
    doubtful = not signs or bool(shown.authentication.failed)
    return Assessment("unverified" if doubtful else "plausible", evidence)


def _bound(identity: Identity, sender: Sender, signature: Signed) -> str:
    """What in the signed header names the recipient of ``identity`` and nobody else, ``""`` when nothing does."""
    if not signature.headers:
        return ""
    header = Original.of(signature.headers)
    if not identity.address:
        recipient_id = sender.value("recipient_id", header)
        return "recipient id" if recipient_id and recipient_id == identity.recipient_id else ""
    to = list(header.all("To"))
    if len(to) == 1 and _only_address(to[0]) == identity.address:
        return "To"
    return "recipient" if _only_address(sender.value("recipient", header)) == identity.address else ""


def _only_address(value: str) -> str:
    """The key of the one address that a signed header names, ``""`` when what it names can be read in two ways.

    Display names are chosen by subscribers: ``"victim@example.net, Joe" <joe@example.net>``.
    """
    value = value[:_STATED_LIMIT].strip()
    named = _NAMED.fullmatch(value)
    try:
        return address.provable(named["address"] if named else value)
    except ValueError:
        return ""


def _author(header: Original) -> str:
    """The key of the one address in From, ``""`` when that can be read in two ways."""
    authors = list(header.all("From"))
    return _only_address(authors[0]) if len(authors) == 1 else ""


def _signs(decoded: Decoded, identity: Identity, sender: Sender, shown: Provenance) -> Iterator[str]:
    """What makes a report plausible, for people."""
    if not sender.anchors.own_domains:
        yield "no own domains configured"
    if identity.token:
        yield f"token {identity.token}, which {_NOT_CHARGED if identity.charged_by == 'token' else _OTHER}"
    if shown.signed.domain:
        yield f"DKIM of {shown.signed.domain}, which is not about that address"
    yield from shown.traces
    if _is_verp(identity, shown):
        yield "VERP"
    if decoded.kind == "complaint":
        author = _author(decoded.header)
        passed = shown.authentication.passed
        yield from (f"complaint of {name}" for name in passed if sender.anchors.believes(name, author))


def _is_verp(identity: Identity, shown: Provenance) -> bool:
    """True when an envelope sender in one of our domains names the recipient, or our id of them."""
    if identity.address:
        return identity.charged_by == "verp" and bool(shown.own_senders)
    return shown.names_id


def _traces(decoded: Decoded, anchors: TrustAnchors) -> Iterator[str]:
    original = decoded.original
    if anchors.owns(_domain_of_id(message_id(original))):
        yield "Message-ID of the original"
    for name in ("From", "Return-Path"):
        if anchors.owns(address.domain(address.claimed(original.get(name)))):
            yield f"{name} of the original"
    if decoded.kind in ("complaint", "auto-reply"):
        for name in ("In-Reply-To", "References"):
            referred = decoded.header.get(name).split()[-REFERENCES_LIMIT:]
            if any(map(anchors.owns, map(_domain_of_id, referred))):
                yield name


def _domain_of_id(message_id: str) -> str:
    return address.domain(message_id.strip().strip("<>"))


def _remarks(identity: Identity, shown: Provenance) -> Iterator[str]:
    """What speaks against a report, for people."""
    if identity.token_problem:
        yield identity.token_problem
    if shown.authentication.failed:
        yield f"the reporter failed: {shown.authentication.failed}"
    if shown.signed.problem:
        yield shown.signed.problem
    if shown.has_sender:
        yield "envelope sender not null"
