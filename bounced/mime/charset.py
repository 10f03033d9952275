"""Bytes to text, regardless of the label."""

from __future__ import annotations

import codecs
import html
import re

_CHARSET = re.compile(r"""charset\s{0,5}=\s{0,5}["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
#: Only real character sets: Python also has codecs such as "unicode_escape" and "punycode" (quadratic).
_REAL_CHARSET = re.compile(
    r"(?:iso-?(?:8859|2022)|windows|cp\d|koi8|gb|big5|euc|shift|s-?jis|ks_c|ksc|utf-?(?:8|16)|us-ascii|mac|tis)"
)
#: Labels, and what senders mean by them (the superset in WHATWG's encoding standard).
_MEANT_CHARSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "iso-8859-1": "cp1252",
    "iso-8859-9": "cp1254",
    "us-ascii": "cp1252",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "iso-2022-jp": "iso2022_jp_ext",
}
_WESTERN = re.compile(r"charset\s{0,5}=\s{0,5}[\"']?(?:iso-8859-1|windows-1252|latin1)\b", re.IGNORECASE)
#: Octets of a text in which lines are looked for, and of those lines that chardet gets: it takes 1 ms.
_SEARCHED_LIMIT = 16 * 1024
_SAMPLE_LIMIT = 1024
_TELLING_OCTETS = 4  # beyond ASCII
_LATIN = frozenset(("cp1250", "cp1252", "cp1254", "cp1257", "iso8859-1", "iso8859-2", "iso8859-9", "iso8859-15"))
_DEFAULT_CHARSET = "cp1252"
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_SHIFT_JIS_KANA = re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]")
_EUC_JP_KANA = re.compile(rb"\xa4[\xa1-\xf3]|\xa5[\xa1-\xf6]")
_TAG = re.compile(r"<(?:[!/?]?[A-Za-z][^<>@]{0,2000}|[A-Za-z]{1,20}\s[^<>]{0,2000}|!--[^<>]{0,2000})>")
_LINE_TAG = re.compile(r"<(?:/(?:p|div|tr|li|h[1-6]|table|td|pre)|br|hr|p|pre)\b[^<>]{0,200}>", re.IGNORECASE)
#: Python refuses to read a number of more than 4300 digits (sys.set_int_max_str_digits), and html.unescape reads these.
_LONG_REFERENCE = re.compile(r"&#\d{8,}")
_INVISIBLE = re.compile(r"<(?P<end>/?)(?P<name>style|script|title)\b[^<>]{0,500}>?", re.IGNORECASE)


def decode(body: bytes, content_type: str) -> str:
    """The text of ``body``: UTF-8 wins over the label, undecodable bytes become U+FFFD."""
    if body.isascii() and b"\x1b" not in body:
        return body.decode("ascii")
    for codec in ("iso2022_jp_ext" if b"\x1b$" in body else "utf-8", "utf-8"):
        try:
            return body.decode(codec)
        except UnicodeError:
            if codec == "utf-8" and (text := _damaged_utf8(body)):
                return text
    meant = _meant(body, content_type)
    try:
        return body.decode(meant)
    except UnicodeError:
        return body.decode(_detected(body) or meant, "replace")


def encode(text: str, content_type: str) -> bytes:
    """The text in the charset of the label, or in UTF-8 if that can't encode it."""
    try:
        return text.encode(_codec(content_type))
    except UnicodeError:
        return text.encode("utf-8", "replace")


def _damaged_utf8(body: bytes) -> str:
    """The text if nearly all of ``body`` is UTF-8, as in a message cut inside a character; otherwise ``""``."""
    text = body.decode("utf-8", "replace")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text if text.count("\ufffd") * 5 < beyond_ascii else ""


def _meant(body: bytes, content_type: str) -> str:
    """The charset of 8-bit text that is not UTF-8: of its label, unless that is missing or wrong.

    A Western label is often a program's default.
    """
    labeled = _codec(content_type)
    if labeled not in ("utf-8", _DEFAULT_CHARSET):
        return labeled
    is_western = _WESTERN.search(content_type)
    return _guessed(body) if is_western else _detected(body) or _guessed(body)


def _detected(body: bytes) -> str:
    """The charset that chardet finds in the first lines that are not ASCII, ``""`` for none that mail is written in."""
    import chardet  # reads its models, which few messages need

    lines = (line for line in body[:_SEARCHED_LIMIT].split(b"\n") if not line.isascii())
    found = chardet.detect(b"\n".join(lines)[:_SAMPLE_LIMIT], encoding_era=chardet.EncodingEra.MODERN_WEB)["encoding"]
    codec = _real_codec((found or "").lower())
    return codec if _fits(body, codec) else ""


def _fits(body: bytes, codec: str) -> bool:
    """True unless there is too little text to tell, or single letters within Latin words would be of another script."""
    runs = _BEYOND_ASCII.findall(body[:_SEARCHED_LIMIT])
    beyond = sum(map(len, runs))
    return beyond >= _TELLING_OCTETS and (beyond >= 2 * len(runs) or codec in _LATIN)


def _guessed(body: bytes) -> str:
    """The charset of 8-bit text without a useful label, by its runs of non-ASCII bytes.

    In Western languages these are single letters within words; in Cyrillic, whole words from 0xC0 on, whose lower case
    tells KOI8-R from windows-1251; in Chinese and EUC, pairs of bytes from 0xA1 on.
    """
    runs = _BEYOND_ASCII.findall(body)
    beyond = b"".join(runs)
    if len(_SHIFT_JIS_KANA.findall(body)) * 6 > len(beyond):
        return "cp932"
    if len(beyond) < 3 * len(runs):
        return _DEFAULT_CHARSET
    low, middle = (sum(map(beyond.count, range(*limits))) for limits in ((0xA1, 0xC0), (0xC0, 0xE0)))
    if low * 8 > len(beyond) and not any(len(run) % 2 for run in runs):
        return "euc_jp" if len(_EUC_JP_KANA.findall(beyond)) * 6 > len(beyond) else "gb18030"
    return "koi8-r" if middle * 2 > len(beyond) else "cp1251"


def without_markup(text: str) -> str:
    """The words of an HTML text, one line per block."""
    bare = _TAG.sub(" ", _LINE_TAG.sub("\n", _visible(text)))
    return html.unescape(_LONG_REFERENCE.sub(" ", bare)).replace("\xa0", " ")


def _visible(text: str) -> str:
    """The text without elements that are never displayed, in one pass."""
    kept, shown_from, inside = [], 0, ""
    for tag in _INVISIBLE.finditer(text):
        name = tag["name"].lower()
        if not inside and not tag["end"]:
            kept.append(text[shown_from : tag.start()])
            inside = name
        elif inside == name and tag["end"]:
            inside, shown_from = "", tag.end()
    return "".join(kept) + ("" if inside else text[shown_from:])


def _codec(content_type: str) -> str:
    label = _CHARSET.search(content_type)
    name = label[1].lower() if label else ""
    return _real_codec(_MEANT_CHARSETS.get(name, name)) or _DEFAULT_CHARSET


def _real_codec(name: str) -> str:
    """Python's name of the charset, ``""`` if it is none."""
    if not _REAL_CHARSET.match(name):
        return ""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""
