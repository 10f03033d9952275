"""[export.NAME]: the daemon keeps a file current, whoever changes the database."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bounced.config import Config
from bounced.config.export import ExportSection
from bounced.daemon import exports
from bounced.daemon.exports import Export
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.commands import DAY0, process
from tests.support.daemon import Daemon, bounce
from tests.support.ledger import rows
from tests.support.servers import ImapServer

PATIENCE = 60.0


def within(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def made(ledger: Ledger, file: Path, *command: str, format: str = "txt") -> Export:
    section = ExportSection(format=format, path=str(file), command=list(command))
    return Export("x", section, ("all",), ledger, {"PATH": os.environ["PATH"]})


def problem(path: str) -> str:
    [[text]] = rows(path, "SELECT problem FROM jobs WHERE name = 'export:x'")
    return str(text)


def test_it_writes_once_for_a_change_and_not_without_one(path: str, tmp_path: Path) -> None:
    file, ran = tmp_path / "list.txt", tmp_path / "ran"
    with Ledger(path, Policy()) as ledger:
        export = made(ledger, file, "sh", "-c", f"echo x >> {ran}")
        for change in (("suppress", ["a@b.test"]), ("allow", ["c@d.test"])):
            ledger.decisions.decide(change[1], change[0], "all", "")
            export.run()
            export.run()
    assert (file.read_text(), ran.read_text()) == ("a@b.test\n", "x\nx\n")


def test_what_fails_is_noted_and_tried_again(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "RETRY_SECONDS", 0.0)
    file, flag = tmp_path / "list.txt", tmp_path / "flag"
    with Ledger(path, Policy()) as ledger:
        export = made(ledger, file, "test", "-e", str(flag))
        export.run()
        assert problem(path) == "test: failed with exit status 1"
        flag.touch()
        export.run()
        assert problem(path) == ""
        for command, text in ((["/missing"], "/missing: No such file"), (["sleep", "9"], "sleep: took longer")):
            section = ExportSection.model_validate(
                {"format": "txt", "path": str(file), "command": command, "timeout": "1s"}
            )
            Export("x", section, None, ledger, {"PATH": os.environ["PATH"]}).run()
            assert problem(path).startswith(text)
        made(ledger, tmp_path / "missing" / "list.txt").run()
        assert problem(path).endswith("can't be written: No such file or directory")


def test_a_failed_export_waits_before_it_is_tried_again(path: str, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    with Ledger(path, Policy()) as ledger:
        export = made(ledger, tmp_path / "list.txt", "sh", "-c", f"echo x >> {ran}; exit 1")
        export.run()
        export.run()
    assert ran.read_text() == "x\n"


@pytest.mark.parametrize(
    ("keys", "said"), [({"format": "xml"}, "format: must be one of ses,"), ({"path": "x"}, "path: must be absolute")]
)
def test_wrong_keys_are_refused(keys: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Config.model_validate({"export": {"x": {"format": "txt", "path": "/x", **keys}}})


EXPORT = """
[export.postfix]
format = "postfix-texthash"
path = "{file}"
[policy]
hard = {{ bounces = 1, days = 0 }}
"""


def test_the_daemon_keeps_it_current(daemon: Daemon, mail_devel: ImapServer) -> None:
    file = daemon.directory / "suppressed"
    daemon.configure({"box": mail_devel})
    with daemon.config.open("a") as config:
        config.write(EXPORT.format(file=file))

    def has(address: str) -> bool:
        with suppress(FileNotFoundError):
            return f"{address} 550" in file.read_text()
        return False

    with daemon.running():
        daemon.wait_for("started")
        mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
        within(lambda: has("a@rcpt.test"))
        assert process("suppress", "--config", str(daemon.config), "b@rcpt.test").returncode == 0
        within(lambda: has("b@rcpt.test"))
        assert process("release", "--config", str(daemon.config), "a@rcpt.test").returncode == 0
        within(lambda: not has("a@rcpt.test"))
        status = json.loads(process("status", "--json", "--config", str(daemon.config)).stdout)
        assert [job["problem"] for job in status["jobs"] if job["job"] == "export:postfix"] == [""]
