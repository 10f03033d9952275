"""Bytes to text, whatever the label says."""

from __future__ import annotations

import codecs
import html
import re

_CHARSET = re.compile(r"""charset\s{0,5}=\s{0,5}["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
#: Only real character sets: Python also has codecs such as "unicode_escape" and "punycode" (quadratic).
_PLAUSIBLE = re.compile(
    r"(?:iso-?(?:8859|2022)|windows|cp\d|koi8|gb|big5|euc|shift|s-?jis|ks_c|ksc|utf-?(?:8|16)|us-ascii|mac|tis)"
)
#: What the label says, and what senders mean by it (the superset that WHATWG's encoding standard names).
_MEANT = {
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
_DEFAULT = "cp1252"
_TAG = re.compile(r"<(?:[!/?]?[A-Za-z][^<>@]{0,2000}|[A-Za-z]{1,20}\s[^<>]{0,2000}|!--[^<>]{0,2000})>")
_LINE_TAG = re.compile(r"<(?:/(?:p|div|tr|li|h[1-6]|table|td|pre)|br|hr|p)\b[^<>]{0,200}>", re.IGNORECASE)
_INVISIBLE = re.compile(r"<(?P<end>/?)(?P<name>style|script|title)\b[^<>]{0,500}>?", re.IGNORECASE)


def decode(body: bytes, content_type: str) -> str:
    """The text that ``body`` holds: UTF-8 wins over the label, bytes that fit nothing become U+FFFD."""
    if body.isascii() and b"\x1b" not in body:
        return body.decode("ascii")
    labelled = _codec(content_type)
    for codec in ("iso2022_jp_ext" if b"\x1b$" in body else "utf-8", "utf-8", labelled):
        try:
            return body.decode(codec)
        except UnicodeError:
            if codec == "utf-8" and (text := _damaged_utf8(body)):
                return text
    return body.decode(_DEFAULT if labelled == "utf-8" else labelled, "replace")


def _damaged_utf8(body: bytes) -> str:
    """The text when nearly all of ``body`` is UTF-8, as of a mail that was cut within a character; else ``""``."""
    text = body.decode("utf-8", "replace")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text if text.count("\ufffd") * 5 < beyond_ascii else ""


def without_markup(text: str) -> str:
    """The words of an HTML text, a line for each block."""
    return html.unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", _visible(text)))).replace("\xa0", " ")


def _visible(text: str) -> str:
    """The text without the elements that are never shown, in one pass."""
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
    name = _MEANT.get(name, name)
    if not _PLAUSIBLE.match(name):
        return _DEFAULT
    try:
        return codecs.lookup(name).name
    except LookupError:
        return _DEFAULT
