"""The mailboxes that a configuration names."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bounced.imap import Account, ImapMailbox
from bounced.model import UserError
from bounced.settings import EXIT_CONFIG, Config, MailboxSection

PORTS = {"implicit": 993, "starttls": 143, "none": 143}


def account(name: str, box: MailboxSection, environment: Mapping[str, str] = os.environ) -> Account:
    """What is needed to connect to the mailbox called ``name``. Raises UserError, for example without a password."""
    try:
        return Account(
            name,
            box.host,
            box.port or PORTS[box.tls],
            box.user,
            box.password(environment),
            box.tls,
            box.ca_file,
            box.timeout.total_seconds(),
        )
    except UserError as error:
        raise UserError(*(f"mailbox.{name}: {problem}" for problem in error.problems), exit_code=EXIT_CONFIG) from None


def imap_mailboxes(config: Config, name: str) -> list[ImapMailbox]:
    """The mailboxes of ``[mailbox.NAME]``, one a folder. Raises UserError when there is no such section."""
    box = config.mailbox.get(name)
    if box is None:
        known = ", ".join(config.mailbox) or "there are none"
        raise UserError(f"imap:{name}: no [mailbox.{name}] in the configuration ({known})", exit_code=EXIT_CONFIG)
    found = account(name, box)
    return [ImapMailbox(found, folder, box.on_done, box.done_folder, box.unread_folder) for folder in box.folders]
