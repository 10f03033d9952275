"""Makes a real Exim bounce in all the ways it can: python samples/make/exim.py OUTPUT_DIR (see maker.py)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from debian import account
from maker import Maker, main
from newsletter import SUCCESSES, USUAL, Send

SENDS = (
    *USUAL,
    *SUCCESSES,
    Send("user-unknown-smtputf8", ("ünknown@example.org",)),
    Send("mailbox-full-local", ("full@mx.sender.test",)),
    Send("user-unknown-pipe", ("agent@mx.sender.test",)),
)


def configure() -> None:
    """Exim's configuration, and a mailbox that is full."""
    account("Debian-exim", 399)
    shutil.copy(Path(__file__).parent / "exim" / "exim4.conf", "/etc/exim4/exim4.conf")
    for directory in ("/var/spool/exim4", "/var/log/exim4", "/var/mail/full"):
        Path(directory).mkdir(parents=True, exist_ok=True)
        shutil.chown(directory, "Debian-exim", "Debian-exim")


EXIM = Maker("exim", ("exim4-daemon-heavy",), SENDS, configure, ("exim4", "-qff"), ("exim4", "-bdf"))

if __name__ == "__main__":
    raise SystemExit(main(EXIM, sys.argv[1:]))
