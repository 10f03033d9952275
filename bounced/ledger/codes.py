"""How an address is written in tokens, tracking links and encoded words: coded, or as a hash of it. Pure.

Of each code that an address may have, by where it begins, the characters are looked for that depend on nothing but the
address. What stands there is then decoded with what is around it: the codes of other addresses have them as well.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

#: What links and lists of others have instead of an address.
HASHES = ("md5", "sha1", "sha256", "sha512")

#: What stands before a code in a URL or an address, though codes may have it.
SEPARATORS = "/+_-"


@dataclass(frozen=True, slots=True)
class Coding:
    """``bits`` in each of its characters; ``group`` of them stand for whole octets."""

    bits: int
    group: int
    alphabet: str
    encode: Callable[[bytes], bytes]
    decode: Callable[[str], bytes]


BASE64 = Coding(6, 4, "A-Za-z0-9+/", base64.b64encode, lambda text: base64.b64decode(text))
BASE64_OF_URLS = Coding(6, 4, "A-Za-z0-9_-", base64.urlsafe_b64encode, lambda text: base64.urlsafe_b64decode(text))
BASE32 = Coding(5, 8, "A-Za-z2-7", base64.b32encode, lambda text: base64.b32decode(text.upper()))
BASE16 = Coding(4, 2, "A-Fa-f0-9", base64.b16encode, lambda text: base64.b16decode(text.upper()))


@dataclass(frozen=True, slots=True)
class Code:
    """What an address may be written as, in lower case, behind so many characters of its first group."""

    text: str
    coding: Coding
    behind: int

    def read(self, text: str, begin: int, end: int) -> str:
        """What ``text`` says there, with a few octets before and after it; ``""`` if it is no code."""
        coding, first = self.coding, begin - self.behind
        is_separated = first > 0 and text[first - 1] in SEPARATORS
        before = text[max(0, first if is_separated else first - coding.group) : begin]
        start = re.search(f"[{coding.alphabet}]*$", before)
        rest = re.match(f"[{coding.alphabet}]*", text[end : end + 2 * coding.group])
        head = (start[0] if start else "").rjust(self.behind + coding.group, "A")
        whole = f"{head}{text[begin:end]}{rest[0] if rest else ''}"
        try:
            octets = coding.decode(whole + "A" * (-len(whole) % coding.group))
        except (binascii.Error, ValueError):
            return ""
        return octets.decode("utf-8", "replace")


def hashes(addresses: Iterable[str]) -> tuple[str, ...]:
    """The hashes of ``addresses`` in hexadecimal, in lower case."""
    contents = [address.encode() for address in addresses]
    return tuple(
        hashlib.new(name, content, usedforsecurity=False).hexdigest() for content in contents for name in HASHES
    )


def codes(addresses: Iterable[str]) -> tuple[Code, ...]:
    """The codes that ``addresses`` may have."""
    contents = [address.encode() for address in addresses]
    return tuple({code.text: code for content in contents for code in _codes(content)}.values())


def _codes(content: bytes) -> Iterator[Code]:
    for coding in (BASE64, BASE64_OF_URLS, BASE32, BASE16):
        for shift in range(coding.group * coding.bits // 8):
            text = coding.encode(bytes(shift) + content).decode("ascii").lower()
            behind = -(-8 * shift // coding.bits)
            yield Code(text[behind : 8 * (shift + len(content)) // coding.bits], coding, behind)
