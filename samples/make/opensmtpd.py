"""Makes a real OpenSMTPD bounce in all the ways it can: python samples/make/opensmtpd.py OUTPUT_DIR (see maker.py)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from debian import account
from maker import Maker, main
from newsletter import SUCCESSES, USUAL, Send

#: OpenSMTPD takes no mail for a user of its own that is not there.
SENDS = (
    *(mail for mail in USUAL if mail.name != "user-unknown-local"),
    *SUCCESSES,
    Send("user-unknown-pipe", ("agent@mx.sender.test",)),
)


def configure() -> None:
    """OpenSMTPD's configuration."""
    account("opensmtpd", 398)
    account("opensmtpq", 399)
    shutil.chown("/usr/sbin/smtpctl", "root", "opensmtpq")
    Path("/usr/sbin/smtpctl").chmod(0o2755)
    shutil.copy(Path(__file__).parent / "opensmtpd" / "smtpd.conf", "/etc/smtpd.conf")
    Path("/etc/smtpd.conf").chmod(0o644)
    Path("/var/lib/opensmtpd/empty").mkdir(parents=True, exist_ok=True)


OPENSMTPD = Maker("opensmtpd", ("opensmtpd",), SENDS, configure, ("smtpctl", "schedule", "all"), ("smtpd", "-d"))

if __name__ == "__main__":
    raise SystemExit(main(OPENSMTPD, sys.argv[1:]))
