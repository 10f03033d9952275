"""The mailboxes that a configuration names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from bounced.config import EXIT_CONFIG, Config
from bounced.config.secrets import without_secrets
from bounced.errors import UserError
from bounced.sources.imap import Account, ImapMailbox
from bounced.sources.oauth.cache import TokenCache
from bounced.sources.oauth.configured import tokens

PORTS = {"implicit": 993, "starttls": 143, "none": 143}


def withdraw_secrets(config: Config) -> dict[str, str]:
    """Our environment as it is; no process that is started from now on gets the variables in it that hold secrets."""
    whole = {**os.environ}
    for name in whole.keys() - without_secrets(whole, config).keys():
        del os.environ[name]
    return whole


def account(config: Config, name: str, environment: Mapping[str, str]) -> Account:
    """What is needed to connect to ``[mailbox.NAME]``. Raises UserError, for example without a password.

    Whatever connects to one mailbox shares it, and with it the access token.
    """
    box = config.mailbox[name]
    if problems := [f"mailbox.{name}: {problem}" for problem in box.unready(environment)]:
        raise UserError(*problems, exit_code=EXIT_CONFIG)
    return Account(
        name,
        box.host,
        box.port or PORTS[box.tls],
        box.user,
        box.password(environment) if box.by_password else "",
        box.tls,
        box.ca_file,
        box.timeout.total_seconds(),
        None if box.by_password else _tokens(config, name, environment),
        box.mechanism,
    )


def _tokens(config: Config, name: str, environment: Mapping[str, str]) -> TokenCache:
    state = Path(config.database.path).parent
    return tokens(name, config.mailbox[name], state, environment, without_secrets(environment, config))


def imap_mailboxes(config: Config, name: str, environment: Mapping[str, str]) -> list[ImapMailbox]:
    """The mailboxes of ``[mailbox.NAME]``, one a folder. Raises UserError when there is no such section.

    What all of them are moved to is cleared by the first of them alone.
    """
    box = config.mailbox.get(name)
    if box is None:
        known = ", ".join(config.mailbox) or "there are none"
        raise UserError(f"imap:{name}: no [mailbox.{name}] in the configuration ({known})", exit_code=EXIT_CONFIG)
    found = account(config, name, environment)
    return [
        ImapMailbox(
            found,
            folder,
            box.on_done,
            box.done_folder,
            box.unrecognized_folder,
            outcome_folders=box.outcome_folders,
            taken=box.folders,
            role=box.role,
            retain=box.retain if box.on_done != "move" or folder == box.watched[0] else timedelta(),
        )
        for folder in box.watched
    ]
