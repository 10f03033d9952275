"""A message as decoders get it."""

from __future__ import annotations

from bounced.mime.charset import without_markup
from bounced.mime.mta import Signs
from bounced.mime.parts import CONTENT_LIMIT, Part, Unreadable, normalized, parse, parse_headers, tree
from bounced.mime.returned import HEADER_TYPES, original_part, split
from bounced.mime.text import without_footers
from bounced.model import Original, record

EVERYTHING_LIMIT = 2 * CONTENT_LIMIT  # characters of a message's headers and texts
SOURCES_LIMIT = 4  # messages returned as text
WORDS_LIMIT = 64 * 1024  # characters of the text for people: some 600 recipients with their reasons


@record(frozen=True, slots=True)
class Mail:
    """One message, parsed once for all decoders."""

    content: bytes  # as parsed: line ends are LF, nothing precedes the header
    root: Part
    header: Original  # of the message itself
    parts: tuple[Part, ...]  # depth first; none from inside the returned message
    text: str  # the text for people, without a returned message quoted below it
    original: Original  # the header of the returned message
    returned: bytes  # the octets of the returned message, empty unless the report claims to contain all of them
    quoted: str  # the source of the returned message, if it is quoted as text
    signs: Signs  # who wrote it, and why

    def all_text(self) -> str:
        """The text of every part but the returned message: searched for reports with broken MIME."""
        return "\n\n".join(part.text for part in self.parts if part.body and part.content_type not in HEADER_TYPES)

    def everything(self) -> str:
        """Every header and every text, decoded, including those of returned messages and their parts."""
        unparsed = (part.body for part in self.parts if part.content_type in HEADER_TYPES and not part.children)
        sources = (self.quoted.encode("utf-8", "replace"), *unparsed)
        roots = [self.root, *filter(None, map(_parsed, sources[:SOURCES_LIMIT]))]
        parts = [part for root in roots for part in root.walk(into_messages=True)]
        values = (value for part in parts for _, value in part.header.headers)
        return "\n".join((*values, *(part.text for part in parts)))[:EVERYTHING_LIMIT]


def read(content: bytes) -> Mail:
    """The message in ``content``. Raises ``Unreadable`` and nothing else, whatever the bytes."""
    content = normalized(content)
    root = tree(content)
    parts = tuple(root.walk())
    original, returned = original_part(parts if root.is_message else parts[1:])
    words = _words(parts)[:WORDS_LIMIT]
    quoted = ""
    if not original.fields:
        words, quoted = split(words)
        original = parse_headers(quoted.encode("utf-8", "replace")) if quoted else original
    text = without_footers(words)
    signs = Signs(root.header, text, bool(original.fields))
    return Mail(content, root, root.header, parts, text, original, returned, quoted, signs)


def _parsed(source: bytes) -> Part | None:
    """The message, or its header, of which a report returns the source as text."""
    try:
        return parse(source) if source.strip() else None
    except Unreadable:
        return None


def _words(parts: tuple[Part, ...]) -> str:
    """The plain text parts, or the words of the HTML parts if there are none."""
    plain = [part.text for part in parts if part.content_type.endswith("/plain") and not _is_blank(part.body)]
    return "\n\n".join(plain or [without_markup(part.text) for part in parts if part.content_type == "text/html"])


def _is_blank(body: bytes) -> bool:
    return not body or body.isspace()
