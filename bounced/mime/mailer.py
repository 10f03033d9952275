"""Telling what a mail server wrote from what people and their programs write."""

from __future__ import annotations

import re

from bounced import address
from bounced.mime.text import phrases
from bounced.model import Original

#: Local parts of addresses from which servers write.
_SERVERS = phrases(
    r"(?:mailer?|mailserver|smtp|mailbox|mailman)[._-]?daemon",
    r"post[._-]?master",
    r"mail[._-]?delivery.{0,40}",
    r".{0,40}delivery[._-]?system",
    r"mailadm",
    r"bounces?",
    r"mta|ndr",
    r".{0,40}mail[._-]?service",
)
#: Names under which they do.
_SERVER_NAMES = phrases(
    r"mail(?:er)?[ -]?(?:deliver|daemon|system|transport)",
    r"system ?administrator|mail administrator",
    r"postmaster",
    r"delivery (?:sub)?system",
)
#: How servers begin the subject of a mail that says that something could not be delivered, or not yet.
_SUBJECTS = phrases(
    r"un-?deliver|unable to deliver|not delivered|(?:could|can)(?: ?no|n')t be delivered|could not send|error sending",
    r"non[ -]?(?:delivery|remis|livr)|unzustellbar|nicht zugestellt|zustell",
    r"returned (?:e-?)?mail|mail returned|returned to sender|mail delivery",
    r"fail(?:ed|ure)|(?:mail|message|system) error",
    r"delivery (?:status|report|problem|error|notification|has|to|delayed|unsuccessful)|delayed",
    r"bounced?\b|rejected|(?:user|recipient|address) unknown|unknown (?:user|address|recipient)",
    r"over quota|mailbox full",
    r"no entregad|no se (?:puede|pudo) entregar|devuelto|não entregue",  # Spanish, Portuguese
    r"impossible de|non consegnat|mancato recapito|recapito",  # French, Italian
    r"niet bezorg|onbestelbaar",  # Dutch
    r"niedostarczon|nie dostarczon|недоставл|не доставл|не удалось",  # Polish, Russian
    r"配信|配達|送信エラー|エラーメール|メールエラー|退信|无法投递|無法投遞|投递失败",  # Japanese, Chinese
)
_DELAYS = phrases(
    r"\bdelay",
    r"^warning(?!.{0,200}(?:unknown|fail|reject|return))",  # MDaemon warns of failures, Exim and Sendmail of delays
    r"verzögert|retras|ritard|opóźn|задерж",
)
#: People answer and forward what servers wrote.
_ANSWER = re.compile(r"\s{0,4}(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|odp)(?:\[\d{1,3}\])?\s{0,2}:", re.IGNORECASE)


def from_server(header: Original) -> bool:
    """True when the From address, its name or its absence say that a mail server speaks."""
    sender = header.get("From")
    local = address.parse(sender).rpartition("@")[0] or sender.strip()
    return not local or local == "<>" or bool(_SERVERS.fullmatch(local) or _SERVER_NAMES.search(sender))


def tells_of_failure(header: Original) -> bool:
    """True when the subject is one under which servers send mail back."""
    subject = header.get("Subject")
    return bool(_SUBJECTS.search(subject)) and not _ANSWER.match(subject)


def returns_mail(header: Original) -> bool:
    """True when the sender or the subject is that of a server which sends mail back."""
    return from_server(header) or tells_of_failure(header)


def tells_of_delay(header: Original) -> bool:
    """True when the subject is that of a warning: delivery goes on, nobody has failed yet."""
    return bool(_DELAYS.search(header.get("Subject")))
