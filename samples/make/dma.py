"""Makes a real dma bounce in all the ways it can: python samples/make/dma.py OUTPUT_DIR (see maker.py)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from maker import Maker, main
from newsletter import USUAL, Send

#: dma takes no mail for a user of its own that is not there.
SENDS = tuple(mail for mail in USUAL if mail.name != "user-unknown-local")

DMA_CONF = """\
MAILNAME mx.sender.test
"""


def configure() -> None:
    """dma's configuration and its queue."""
    Path("/etc/dma/dma.conf").write_text(DMA_CONF)
    Path("/etc/aliases").write_text("forward: unknown@example.com\n")
    Path("/var/spool/dma").mkdir(parents=True, exist_ok=True)
    shutil.chown("/var/spool/dma", "root", "mail")
    Path("/var/spool/dma").chmod(0o2775)


def command(mail: Send) -> Sequence[str]:
    """dma knows no SMTP server and no RFC 3461."""
    return ("dma", "-i", "-f", mail.envelope_from, *mail.recipients)


DMA = Maker("dma", ("dma",), SENDS, configure, ("dma", "-q"), command=command)

if __name__ == "__main__":
    raise SystemExit(main(DMA, sys.argv[1:]))
