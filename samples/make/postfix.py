"""Makes a real Postfix bounce in all the ways it can, and keeps the mails that it sends.

    python samples/make/postfix.py OUTPUT_DIR

Needs root, Linux, the Debian packages postfix and iproute2, and aiosmtpd. Postfix runs from a directory of its own in a
network name space of its own (see internet.py): the machine's Postfix, its mail and its network are not touched.
Each mail is written to OUTPUT_DIR/NAME.eml, NAME being that of the send in SENDS; about a mail that waited in the queue
come NAME-delayed.eml and NAME-expired.eml.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from internet import own_names, private_namespaces, run, serving
from newsletter import Send

SENDS = (
    Send("user-unknown", ("unknown@example.org",)),
    Send("user-unknown-headers-only", ("unknown@example.net",), ret="HDRS"),
    Send("user-unknown-multiline", ("nobody-here@example.com",)),
    Send("user-unknown-no-enhanced-status", ("plain@example.net",)),
    Send("user-unknown-virtual", ("nobody@sender.test",)),
    Send("user-unknown-pipe", ("nouser@agent.test",)),
    Send("user-unknown-forwarded", ("forward@sender.test",)),
    Send("user-unknown-verp", ("unknown@example.org",), envelope_from="bounces+unknown=example.org@sender.test"),
    Send("user-unknown-smtputf8", ("ünknown@example.org",)),
    Send("smtputf8-not-offered", ("ünknown@example.com",)),
    Send("mailbox-disabled", ("disabled@example.com",)),
    Send("address-moved", ("moved@example.net",)),
    Send("mailbox-full", ("full-for-good@example.org",)),
    Send("mailbox-full-pipe", ("quota@agent.test",)),
    Send("over-quota", ("full@example.net",), returns=2),
    Send("greylisted", ("greylisted@example.org",), returns=2),
    Send("rate-limited", ("limited@example.com",), returns=2),
    Send("refused-connection", ("reader@closed.test",), returns=2),
    Send("no-tls", ("reader@tls.test",), returns=2),
    Send("delay-cleared", ("later@example.org",), returns=2, notify="SUCCESS,FAILURE,DELAY"),
    Send("too-large-announced", ("reader@small.test",), padding=20_000, ret="HDRS"),
    Send("too-large-after-data", ("big@example.org",), padding=20_000),
    Send("spam", ("spam@example.net",)),
    Send("virus", ("virus@example.org",)),
    Send("dmarc", ("dmarc@example.com",)),
    Send("spf", ("spf@example.org",)),
    Send("policy", ("policy@example.com",)),
    Send("block-list", ("listed@example.net",)),
    Send("relay-denied", ("relay@example.net",)),
    Send("sender-rejected", ("reader@strict.test",)),
    Send("domain-unknown", ("reader@nodomain.test",)),
    Send("null-mx", ("reader@null.test",)),
    Send("mx-without-address", ("reader@noaddress.test",)),
    Send("loops-back", ("reader@loop.test",)),
    Send("success-relayed", ("reader@example.org",), notify="SUCCESS"),
    Send("success-delivered", ("reader@sender.test",), notify="SUCCESS"),
    Send("success-expanded", ("team@sender.test",), notify="SUCCESS"),
    Send("several-one-server", ("unknown@example.org", "reader@example.org", "full-for-good@example.org")),
    Send("several-servers", ("unknown@example.net", "spam@example.org", "reader@example.com", "reader@nodomain.test")),
    Send("several-now-and-later", ("unknown@example.com", "limited@example.com"), returns=3),
)

TEMPLATES = Path(__file__).parent / "postfix"


def missing() -> str:
    """Why this can't run here, in one line; empty when it can."""
    if os.geteuid() != 0:
        return "root is needed to start a Postfix and to make name spaces"
    tools = {"postfix": "postfix", "ip": "iproute2"}
    absent = [package for tool, package in tools.items() if not shutil.which(tool)]
    return f"not installed: {', '.join(absent)} (Debian packages)" if absent else ""


def configure(directory: Path) -> None:
    """Writes the private instance's files."""
    directory.chmod(0o755)
    for name in ("etc", "spool", "data", "mail"):
        (directory / name).mkdir()
    shutil.chown(directory / "data", "postfix")
    shutil.chown(directory / "mail", 65534)
    for name in ("postfix-files", "postfix-files.d", "dynamicmaps.cf", "dynamicmaps.cf.d"):
        (directory / "etc" / name).symlink_to(Path("/etc/postfix") / name)
    for name, target in (("main.cf", "etc"), ("master.cf", "etc"), ("agent", ".")):
        text = (TEMPLATES / name).read_text().replace("@DIR@", str(directory))
        (directory / target / name).write_text(text)
    (directory / "agent").chmod(0o755)


@contextmanager
def postfix(directory: Path) -> Iterator[None]:
    """A running Postfix, until left."""
    configure(directory)
    run("postfix", "-c", str(directory / "etc"), "start")
    try:
        yield
    finally:
        run("postfix", "-c", str(directory / "etc"), "stop")


def send(sends: Sequence[Send]) -> None:
    """Hands the mails to Postfix, as a newsletter's host does."""
    with smtplib.SMTP("127.0.0.1", 25, "news.sender.test") as smtp:
        for mail in sends:
            smtp.ehlo()
            smtp.docmd("XCLIENT", "NAME=news.sender.test ADDR=192.0.2.20 HELO=news.sender.test")
            smtp.ehlo()
            mail_options = [f"RET={mail.ret}", *(["SMTPUTF8"] if mail.utf8 else [])]
            smtp.sendmail(mail.envelope_from, mail.recipients, mail.content(), mail_options, [f"NOTIFY={mail.notify}"])


def collect(maildir: Path, sends: Sequence[Send], seconds: float) -> Sequence[bytes]:
    """The mails that came back, oldest first; waits until all are there or the time is over."""
    expected = sum(mail.returns for mail in sends)
    give_up_at = time.monotonic() + seconds
    while len(found := list(maildir.glob("new/*"))) < expected and time.monotonic() < give_up_at:
        time.sleep(0.2)
    return [path.read_bytes() for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]


def is_about(content: bytes, mail: Send) -> bool:
    """True when the report returns this mail."""
    return mail.message_id.encode() in content


def file_name(content: bytes, sends: Sequence[Send]) -> str:
    """The name of the mail's send, with "-delayed" for a delay notice and "-expired" for the failure after that."""
    name = next(mail.name for mail in sends if is_about(content, mail))
    if b"\nAction: delayed\n" in content:
        return f"{name}-delayed.eml"
    return f"{name}-expired.eml" if b"\nStatus: 4." in content else f"{name}.eml"


def bounce() -> Sequence[bytes]:
    """Everything that a Postfix sends back about SENDS."""
    with tempfile.TemporaryDirectory(prefix="bounced-postfix-") as name:
        directory = Path(name)
        private_namespaces()
        own_names(directory)
        with serving(), postfix(directory):
            send(SENDS)
            return collect(directory / "mail/bounces", SENDS, seconds=60)


def main(arguments: Sequence[str]) -> int:
    """Returns exit code 0 when as much came back about every send as expected."""
    if len(arguments) != 1 or (problem := missing()):
        print(__doc__ if len(arguments) != 1 else f"postfix.py: {problem}", file=sys.stderr)
        return 2
    output = Path(arguments[0])
    output.mkdir(parents=True, exist_ok=True)
    contents = bounce()
    for content in contents:
        (output / file_name(content, SENDS)).write_bytes(content)
    lost = [mail.name for mail in SENDS if sum(is_about(content, mail) for content in contents) < mail.returns]
    print(f"{len(contents)} mails in {output}" + (f"; too few about: {', '.join(lost)}" if lost else ""))
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
