"""Errors, by who can fix them: the user, or the peer (anything else is our own bug); and the exit codes."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import NamedTuple


class ExitCode(NamedTuple):
    """A row of docs/commands.md, which is generated from these."""

    name: str
    number: int
    sysexits: str  # its name in sysexits.h, "" for none
    meaning: str
    commands: str


EXIT_CODES = (
    ExitCode("success", 0, "EX_OK", "success; `check`: all addresses may be mailed; `status`, `health`: OK", "all"),
    ExitCode("suppressed", 1, "", "at least one address is suppressed; `release`: still", "`check`, `release`"),
    ExitCode("changed", 1, "", "the tables would change at least one recorded failure", "`classify`"),
    ExitCode("invalid", 1, "", "the token is not valid", "`token show`"),
    ExitCode("warning", 1, "", "WARNING: a mailbox could not be read, or was not polled in time", "`status`"),
    ExitCode("warning", 1, "", "WARNING: a rate is above the limit for warnings", "`health`"),
    ExitCode(
        "critical", 2, "", "CRITICAL: no poll for over an hour, or never; or the database cannot be read", "`status`"
    ),
    ExitCode("critical", 2, "", "CRITICAL: a rate is above the limit, and mailing should pause", "`health`"),
    ExitCode("unknown", 3, "", "UNKNOWN: no mailbox is configured", "`status`"),
    ExitCode("usage", 2, "", "usage: a wrong option, something that is not an email address, a missing file", "all"),
    ExitCode(
        "data",
        65,
        "EX_DATAERR",
        "the database is damaged, missing although there are backups, or of a newer version (`status`: 2)",
        "all",
    ),
    ExitCode(
        "software",
        70,
        "EX_SOFTWARE",
        "an internal error; `run` logs it with a traceback, `BOUNCED_TRACEBACK=1` has others show theirs",
        "all",
    ),
    ExitCode(
        "io",
        74,
        "EX_IOERR",
        "the database cannot be read or written (`status`: 2), or the output cannot be written",
        "all",
    ),
    ExitCode(
        "mailbox",
        75,
        "EX_TEMPFAIL",
        "a mailbox or a file cannot be read; the rest was counted",
        "`scan`, `parse`, `run --once`, `check-config --connect`",
    ),
    ExitCode(
        "config", 78, "EX_CONFIG", "the configuration is invalid or missing; each line names a key and the fix", "all"
    ),
    ExitCode("interrupted", 128 + signal.SIGINT, "", "interrupted by Ctrl-C (the daemon exits with 0)", "all"),
)

_NUMBERS = {code.name: code.number for code in EXIT_CODES}

EXIT_SUCCESS = _NUMBERS["success"]
EXIT_SUPPRESSED = _NUMBERS["suppressed"]
EXIT_CHANGED = _NUMBERS["changed"]
EXIT_INVALID = _NUMBERS["invalid"]
EXIT_WARNING = _NUMBERS["warning"]
EXIT_CRITICAL = _NUMBERS["critical"]
EXIT_UNKNOWN = _NUMBERS["unknown"]
EXIT_USAGE = _NUMBERS["usage"]
EXIT_DATA = _NUMBERS["data"]
EXIT_SOFTWARE = _NUMBERS["software"]
EXIT_IO = _NUMBERS["io"]
EXIT_MAILBOX = _NUMBERS["mailbox"]
EXIT_CONFIG = _NUMBERS["config"]
EXIT_INTERRUPTED = _NUMBERS["interrupted"]


class UserError(Exception):
    """Something the user can fix. ``problems`` are lines for them, without a traceback."""

    def __init__(self, *problems: str, exit_code: int = EXIT_USAGE) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.exit_code = exit_code


class LedgerError(UserError):
    """The SQLite file can't be used. ``passing`` when retrying may help: it is locked, the disk is full."""

    def __init__(self, problem: str, *, passing: bool = False, exit_code: int = EXIT_IO) -> None:
        super().__init__(problem, exit_code=exit_code)
        self.passing = passing


class LedgerUnusable(LedgerError):
    """The SQLite file stays unusable until a person replaces it, or installs another version."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, exit_code=EXIT_DATA)


class MailboxError(Exception):
    """A mailbox that can't be read now; one line with the reason. Retrying later may help."""


class NoWorkers(MailboxError):
    """No process that parses can be started, so that nothing can be read now; no message is to blame."""


class FilesUnreadable(MailboxError):
    """Files that can't be read; everything else was. ``problems`` has a line for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(problems[0] + more)
        self.problems = tuple(problems)


class Unreachable(MailboxError):
    """No connection to the server: every folder of the account fails alike."""


class LoginRefused(Unreachable):
    """The server does not accept user and password, or not now: retrying soon would do harm."""


class Throttled(Unreachable):
    """The server accepts the login and asks us for less: another one soon would do harm."""


class FolderMissing(MailboxError):
    """The account works, but it has no such folder; for the folder for spam that is not a failure (``optional``)."""

    def __init__(self, problem: str, *, optional: bool = False) -> None:
        super().__init__(problem)
        self.optional = optional
