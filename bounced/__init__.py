"""Reads bounces and complaints; decides which addresses must not be mailed any more. `bounced run` is the daemon.

1. The names of ``__all__`` are public (docs/library.md); everything else is private, and may change with any version.
2. ``import bounced`` loads nothing else of the package: a public name is loaded when it is first used.
3. ``parse``, ``decode`` and ``classify`` are the functions, whoever imported the modules of these names, and when.
"""

import sys
from importlib import import_module
from types import ModuleType

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python that runs a checkout; it can read this file, from 3.6 on
    sys.exit("bounced: Python {0[0]}.{0[1]} is too old: use 3.11 or newer".format(sys.version_info))  # noqa: UP032

TYPE_CHECKING = False  # as in typing, which takes longer to import than everything here

__version__ = "0.1.0"

__all__ = [
    "REASONS",
    "Decoded",
    "Entry",
    "Event",
    "Judgment",
    "LedgerError",
    "Limit",
    "MailboxError",
    "Parsed",
    "Policy",
    "Report",
    "Sender",
    "Suppression",
    "Suppressions",
    "TrustAnchors",
    "UserError",
    "Verdict",
    "__version__",
    "classify",
    "decide",
    "decode",
    "parse",
    "tokens",
]

if TYPE_CHECKING:
    from bounced import tokens
    from bounced.classify import classify
    from bounced.decode import decode
    from bounced.errors import LedgerError, MailboxError, UserError
    from bounced.identify import Sender
    from bounced.identify.sender import TrustAnchors
    from bounced.ledger.lookup import Suppressions
    from bounced.model import Decoded, Event, Parsed, Report, Verdict
    from bounced.parse import parse
    from bounced.policy import Entry, Judgment, Limit, Policy, Suppression, decide
    from bounced.reasons import REASONS
else:
    #: The module in which each public name is at home; ``tokens`` is one.
    _HOMES = {
        "REASONS": "reasons",
        "Decoded": "model",
        "Entry": "policy",
        "Event": "model",
        "Judgment": "policy",
        "LedgerError": "errors",
        "Limit": "policy",
        "MailboxError": "errors",
        "Parsed": "model",
        "Policy": "policy",
        "Report": "model",
        "Sender": "identify",
        "Suppression": "policy",
        "Suppressions": "ledger.lookup",
        "TrustAnchors": "identify.sender",
        "UserError": "errors",
        "Verdict": "model",
        "classify": "classify",
        "decide": "policy",
        "decode": "decode",
        "parse": "parse",
        "tokens": "tokens",
    }

    def __getattr__(name: str) -> object:
        """Loads a public name (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = import_module(f"{__name__}.{_HOMES[name]}")
        return globals().setdefault(name, getattr(home, name, home))

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps rule 3: once a submodule is imported, Python makes it an attribute of the package, whatever was there."""

    def __setattr__(self, name: str, value: object) -> None:
        is_module_of_function = name in ("classify", "decode", "parse") and isinstance(value, ModuleType)
        super().__setattr__(name, getattr(value, name) if is_module_of_function else value)


sys.modules[__name__].__class__ = _Package
