"""Reports in free text: the layouts that many programs share, as one table of announcements.

A line announces failed recipients ("The following addresses had permanent fatal errors"); addresses follow on that
line, or open the lines below it, each with its reason beside or under it. Seen from Sendmail 5 to 8, Postfix before
2.3, Exim, Exchange 5.5 to 2003, Domino, IMail, MMDF, MailMarshal, dma, OpenSMTPD, AOL, Jetmail, HotPOP, ezweb, au, ...
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bounced import address
from bounced.mime import Mail, about, from_server, one_line, phrases, tells_of_delay, tells_of_failure
from bounced.model import Action, Decoded, Report

RECIPIENTS_LIMIT = 500
_LINES_LIMIT = 2000
_LINE_LIMIT = 500  # characters of a line that are looked at
_ANNOUNCEMENT_LIMIT = 200
_REACH = 8  # lines without a recipient after which an announcement is forgotten
_REASON_LIMIT = 30  # lines of one recipient's reason

Found = dict[str, list[str]]  # recipients, and the lines that say why

#: Lines that say who could not be reached, or that say so of whoever follows.
_ANNOUNCEMENT = phrases(
    r"addresse?s?(?:\(es\))? (?:had (?:permanent|delivery|transient|fatal)|failed|to which)",
    r"following (?:e-?mail )?(?:recipient|address|user|destination|mailbox|person)",
    r"intended recipient|recipients? of this message|failed (?:recipient|address)|failure reasons|list of recipients",
    r"(?:could|can|was|were)(?: ?not|n['’]t) (?:be )?(?:deliver|sent|send|reach)|did(?: not|n['’]t) reach",
    r"unable to (?:deliver|send|relay)|un-?deliver(?:able|ed)|error (?:while )?deliver|not (?:yet )?been deliver",
    r"(?:trouble|problems?|errors?) (?:in |with )?(?:deliver|send)\w{0,5} |non-?delivery|not accepting mail",
    r"(?:delivery|sending|message) (?:to|of) .{0,150}?(?:fail|aborted|delayed|abandoned)|delivery (?:has )?failed",
    r"deliv?ery to the following|returned permanent errors|message was not delivered",
    r"(?:unknown|invalid|bad|no such) (?:local )?(?:user|recipient|address|mailbox)",
    r"user (?:mailbox|unknown)|mailbox (?:is )?(?:full|unavailable|exceeds)",
    r"folgenden? (?:empfänger|adress|e-?mail)|nicht zugestellt werden|nicht zustellbar",  # German
    r"n['’]a pas pu [eê]tre (?:remis|distribu|livr|d[eé]livr)|(?:destinataires?|adresses?) suivant",  # French
    r"no se (?:pudo|ha podido|puede) entregar|siguientes? destinatari|não (?:foi|pôde|pode) (?:ser )?entreg",
    r"non (?:è stato|può essere|è stato possibile) (?:recapit|consegn)|seguent[ei] destinatari",  # Italian
    r"nie (?:można|mogła|została|udało się) (?:być )?(?:dostarcz|doręcz)",  # Polish
    r"не (?:может быть|удалось|была?) доставл",  # Russian
    r"配信できません|送信できません|配送できません",  # Japanese
    r"无法(?:发送|投递|送达)|無法(?:寄達|投遞)|发送失败|被退回",  # Chinese
)
_NAME = rf"{address.ATOM}{{1,256}}@{address.ATOM}{{1,255}}"
#: A line that a recipient opens: "<a@b>: reason", "  a@b", "* a@b", "'a@b' on Mon, 1 Jan", "Recipient: <a@b>".
_OPENING = phrases(
    r"[ \t>]{0,12}(?:[*-]{1,2}[ \t]{1,4})?"
    r"(?:(?:failed |final |original )?(?:recipients?|address|user|rcpt to|e-?mail)(?: address)?[ \t]?[:=][ \t]{0,12})?"
    rf"(?P<name>['\"<(\[]{{0,2}}(?:mailto:|smtp:|rfc822;[ ]?)?{_NAME})['\">)\]]{{0,2}}(?P<rest>.{{0,500}})"
)
#: An SMTP reply in a transcript: "550 5.1.1 <a@b>... User unknown".
_REPLY = re.compile(
    r"(?:^[ \t]{0,8}|smtp;[ ]?|said: )[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3} )?"
    rf"<?(?P<name>{_NAME})>?(?:\.\.\.|:).{{0,500}}"
)
#: Without one of these nobody failed.
_TROUBLE = phrases(
    r"(?:could|can|was|were|did)(?: ?not|n['’]t) (?:be )?(?:deliver|sent|send|reach)",
    r"unable to|un-?deliver|non-?deliver",
    r"delivery (?:status|fail|error|problem)|fail(?:ed|ure)|rejected|returned|transcript of session|delayed",
    r"requested action",  # RFC 5321 4.2.3: "550 Requested action not taken: mailbox unavailable"
    r"zustell|entreg|distribu|remis|consegn|recapit|dostarcz|доставл|配信|送信|退回|退信|无法|無法",
)
#: Warnings: nobody has failed yet.
_DELAYED = phrases(
    r"transient non-fatal|warning message only|no action is required|do not need to resend",
    r"not yet (?:been )?(?:possible|deliver)|has been delayed|is (?:still )?(?:being )?delayed",
    r"delivery (?:is )?delayed",
    r"will (?:be retried|keep trying|continue (?:to try|trying))|delivery attempts will continue",
    r"still (?:trying|in the queue|being (?:tried|retried|queued))",
)
_SENDER = re.compile(r"\b(?:from|by)[: ]{1,2}\S{1,320}", re.IGNORECASE)
_ADDRESSEE = re.compile(
    rf"(?:\b(?:to|for)[ :]{{1,2}}|发往|发送到|地址)[ （(<：]{{0,2}}(?P<name>{_NAME})", re.IGNORECASE
)
_BRACKETED = re.compile(rf"[ \t]{{0,8}}<(?P<name>{_NAME})>[ \t]{{0,8}}(?::(?P<rest>.{{0,500}}))?")
_REMOTE_REPLY = re.compile(r"[ \t]{0,8}<<< [45]\d\d")
#: A reply code (RFC 5321 4.2) or enhanced status (RFC 3463).
_CODE = re.compile(r"\b[45](?:\d\d[ -]|\.\d{1,3}\.\d{1,3}\b)")


def decode(mail: Mail) -> Decoded | None:
    """A report for each recipient that the text names as failed or delayed; ``None`` when no server wrote it."""
    if not _is_about_mail(mail):
        return None
    lines = [line[:_LINE_LIMIT] for line in mail.text.split("\n")[:_LINES_LIMIT]]
    found = next(filter(None, (layout(lines) for layout in (_listed, _replied, _mentioned, _bracketed))), None)
    if not found:
        return None
    action: Action = "delayed" if tells_of_delay(mail.header) or _DELAYED.search(mail.text) else "failed"
    reports = tuple(_report(name, why, mail.text, action, len(found) == 1) for name, why in found.items())
    return Decoded("bounce", "free-text", reports[:RECIPIENTS_LIMIT])


def _is_about_mail(mail: Mail) -> bool:
    """True for the subject of a bounce, or a server's sender with the words of one: postmasters are people, too."""
    return tells_of_failure(mail.header) or (from_server(mail.header) and bool(_TROUBLE.search(mail.text)))


def _listed(lines: Sequence[str]) -> Found:
    """Recipients that open lines below one that announces them, and what follows each."""
    found: Found = {}
    patience, words = 0, None
    for line in lines:
        opened = _OPENING.match(line) if patience else None
        if opened and (name := address.parse(opened["name"])):
            words = found.setdefault(name, [])
            words.append(opened["rest"])
            patience = _REACH
        elif words is not None and len(words) < _REASON_LIMIT:
            words.append(line)
        patience = (
            _REACH if _ANNOUNCEMENT.search(line, 0, _ANNOUNCEMENT_LIMIT) else patience - bool(patience and line.strip())
        )
    return found


def _replied(lines: Sequence[str]) -> Found:
    """Recipients in the SMTP replies of a transcript, each with what the other server had said just before."""
    found: Found = {}
    said: list[str] = []
    for line in lines:
        if _REMOTE_REPLY.match(line):
            said = [line]
        elif (reply := _REPLY.search(line)) and (name := address.parse(reply["name"])):
            found[name] = [*said, reply[0]]
            said = []
    return found


def _mentioned(lines: Sequence[str]) -> Found:
    """The recipient that the announcing line itself names, and what follows."""
    for number, line in enumerate(lines):
        if announced := _ANNOUNCEMENT.search(line, 0, _ANNOUNCEMENT_LIMIT):
            addressee = _ADDRESSEE.search(line, 0, announced.start())
            name = address.parse(addressee["name"] if addressee else _SENDER.sub("", line[announced.start() :]))
            if name:
                return {name: list(lines[number : number + _REASON_LIMIT])}
    return {}


def _bracketed(lines: Sequence[str]) -> Found:
    """Recipients in angle brackets that open a line without any announcement."""
    opened = filter(None, map(_BRACKETED.fullmatch, lines))
    return {name: [match["rest"] or ""] for match in opened if (name := address.parse(match["name"]))}


def _report(name: str, lines: Iterable[str], text: str, action: Action, alone: bool) -> Report:
    said = one_line(" ".join(lines)).strip(" :<>")
    candidates = [said, about(text, name), *([one_line(text)] if alone or len(said) <= 3 else [])]
    telling = next(filter(_CODE.search, candidates), "")
    return Report(
        action=action,
        final_recipient=name,
        diagnostic_code=telling or next((words for words in candidates if len(words) > 3), said),
    )
