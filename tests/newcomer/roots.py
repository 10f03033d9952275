"""Debian roots, and the packages for machines that have no network; made once, then only read."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.documents import ROOT

#: The last commit before this version: what it built is what is upgraded.
BEFORE = "00319f1"

#: A mail host before bounced is installed, with what its documentation asks for.
DEBIAN_PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "procps", "man-db", "bash-completion"),
    *("python3", "python3-venv", "sqlite3", "postfix", "postfix-sqlite", "dovecot-imapd", "ca-certificates"),
)

#: What a root borrows from this machine when it has to reach the network.
CERTIFICATES = ("/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates")

NETWORK_SETTINGS = (
    *("http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("PIP_CERT", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT"),
)

#: Everything that comes from the network; the packages are then built without.
FETCH = """
python3 -m venv /tmp/venv
/tmp/venv/bin/pip install --quiet --upgrade pip
/tmp/venv/bin/pip wheel --quiet --wheel-dir /packages/wheels pip hatchling hatch-fancy-pypi-readme \\
  '/now[http,oauth,proxy,sns]'
"""

BUILD = """
export PIP_NO_INDEX=1 PIP_FIND_LINKS=/packages/wheels DPKG_DEB_COMPRESSOR_TYPE=gzip DPKG_DEB_COMPRESSOR_LEVEL=1
BOUNCED_DEB_VERSION=0.1.0~now /now/contrib/debian/build /packages/now
[ ! -d /before/bounced ] || BOUNCED_DEB_VERSION=0.1.0~before /before/contrib/debian/build /packages/before
"""


class Unreachable(Exception):
    """This machine cannot fetch Debian or the libraries; the text is one line."""


def missing() -> str:
    """What keeps this machine from booting another one; "" if nothing does."""
    if os.geteuid():
        return "only root can boot a machine"
    tools = [name for name in ("mmdebstrap", "systemd-nspawn", "nsenter") if not shutil.which(name)]
    return f"{', '.join(tools)} not installed (Debian: mmdebstrap systemd-container)" if tools else ""


def root(release: str, folder: Path) -> Path:
    """The root of a new machine of ``release``, made in ``folder``. Raises Unreachable."""
    made = folder / release
    packages = f"--include={','.join(DEBIAN_PACKAGES)}"
    if problem := _problem("mmdebstrap", "--quiet", "--variant=minbase", packages, release, made):
        raise Unreachable(in_one_line(problem))
    return made


def tracked(checkout: Path, folder: Path) -> Path:
    """``folder`` with a copy of the files of ``checkout`` that git knows."""
    listed = subprocess.run(["git", "-C", checkout, "ls-files", "-z"], capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(checkout / name, folder / name, follow_symlinks=False)
    return folder


def packages(root: Path, checkout: Path) -> Path:
    """A folder with the packages of ``checkout`` (now) and of the version before, if the history has it, and wheels.

    Raises Unreachable, and RuntimeError when a package cannot be built.
    """
    made, before = root.parent / f"{root.name}-packages", root.parent / f"{root.name}-before"
    made.mkdir()
    before.mkdir()
    if _version_before(before):
        shutil.copytree(checkout / "contrib", before / "contrib")
    inside = [*container(root), f"--bind={made}:/packages", f"--bind-ro={checkout}:/now", f"--bind-ro={before}:/before"]
    if problem := _problem(*inside, *_network(), "bash", "-ec", FETCH):
        raise Unreachable(in_one_line(problem))
    if problem := _problem(*inside, "--private-network", "bash", "-ec", BUILD):
        raise RuntimeError(problem)
    return made


def _network() -> list[str]:
    """The options that give a container the network of this machine."""
    certificates = [f"--bind-ro={path}" for path in CERTIFICATES if Path(path).exists()]
    return [*certificates, *(f"--setenv={name}={os.environ[name]}" for name in NETWORK_SETTINGS if name in os.environ)]


def _version_before(folder: Path) -> bool:
    """Writes the version before into ``folder``; ``False`` if the history does not go back so far."""
    archive = subprocess.run(["git", "-C", ROOT, "archive", BEFORE], capture_output=True)
    if archive.returncode == 0:
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return archive.returncode == 0


def container(root: Path) -> list[str | Path]:
    """The command that starts a container over ``root``, without those of its options that differ."""
    return ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--volatile=overlay", "-D", root]


def in_one_line(problem: str) -> str:
    """The first and the last line of ``problem``: what failed, and its last word; "" if it has none."""
    lines = list(filter(None, map(str.strip, problem.splitlines())))
    return " … ".join(dict.fromkeys([*lines[:1], *lines[-1:]]))


def _problem(*command: str | Path) -> str:
    """What a command has printed if it failed, else ""."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return f"{command[0]} failed with {done.returncode}: {done.stdout}" if done.returncode else ""
