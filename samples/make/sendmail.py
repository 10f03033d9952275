"""Makes a real Sendmail bounce in all the ways it can: python samples/make/sendmail.py OUTPUT_DIR (see maker.py)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from debian import account
from internet import run
from maker import Maker, main
from newsletter import SUCCESSES, USUAL, Send

SENDS = (*USUAL, SUCCESSES[0], Send("user-unknown-pipe", ("agent@mx.sender.test",)))

ALIASES = """\
postmaster: reader@example.org
forward: unknown@example.com
team: reader@example.net, reader@example.org
agent: "|echo 'No such user in the directory'; exit 67"
"""


def configure() -> None:
    """sendmail.cf from its macros, and the aliases."""
    account("smmta", 398)
    account("smmsp", 399)
    Path("/etc/mail/aliases").write_text(ALIASES)
    macros = "/usr/share/sendmail/cf"
    source = Path(__file__).parent / "sendmail" / "sendmail.mc"
    build = f"m4 -D_CF_DIR_={macros}/ {macros}/m4/cf.m4 {source} > /etc/mail/sendmail.cf"
    run("sh", "-c", build)
    for directory in ("/var/spool/mqueue", "/var/mail"):
        Path(directory).mkdir(parents=True, exist_ok=True)
    Path("/var/spool/mqueue").chmod(0o700)
    run(PROGRAM, "-Am", "-bi")


def command(mail: Send) -> Sequence[str]:
    """Sendmail's own command, which takes what its SMTP server would refuse at once."""
    return (PROGRAM, "-Am", "-i", "-f", mail.envelope_from, "-N", mail.notify, "-R", mail.ret, *mail.recipients)


PROGRAM = "/usr/libexec/sendmail/sendmail"
SENDMAIL = Maker("sendmail", ("sendmail-bin",), SENDS, configure, (PROGRAM, "-Am", "-q"), command=command)

if __name__ == "__main__":
    raise SystemExit(main(SENDMAIL, sys.argv[1:]))
