"""A message as decoders see it: its parts, its text for people, and the header of the message it returns.

Mail is hostile input. Invariants of this package:

1. Bounded: only the first 256 KiB are read, and parts, depth, headers and their length are limited.
2. Whatever the bytes, nothing but ``Unreadable`` is raised.
3. A returned message is one part: it is never searched for reports.
"""

from bounced.mime.aliases import without_notes, written_to
from bounced.mime.announcements import LANGUAGES
from bounced.mime.dates import header_date, in_utc
from bounced.mime.departures import departure
from bounced.mime.header import header_lines, header_of, raw_fields, without_comments
from bounced.mime.json_text import Json, as_list, as_object, as_text, json_document, json_object
from bounced.mime.mail import Mail, read
from bounced.mime.mta import Signs, is_contact
from bounced.mime.parts import Part, Unreadable, parse, parse_headers
from bounced.mime.phrase_table import FewPhrases, PhraseTable, folded
from bounced.mime.returned import is_list, names_only, only_recipient
from bounced.mime.text import Words, below, phrases, quotes_reply, searched, telling
from bounced.peer import one_line

__all__ = [
    "LANGUAGES",
    "FewPhrases",
    "Json",
    "Mail",
    "Part",
    "PhraseTable",
    "Signs",
    "Unreadable",
    "Words",
    "as_list",
    "as_object",
    "as_text",
    "below",
    "departure",
    "folded",
    "header_date",
    "header_lines",
    "header_of",
    "in_utc",
    "is_contact",
    "is_list",
    "json_document",
    "json_object",
    "names_only",
    "one_line",
    "only_recipient",
    "parse",
    "parse_headers",
    "phrases",
    "quotes_reply",
    "raw_fields",
    "read",
    "searched",
    "telling",
    "without_comments",
    "without_notes",
    "written_to",
]
