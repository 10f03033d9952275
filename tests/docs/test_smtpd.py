"""Postfix' smtpd refuses suppressed recipients by the configuration that docs/readers.md prints, with SMTPUTF8."""

from __future__ import annotations

import grp
import os
import shutil
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bounced import address
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.conftest import missing
from tests.docs.test_readers import documented_map
from tests.support import documents
from tests.support.story import INSTALLED

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start Postfix")

SUPPRESSED = ("анна@пример.рф", "jürgen@müller.example", "phone@example.org", "joe@straße.example")

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.sender.test
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
disable_dns_lookups = yes
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
smtputf8_enable = yes
recipient_delimiter = +
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def restrictions() -> str:
    """What docs/readers.md adds to main.cf."""
    blocks = documents.blocks(documents.DOCS / "readers.md", "ini")
    [found] = [block for block in blocks if block.startswith("# /etc/postfix/main.cf\n")]
    return found


def configure(folder: Path, port: int) -> None:
    for name in ("etc", "spool", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    for path in Path("/etc/postfix").glob("dynamicmaps.cf*"):
        (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / "etc" / path.name)
    for path in Path("/etc/postfix").glob("postfix-files*"):
        (folder / "etc" / path.name).symlink_to(path)
    found = folder / "etc" / "bounced.cf"
    found.write_text(documented_map().replace(INSTALLED, str(folder / "state" / "bounced.db")))
    main = MAIN.format(folder=folder) + restrictions().replace("/etc/postfix/bounced.cf", str(found))
    (folder / "etc" / "main.cf").write_text(main)
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))


def suppress(folder: Path) -> None:
    state = folder / "state"
    state.mkdir(mode=0o750)
    with Ledger(str(state / "bounced.db"), Policy()) as ledger:
        ledger.decisions.decide(map(address.key, SUPPRESSED), "suppress", "all", "")
    for path in (state, *state.iterdir()):
        os.chown(path, 0, grp.getgrnam("postfix").gr_gid)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[smtplib.SMTP]:
    """A session in which the sender has been accepted, with SMTPUTF8."""
    if not shutil.which("postfix"):
        missing("postfix (Debian: postfix, postfix-sqlite)")
    folder = tmp_path_factory.mktemp("postfix")
    for above in (folder, *folder.parents[:2]):
        above.chmod(0o755)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configure(folder, port)
    suppress(folder)
    postfix = ["postfix", "-c", str(folder / "etc")]
    subprocess.run([*postfix, "start"], check=True, capture_output=True, timeout=60)  # returns when smtpd listens
    try:
        with smtplib.SMTP("127.0.0.1", port, "a.test", timeout=30) as session:
            session.ehlo()
            assert session.mail("news@sender.test", ["SMTPUTF8"])[0] == 250
            yield session
    finally:
        subprocess.run([*postfix, "stop"], check=True, capture_output=True, timeout=60)


def recipient(client: smtplib.SMTP, text: str) -> tuple[int, bytes]:
    client.command_encoding = "utf-8"
    return client.docmd(f"RCPT TO:<{text}>")


@pytest.mark.parametrize(
    "text",
    [
        "анна@пример.рф",
        "АННА@Пример.РФ",
        "анна@xn--e1afmkfd.xn--p1ai",
        "анна@XN--E1AFMKFD.xn--p1ai",
        "jürgen@müller.example",
        "JÜRGEN@MÜLLER.EXAMPLE",
        "jürgen@xn--mller-kva.example",
        "joe@xn--strae-oqa.example",
        "PHONE@example.org",
        "phone+news@example.org",
    ],
)
def test_a_suppressed_recipient_is_refused(client: smtplib.SMTP, text: str) -> None:
    code, answer = recipient(client, text)
    assert (code, answer[:5]) == (550, b"5.7.1")
    assert b"suppressed: manual since 20" in answer


@pytest.mark.parametrize(
    "text", ["бен@пример.рф", "анна@пример.example", "joe@strasse.example", "'or'1'='1@example.org", "ben@example.org"]
)
def test_nobody_else_is(client: smtplib.SMTP, text: str) -> None:
    assert recipient(client, text)[0] == 250


def test_the_exception_that_the_page_names(client: smtplib.SMTP) -> None:
    """Postfix asks for strasse, which would be a stranger's suppression."""
    assert recipient(client, "joe@straße.example")[0] == 250
