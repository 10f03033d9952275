"""The configuration: one TOML file, read, checked, and turned into what the other rooms take.

What the other rooms use; a table that only the configuration itself needs is imported from its own module.
"""

from bounced.config.file import (
    DEFAULT_PATH,
    chosen,
    find,
    judge_by,
    load,
    read_pack,
    rules,
    sender,
    tables,
    token_keys,
)
from bounced.config.mailbox import MailboxSection
from bounced.config.model import Config
from bounced.config.oauth import OAuthSection
from bounced.config.schedule import Schedule

__all__ = [
    "DEFAULT_PATH",
    "Config",
    "MailboxSection",
    "OAuthSection",
    "Schedule",
    "chosen",
    "find",
    "judge_by",
    "load",
    "read_pack",
    "rules",
    "sender",
    "tables",
    "token_keys",
]
