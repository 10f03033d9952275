"""How a mail server is made to bounce: what differs between them is a Maker, the rest is here.

As root: packages are downloaded and laid over the machine's files (debian.py), in name spaces of their own with an
internet that refuses (internet.py). Mails are sent; then the clock is set forward twice, to a delay and beyond the life
of a message. What comes back (returns.py) goes to OUTPUT_DIR/NAME.eml, NAME being that of the send (newsletter.py) with
"-delayed" or "-expired" for what came after the clock was set.
"""

from __future__ import annotations

import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from debian import lay_over, set_clock, take_off, unpack
from internet import NEWSLETTER_HOST, OURS, own_names, private_namespaces, run, serving
from newsletter import Send
from returns import is_about, named, returning

STAGES = (("", "+0"), ("-delayed", "+5h"), ("-expired", "+8d"))


@dataclass(frozen=True, slots=True)
class Maker:
    """A mail server, and how it is made to bounce."""

    name: str
    packages: tuple[str, ...]
    sends: Sequence[Send]
    configure: Callable[[], None]  # writes into /etc and /var, which are private by then
    run_queue: tuple[str, ...]
    daemon: tuple[str, ...] = ()
    command: Callable[[Send], Sequence[str]] | None = None  # takes a mail on its standard input; else SMTP is spoken
    quiet: float = 6  # seconds without a mail after which no more is expected


def by_smtp(mail: Send) -> None:
    """Hands a mail to the server, as the newsletter's host does."""
    with smtplib.SMTP(OURS, 25, "news.sender.test", 30, (NEWSLETTER_HOST, 0)) as smtp:
        smtp.ehlo()
        dsn = smtp.has_extn("dsn")
        options = [*([f"RET={mail.ret}"] if dsn else []), *(["SMTPUTF8"] if mail.utf8 else [])]
        notify = [f"NOTIFY={mail.notify}"] if dsn else []
        smtp.sendmail(mail.envelope_from, mail.recipients, mail.content(), options, notify)


def missing() -> str:
    """Why this can't run here, in one line; empty when it can."""
    if os.geteuid() != 0:
        return "root is needed to make name spaces and to start a mail server"
    tools = {"apt-get": "apt", "dpkg": "dpkg", "ip": "iproute2", "unshare": "util-linux"}
    absent = [package for tool, package in tools.items() if not shutil.which(tool)]
    return f"not installed: {', '.join(absent)} (Debian packages)" if absent else ""


@contextmanager
def running(daemon: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The daemon, until left; yields what to put before a command, so that it ends then too, with all it started."""
    # The first process of a process name space takes all others with it. It must not change users itself.
    first = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", "sleep", "infinity"])
    inside = ("nsenter", f"--pid=/proc/{first.pid}/ns/pid_for_children")
    try:
        await_that(lambda: Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text() != "", "a first process")
        if daemon:
            subprocess.Popen([*inside, *daemon], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield inside
    finally:
        first.kill()
        first.wait()


def await_that(holds: Callable[[], bool], what: str, seconds: float = 20) -> None:
    """Returns when it holds."""
    give_up_at = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > give_up_at:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.1)


def listens() -> bool:
    """True when a mail server can be reached."""
    with socket.socket() as client:
        return client.connect_ex((OURS, 25)) == 0


def submit(maker: Maker, inside: Sequence[str]) -> None:
    """Hands over all the mails."""
    for mail in maker.sends:
        if maker.command:
            subprocess.run([*inside, *maker.command(mail)], input=mail.content().replace(b"\r\n", b"\n"), check=False)
        else:
            by_smtp(mail)


def bounce(maker: Maker) -> dict[str, bytes]:
    """Everything that the server sends back about its sends, by file name."""
    files: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory(prefix=f"bounced-{maker.name}-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        unpack(maker.packages, directory)
        private_namespaces()
        lay_over(directory)
        own_names(directory)
        maker.configure()
        with serving(), returning() as returns:
            for suffix, offset in STAGES:
                set_clock(offset)
                with running(maker.daemon) as inside:
                    if not maker.command:
                        await_that(listens, "the mail server on port 25")
                    if not suffix:
                        submit(maker, inside)
                    run(*inside, *maker.run_queue)
                    files |= named(returns.take(maker.quiet), maker.sends, suffix)
        take_off()
    return files


def main(maker: Maker, arguments: Sequence[str]) -> int:
    """Returns exit code 0 when something came back about every send."""
    if len(arguments) != 1 or (problem := missing()):
        usage = f"usage: python samples/make/{maker.name}.py OUTPUT_DIR"
        print(usage if len(arguments) != 1 else f"{maker.name}.py: {problem}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # cleans up as any exception does
    output = Path(arguments[0])
    output.mkdir(parents=True, exist_ok=True)
    files = bounce(maker)
    for name, content in files.items():
        (output / name).write_bytes(content)
    lost = [mail.name for mail in maker.sends if not any(is_about(content, mail) for content in files.values())]
    print(f"{len(files)} mails in {output}" + (f"; none about: {', '.join(lost)}" if lost else ""))
    return 1 if lost else 0
