"""Debian roots, and the packages for machines that have no network; made once, then only read."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

#: The last commit before this version: what it built is what is upgraded.
BEFORE = "00319f1"

#: A mail host before bounced is installed, with what its documentation asks for.
DEBIAN_PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "sudo", "man-db", "bash-completion"),
    *("python3", "python3-venv", "sqlite3", "postfix", "postfix-sqlite", "dovecot-imapd", "ca-certificates"),
)

#: What a root borrows from this machine when it has to reach the network.
CERTIFICATES = ("/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates")

NETWORK_SETTINGS = (
    *("http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("PIP_CERT", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT"),
)

#: Everything from the network is fetched once, as wheels; then the packages are built from these.
BUILD = """
python3 -m venv /tmp/venv
/tmp/venv/bin/pip install --quiet --upgrade pip
/tmp/venv/bin/pip wheel --quiet --wheel-dir /packages/wheels pip hatchling '/now[oauth,sns]'
export PIP_NO_INDEX=1 PIP_FIND_LINKS=/packages/wheels
BOUNCED_DEB_VERSION=0.1.0~now /now/contrib/debian/build /packages/now
[ ! -d /before/bounced ] || BOUNCED_DEB_VERSION=0.1.0~before /before/contrib/debian/build /packages/before
"""


def missing() -> str:
    """What keeps this machine from booting another one; "" if nothing does."""
    if os.geteuid():
        return "only root can boot a machine"
    tools = [name for name in ("mmdebstrap", "systemd-nspawn", "nsenter") if not shutil.which(name)]
    return f"{', '.join(tools)} not installed (Debian: mmdebstrap systemd-container)" if tools else ""


def root(release: str, folder: Path) -> Path:
    """The root of a new machine of ``release``, made in ``folder``. Raises CalledProcessError."""
    made = folder / release
    _run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(DEBIAN_PACKAGES)}", release, made)
    return made


def packages(root: Path, checkout: Path) -> Path:
    """A folder with the packages of ``checkout`` (now) and of the version before, if the history has it, and wheels."""
    made, before = root.parent / f"{root.name}-packages", root.parent / f"{root.name}-before"
    made.mkdir()
    before.mkdir()
    if _version_before(checkout, before):
        shutil.copytree(checkout / "contrib", before / "contrib")
    binds = (f"--bind={made}:/packages", f"--bind-ro={checkout}:/now", f"--bind-ro={before}:/before")
    certificates = [f"--bind-ro={path}" for path in CERTIFICATES if Path(path).exists()]
    settings = [f"--setenv={name}={os.environ[name]}" for name in NETWORK_SETTINGS if name in os.environ]
    _run(*container(root), *certificates, *settings, *binds, "bash", "-ec", BUILD)
    return made


def _version_before(checkout: Path, folder: Path) -> bool:
    """Writes the version before into ``folder``; ``False`` if the history does not go back so far."""
    archive = subprocess.run(["git", "-C", checkout, "archive", BEFORE], capture_output=True)
    if archive.returncode == 0:
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return archive.returncode == 0


def container(root: Path) -> list[str | Path]:
    """The command that starts a container over ``root``, without those of its options that differ."""
    return ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--volatile=overlay", "-D", root]


def _run(*command: str | Path) -> None:
    """Its output is shown only if it fails: systemd-nspawn 252 complains when it removes an overlay."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        print(done.stdout)
        done.check_returncode()
