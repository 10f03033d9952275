"""What can go wrong, by whose it is to mend: the user's, the peer's. Anything else is a fault of our own."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can mend. ``problems`` are lines for them, without a traceback."""

    def __init__(self, *problems: str, exit_code: int = 2) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        self.exit_code = exit_code


class LedgerError(UserError):
    """The SQLite file can't be used. ``passing`` when trying again later may help: it is locked, the disk is full."""

    def __init__(self, problem: str, *, passing: bool = False, exit_code: int = 74) -> None:  # EX_IOERR
        super().__init__(problem, exit_code=exit_code)
        self.passing = passing


class LedgerUnusable(LedgerError):
    """The SQLite file stays as it is until a person has put another one, or another program, in its place."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, exit_code=65)  # EX_DATAERR


class MailboxError(Exception):
    """A mailbox that can't be read now; one line that says why. Trying again later may help."""


class Unreachable(MailboxError):
    """There is no connection to the server: every folder of the account fails alike."""


class LoginRefused(Unreachable):
    """The server does not accept user and password, or not now: trying again soon would do harm."""


class FolderMissing(MailboxError):
    """The account works, but it has no such folder; for the folder for spam that is not a failure (``optional``)."""

    def __init__(self, problem: str, *, optional: bool = False) -> None:
        super().__init__(problem)
        self.optional = optional
