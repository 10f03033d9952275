"""A mail as a decoder gets it."""

from __future__ import annotations

from dataclasses import dataclass

from bounced.mime.charset import without_markup
from bounced.mime.parts import CONTENT_LIMIT, Part, Unreadable, normalised, parse, parse_headers
from bounced.mime.returned import HEADER_TYPES, original_part, split
from bounced.model import Original

EVERYTHING_LIMIT = 2 * CONTENT_LIMIT  # characters of a mail's headers and texts
SOURCES_LIMIT = 4  # messages that are returned as text
WORDS_LIMIT = 64 * 1024  # characters of the words for people: some 600 recipients, each with the reason


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, taken apart once for all decoders."""

    content: bytes  # as parsed: line ends are LF, nothing stands before the header
    root: Part
    parts: tuple[Part, ...]  # depth first; nothing from inside the returned message
    text: str  # the words for people, without a returned message that is quoted below them
    original: Original  # the header of the returned message
    returned: bytes  # the octets of the returned message, empty unless the mail claims to hold all of them
    quoted: str = ""  # the returned message, when it is quoted as text: its source

    @property
    def header(self) -> Original:
        """The header of the mail itself."""
        return self.root.header

    def all_text(self) -> str:
        """The text of every part that is not the returned message: where reports with broken MIME are looked for."""
        return "\n\n".join(part.text for part in self.parts if part.body and part.content_type not in HEADER_TYPES)

    def everything(self) -> str:
        """Every header and every text, decoded, also of returned messages and of what they hold."""
        unparsed = (part.body for part in self.parts if part.content_type in HEADER_TYPES and not part.children)
        sources = (self.quoted.encode("utf-8", "replace"), *unparsed)
        roots = [self.root, *filter(None, map(_parsed, sources[:SOURCES_LIMIT]))]
        parts = [part for root in roots for part in root.walk(into_messages=True)]
        values = (value for part in parts for _, value in part.header.headers)
        return "\n".join((*values, *(part.text for part in parts)))[:EVERYTHING_LIMIT]


def read(content: bytes) -> Mail:
    """The mail in ``content``; raises ``Unreadable``, and nothing else, for any bytes."""
    content = normalised(content)
    root = parse(content)
    parts = tuple(root.walk())
    original, returned = original_part(parts if root.is_message else parts[1:])
    words = _words(parts)[:WORDS_LIMIT]
    quoted = ""
    if not original.headers:
        words, quoted = split(words)
        original = parse_headers(quoted.encode("utf-8", "replace"))
    return Mail(content, root, parts, words, original, returned, quoted)


def _parsed(source: bytes) -> Part | None:
    """The message, or the header of one, that a report returns as the text of its source."""
    try:
        return parse(source) if source.strip() else None
    except Unreadable:
        return None


def _words(parts: tuple[Part, ...]) -> str:
    """The plain text parts, or what the HTML parts say where there are none."""
    plain = [part.text for part in parts if part.content_type.endswith("/plain") and part.body.strip()]
    return "\n\n".join(plain or [without_markup(part.text) for part in parts if part.content_type == "text/html"])
