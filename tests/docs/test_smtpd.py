"""Postfix' smtpd refuses suppressed recipients by the configuration that docs/readers.md prints, with SMTPUTF8."""

from __future__ import annotations

import grp
import os
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounced import address
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.docs.test_readers import documented_map
from tests.support import documents, postfix
from tests.support.story import INSTALLED

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start Postfix")

SUPPRESSED = ("анна@пример.рф", "jürgen@müller.example", "phone@example.org", "joe@straße.example")


def restrictions() -> str:
    """What docs/readers.md adds to main.cf for the live map."""
    blocks = documents.blocks(documents.DOCS / "readers.md", "ini")
    [found] = [block for block in blocks if "proxy:sqlite:" in block]
    return found


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
    folder = tmp_path_factory.mktemp("postfix")
    found = folder / "bounced.cf"
    found.write_text(documented_map().replace(INSTALLED, str(folder / "state" / "bounced.db")))
    suppress(folder)
    with (
        postfix.running(folder, restrictions().replace("/etc/postfix/bounced.cf", str(found))) as server,
        server.session() as session,
    ):
        yield session


def recipient(client: smtplib.SMTP, text: str) -> tuple[int, bytes]:
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
