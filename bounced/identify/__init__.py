"""Ties a report to the address that is charged and to the campaign. Pure.

1. The address is the one that we sent to, as the mail itself says it: a signed token; then marks that nobody signed:
   a configured VERP pattern, a configured header; then what the reporter says: Original-Recipient; then the returned
   original's To when it names one; Final-Recipient comes last, since forwarders put their own there.
2. A token that holds the sender's own id of the recipient leaves it to the table ``recipients`` who that is: whoever
   got one mail of ours could otherwise have anybody charged by it.
3. A mail about several recipients is not charged by marks, which name one; a token charges the one whom it names,
   and with an id in it nobody: which of them that is can't be told.
4. Where nobody is named at all (a complaint with the address cut out), the usual forms of VERP are believed too, and
   what the first server noted that got the original.
5. Our own addresses and domains are never charged, nor is who wrote a complaint on behalf of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bounced import address
from bounced.identify import envelope, token_search
from bounced.identify.envelope import ENVELOPE_RECIPIENT
from bounced.identify.presets import PRESETS, Preset
from bounced.identify.sender import HeaderField, HeaderRule, Sender, within
from bounced.identify.sent_to import first_recipient, sent_to
from bounced.identify.token_search import TokenFinding
from bounced.model import Decoded, Headers, Report
from bounced.tokens import Token

__all__ = [
    "ENVELOPE_RECIPIENT",
    "PRESETS",
    "HeaderField",
    "HeaderRule",
    "Identity",
    "Preset",
    "Sender",
    "TokenFinding",
    "find",
    "identify",
    "is_verp_pattern",
]

find = token_search.find
is_verp_pattern = envelope.is_pattern

#: A mail with more reports is not about one recipient alone; this is asked for each of them.
AGAIN_LIMIT = 20

_NO_TOKEN = Token("", date.min)
#: Who writes complaints for others, at the reporting server.
_ROLES = frozenset(("postmaster", "mailer-daemon", "abuse", "fbl", "staff"))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is charged (normalised, ``""`` when nobody could be named), and what the returned original says of itself."""

    address: str = ""
    original_message_id: str = ""
    campaign: str = ""
    headers: Headers = ()
    charged_by: str = ""  # "token" (also for an id in it), "verp", "header", "original-recipient", "to", …; "" for none
    recipient_id: str = ""
    stream: str = ""
    sending_domain: str = ""
    token: str = ""  # the id of the key of the token that was verified and names the recipient, "" when none was
    token_problem: str = ""  # why the token that was found does not hold, for people: "token expired on 2026-01-31"


def identify(decoded: Decoded, report: Report, sender: Sender, found: TokenFinding) -> Identity:
    """Whom ``report``, one of those in ``decoded``, is about; ``found`` is what ``find`` said of the mail."""
    original = decoded.original
    token = found.token if found.token and _speaks_of(found.token, decoded, report) else _NO_TOKEN
    verp = _verp(decoded, sender) if _names_one(decoded) else {}
    who, by = next(_charged(decoded, report, sender, token, verp), ("", ""))
    recipient_id = token.recipient_id or (
        verp.get("id") or sender.told("recipient_id", original) if _names_one(decoded) else ""
    )
    return Identity(
        address=who,
        original_message_id=original.get("Message-ID").strip().strip("<>"),
        campaign=token.campaign or sender.told("campaign", original) or verp.get("campaign", ""),
        headers=tuple((name, value) for name in sender.kept() for value in original.all(name)),
        charged_by="token" if token.recipient_id and not who else by,
        recipient_id=recipient_id,
        stream=token.stream or sender.told("stream", original) or verp.get("stream", ""),
        sending_domain=address.domain(address.normalise(original.get("From"))),
        token=token.key,
        token_problem=found.problem,
    )


def _speaks_of(token: Token, decoded: Decoded, report: Report) -> bool:
    """True when a token in the mail says to whom that was sent which ``report`` is about."""
    stated = (report.original_recipient, report.final_recipient)
    return _about_one(decoded) or bool(token.recipient and token.recipient in map(address.normalise, stated))


def _about_one(decoded: Decoded) -> bool:
    """True when all reports in the mail are about the same recipient."""
    first, *others = decoded.reports
    if not others:
        return True
    who = _about(first) if len(others) < AGAIN_LIMIT else ""
    return bool(who) and all(_about(report) == who for report in others)


def _about(report: Report) -> str:
    return address.normalise(report.original_recipient or report.final_recipient)


def _names_one(decoded: Decoded) -> bool:
    """True when what marks say of the original's recipient is said of whom the report is about."""
    return decoded.kind != "auto-reply" and _about_one(decoded)


def _verp(decoded: Decoded, sender: Sender) -> Mapping[str, str]:
    """What the first sender that fits a configured pattern holds."""
    senders = tuple(envelope.senders(decoded, sender)) if sender.verp else ()
    matches = (envelope.match(pattern, path) for pattern in sender.verp for path in senders)
    return next((match for match in matches if match and match.get("address") != ""), {})


def _charged(
    decoded: Decoded, report: Report, sender: Sender, token: Token, verp: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Those who may be charged, best first, each with what names them."""
    named = [("token", token.recipient)] if token.key else _candidates(decoded, report, sender, verp)
    for by, text in named:
        who = address.normalise(text)
        if who and not sender.owns(who) and not _is_reporter(who, decoded, report):
            yield who, by


def _candidates(decoded: Decoded, report: Report, sender: Sender, verp: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What may name the address where no token does, best first, each with what it says."""
    one = _names_one(decoded)
    if one:
        yield "verp", verp.get("address", "")
        yield "header", sender.told("recipient", decoded.original)
    yield "original-recipient", report.original_recipient
    if one and decoded.kind != "complaint":  # its Original-Rcpt-To is better, and may be redacted in To
        yield "to", sent_to(decoded.original)
    yield "final-recipient", report.final_recipient
    if one:
        yield from (("verp", envelope.usual(path)) for path in envelope.senders(decoded, sender))
        yield "received", first_recipient(decoded.original)


def _is_reporter(who: str, decoded: Decoded, report: Report) -> bool:
    """True for who sent a complaint about a mail that somebody else got; who unsubscribes returns no mail."""
    if decoded.kind != "complaint" or not decoded.original.headers:
        return False
    local, _, domain = who.rpartition("@")
    return who == address.normalise(decoded.header.get("From")) or (
        local in _ROLES and within(report.reporting_mta, (domain,))
    )
