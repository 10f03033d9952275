"""OpenSSH's server on loopback, where `make servers` has unpacked it: SFTP for root, by key, in mounts of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.other_servers import ROOT
from tests.support.servers import free_port, wait_for_port

PROGRAM = ROOT / "ssh/usr/sbin/sshd"

CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
"""

#: It wants a user that its package would make, and root not to be locked: its mounts show both.
START = """
cd "$1"
{ grep -v '^sshd:' /etc/passwd; echo 'sshd:x:65532:65534::/run/sshd:/usr/sbin/nologin'; } > passwd
sed 's/^root:[^:]*:/root:x:/' /etc/shadow > shadow
mount --bind passwd /etc/passwd && mount --bind shadow /etc/shadow && mount -t tmpfs tmpfs /run && mkdir /run/sshd &&
  exec "$2" -D -e -f config
"""


class Sftp(NamedTuple):
    """The server, and the options of fsspec for it."""

    url: str
    options: dict[str, object]


@contextmanager
def serving() -> Iterator[Sftp]:
    folder = Path(tempfile.mkdtemp(prefix="sshd-"))
    port = free_port()
    for name in ("host", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
    command = ["unshare", "--mount", "bash", "-ec", START, "sshd", str(folder), str(PROGRAM.resolve())]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        options = {"key_filename": str(folder / "key"), "look_for_keys": False, "allow_agent": False}
        yield Sftp(f"sftp://root@127.0.0.1:{port}", options)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)
