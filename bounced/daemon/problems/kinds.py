"""The kinds of problems: what each is, how long it may last before it is told, and what to do about it.

docs/monitoring.md has this table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from bounced.config.alarms import ProblemKind
from bounced.daemon.problems import Finding, Seen, endings, host, mailboxes, work

AT_ONCE = timedelta()

#: What often ends by itself, as when a server is restarted.
FOR_A_WHILE = timedelta(minutes=15)

#: What takes its time after an outage.
FOR_AN_HOUR = timedelta(hours=1)


class Kind(NamedTuple):
    """One kind: its name, when it is there, and what to do, in words; and the function that finds its problems."""

    name: ProblemKind
    meaning: str
    advice: str
    patience: timedelta
    find: Callable[[Seen], Iterator[Finding]]


KINDS = (
    Kind(
        "mailbox",
        "a mailbox can't be read, or its messages can't be moved, or it was not polled three times in a row",
        "see the log of the daemon, and whether the server answers: bounced check-config --connect",
        FOR_A_WHILE,
        mailboxes.unread,
    ),
    Kind(
        "login",
        "the server of a mailbox refuses the login",
        "renew the password or the token before the account is locked out, then bounced check-config --connect",
        FOR_A_WHILE,
        mailboxes.refused,
    ),
    Kind(
        "silence",
        "nothing arrives any more in a mailbox or from a feedback loop",
        "send a message to an address that does not exist, and see where its bounce goes; ask for the loop again",
        AT_ONCE,
        mailboxes.silent,
    ),
    Kind(
        "canary",
        "the report of a test message did not come back in time, or it could not be sent",
        "follow it through the logs of the mail servers: other reports may be lost on the same way",
        AT_ONCE,
        mailboxes.late,
    ),
    Kind(
        "backlog",
        "`backlog` messages or more wait in a mailbox",
        "see in bounced status whether it gets less; if not, give the daemon more workers, or the mailbox less mail",
        FOR_AN_HOUR,
        mailboxes.backlog,
    ),
    Kind(
        "certificate",
        "a certificate ends within `expiry`: one in a file that the configuration names, or one that a server shows",
        "renew it; one of ours goes into the same file, then reload the daemon; a server's is for whoever runs it",
        AT_ONCE,
        endings.certificates,
    ),
    Kind(
        "secret",
        "a client secret or a refresh token ends within `expiry`, as far as that can be known",
        "make a new one, put it where the old one is, and end the old one; for a client secret set client_secret_ends",
        AT_ONCE,
        endings.secrets,
    ),
    Kind(
        "disk",
        "less than `disk` percent are free where the database or its backups are",
        "make room: nothing is lost when it is full, but nothing is recorded either",
        AT_ONCE,
        host.full,
    ),
    Kind(
        "database",
        "the database can't be written",
        "end the program that holds it, or make room on its disk",
        FOR_A_WHILE,
        host.unwritable,
    ),
    Kind("backup", "the last backup failed", "see why in the log; bounced backup tries it now", AT_ONCE, work.backup),
    Kind(
        "job",
        "the last run of another job failed: housekeeping, an export, …",
        "see why in the log; the daemon tries again within the hour",
        FOR_A_WHILE,
        work.jobs,
    ),
    Kind(
        "sink",
        "a sink, or a channel of alarms, takes nothing, or has refused changes",
        "see whether its program answers: bounced sink list; what was refused is delivered by bounced sink replay",
        FOR_A_WHILE,
        work.sinks,
    ),
    Kind(
        "log",
        "a mail log can't be read, or lines of it were lost within a day",
        "see whether the file is there and the daemon may read it",
        FOR_A_WHILE,
        work.logs,
    ),
    Kind(
        "brake",
        "the brake withholds addresses",
        "see bounced withheld: bounced resume if they are dead, bounced undo if something else was wrong",
        AT_ONCE,
        work.brake,
    ),
    Kind(
        "incident",
        "an incident is open: a provider, a domain, a campaign or a text fails as a whole",
        "see bounced incidents; its failures do not count, unless bounced incident release says so",
        AT_ONCE,
        work.incidents,
    ),
    Kind(
        "unrecognized",
        "`unrecognized` messages or more were not recognized in seven days, and nobody is done with them",
        "see bounced unrecognized, and tick them off with --done; a new format is worth a bug report",
        AT_ONCE,
        work.unrecognized,
    ),
)

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
