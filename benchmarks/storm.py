"""A storm of reports: copies of real ones, each a message with its own number about an address that no other names.

They are those of the corpus next to the checkout, or the samples where there is none.
`python -m benchmarks.storm MESSAGES > FILE` writes an mbox.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
SAMPLES = ROOT / "samples"

FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Original:
    """A report, with LF, in the pieces between which the number of a copy is put."""

    pieces: tuple[bytes, ...]

    def copy(self, number: int) -> bytes:
        """The report as message ``number``, about that recipient."""
        return b"Message-ID: <%d@storm.test>\n" % number + (b".%d" % number).join(self.pieces)


def originals() -> list[Original]:
    """The reports that name a recipient, in the order of their names."""
    return [_original(path.read_bytes(), recipient) for path, recipient in _reports()]


def storm(messages: int) -> Iterator[bytes]:
    """So many reports."""
    for number, original in enumerate(islice(cycle(originals()), messages)):
        yield original.copy(number)


def write_mbox(file: BinaryIO, messages: int) -> None:
    """Writes a storm as an mboxrd."""
    for message in storm(messages):
        file.write(b"From MAILER-DAEMON Sun Nov 22 10:00:00 2026\n" + FROM_LINE.sub(rb">\1", message) + b"\n")


def _original(content: bytes, recipient: str) -> Original:
    """``content``, in which a number can be put behind the local part of ``recipient``, also where it is VERP."""
    local, _, domain = recipient.encode().rpartition(b"@")
    text = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = text.partition(b"\n")[2] if text.startswith((b"From ", b">From ")) else text
    seams = rb"(?i)(?<=\b%b)(?=[@=]%b\b)" % (re.escape(local), re.escape(domain))
    return Original(tuple(re.split(seams, text.lstrip(b"\n"))))


def _reports() -> Iterator[tuple[Path, str]]:
    """Each report, and one of its recipients."""
    if CORPUS.is_dir():
        for row in map(json.loads, (CORPUS / "expected.jsonl").read_text("utf-8").splitlines()):
            if row["rows"] and row["rows"][0]["recipient"]:
                yield CORPUS / "mails" / row["file"], row["rows"][0]["recipient"][0]
        return
    for path in sorted(SAMPLES.rglob("*.json")):
        events = json.loads(path.read_text("utf-8"))["events"]
        if events and events[0]["address"]:
            yield path.with_suffix(".eml"), events[0]["address"]


if __name__ == "__main__":
    write_mbox(sys.stdout.buffer, int(sys.argv[1]))
