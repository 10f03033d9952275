"""Postfix asks `bounced policy-server` as docs/readers.md sets it up, chrooted, whatever becomes of the database."""

from __future__ import annotations

import os
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bounced import address
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support import documents, policy, postfix

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start Postfix")

SUPPRESSED = (
    "анна@пример.рф",
    "jürgen@xn--mller-kva.example",
    "phone@example.org",
    "joe@xn--strae-oqa.example",
    '"a,b"@example.org',
)

CONFIGURATION = """
[database]
path = "{database}"
[streams]
invoices = "transactional"
[policy_server]
recipient_delimiter = "+"
unavailable = "{unavailable}"
"""


def block(mark: str) -> str:
    """The block of docs/readers.md that begins like this."""
    [text] = [text for text in documents.blocks(documents.DOCS / "readers.md", "ini") if text.startswith(mark)]
    return text


@dataclass
class Host:
    """Postfix, the policy server behind it, and the database that it asks."""

    postfix: postfix.Postfix
    database: Path
    log: Path

    def write(self) -> None:
        """Makes the database, with suppressions of every scope."""
        with Ledger(str(self.database), Policy()) as ledger:
            ledger.decisions.decide(map(address.key, SUPPRESSED), "suppress", "all", "")
            ledger.decisions.decide(["fay@example.com"], "suppress", "marketing", "")
            ledger.decisions.decide(["gus@example.com"], "suppress", "invoices", "")
        os.chown(self.database, 0, policy.READERS)


@contextmanager
def host(folder: Path, unavailable: str = "dunno", context: str = "", *, chroot: bool = True) -> Iterator[Host]:
    state = folder / "state"
    state.mkdir()
    state.chmod(0o750)
    os.chown(state, 0, policy.READERS)
    configuration = folder / "bounced.toml"
    configuration.write_text(CONFIGURATION.format(database=state / "bounced.db", unavailable=unavailable))
    configuration.chmod(0o644)
    main = block("# /etc/postfix/main.cf\n")
    assert "{ unix:private/bounced," in main
    main = main.replace("default_action=DUNNO", f"default_action=DUNNO{context}")
    with (
        postfix.running(folder, main, chroot=chroot) as server,
        policy.activated(server.private / "bounced", configuration, "postfix") as log,
    ):
        yield Host(server, state / "bounced.db", log)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[smtplib.SMTP]:
    with host(tmp_path_factory.mktemp("postfix")) as running:
        running.write()
        with running.postfix.session() as session:
            yield session


@pytest.mark.parametrize(
    "text",
    [
        "анна@пример.рф",
        "АННА@Пример.РФ",
        "анна@XN--E1AFMKFD.xn--p1ai",
        "JÜRGEN@MÜLLER.EXAMPLE",
        "joe@straße.example",
        "joe@xn--strae-oqa.example",
        "PHONE@example.org",
        "Phone+News@example.org",
        "phone+a+b@example.org",
        '"a,b"@example.org',
        '"a,b+c"@example.org',
        '"phone"@example.org',
    ],
)
def test_a_suppressed_recipient_is_refused(client: smtplib.SMTP, text: str) -> None:
    code, answer = client.docmd(f"RCPT TO:<{text}>")
    assert (code, answer[:5]) == (550, b"5.7.1")
    assert b"suppressed: manual since 20" in answer


@pytest.mark.parametrize(
    "text",
    [
        "бен@пример.рф",
        "joe@strasse.example",
        "'or'1'='1@example.org",
        "ben@example.org",
        "+phone@example.org",
        "phone.news@example.org",
        "fay@example.com",
        "gus@example.com",
        "postmaster",
        '"phone news"@example.org',
    ],
)
def test_nobody_else_is(client: smtplib.SMTP, text: str) -> None:
    assert client.docmd(f"RCPT TO:<{text}>")[0] == 250


def test_the_context_is_the_scope(tmp_path: Path) -> None:
    with host(tmp_path, context=", policy_context=invoices") as running:
        running.write()
        answers = {name: running.postfix.recipient(f"{name}@example.com")[0] for name in ("fay", "gus", "ben")}
    assert answers == {"fay": 250, "gus": 550, "ben": 250}


@pytest.mark.parametrize(("unavailable", "code"), [("dunno", 250), ("defer", 450), ("reject", 554)])
def test_a_database_that_is_missing_stops_no_smtpd(tmp_path: Path, unavailable: str, code: int) -> None:
    """It is made, moved away and put back: one Postfix and one server all the time."""
    with host(tmp_path, unavailable) as running:
        assert running.postfix.recipient("phone@example.org")[0] == code
        running.write()
        assert running.postfix.recipient("phone@example.org")[0] == 550
        moved = running.database.rename(running.database.with_name("moved"))
        assert running.postfix.recipient("phone@example.org")[0] == code
        moved.rename(running.database)
        assert running.postfix.recipient("phone@example.org")[0] == 550
        assert "fatal" not in running.postfix.log()
    log = running.log.read_text()  # of a server that has ended: it logs after it has answered
    assert log.count("lookup-failed ") == log.count("lookup-recovered ") == 2


def test_a_database_that_may_not_be_read_stops_no_smtpd(tmp_path: Path) -> None:
    with host(tmp_path, "defer") as running:
        running.write()
        os.chown(running.database, 0, 0)
        assert running.postfix.recipient("ben@example.org")[0] == 450
        os.chown(running.database, 0, policy.READERS)
        assert running.postfix.recipient("ben@example.org")[0] == 250


def test_half_a_database_stops_no_smtpd(tmp_path: Path) -> None:
    """As a restore with cp leaves it for a moment."""
    with host(tmp_path, "defer") as running:
        running.write()
        content = running.database.read_bytes()
        for size in (0, 100, len(content) // 2):
            running.database.write_bytes(content[:size])
            assert running.postfix.recipient("ben@example.org")[0] == 450
        running.database.write_bytes(content)
        assert running.postfix.recipient("phone@example.org")[0] == 550


def test_a_restored_database_is_read_at_once(tmp_path: Path) -> None:
    with host(tmp_path, "defer") as running:
        running.write()
        with running.postfix.session() as session:
            assert session.docmd("RCPT TO:<phone@example.org>")[0] == 550
            backup = running.database.with_name("backup")
            with Ledger(str(backup), Policy()) as ledger:
                ledger.decisions.decide(["ben@example.org"], "suppress", "all", "")
            os.chown(backup, 0, policy.READERS)
            backup.replace(running.database)
            assert session.docmd("RCPT TO:<phone@example.org>")[0] == 250
            assert session.docmd("RCPT TO:<ben@example.org>")[0] == 550


def test_without_a_server_mail_passes(tmp_path: Path) -> None:
    with postfix.running(tmp_path, block("# /etc/postfix/main.cf\n"), chroot=True) as server:
        assert server.recipient("phone@example.org")[0] == 250
        assert "problem talking to server private/bounced" in server.log()
