"""Reports in free text: layouts shared by many programs, as one table of announcements.

A line announces failed recipients ("The following addresses had permanent fatal errors"); addresses follow on that
line, or open the lines below it, each with its reason next to it or under it. Seen from Sendmail 5 to 8, Postfix before
2.3, Exim, Exchange 5.5 to 2003, Domino, IMail, MMDF, MailMarshal, dma, OpenSMTPD, AOL, Jetmail, HotPOP, ezweb, au, ...
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import partial

from bounced import address
from bounced.mime import (
    LANGUAGES,
    FewPhrases,
    Mail,
    PhraseTable,
    Words,
    folded,
    is_contact,
    one_line,
    phrases,
    searched,
    telling,
    without_notes,
)
from bounced.model import Action, Decoded, Report, kind_of

RECIPIENTS_LIMIT = 500
_LINES_LIMIT = 2000
_WORDS_LIMIT = 48 * 1024  # characters of those lines
_TEXT_LIMIT = 16 * 1024  # characters searched for words of failure
_LINE_LIMIT = 500  # characters of a line that are read
_ANNOUNCEMENT_LIMIT = 200
_REACH_LINES = 8  # lines without a recipient after which an announcement expires
_REASON_LINES_LIMIT = 30  # lines of one recipient's reason


@dataclass(slots=True)
class Claim:
    """The text about one recipient."""

    words: list[str] = field(default_factory=list)  # lines with the reason
    announcement: str = ""


Claims = dict[str, Claim]  # by recipient

#: Lines that name failed recipients, or announce the ones that follow.
_ANNOUNCEMENT = PhraseTable(
    r"addresse?s?(?:\(es\))? (?:had (?:permanent|delivery|transient|fatal)|failed|to which)",
    r"following (?:e-?mail )?(?:recipient|address|user|destination|mailbox|person)",
    r"intended recipient|recipients? of this message|failed (?:recipient|address)|failure reasons|list of recipients",
    r"(?:could|can|was|were)(?: ?not|n['’]t) (?:be )?(?:deliver|sent|send|reach)|did(?: not|n['’]t) reach",
    r"unable to (?:deliver|send|relay)|un-?deliver(?:able|ed)|error (?:while )?deliver|not (?:yet )?been deliver",
    r"(?:trouble|problems?|errors?) (?:in |with |occurred (?:when|while) )?(?:deliver|send)\w{0,5}\b",
    r"non-?delivery|not accepting mail",
    r"(?:delivery|sending|message) (?:to|of) .{0,150}?(?:fail|aborted|delayed|abandoned)|delivery (?:has )?failed",
    r"deliv?ery to the following|returned permanent errors|message was not delivered",
    r"invalid final delivery|(?:unknown|invalid|bad|no such) (?:local )?(?:user|recipient|address|mailbox)",
    r"user (?:mailbox|unknown)|mailbox (?:is )?(?:full|unavailable|exceeds)",
    r"(?:affected|following) recipients|recipients (?:below|were affected)",
    r"(?:delivery|message|mail) (?:is|has been) delayed|temporarily suspended|still (?:pending|in the queue)",
    r"success\w{0,6} deliver|message delivered to|your message to: \S",
    *(language.announcements for language in LANGUAGES.values()),
    *(language.delays for language in LANGUAGES.values()),
)
_NAME = rf"{address.ATOM}{{1,256}}@{address.ATOM}{{1,255}}"
#: A line that a recipient opens: "<a@b>: reason", "  a@b", "* a@b", "'a@b' on Mon, 1 Jan", "Recipient: <a@b>".
_OPENING = phrases(
    r"[ \t>]{0,12}(?:(?:[*-]{1,2}|->)[ \t]{1,4})?"
    r"(?:\[status: [a-z]{1,12}, |smtp )?"  # Zoho; Post.Office
    r"(?:(?:failed |final |original )?(?:recipients?|address|user|rcpt to|e-?mail)(?: address)?[ \t]?[:=][ \t]{0,12})?"
    rf"(?P<name>['\"<(\[]{{0,2}}(?:mailto:|smtp:|rfc822;[ ]?)?{_NAME})['\">)\]]{{0,2}}(?P<rest>.{{0,500}})"
)
#: An SMTP reply in a transcript: "550 5.1.1 <a@b>... User unknown".
_REPLY = re.compile(
    r"(?:^[ \t]{0,8}|smtp;[ ]?|said: )[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3} )?"
    rf"<?(?P<name>{_NAME})>?(?:\.\.\.|:).{{0,500}}"
)
#: Words without which there is no failure.
_TROUBLE = PhraseTable(
    r"(?:could|can|was|were|did)(?: ?not|n['’]t) (?:be )?(?:deliver|sent|send|reach)",
    r"unable to|un-?deliver|non-?deliver",
    r"delivery (?:status|fail|error|problem)|fail(?:ed|ure)|rejected|returned|transcript of session|delayed",
    r"temporarily suspended|still (?:pending|in the queue)",
    r"message delivered to|delivery of the email was stopped",  # CommuniGate; amavisd
    r"requested action",  # RFC 5321 4.2.3: "550 Requested action not taken: mailbox unavailable"
    *(language.announcements for language in LANGUAGES.values()),
    *(language.delays for language in LANGUAGES.values()),
)
#: The action for a recipient, if its own words or the announcing line tell.
_FATES: tuple[tuple[PhraseTable, Action], ...] = (
    (PhraseTable(r"relayed to (?:a )?non-dsn|successfully relayed"), "relayed"),
    (PhraseTable(r"success\w{0,6} deliver|delivered successfully|^message delivered to"), "delivered"),
    (PhraseTable(r"transient non-fatal|will continue trying|still being retried"), "delayed"),
    (PhraseTable(r"permanent (?:fatal|delivery) error|unrecoverable error|will not continue trying"), "failed"),
)
#: The heading of a section: the action for every recipient below.
_HEADING = PhraseTable(r"following|these|recipients|addresses")
_SECTIONS: tuple[tuple[PhraseTable, Action], ...] = (
    (
        PhraseTable(r"temporar|delayed|still (?:being )?(?:tried|queued)|will (?:be (?:re)?tried|keep trying)"),
        "delayed",
    ),
    (PhraseTable(r"fail|unable|un-?deliver|permanent|reject|\bnot\b|cannot|n['’]t\b"), "failed"),
    (PhraseTable(r"success|\bdelivered\b"), "delivered"),
)
_SENDER = re.compile(r"\b(?:from|by|von|de|da|van|od|от|från|fra)[: ]{1,2}\S{1,320}", re.IGNORECASE)
_ADDRESSEE = re.compile(
    rf"(?:\b(?:to|for|an|à|a|para|aan|do|для|til|till)[ :]{{1,2}}|发往|发送到|地址)[ （(<：]{{0,2}}(?P<name>{_NAME})",
    re.IGNORECASE,
)
_JAPANESE_ADDRESSEE = re.compile(rf"(?P<name>{_NAME}) ?(?:へ|宛)")
_BRACKETED = re.compile(rf"[ \t]{{0,8}}<(?P<name>{_NAME})>[ \t]{{0,8}}(?::(?P<rest>.{{0,500}}))?")
_REMOTE_REPLY = re.compile(r"[ \t]{0,8}<<< [45]\d\d")


def decode(mail: Mail) -> Decoded | None:
    """A report for each recipient that the text calls failed or delayed; ``None`` if the sender is not a server."""
    if not _is_about_mail(mail):
        return None
    lines = [line[:_LINE_LIMIT] for line in without_notes(mail.text[:_WORDS_LIMIT]).split("\n")[:_LINES_LIMIT]]
    announcements = _ANNOUNCEMENT.within(folded("\n".join(lines)))
    claims = _listed(lines, announcements) or _replied(lines) or _mentioned(lines, announcements) or _bracketed(lines)
    if not claims:
        return None
    readers = mail.header.get("To").strip().lower()
    if all(map(partial(_is_ours, readers), claims)) and not mail.signs.returns_message:
        return Decoded("other", "free-text")  # a virus, a quota, or what phishers hold back: about a message to us
    action: Action = "delayed" if mail.signs.tells_of_delay else "failed"
    action = "delivered" if mail.signs.tells_of_success else action
    everything = [one_line(mail.text)] if len(claims) == 1 else []
    sections = {_section(claim.announcement) for claim in claims.values()}
    first_claims = list(claims.items())[:RECIPIENTS_LIMIT]
    reports = tuple(
        _report(name, claim, words, _told(claim, sections) or action, claims.keys() - {name}, everything)
        for (name, claim), words in zip(first_claims, searched(mail.text if len(sections) == 1 else ""), strict=False)
    )
    return Decoded(kind_of(reports), "free-text", reports)


def _is_about_mail(mail: Mail) -> bool:
    """True for the subject of a bounce, or a server's address with words of failure: postmasters are people too."""
    if not mail.signs.returns_mail:
        return False
    return mail.signs.tells_of_failure or _TROUBLE.are_in(mail.signs.words)


def _is_ours(readers: str, name: str) -> bool:
    """True for an address that the message came to, and for whom it tells to ask in its domain."""
    if name.lower() == readers or f"<{name.lower()}>" in readers:
        return True
    return is_contact(name) and address.domain(name) == address.domain(readers.rstrip(">"))


def _listed(lines: Sequence[str], announcements: FewPhrases) -> Claims:
    """Recipients that open lines below an announcement, and the lines that follow each."""
    claims: Claims = {}
    patience, announcement = 0, ""
    claim: Claim | None = None
    for line in lines:
        announces = announcements.are_in(folded(line[:_ANNOUNCEMENT_LIMIT]))
        opened = _OPENING.match(line) if patience else None
        if opened and (name := address.parse(opened["name"])):
            claim = claims.setdefault(name, Claim(announcement=announcement))
            claim.words.append(opened["rest"])
            patience = _REACH_LINES
        elif announces and (_fate(line) or _section(line)):
            claim = None
        elif claim and len(claim.words) < _REASON_LINES_LIMIT:
            claim.words.append(line)
        patience = _REACH_LINES if announces else patience - bool(patience and line.strip())
        announcement = line if announces else announcement
    return claims


def _fate(words: str) -> Action:
    text = folded(words)
    return next((action for table, action in _FATES if table.are_in(text)), "")


def _section(line: str) -> Action:
    """The action that a heading tells of the recipients below it, ``""`` for other lines."""
    lower = folded(line[:_ANNOUNCEMENT_LIMIT])
    if not _HEADING.are_in(lower):
        return ""
    return next((action for table, action in _SECTIONS if table.are_in(lower)), "")


def _replied(lines: Sequence[str]) -> Claims:
    """Recipients in the SMTP replies of a transcript, each with the remote server's reply just before."""
    claims: Claims = {}
    remote_reply: list[str] = []
    for line in lines:
        if _REMOTE_REPLY.match(line):
            remote_reply = [line]
        elif (reply := _REPLY.search(line)) and (name := address.parse(reply["name"])):
            claims[name] = Claim([*remote_reply, reply[0]])
            remote_reply = []
    return claims


def _mentioned(lines: Sequence[str], announcements: FewPhrases) -> Claims:
    """The recipient named by the announcing line itself, with the lines below; more if more lines begin like it."""
    claims: Claims = {}
    claim: Claim | None = None
    beginning = ""
    for line in lines:
        if line.startswith(beginning) and (name := _named(line, announcements)):
            beginning = line.partition(name)[0] or line
            claim = claims.setdefault(name, Claim())
        if claim and len(claim.words) < _REASON_LINES_LIMIT:
            claim.words.append(line)
    return claims


def _named(line: str, announcements: FewPhrases) -> str:
    """The recipient in an announcing line."""
    announced = announcements.search(folded(line[:_ANNOUNCEMENT_LIMIT]))
    if not announced:
        return ""
    addressee = _ADDRESSEE.search(line, 0, announced.start()) or _JAPANESE_ADDRESSEE.search(line)
    return address.parse(addressee["name"] if addressee else _SENDER.sub("", line[announced.start() :]))


def _bracketed(lines: Sequence[str]) -> Claims:
    """Recipients in angle brackets that open a line, without any announcement."""
    opened = filter(None, map(_BRACKETED.fullmatch, lines))
    return {name: Claim([match["rest"] or ""]) for match in opened if (name := address.parse(match["name"]))}


def _report(
    name: str, claim: Claim, searched_words: Words, action: Action, others: Set[str], everything: list[str]
) -> Report:
    words = one_line(" ".join(claim.words)).strip(" :,<>")
    paragraph = searched_words.about(name)
    candidates = [words, *([] if _names_any(others, paragraph) else [paragraph]), *everything]
    return Report(
        action=_fate(claim.words[0]) or action,
        final_recipient=name,
        diagnostic_code=telling(candidates) or words or one_line(claim.announcement),
    )


def _told(claim: Claim, sections: Set[Action]) -> Action:
    """What the announcing line tells; a heading of failures is one of delays too, unless there are other sections."""
    section = _section(claim.announcement)
    return _fate(claim.announcement) or (section if len(sections) > 1 or section != "failed" else "")


def _names_any(others: Set[str], words: str) -> bool:
    return any(address.parse(match[0]) in others for match in address.MAILBOX.finditer(words))
