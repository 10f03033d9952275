"""Who may read what: the daemon its secrets and the list, its readers the list alone, its workers no secret."""

from __future__ import annotations

import fcntl
import os
import pwd
import stat
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.config import load, own_process
from bounced.config.secrets import Secret
from bounced.daemon import preflight, rights
from bounced.errors import UserError
from bounced.ledger import backup, database
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from bounced.sources.oauth.refresh_token import RefreshToken
from tests.daemon.test_systemd import SYSTEMD, numbers_of, run, tool
from tests.support.commands import bounced
from tests.support.users import User

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

SUPPRESSED = "anna@example.org"

#: A user of this machine who is not root, for what goes by names; every Unix has it.
DAEMON = pwd.getpwnam("daemon")
READER = User(64002, 64002)


@pytest.fixture
def root(public_path: Path) -> Path:
    """The root of a machine without users and directories."""
    (public_path / "etc").mkdir()
    return public_path


@pytest.fixture
def installed(root: Path) -> Path:
    """A machine on which the companions of the unit made users and directories."""
    assert run(tool("systemd-sysusers"), f"--root={root}", SYSTEMD / "bounced.sysusers.conf").returncode == 0
    made = run(tool("systemd-tmpfiles"), "--create", f"--root={root}", SYSTEMD / "bounced.tmpfiles.conf")
    assert (made.stdout, made.returncode) == ("", 0)
    return root


def groups_of(root: Path) -> dict[str, int]:
    lines = (root / "etc/group").read_text().splitlines()
    return {name: int(gid) for name, _, gid, _ in (line.split(":") for line in lines)}


def daemon_of(root: Path) -> User:
    """The user as the unit runs it."""
    uid, own = numbers_of("bounced", root / "etc/passwd")
    return User(uid, groups_of(root)["bounced-read"], [own])


def from_a_shell(root: Path) -> User:
    """The same user by `sudo -u bounced`."""
    uid, own = numbers_of("bounced", root / "etc/passwd")
    return User(uid, own, [groups_of(root)["bounced-read"]])


def reader_of(root: Path) -> User:
    return User(64002, 64002, [groups_of(root)["bounced-read"]])


def secret_of(root: Path) -> Path:
    path = root / "etc/bounced/bounces.password"
    path.write_text("secret\n")
    os.chown(path, *numbers_of("bounced", root / "etc/passwd"))
    path.chmod(0o400)
    return path


def suppress(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        ledger.decisions.decide([SUPPRESSED], "suppress", "all", "")


def suppressed(path: str) -> list[str]:
    with closing(database.open_for_reading(path).conn) as db:
        return [address for (address,) in db.execute("SELECT address FROM suppressed")]


@pytest.mark.parametrize("writer", [daemon_of, from_a_shell])
@pytest.mark.parametrize("killed", [False, True])
def test_readers_read_the_list_and_no_secret(installed: Path, writer: Callable[[Path], User], killed: bool) -> None:
    """J8: whoever reads the list, and so is in the readers' group, could read the passwords of the mailboxes."""
    path = str(installed / "var/lib/bounced/bounced.db")
    secret = secret_of(installed)
    configuration = installed / "etc/bounced/bounced.toml"
    configuration.touch(0o640)
    os.chown(configuration, 0, groups_of(installed)["bounced"])

    def write() -> str:
        ledger = Ledger(path, Policy())
        ledger.decisions.decide([SUPPRESSED], "suppress", "all", "")
        if not killed:
            ledger.close()
        backup.run(path, Path(path).parent / "backups", 7)
        Path(path).with_name("office.refresh-token").touch(0o600)
        return Secret("password", file=str(secret)).read({}) + configuration.read_text()

    assert writer(installed).does(write) == "secret"
    reader = reader_of(installed)
    assert reader.does(lambda: suppressed(path)) == [SUPPRESSED]
    [copy] = (Path(path).parent / "backups").glob("*.db")
    assert reader.does(lambda: suppressed(str(copy))) == [SUPPRESSED]
    for name in ("bounces.password", "bounced.toml"):
        with pytest.raises(PermissionError):
            reader.does((secret.parent / name).read_bytes)
    with pytest.raises(PermissionError):
        reader.does(Path(path).with_name("office.refresh-token").read_bytes)
    with pytest.raises(PermissionError):
        reader.does(Path(path).with_name("new").touch)


def test_nobody_else_reads_the_list(installed: Path) -> None:
    path = str(installed / "var/lib/bounced/bounced.db")
    daemon_of(installed).does(lambda: suppress(path))
    with pytest.raises(UserError, match="Permission denied"):
        READER.does(lambda: suppressed(path))


def test_an_installation_of_an_earlier_build_is_given_to_the_readers(root: Path) -> None:
    """Its directory and its files belonged to bounced:bounced, and something in it to root."""
    installed = root
    assert run(tool("systemd-sysusers"), f"--root={root}", SYSTEMD / "bounced.sysusers.conf").returncode == 0
    state = root / "var/lib/bounced"
    state.mkdir(parents=True, mode=0o750)
    uid, own = numbers_of("bounced", root / "etc/passwd")
    os.chown(state, uid, own)
    suppress(str(state / "bounced.db"))
    os.chown(state / "bounced.db", 0, 0)
    made = run(tool("systemd-tmpfiles"), "--create", f"--root={root}", SYSTEMD / "bounced.tmpfiles.conf")
    assert (made.stdout, made.returncode) == ("", 0)
    daemon_of(installed).does(lambda: suppress(str(state / "bounced.db")))
    assert reader_of(installed).does(lambda: suppressed(str(state / "bounced.db"))) == [SUPPRESSED]


# secrets in the environment


def in_block(process: int, value: bytes) -> bool:
    """Whether /proc shows ``value`` in the environment of ``process``."""
    return value in Path(f"/proc/{process}/environ").read_bytes()


def test_no_process_of_the_same_user_reads_the_memory_or_the_environment() -> None:
    """J2: a worker that a mail has taken over."""

    def worker_reads() -> list[bool]:
        parent = os.getpid()
        before = worker.does(lambda: in_block(parent, b""))
        own_process.withdraw(())
        found = [before]
        for name in ("environ", "mem", "maps", "fd/0"):
            try:
                worker.does(lambda name=name: Path(f"/proc/{parent}/{name}").open("rb").close())  # type: ignore[misc]
                found.append(True)
            except PermissionError:
                found.append(False)
        return found

    worker = User(64003, 64003)
    assert User(64003, 64003).does(worker_reads) == [True, False, False, False, False]


# what check-config says to root


@pytest.fixture
def state(public_path: Path) -> Path:
    """The directory of a database that is the daemon's."""
    folder = public_path / "state"
    folder.mkdir(mode=0o750)
    os.chown(folder, DAEMON.pw_uid, 64321)
    return folder


@pytest.fixture
def configuration(state: Path) -> Path:
    """A configuration with a password and a file of rules, all of it readable by the daemon."""
    (state.parent / "password").write_text("secret\n")
    (state.parent / "ours.toml").write_text("")
    path = state.parent / "bounced.toml"
    path.write_text(
        f'[database]\npath = "{state}/bounced.db"\n[classify]\nrules = "{state.parent}/ours.toml"\n'
        f'[mailbox.b]\nhost = "h"\nuser = "u"\npassword_file = "{state.parent}/password"\n'
    )
    for name, mode in (("password", 0o400), ("ours.toml", 0o640), ("bounced.toml", 0o640)):
        os.chown(state.parent / name, DAEMON.pw_uid, DAEMON.pw_gid)
        (state.parent / name).chmod(mode)
    return path


@pytest.mark.parametrize(
    ("name", "mode", "command"),
    [
        ("password", 0o600, "chown daemon: {file} && chmod 400 {file}"),
        ("ours.toml", 0o640, f"chgrp {DAEMON.pw_gid} {{file}} && chmod g+r {{file}}"),
        ("bounced.toml", 0o640, f"chgrp {DAEMON.pw_gid} {{file}} && chmod g+r {{file}}"),
    ],
)
def test_root_is_told_what_the_daemon_cannot_read(configuration: Path, name: str, mode: int, command: str) -> None:
    """And the command that is printed corrects it."""
    file = configuration.with_name(name)
    assert preflight.check(configuration, {}) == []
    os.chown(file, 0, 0)
    file.chmod(mode)
    fix = command.format(file=file)
    assert preflight.check(configuration, {}) == [f"{file}: the daemon's user, daemon, can't read it: {fix}"]
    assert run("sh", "-c", fix).returncode == 0
    assert preflight.check(configuration, {}) == []


def test_root_is_told_what_the_daemon_cannot_write_to(configuration: Path, state: Path) -> None:
    path = state / "bounced.db"
    suppress(str(path))
    os.chown(path, 0, 0)
    [problem] = preflight.check(configuration, {})
    fix = f"chown --reference={state} {path}"
    assert problem == f"{path}: the daemon's user, daemon, can't write to it: {fix}"
    assert run("sh", "-c", fix).returncode == 0
    assert preflight.check(configuration, {}) == []


def test_what_root_makes_belongs_to_the_daemon(configuration: Path, state: Path) -> None:
    """`bounced suppress` and `bounced scan imap:` before the daemon was started for the first time."""
    assert bounced("suppress", "--config", str(configuration), SUPPRESSED).exit_code == 0
    backup.run(str(state / "bounced.db"), state / "backups", 7)
    RefreshToken(lambda: "configured", state / "b.refresh-token").rotated("old", "new")
    made = [path for path in state.rglob("*") if path.is_file()]
    assert len(made) == 4
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in (*made, state / "backups")}
    assert owners == {(DAEMON.pw_uid, 64321)}


def test_readers_in_the_group_of_the_daemon_are_a_note(
    configuration: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an earlier build recommended it."""
    monkeypatch.setattr(rights, "_members", lambda group: {"daemon", "postfix"} if group == DAEMON.pw_gid else set())
    config = load(configuration)
    assert list(rights.notes(config)) == []
    os.chown(state, DAEMON.pw_uid, DAEMON.pw_gid)
    [note] = rights.notes(config)
    assert note.startswith(f"database.path: postfix can read what the daemon's own group can; give {state} to a group")


# locks


def test_no_reader_can_hold_up_the_copies(state: Path) -> None:
    """J10: a lock on the folder, or on any file in it that a reader may open, stopped the backups."""
    path = state / "bounced.db"
    suppress(str(path))
    os.chown(path, DAEMON.pw_uid, 64321)
    folder = state / "backups"
    backup.run(str(path), folder, 7)
    assert stat.S_IMODE((folder / backup.LOCK).stat().st_mode) == 0o600
    there = [folder, *folder.iterdir(), state, *(file for file in state.iterdir() if file.is_file())]
    opened = User(64002, 64002, [64321]).does(lambda: [file for file in there if os.access(file, os.R_OK)])
    assert {file.name for file in there} - {file.name for file in opened} == {backup.LOCK}
    with ExitStack() as stack:
        for file in opened:
            handle = os.open(file, os.O_RDONLY)
            stack.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
        backup.run(str(path), folder, 7, lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert len(backup.copies(str(path), folder)) == 2
