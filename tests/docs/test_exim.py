"""Exim refuses suppressed recipients by the ACL of docs/readers.md, and does not stop because of the database."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bounced import address
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.conftest import missing
from tests.support import documents, policy
from tests.support.policy import NOBODY, READERS
from tests.support.story import INSTALLED

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run Exim as somebody else")

EXIM = shutil.which("exim4") or shutil.which("exim4", path=documents.ROOT / ".servers" / "exim")

MAIN = """
exim_user = {user}
exim_group = {group}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
primary_hostname = mx.sender.test
smtputf8_advertise_hosts = *
acl_smtp_rcpt = recipient
begin acl
recipient:
{acl}
accept
"""


class Exim:
    """Its SMTP server in a session of its own, as a user who may read the database and write nothing."""

    def __init__(self, folder: Path, acl: str) -> None:
        self.database = folder / "state" / "bounced.db"
        self.log = folder / "log" / "mainlog"
        self._configuration = folder / "exim.conf"
        text = MAIN.format(user=NOBODY, group=READERS, folder=folder, acl=acl.replace(INSTALLED, str(self.database)))
        self._configuration.write_text(text)
        for name in ("spool", "log"):
            (folder / name).mkdir()
            os.chown(folder / name, NOBODY, READERS)
        self.database.parent.mkdir(mode=0o750)
        os.chown(self.database.parent, 0, READERS)

    def answers(self, *recipients: str) -> list[str]:
        """The answers to RCPT TO."""
        commands = ["EHLO a.test", "MAIL FROM:<news@sender.test> SMTPUTF8", *(f"RCPT TO:<{to}>" for to in recipients)]
        ended = subprocess.run(
            [EXIM or "", "-C", str(self._configuration), "-bh", "127.0.0.1"],
            input="".join(f"{command}\r\n" for command in [*commands, "QUIT"]).encode(),
            capture_output=True,
            timeout=60,
        )
        lines = ended.stdout.decode().splitlines()
        begin = next(number for number, line in enumerate(lines) if line.startswith("250 OK"))
        return lines[begin + 1 : begin + 1 + len(recipients)]


def documented(mark: str) -> str:
    """The ACL of docs/readers.md that contains ``mark``."""
    [acl] = [block for block in documents.blocks(documents.DOCS / "readers.md", "text") if mark in block]
    return acl


@pytest.fixture
def folder(public_path: Path) -> Path:
    if not EXIM:
        missing("exim4 (make servers)")
    return public_path


@pytest.fixture
def querying(folder: Path) -> Exim:
    """Exim that queries the database."""
    return Exim(folder, documented("lookup sqlite"))


@contextmanager
def asking(folder: Path, unavailable: str = "dunno") -> Iterator[Exim]:
    """Exim that asks the policy server."""
    place = folder / "socket"
    exim = Exim(folder, documented("readsocket").replace("/run/bounced-policy", str(place)))
    configuration = folder / "bounced.toml"
    section = f'recipient_delimiter = "+"\nunavailable = "{unavailable}"'
    configuration.write_text(f'[database]\npath = "{exim.database}"\n[policy_server]\n{section}\n')
    with policy.activated(place, configuration, "nobody"):
        yield exim


def suppress(exim: Exim, *addresses: str, scope: str = "all") -> None:
    with Ledger(str(exim.database), Policy()) as ledger:
        ledger.decisions.decide(map(address.key, addresses), "suppress", scope, "")
    os.chown(exim.database, 0, READERS)


def test_suppressed_recipients_are_refused_and_nobody_else(folder: Path) -> None:
    refused = ["Anna@Example.org", "АННА@пример.рф", "анна@xn--e1afmkfd.xn--p1ai", "o'hara+x@example.org"]
    accepted = ["ben@example.org", "fay@example.org", "x'or'1'='1@example.org"]
    with asking(folder) as exim:
        suppress(exim, "anna@example.org", "анна@пример.рф", "o'hara@example.org")
        suppress(exim, "fay@example.org", scope="marketing")
        answers = exim.answers(*refused, *accepted)
    assert [line[:35] for line in answers[: len(refused)]] == ["550 5.7.1 suppressed: manual since "] * len(refused)
    assert answers[len(refused) :] == ["250 Accepted"] * len(accepted)


@pytest.mark.parametrize(
    ("unavailable", "answer"),
    [("dunno", "250 Accepted"), ("defer", "451 Temporary local problem"), ("reject", "550 5.3.0 suppressions")],
)
def test_while_the_database_is_not_there_mail_goes_as_configured(folder: Path, unavailable: str, answer: str) -> None:
    with asking(folder, unavailable) as exim:
        assert exim.answers("anna@example.org")[0].startswith(answer)
        suppress(exim, "anna@example.org")
        assert exim.answers("anna@example.org")[0].startswith("550 5.7.1 suppressed: manual")
        exim.database.unlink()
        assert exim.answers("anna@example.org")[0].startswith(answer)


def test_without_a_server_mail_passes(folder: Path) -> None:
    acl = documented("readsocket").replace("/run/bounced-policy", str(folder / "socket"))
    assert Exim(folder, acl).answers("anna@example.org") == ["250 Accepted"]


def test_a_query_finds_suppressed_recipients_and_nobody_else(querying: Exim) -> None:
    suppress(querying, "anna@example.org", "анна@пример.рф", "o'hara@example.org")
    refused = ["Anna@Example.org", "анна@пример.рф", "анна@xn--e1afmkfd.xn--p1ai", "o'hara@example.org"]
    answers = querying.answers(*refused, "ben@example.org", "x'or'1'='1@example.org")
    assert answers == ["550 5.7.1 suppressed"] * len(refused) + ["250 Accepted"] * 2


def test_a_query_without_a_database_has_clients_try_again(querying: Exim) -> None:
    assert querying.answers("anna@example.org") == ["451 Temporary local problem - please try later"]
    suppress(querying, "anna@example.org")
    os.chown(querying.database, 0, 0)
    assert querying.answers("ben@example.org") == ["451 Temporary local problem - please try later"]
