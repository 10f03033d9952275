"""An mbox is split in blocks exactly as line by line, wherever the blocks end."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bounced.sources import mbox
from tests.support import mbox_by_lines

LINES = st.sampled_from(
    [
        *(b"From a Sun Nov 22 10:00:00 2026\n", b"From b\r\n", b"From ", b">From x\n", b">>From y\r\n", b"> From z\n"),
        *(b"\n", b"\r\n", b"\n\n", b"\r", b">", b"text\n", b"abc", b"x" * 70, b"Subject: y\n"),
        *(b"Content-Length: 10\n", b"content-length:30\r\n", b"CONTENT-LENGTH : 60 \n", b"Content-Length: 100\n\n"),
        *(b"Content-Length: 1x\n", b"Content-Length: 5\n"),
    ]
)
MBOXES = st.lists(LINES, max_size=24).map(b"".join)


@pytest.mark.parametrize("octets", [1, 7, 4096])
@example(
    b"From a Sun Nov 22 10:00:00 2026\nContent-Length : 60 \n\nFrom a Sun Nov 22 10:00:00 2026\nSubject: y\n", True
)
@given(content=st.one_of(MBOXES, MBOXES.map(lambda content: b"From a\n" + content)), seekable=st.booleans())
@settings(max_examples=300, deadline=None)
def test_an_mbox_is_split_in_blocks_as_line_by_line(octets: int, content: bytes, seekable: bool) -> None:
    class Slow(io.BytesIO):
        """Gives ``octets`` at a time."""

        def read1(self, _: int | None = -1, /) -> bytes:
            return super().read1(octets)

    messages = [
        (mail.separator, bytes(mail.content), mail.unquoted) for mail in mbox.split(Slow(content), seekable=seekable)
    ]
    assert messages == list(mbox_by_lines.split(content, seekable=seekable))


def test_lines_longer_than_a_block_are_not_kept() -> None:
    line = b"x" * (200_000) + b"\n"
    [first, second] = mbox.split(io.BytesIO(b"From a\n" + line + b"\nFrom " + line + b"\nText\n"))
    assert (first.size, second.separator[:8], len(second.separator)) == (len(line), b"From xxx", 65_536)
    assert second.size == len(b"From " + line + b"\nText\n") - 65_536
