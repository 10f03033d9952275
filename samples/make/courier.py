"""Makes a real Courier bounce in all the ways it can: python samples/make/courier.py OUTPUT_DIR (see maker.py)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from debian import account
from internet import run
from maker import Maker, main
from newsletter import SUCCESSES, USUAL, Send

SENDS = (*USUAL, *SUCCESSES)

#: Files in /etc/courier, see courier(8).
SETTINGS = {
    "me": "mx.sender.test\n",
    "locals": "localhost\nmx.sender.test\n",
    "defaultdomain": "mx.sender.test\n",
    "dsnfrom": '"Courier mail server at mx.sender.test" <@>\n',
    "warntime": "4h\n",
    "queuetime": "5d\n",
    "aliases/system": "postmaster: reader@example.org\nforward: unknown@example.com\n"
    "team: reader@example.net, reader@example.org\n",
}

#: What the packages' installation makes or gives to Courier's user.
DIRECTORIES = ("allfilters", "filters", "msgq", "msgs", "tmp", "tmp/broken", "track")

ACCESS = (
    ("courier", 0o6755, "/usr/bin/cancelmsg"),
    ("root", 0o2755, "/usr/sbin/sendmail"),
    ("courier", 0o4755, "/usr/lib/courier/courier/submitmkdir"),
)


def configure() -> None:
    """Courier's configuration, and what the installation of its packages does."""
    account("courier", 399)
    for name, text in SETTINGS.items():
        Path("/etc/courier", name).write_text(text)
    for directory in ("/etc/courier", "/var/lib/courier", *(f"/var/lib/courier/{name}" for name in DIRECTORIES)):
        Path(directory).mkdir(parents=True, exist_ok=True)
        shutil.chown(directory, "courier", "courier")
    for user, mode, path in ACCESS:
        shutil.chown(path, user, "courier")
        Path(path).chmod(mode)
    Path("/run/courier/authdaemon").mkdir(parents=True)
    shutil.chown("/run/courier", "root", "courier")
    shutil.chown("/run/courier/authdaemon", "courier", "courier")
    Path("/run/courier").chmod(0o775)
    run("/usr/sbin/makealiases")


def command(mail: Send) -> Sequence[str]:
    """Courier's own sendmail, which takes what its SMTP server would refuse at once."""
    return ("/usr/sbin/sendmail", "-f", mail.envelope_from, "-N", mail.notify, "-R", mail.ret, *mail.recipients)


COURIER = Maker(
    "courier",
    ("courier-mta",),
    SENDS,
    configure,
    ("sh", "-c", "sleep 3; /usr/sbin/courier flush"),  # not before courierd listens
    ("sh", str(Path(__file__).parent / "courier" / "start")),
    command,
    quiet=10,
)

if __name__ == "__main__":
    raise SystemExit(main(COURIER, sys.argv[1:]))
