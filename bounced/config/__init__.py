"""The configuration: one TOML file, read, checked, and turned into what the other rooms take.

What the other rooms use; a table that only the configuration itself needs is imported from its own module. A name is
loaded when it is first used: `check` needs none of those that check the whole file.
"""

from importlib import import_module

TYPE_CHECKING = False  # as in typing, which takes longer to import

__all__ = [
    "DEFAULT_PATH",
    "AlarmsSection",
    "CanarySection",
    "Config",
    "LogsSection",
    "MailboxSection",
    "MetricsSection",
    "OAuthSection",
    "Schedule",
    "SinkSection",
    "canary_token",
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

if TYPE_CHECKING:
    from bounced.config.alarms import AlarmsSection
    from bounced.config.canary import CanarySection
    from bounced.config.file import canary_token, chosen, judge_by, load, read_pack, rules, sender, tables, token_keys
    from bounced.config.logs import LogsSection
    from bounced.config.mailbox import MailboxSection
    from bounced.config.metrics import MetricsSection
    from bounced.config.model import Config
    from bounced.config.oauth import OAuthSection
    from bounced.config.path import DEFAULT_PATH, find
    from bounced.config.schedule import Schedule
    from bounced.config.sink import SinkSection
else:
    #: The module in which each name is at home.
    _HOMES = {
        **dict.fromkeys(("canary_token", "chosen", "judge_by", "load", "read_pack"), "file"),
        **dict.fromkeys(("rules", "sender", "tables", "token_keys"), "file"),
        **dict.fromkeys(("DEFAULT_PATH", "find"), "path"),
        "AlarmsSection": "alarms",
        "CanarySection": "canary",
        "Config": "model",
        "LogsSection": "logs",
        "MailboxSection": "mailbox",
        "MetricsSection": "metrics",
        "OAuthSection": "oauth",
        "Schedule": "schedule",
        "SinkSection": "sink",
    }

    def __getattr__(name: str) -> object:
        """Loads a name (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals().setdefault(name, getattr(import_module(f"{__name__}.{_HOMES[name]}"), name))
