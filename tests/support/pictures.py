"""Pictures of a terminal: what a command writes to a real one, drawn by a browser."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.support import chromium
from tests.support.commands import COMMAND

#: What `bounced top` begins each screen with.
HOME = "\x1b[H"

#: Pixels of a character and of a line, and around the whole.
CHARACTER, LINE, MARGIN = 9, 18, 24

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><style>
body {{ background: {background}; color: {foreground}; margin: 12px }}
pre {{ font: 14px/{line}px "DejaVu Sans Mono", monospace; margin: 0 }}
{stylesheet}</style></head><body><pre>{code}</pre></body></html>"""


def shown(columns: int, lines: int, *words: str, keys: bytes = b"") -> str:
    """What ``bounced`` with these words writes to a terminal of that size, until it ends.

    ``keys`` are pressed when something is to be seen.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "PAGER": "cat", "COLORTERM": "truecolor"}
    environment.pop("NO_COLOR", None)
    started = subprocess.Popen([*COMMAND, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    parts = []
    for part in _read(ours):
        parts.append(part)
        if keys and HOME.encode() in part:
            os.write(ours, keys)
            keys = b""
    text = b"".join(parts).decode()
    os.close(ours)
    started.wait(30)
    return text


def _read(descriptor: int) -> Iterator[bytes]:
    with suppress(OSError):  # the command has ended
        while part := os.read(descriptor, 65536):
            yield part


def draw(text: str, columns: int, picture: Path) -> list[str]:
    """Draws what was ``shown``, with its colors, into ``picture``; what is longer than a line goes on
    in the next, as there. Returns the lines without colors."""
    screen = text.rpartition(HOME)[2].replace("\r\n", "\n").replace("\r", "")
    drawn = Text.from_ansi(screen)
    console = Console(record=True, width=columns, file=StringIO(), color_system="truecolor")
    console.print(drawn, overflow="fold", soft_wrap=False)
    page = picture.with_suffix(".html")
    template = PAGE.replace("{line}", str(LINE))
    page.write_text(console.export_html(theme=MONOKAI, code_format=template), "utf-8")
    height = sum(1 + max(0, len(line) - 1) // columns for line in drawn.plain.splitlines()) * LINE
    chromium.screenshot(page, picture, columns * CHARACTER + MARGIN, height + MARGIN)
    page.unlink()
    return drawn.plain.splitlines()
