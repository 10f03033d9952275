"""Mail addresses, as reports write them and as the ledger keys them. Pure.

1. What a report *claims* (``claimed``) may be decoded and guessed: it is as good as the report.
2. A *key* (``key``) is a whole text, as it is but for its case: nothing is stripped, decoded or guessed. It is for what
   proves something (tokens, signed headers, the sender's tables) and for what a person or a program asks or decides.
3. A key is what it claims itself: no key is read as another address, wherever it turns up. So a text that claims
   another one (``IMCEASMTP-joe+40example+2Enet@relay.example.org``) is no key.
4. Keys are in lower case and NFC, their domains A-labels of IDNA 2008 (UTS 46, non-transitional): straße.example is not
   strasse.example. What does not survive the way to A-labels and back, or would be another text without its
   compatibility characters, is no key, and charges nobody.
5. Of a tenant a key stands behind the tenant in parentheses, as behind a comment (RFC 5322 3.2.2): no address begins
   with one. So whatever is kept by key is kept for each tenant apart.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: Characters of a claimed address that are read. RFC 5321 4.5.3.1 allows an address 320 octets.
CLAIM_LIMIT = 1000
CLAIMS_KEPT = 500  # of which the keys are remembered: a message names one address in many places
LOCAL_LIMIT = 64  # octets, RFC 5321 4.5.3.1.1
DOMAIN_LIMIT = 255  # octets, RFC 5321 4.5.3.1.2
LABELS_LIMIT = 10  # of a domain that is not ASCII: each takes time

#: A character of an unquoted mailbox: not a special of RFC 5322 3.2.3, nor East Asian punctuation around it.
ATOM = r"[^\s<>()\[\],;:\"@（）＜＞「」【】《》“”，。：；、]"
#: A mailbox in running text: a quoted string or anything without specials, then a domain or an address literal.
#: Matches more than is allowed, so that anything too long is refused and not cut.
MAILBOX = re.compile(
    r'(?P<local>"(?:[^"\\\r\n]|\\.){1,100}"|(?<!ATOM)ATOM{1,256})@(?P<domain>\[[^\]\s]{1,60}\]|ATOM{1,512})'.replace(
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
_ENCAPSULATION = "imceasmtp-"
_ANGLED = re.compile(r"<([^<>]{3,600})>")
#: An address as nearly all reports write it, in which there is nothing to look for: a tenth of the time.
_ORDINARY = re.compile(
    r"(?:(?:rfc822|RFC822); ?(?!\S{0,64}\+)|[\w \".,'-]{0,100}(?=<))??<?"
    r"(?P<address>[\w.+=-]{1,64}@(?:[\w-]{1,63}\.){0,10}[\w-]{1,63})>?(?: \([\w ]{0,60}\))?",
    re.ASCII,
)
#: Not what ``_tidy`` would take away without its quotes.
_NEEDLESSLY_QUOTED = re.compile(r'"((?![\'`*])[^\s"\\()<>\[\]:;@,.]+(?:\.[^\s"\\()<>\[\]:;@,.]+){0,30})"')

#: The key of an address in which there is nothing to look at but its case, as in nearly all, unless _ENCAPSULATION is
#: in it too. Suppressions.filter() takes half the time with it.
_PLAIN = re.compile(r"[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,9}")

#: A domain as keys have it: whatever is typed into a form, since "recipient@#example.net" bounces too.
_HOST = re.compile(r"[!#-'*+\-./0-9=?A-Z\\^-~]{1,255}|\[[a-z0-9:.-]{1,60}\]")
_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+){0,127}")

#: Letters and marks that nobody sees: fillers, variation selectors, a blank pattern of Braille.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]")

#: What is wrong with a text that has no key.
NOT_AN_ADDRESS = "is not an email address"

#: Names of tenants: what keys begin with, and what tables of the configuration may be called.
TENANT = re.compile(r"[A-Za-z0-9_-]{1,64}")

#: Local parts of redacted addresses (RFC 6590 allows any replacement; these are the usual ones).
_REDACTED = re.compile(r"(?:redacted|undisclosed|hidden|removed|x{3,}|\*+)(?:[^a-z].{0,250}|recipients?)?", re.DOTALL)


def parse(text: str) -> str:
    """The bare address in a claimed form such as ``rfc822; <a@b>``, in its original case, ``""`` if there is none."""
    ordinary = _ORDINARY.fullmatch(text)
    if ordinary and _ENCAPSULATION not in text.lower():
        return ordinary["address"]
    claim = _with_at(_without_type(text[:CLAIM_LIMIT]).partition(" (expanded")[0])
    for candidate in (*reversed(_ANGLED.findall(claim)), claim) if "<" in claim else (claim,):
        if mailbox := MAILBOX.search(candidate):
            return _tidy(mailbox)
    return ""


def claimed(text: str) -> str:
    """The key of the address that a claim names, ``""`` when it names none that may be charged."""
    return _claimed(text[:CLAIM_LIMIT])


@lru_cache(maxsize=CLAIMS_KEPT)
def _claimed(claim: str) -> str:
    if "<" not in claim and (plain := _plain(claim)):
        return plain
    name = parse(claim)
    return _plain(name) or _key(*name.rpartition("@")[::2])


def key(text: str) -> str:
    """The key under which an address is charged and looked up. Raises ValueError when ``text`` is not one address.

    The whole text is one addr-spec (RFC 5322 3.4.1) without white space, comments and a dot behind it.
    """
    if plain := _plain(text):
        return plain
    mailbox = MAILBOX.fullmatch(text)
    made = _key(mailbox["local"], mailbox["domain"]) if mailbox else ""
    if not made or claimed(text) != made:
        raise ValueError(NOT_AN_ADDRESS)
    return made


def _plain(text: str) -> str:
    """The key of an address that is as nearly all are, ``""`` for any other text."""
    plain = text.lower() if text.isascii() else ""
    is_plain = _PLAIN.fullmatch(plain) and len(plain) <= DOMAIN_LIMIT and _ENCAPSULATION not in plain
    return plain if is_plain else ""


def provable(text: str) -> str:
    """``key(text)`` of an address that a proof may name: none that has to be quoted. Raises ValueError.

    What a quoted local part says depends on who reads it: ``"victim@example.net"@example.org``.
    """
    made = key(text)
    if made.startswith('"'):
        raise ValueError(NOT_AN_ADDRESS)
    return made


def entry_key(text: str) -> str:
    """The key of an entry of a list: an address, a domain (``@example.com``) or the domains below one.

    The latter are ``*.example.com``; ``*@`` before a domain is what some programs write. Raises ValueError.
    """
    if not text.startswith(("@", "*")):
        return key(text)
    pattern = text if text.startswith("*.") else text.removeprefix("*").removeprefix("@")
    below = pattern.startswith("*.")
    return f"{'*.' if below else '@'}{domain_key(pattern[2:] if below else pattern)}"


def domain_key(text: str) -> str:
    """The key of a domain. Raises ValueError when ``text`` is none."""
    name = _host_key(text)
    if not _HOST_NAME.fullmatch(name):
        raise ValueError("is not a domain")
    return name


def in_unicode(key: str) -> str:
    """``key`` with its domain as U-labels, the key itself when it has none."""
    if "xn--" not in key:
        return key
    before, mark, host = key.rpartition("@") if "@" in key else key.partition("*.")
    return f"{before}{mark}{_u_labels(host)}"


def domain(address: str) -> str:
    """The part after the last ``@``, in lower case, ``""`` without one."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def of_tenant(tenant: str, text: str) -> str:
    """``text`` (a key, a pattern, an id, a name) as it stands for ``tenant``; of nobody's (``""``) as it is.

    A text of nobody's that begins with a parenthesis gets an empty one: it would name a tenant.
    """
    return f"({tenant}){text}" if tenant or text.startswith("(") else text


def by_tenant(text: str) -> tuple[str, str]:
    """The tenant, ``""`` for nobody, and the text that ``of_tenant`` made ``text`` of."""
    if not text.startswith("("):
        return "", text
    tenant, _, bare = text[1:].partition(")")
    return tenant, bare


def redacted(address: str) -> bool:
    """True if the local part was replaced, to hide the recipient."""
    return bool(_REDACTED.fullmatch(address.rpartition("@")[0].lower()))


def _with_at(claim: str) -> str:
    """The claim, with the address decoded if it is written without "@" or inside another one."""
    if _ENCAPSULATION in claim.lower() and (encapsulated := _IMCEA.search(claim)):
        return _decoded(encapsulated["address"])
    if "@" in claim:
        return claim
    if x400 := _X400.search(claim):
        return x400["address"].replace("(a)", "@").replace("(A)", "@").replace("(u)", "_")
    return _decoded(claim)


def _decoded(claim: str) -> str:
    return _ENCODED.sub(lambda escape: chr(int(escape[1], 16)), claim)


def _without_type(claim: str) -> str:
    typed = _ADDRESS_TYPE.match(claim) if ";" in claim else None
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


def _key(local: str, host: str) -> str:
    """The key of an address, ``""`` when it has none."""
    local, host = _local_key(local), _host_key(host)
    return f"{local}@{host}" if local and host else ""


def _local_key(local: str) -> str:
    if not _is_stable(local):
        return ""
    key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
    if needless := _NEEDLESSLY_QUOTED.fullmatch(key):
        key = needless[1]
    return key if " " not in key and key.isprintable() and len(key.encode()) <= LOCAL_LIMIT else ""


def _host_key(host: str) -> str:
    name = host.lower() if host.isascii() else _a_labels(host)
    return name if len(name) <= DOMAIN_LIMIT and _HOST.fullmatch(name) else ""


def _is_stable(text: str) -> bool:
    """True when no character of ``text`` is another one in disguise (NFKC), or none at all to the eye."""
    if text.isascii():
        return True
    return not _INVISIBLE.search(text) and all(unicodedata.normalize("NFKC", char) == char for char in set(text))


@lru_cache(maxsize=4096)
def _a_labels(host: str) -> str:
    """The A-labels of a domain (RFC 5891), ``""`` when they don't say what it says."""
    import idna  # 12 ms, for those who need it

    if len(host) > DOMAIN_LIMIT or host.count(".") >= LABELS_LIMIT or not _is_stable(host):
        return ""
    try:
        mapped = idna.uts46_remap(host, std3_rules=True, transitional=False)
        # What is mapped to itself comes back from A-labels too: to decode them would take as long again.
        return idna.encode(mapped, strict=True).decode("ascii") if _lower(mapped) == _lower(host) else ""
    except UnicodeError:  # IDNAError is one
        return ""


@lru_cache(maxsize=1024)
def _u_labels(host: str) -> str:
    """A domain with U-labels, as it is when its A-labels stand for none."""
    import idna

    try:
        shown: str = idna.decode(host)
    except UnicodeError:
        return host
    return shown if _a_labels(shown) == host else host


def _lower(host: str) -> str:
    """Lower case as UTS 46 has it: a sigma is the same at the end of a word."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", host).replace("Σ", "σ").lower())
