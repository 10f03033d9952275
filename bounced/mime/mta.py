"""Tells messages written by mail servers from those of people and their programs."""

from __future__ import annotations

import re

from bounced import address
from bounced.mime.announcements import LANGUAGES
from bounced.mime.text import lower_phrases, phrases
from bounced.model import Original

#: Local parts of the addresses mail servers use.
_SERVERS = phrases(
    r"(?:mailer?|mailserver|smtp|mailbox|mailman)[._-]?daemon",
    r"post[._-]?master",
    r"mail[._-]?delivery.{0,40}",
    r".{0,40}delivery[._-]?system",
    r"mailadm",
    r"bounces?",
    r"mta|ndr|mmdf|mdaemon",
    r".{0,40}mail[._-]?service",
    r"microsoftexchange[0-9a-f]{20,40}",  # Exchange 2007 and later, within its organization
)
#: Display names mail servers use.
_SERVER_NAMES = phrases(
    r"mail(?:er)?[ -]?(?:deliver|daemon|system|transport)",
    r"system ?administrator|mail administrator",
    r"postmaster",
    r"delivery (?:sub)?system",
    r"microsoft exchange",
    r"mailsystem|système de messagerie",
)
#: Openings of subjects under which servers report failed or delayed delivery.
_SUBJECTS = phrases(
    r"un-?deliver|unable to deliver|not delivered|(?:could|can)(?: ?not|n't) (?:be )?(?:deliver|sen[dt])|error sending",
    r"non[ -]?delivery|delivery (?:is )?(?:impossible|not possible)|not deliverable",
    r"returned (?:(?:e-?)?mail|post)|mail returned|return(?:ed|ing) to sender|mail delivery",
    r"fail(?:ed|ure)|(?:mail|message|system) error",
    r"delivery (?:status|report|problem|error|notification|has|to|delayed|unsuccessful)|delayed",
    r"bounced?\b|rejected|(?:user|recipient|address) unknown|unknown (?:user|address|recipient)",
    r"over quota|mailbox full|you sent blocked",
    *(language.subjects for language in LANGUAGES.values()),
)
_DELAYS = phrases(
    r"\bdelay",
    r"^warning(?!.{0,200}(?:unknown|fail|reject|return))",  # MDaemon warns about failures, others about delays
    r"deferral notice|delivery deferred|temporarily suspended|will (?:be retried|retry)",  # qmail's patches and others
    r"could not send message for|cannot send message within",  # Sendmail 8 and 5
    *(language.delays for language in LANGUAGES.values()),
)
#: Subjects of success reports, as Exchange, Postfix and others write them in many languages.
_SUCCESSES = phrases(
    r"\s{0,4}(?:delivered|relayed|zugestellt|übermittelt|remis|relayé|entregado|retransmitido|recapitato|inoltrato"
    r"|entregue|bezorgd|afgeleverd|dostarczono|доставлено|levererat|leveret|levert|toimitettu"
    r"|配信済み|配信完了|已送达|已送達|전달됨)\s?[:：]",
    r"success\w{0,6} (?:mail )?deliver|.{0,80}\((?:success|relay|delivered)\)",
)
#: Words of a warning: delivery is still being tried.
_STILL_TRYING = lower_phrases(
    r"transient non-fatal|warning message only|(?:this is|as) a warning only|no action is (?:required|needed)",
    r"(?:do not|don't) (?:need|have) to (?:resend|send)|not yet (?:be(?:en)? )?(?:possible|able|deliver|sent)",
    r"ha(?:s|ve) not (?:yet )?been (?:able|delivered) .{0,60}\byet\b|could not yet be",
    r"has been delayed|is (?:still )?(?:being )?delayed|delivery (?:is )?delayed",
    r"will (?:be retried|be attempted until|keep (?:on )?trying|go on trying|continue (?:to try|trying|to attempt))",
    r"keeps on trying|goes on trying|delivery attempts will continue|continues? to (?:try|attempt) to deliver",
    r"still (?:trying|pending|in (?:the|my) (?:mail )?queue|awaiting|being (?:tried|retried|queued))|queued for retry",
    r"(?:will|we'll) (?:retry|try again|re-?attempt)|further attempts|not been delivered yet|no need to resend",
    *(language.delays for language in LANGUAGES.values()),
)
#: Any text beyond belongs to the returned message or to a person.
_TEXT_LIMIT = 16 * 1024

_SUBJECT_LIMIT = 400

#: Prefixes with which people reply to and forward the messages of servers.
_ANSWER = re.compile(r"\s{0,4}(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|odp)(?:\[\d{1,3}\])?\s{0,2}:", re.IGNORECASE)


def _subject(header: Original) -> str:
    return header.get("Subject")[:_SUBJECT_LIMIT]


def from_server(header: Original) -> bool:
    """True if the From address, its display name or its absence is that of a mail server."""
    sender = header.get("From")[: address.CLAIM_LIMIT]
    local = address.parse(sender).rpartition("@")[0] or sender.strip()
    return not local or local == "<>" or bool(_SERVERS.fullmatch(local) or _SERVER_NAMES.search(sender))


def tells_of_failure(header: Original) -> bool:
    """True if the subject is one under which servers return mail."""
    subject = _subject(header)
    return bool(_SUBJECTS.search(subject)) and not _ANSWER.match(subject)


def tells_of_success(header: Original) -> bool:
    """True if the subject is that of a success report."""
    return bool(_SUCCESSES.match(_subject(header)))


def returns_mail(header: Original) -> bool:
    """True if the sender, or the subject of a message without one, is that of a server that returns mail."""
    return from_server(header) or (tells_of_failure(header) and not _has_sender(header))


def _has_sender(header: Original) -> bool:
    """True if the envelope sender is a person's: in notifications it is empty (RFC 5321 4.5.5) or a server's."""
    sender = address.parse(header.get("Return-Path"))
    return bool(sender) and not _SERVERS.fullmatch(sender.rpartition("@")[0])


def tells_of_delay(header: Original, text: str = "") -> bool:
    """True if the subject or text is that of a warning: delivery is still being tried, nothing has failed yet."""
    return bool(_DELAYS.search(_subject(header)) or _STILL_TRYING.search(text[:_TEXT_LIMIT].lower()))
