"""Lines of RFC 5424 as those of RFC 3164, in which Postfix and Exim are read. Pure."""

from __future__ import annotations

import re

#: ``<22>1 2026-09-07T06:14:06+00:00 mx postfix/smtp 17 - [meta sequenceId="1"] text``, the text perhaps behind a byte
#: order mark (section 6). rsyslog keeps the space that was before it.
_LINE = re.compile(
    rb"<\d{1,3}>1 (?P<begin>\S{1,40} \S{1,255} \S{1,120}) (?P<pid>\S{1,128}) \S{1,32} "
    rb"(?:-|(?:\[(?:[^\]\\]|\\.)*\])+) (?:\xef\xbb\xbf)? ?(?P<text>.*)",
    re.DOTALL,
)


def traditional(line: bytes) -> bytes:
    """``date host program[pid]: text``; another line as it is."""
    entry = _LINE.match(line)
    return b"%s[%s]: %s" % entry.group("begin", "pid", "text") if entry else line
