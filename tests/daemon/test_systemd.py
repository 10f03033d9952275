"""The unit and its companions, read by systemd's own tools."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from bounced.errors import EXIT_CONFIG, LedgerError, LedgerUnusable
from tests.conftest import missing
from tests.support.daemon import Daemon
from tests.support.servers import ImapServer, free_port

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNIT = SYSTEMD / "bounced.service"


def tool(name: str) -> str:
    """The path of a tool of systemd."""
    path = shutil.which(name) or ""
    if not path:
        missing(f"{name} (Debian: systemd)")
    return path


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """The finished command, its two outputs in one."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A copy of the unit that starts something that is there."""
    text = UNIT.read_text()
    assert "ExecStart=bounced run\n" in text
    copy = tmp_path / UNIT.name
    copy.write_text(text.replace("=bounced ", f"={shutil.which('true')} "))
    return copy


def setting(name: str) -> list[str]:
    """The values that the unit gives to a setting, in order."""
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT.read_text())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of a machine without users and directories."""
    (tmp_path / "etc").mkdir()
    return tmp_path


def test_systemd_finds_nothing_to_say_about_the_unit(unit: Path) -> None:
    """`verify` ends with 0 for unknown keys too: what it prints counts."""
    verified = run(tool("systemd-analyze"), "verify", unit)
    assert (verified.stdout, verified.returncode) == ("", 0)


def test_a_misspelt_key_would_be_found(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectHome=", "ProtectHouse="))
    assert "ProtectHouse" in run(tool("systemd-analyze"), "verify", unit).stdout


def test_the_unit_is_of_a_type_that_systemd_252_knows() -> None:
    """That of Debian 12, which takes notify-reload for a spelling mistake; later ones say nothing about it."""
    assert re.findall(r"(?m)^Type=(.+)$", UNIT.read_text()) == ["notify"]


def test_what_a_restart_does_not_mend_is_not_started_again() -> None:
    """74 is: a lock, a full disk and one that is read-only may be over the next time."""
    codes = {LedgerUnusable("damaged").exit_code, EXIT_CONFIG}
    assert {int(code) for code in setting("RestartPreventExitStatus")[0].split()} == codes
    assert LedgerError("full").exit_code not in codes
    assert setting("Restart") == ["on-failure"]


@pytest.mark.parametrize("name", ["bounced", "bounced-policy", "bounced-api"])
def test_it_is_never_started_too_often(name: str) -> None:
    """On booted machines tests/newcomer has it restarted, and asked, that often."""
    assert "\nStartLimitIntervalSec=0\n" in (SYSTEMD / f"{name}.service").read_text().partition("\n[Service]\n")[0]


@pytest.mark.parametrize("name", ["bounced-policy", "bounced-api"])
def test_a_connection_starts_a_server_that_fails_once(name: str) -> None:
    """tests/newcomer counts that on booted machines."""
    assert "\nFlushPending=yes\n" in (SYSTEMD / f"{name}.socket").read_text().partition("\n[Socket]\n")[2]


def test_a_reload_fails_when_the_configuration_is_refused() -> None:
    """systemd runs the second command only if the first one ends with 0; test_check_config has what that ends with."""
    assert setting("ExecReload") == ["bounced check-config", "/bin/kill -HUP $MAINPID"]


def test_the_unit_is_exposed_by_1_5_at_most(unit: Path) -> None:
    rated = run(tool("systemd-analyze"), "security", "--offline=true", "--threshold=15", "--no-pager", unit)
    assert rated.returncode == 0, rated.stdout


@pytest.fixture(params=["policy-server", "api"])
def server_unit(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the unit of a server, beside its socket, that starts something that is there."""
    name = f"bounced-{request.param.partition('-')[0]}"
    shutil.copy(SYSTEMD / f"{name}.socket", tmp_path)
    copy = tmp_path / f"{name}.service"
    text = (SYSTEMD / copy.name).read_text()
    assert f"ExecStart=bounced {request.param}\n" in text
    copy.write_text(text.replace("ExecStart=bounced", f"ExecStart={shutil.which('true')}"))
    return copy


def test_systemd_finds_nothing_to_say_about_the_servers(server_unit: Path) -> None:
    verified = run(tool("systemd-analyze"), "verify", server_unit, server_unit.with_suffix(".socket"))
    assert (verified.stdout, verified.returncode) == ("", 0)
    rated = run(tool("systemd-analyze"), "security", "--offline=true", "--threshold=15", "--no-pager", server_unit)
    assert rated.returncode == 0, rated.stdout


def test_the_user_and_the_group_can_be_made(root: Path) -> None:
    planned = run(tool("systemd-sysusers"), "--dry-run", f"--root={root}", SYSTEMD / "bounced.sysusers.conf")
    assert planned.returncode == 0, planned.stdout
    assert "Creating user 'bounced'" in planned.stdout
    assert "Creating group 'bounced-read'" in planned.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give directories to other users")
def test_readers_may_enter_and_read_but_not_write(root: Path) -> None:
    """User and directories are made for real, below another root."""
    users = run(tool("systemd-sysusers"), f"--root={root}", SYSTEMD / "bounced.sysusers.conf")
    assert users.returncode == 0, users.stdout
    configuration = root / "etc/bounced/bounced.toml"  # of an earlier build
    configuration.parent.mkdir()
    configuration.touch(0o640)
    made = run(tool("systemd-tmpfiles"), "--create", f"--root={root}", SYSTEMD / "bounced.tmpfiles.conf")
    assert (made.stdout, made.returncode) == ("", 0)

    uid, gid = numbers_of("bounced", root / "etc/passwd")
    assert owner_and_mode(root / "etc/bounced") == (0, gid, 0o751)
    [readers] = [line.split(":") for line in (root / "etc/group").read_text().splitlines() if "bounced-read" in line]
    assert readers[3] == "bounced"
    assert owner_and_mode(configuration) == (0, int(readers[2]), 0o640)
    assert owner_and_mode(root / "var/lib/bounced") == (uid, int(readers[2]), 0o2750)
    assert (setting("StateDirectory"), setting("StateDirectoryMode")) == (["bounced"], ["2750"])


def test_readers_find_the_file_where_the_documentation_says() -> None:
    """With DynamicUser=yes systemd moves the state directory below one that only root may enter."""
    assert (setting("User"), setting("DynamicUser")) == (["bounced"], [])


def test_the_group_of_the_readers_is_not_the_one_of_the_daemon() -> None:
    """systemd gives the state directory, and what is in it, to User= and Group= whenever it starts the unit."""
    assert (setting("Group"), setting("SupplementaryGroups")) == (["bounced-read"], ["bounced"])


def numbers_of(user: str, passwd: Path) -> tuple[int, int]:
    """The user's number and that of its group."""
    fields = next(line.split(":") for line in passwd.read_text().splitlines() if line.startswith(f"{user}:"))
    return int(fields[2]), int(fields[3])


def owner_and_mode(path: Path) -> tuple[int, int, int]:
    """Numbers of user and group, and the permission bits."""
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def test_the_unit_has_room_for_five_hundred_folders(tmp_path: Path) -> None:
    """Each has two threads, and a third one while the server is asked something."""
    [most] = setting("TasksMax")
    daemon = Daemon(tmp_path)
    port = free_port()
    daemon.configure({f"m{number}": ImapServer("mail-devel", port, user=f"u{number}") for number in range(20)})
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 20 FROM polls WHERE next_try IS NOT NULL")
        assert daemon.process is not None
        threads = len(list(Path(f"/proc/{daemon.process.pid}/task").iterdir()))
        assert threads >= 40
        assert (threads / 20 + 1) * 500 <= int(most)
