"""`make demo`: a mail server, the messages of samples/story in two mailboxes of it, and the real daemon reading them.

`python -m demo --all` has all other samples too, hundreds of them.

Everything lies in .demo/ afterwards, to be looked at with the commands that are printed at the end.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bounced.cli import output
from bounced.peer import shortened
from bounced.sources.arrival import arrived_at
from tests.support.daemon import Daemon
from tests.support.servers import ImapServer, running_mail_devel

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
DEMO = ROOT / ".demo"

#: Columns of a terminal, and of an address in it.
WIDTH = 79
ADDRESS_WIDTH = 26

#: One line for each message: its first address, and how many more there are.
MAILS = """
SELECT substr(arrived_at, 1, 10), messages.kind,
    coalesce(min(nullif(address, '')) || iif(count(*) > 1, ' +' || (count(*) - 1), ''), ''),
    coalesce(group_concat(DISTINCT trim(action || ' ' || class || ' ' || reason || feedback_type)), problem)
FROM messages LEFT JOIN events ON events.message = messages.id
GROUP BY messages.id ORDER BY arrived_at, messages.id
"""
SUPPRESSED = "SELECT address, scope, cause, reason, bounces, substr(since, 1, 10) FROM suppressed ORDER BY address"

NEXT = {
    "bounced explain anna@example.org": "why she is suppressed",
    "bounced explain ben@example.net": "why he is not, and when he would be",
    "bounced check erik@example.net": "may he get a newsletter?",
    "bounced suppressions --csv": "everybody, for a spreadsheet",
    "bounced unrecognized": "what was not understood",
}


def mails() -> Iterator[tuple[str, Path]]:
    """The samples to be shown, each with the mailbox into which it is delivered."""
    for path in sorted((SAMPLES if "--all" in sys.argv[1:] else SAMPLES / "story").rglob("*.eml")):
        yield "complaints" if path.parent.name in ("arf", "complaints") else "bounces", path


def main() -> None:
    """Runs the demo."""
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir()
    with running_mail_devel() as server:
        mailboxes = {"bounces": server.fresh(), "complaints": server.fresh()}
        deliver(mailboxes)
        daemon = Daemon(DEMO)
        daemon.configure(mailboxes, on_done="move")
        with daemon.running():
            for _ in mails():
                daemon.wait_for("mail mailbox=")
            status, seconds = daemon.stop()
        print(f"The daemon ended with status {status}, {seconds:.1f} s after SIGTERM.\n")
    tell(daemon)


def deliver(mailboxes: dict[str, ImapServer]) -> None:
    """Puts the samples into the mailboxes."""
    for name, server in mailboxes.items():
        chosen = [path.read_bytes() for mailbox, path in mails() if mailbox == name]
        now = datetime.now(UTC)
        server.append_all("INBOX", [(content, arrived_at(content, now, now)) for content in chosen])
        print(f"Delivered {len(chosen)} mails into the mailbox {name!r} of an IMAP server on port {server.port}.")


def tell(daemon: Daemon) -> None:
    """What is in the ledger now, and what to do with it."""
    print("What happened, by date:\n")
    print(table(daemon, MAILS, "arrived", "kind", "address", "what"))
    print("\nWho must not be mailed any more, and why:\n")
    print(table(daemon, SUPPRESSED, "address", "scope", "cause", "reason", "bounces", "since"))
    print(f"\nThe SQLite file is {daemon.database}. What to do next:\n")
    print(f"    export PATH={Path(sys.executable).parent}:$PATH")
    print(f"    export BOUNCED_CONFIG={daemon.config}")
    for words, why in NEXT.items():
        print(f"    {words:34s} # {why}")
    print('\nand then your own mailbox: README.md, "Install".')


def table(daemon: Daemon, sql: str, *columns: str) -> str:
    """The answer to ``sql`` as `bounced` prints tables, in the columns of a terminal."""
    rows = [dict(zip(columns, row, strict=True)) for row in daemon.rows(sql)]
    short = [row | {"address": shortened(row["address"], ADDRESS_WIDTH)} for row in rows]
    return "\n".join(shortened(line, WIDTH) for line in output.as_table(short, columns).splitlines())


if __name__ == "__main__":
    main()
