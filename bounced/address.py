"""Mail addresses: as reports write them, and as keys of the ledger."""

from __future__ import annotations

import re
import unicodedata

#: Characters of a claimed address that are read. RFC 5321 4.5.3.1 allows an address 320 octets.
CLAIM_LIMIT = 1000
LOCAL_LIMIT = 64  # octets, RFC 5321 4.5.3.1.1
DOMAIN_LIMIT = 255  # octets, RFC 5321 4.5.3.1.2

#: A character of an unquoted mailbox: not a special of RFC 5322 3.2.3, nor East Asian punctuation around it.
ATOM = r"[^\s<>()\[\],;:\"@（）＜＞「」【】《》“”，。：；、]"
#: A mailbox in running text: a quoted string or anything without specials, then a domain or an address literal.
#: Matches more than is allowed, so that anything too long is refused and not cut.
MAILBOX = re.compile(
    r'(?P<local>"(?:[^"\\\r\n]|\\.){1,100}"|ATOM{1,256})@(?P<domain>\[[^\]\s]{1,60}\]|ATOM{1,512})'.replace(
        "ATOM", ATOM
    )
)
_ADDRESS_TYPE = re.compile(r"\s{0,20}[A-Za-z][A-Za-z0-9-]{0,30}\s{0,20};")  # RFC 3464 2.3.1
_UNICODE_ESCAPE = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")  # RFC 6533 3, "utf-8-addr-xtext"
_XTEXT = re.compile(r"\+(2B|3D)")  # RFC 3461 4: the two printable characters that xtext must encode
#: xtext (RFC 3461 4) and percent-encoding (RFC 6068 2), for claims that encode the "@" as well.
_ENCODED = re.compile(r"[+%]([2-7][0-9A-Fa-f])")
#: X.400 names with a mail address in them (RFC 2156 4.1.1): "/DDA:RFC-822=joe(a)example.net/O=Example/".
_X400 = re.compile(r"/DDA?[.:]RFC-?822=(?P<address>[^/;]{1,300})", re.IGNORECASE)
#: Exchange's encapsulation of an address of another type: "IMCEASMTP-joe+40example+2Enet@relay.example.org".
_IMCEA = re.compile(r"IMCEASMTP-(?P<address>[^@\s]{1,300})@", re.IGNORECASE)
_ANGLED = re.compile(r"<([^<>]{3,600})>")
_NEEDLESSLY_QUOTED = re.compile(r'"([^\s"\\()<>\[\]:;@,.]+(?:\.[^\s"\\()<>\[\]:;@,.]+){0,30})"')

#: Characters of a text that holds more than one address.
_SEPARATORS = frozenset(",;")

#: Local parts of redacted addresses (RFC 6590 allows any replacement; these are the usual ones).
_REDACTED = re.compile(r"(?:redacted|undisclosed|hidden|removed|x{3,}|\*+)(?:[^a-z].{0,250}|recipients?)?", re.DOTALL)


def parse(text: str) -> str:
    """The bare address in a claimed form such as ``rfc822; <a@b>``, in its original case, ``""`` if there is none."""
    claim = _with_at(_without_type(text[:CLAIM_LIMIT]).split(" (expanded", 1)[0])
    for candidate in (*reversed(_ANGLED.findall(claim)), claim):
        if mailbox := MAILBOX.search(candidate):
            return _tidy(mailbox)
    return ""


def normalise(text: str) -> str:
    """The key under which an address is charged and looked up, ``""`` if the text contains no mail address.

    All lower case, NFC, the domain as A-label (RFC 5890); a local part has at most 64 octets.
    """
    local, _, host = unicodedata.normalize("NFC", parse(text)).lower().rpartition("@")
    if needless := _NEEDLESSLY_QUOTED.fullmatch(local):
        local = needless[1]
    key = f"{local}@{_a_label(host)}"
    if not local or not host or " " in key or not key.isprintable():
        return ""
    return key if len(local.encode()) <= LOCAL_LIMIT and len(key) - len(local) - 1 <= DOMAIN_LIMIT else ""


def single(text: str) -> str:
    """``normalise(text)`` of a text that names one mail address, ``""`` when it names none or several."""
    return normalise(text) if _SEPARATORS.isdisjoint(text) else ""


def domain(address: str) -> str:
    """The part after the last ``@``, in lower case, ``""`` without one."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def redacted(address: str) -> bool:
    """True if the local part was replaced, to hide the recipient."""
    return bool(_REDACTED.fullmatch(address.rpartition("@")[0].lower()))


def _with_at(claim: str) -> str:
    """The claim, with the address decoded if it is written without "@" or inside another one."""
    if encapsulated := _IMCEA.search(claim):
        return _decoded(encapsulated["address"])
    if "@" in claim:
        return claim
    if x400 := _X400.search(claim):
        return x400["address"].replace("(a)", "@").replace("(A)", "@").replace("(u)", "_")
    return _decoded(claim)


def _decoded(claim: str) -> str:
    return _ENCODED.sub(lambda escape: chr(int(escape[1], 16)), claim)


def _without_type(claim: str) -> str:
    typed = _ADDRESS_TYPE.match(claim)
    if not typed:
        return claim
    bare = _UNICODE_ESCAPE.sub(lambda escape: _character(escape[1]), claim[typed.end() :])
    return _XTEXT.sub(lambda escape: chr(int(escape[1], 16)), bare)


def _character(digits: str) -> str:
    """The character of that code point, U+FFFD if there is none."""
    point = int(digits, 16)
    return chr(point) if point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF else "\ufffd"


def _tidy(mailbox: re.Match[str]) -> str:
    """The mailbox without the punctuation of the sentence around it."""
    local, host = mailbox["local"].lstrip("'`*"), mailbox["domain"].rstrip(".'`*!?")
    return f"{local}@{host}" if local and host else ""


def _a_label(host: str) -> str:
    if host.isascii():
        return host
    try:
        return host[:DOMAIN_LIMIT].encode("idna").decode("ascii")
    except UnicodeError:
        return host
