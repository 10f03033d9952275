"""Reports of other kinds: read receipts, DMARC and TLS reports. They are about no failure."""

from __future__ import annotations

import re

from bounced.mime import Mail, Part, phrases, quotes_reply
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
_DMARC_SUBJECT = re.compile(
    r"\W{0,3}(?:\[preview\] |dmarc aggregate )?report domain:.{0,300}?submitter:", re.IGNORECASE | re.DOTALL
)

#: RFC 7489 7.2.1.1 and RFC 8460 5.1: "receiver!policy-domain!begin!end!id.xml.gz" is the name of the attachment.
_REPORT_FILE = re.compile(
    r"name\s{0,3}=\s{0,3}\"?[^\s!\"]{1,255}![^\s!\"]{1,255}!\d{9,11}!\d{9,11}(?:![\w.-]{1,100})?\.(?:xml|json|zip|gz)"
)
#: Outlook's receipts after a gateway removed the part that marks them.
_RECEIPT_SUBJECT = re.compile(
    r"\s{0,4}(?:(?:not )?read|(?:un)?gelesen|(?:non )?lu|(?:no )?leído|(?:non )?letto|gelezen|prze(?:czytano|czytane)"
    r"|прочтено|已读|開封済み)\s?[:：]",
    re.IGNORECASE,
)
_RECEIPT = phrases(
    r"was (?:read|deleted without being read)",
    r"wurde .{0,80}(?:gelesen|gelöscht)",
    r"a été (?:lu|supprimé)",
    r"fue (?:leído|eliminado)|è stato (?:letto|eliminato)|is .{0,80}gelezen|odczytan|прочитано|已于.{0,80}阅读|開封",
)


#: What may be done with the rows of a quarantine's digest, in the words of Mimecast, Microsoft, Proofpoint and others.
_DIGEST_VERBS = frozenset(
    (
        *("release", "permit", "block", "allow", "approve", "whitelist", "blacklist", "deliver", "delete"),
        *("freigeben", "zulassen", "blockieren", "libérer", "autoriser", "bloquer", "liberar", "permitir", "bloquear"),
        *("rilascia", "consenti", "blocca", "vrijgeven", "toestaan", "blokkeren", "zwolnij", "释放", "放行", "解放"),
    )
)
_ENDINGS = tuple(_DIGEST_VERBS)
_COLUMNS = re.compile(r"[ \t]{2,}|[|\[\]\t]")
_DIGEST_TEXT_LIMIT = 64 * 1024


def decode(mail: Mail) -> Decoded | None:
    """Kind ``other`` for a receipt or a report about authentication or TLS, ``None`` for anything else."""
    subject = mail.header.get("Subject")
    is_receipt = _RECEIPT_SUBJECT.match(subject) and _RECEIPT.search(mail.text)
    if is_receipt or _DMARC_SUBJECT.match(subject) or _is_digest(mail) or any(map(_is_foreign, mail.parts)):
        return Decoded("other", "not-a-report")
    return None


def _is_digest(mail: Mail) -> bool:
    """True for a list of other people's messages that are held, each with what may be done with it."""
    text = mail.text[:_DIGEST_TEXT_LIMIT]
    if mail.root.content_type == "multipart/report" or mail.original.fields or "@" not in text:
        return False
    lines = text.split("\n")
    others = [line for line in lines if not _offers_release(line.lower())]
    return len(others) < len(lines) and not quotes_reply("\n".join(others))


def _offers_release(line: str) -> bool:
    """True for a line whose last column has nothing but the verbs of a digest: "Release Permit Block"."""
    columns = line.strip(" \t|[]")
    if not columns.rstrip().endswith(_ENDINGS):
        return False
    return _DIGEST_VERBS.issuperset(_COLUMNS.split(columns)[-1].split())


def _is_foreign(part: Part) -> bool:
    names = (part.header.get("Content-Type"), part.header.get("Content-Disposition"))
    return part.content_type in _TYPES or any("!" in name and _REPORT_FILE.search(name) for name in names)
