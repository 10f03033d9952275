"""A mail as decoders see it: its parts, the words for people, and the header of the message it returns.

Mail is hostile input. Invariants of this package:

1. Bounded: only the first 256 KiB are read, and parts, depth, headers and their length have limits.
2. Nothing is raised for any bytes but ``Unreadable``.
3. A returned message is one part: nobody looks for reports inside it.
"""

from bounced.mime.mail import Mail, read
from bounced.mime.mailer import from_server, returns_mail, tells_of_delay, tells_of_failure
from bounced.mime.text import about, below, one_line, phrases
from bounced.mime.tree import Part, Unreadable, parse, parse_headers

__all__ = [
    "Mail",
    "Part",
    "Unreadable",
    "about",
    "below",
    "from_server",
    "one_line",
    "parse",
    "parse_headers",
    "phrases",
    "read",
    "returns_mail",
    "tells_of_delay",
    "tells_of_failure",
]
