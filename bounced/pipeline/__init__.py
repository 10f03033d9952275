"""The path of one batch: parse (pure, in a worker), take (one transaction), settle.

A message belongs to the mailbox until ``Ledger.take`` has returned and to the ledger from then on; only then is it
settled in the mailbox. A crash in between leaves messages that the ledger has and the mailbox still shows: ``catch_up``
settles these.
"""

from bounced.pipeline.drain import Observer, Unsettled, drain
from bounced.pipeline.erasure import Found, remove_named
from bounced.pipeline.recovery import catch_up, look_back, reconcile
from bounced.pipeline.retention import retain

__all__ = [
    "Found",
    "Observer",
    "Unsettled",
    "catch_up",
    "drain",
    "look_back",
    "reconcile",
    "remove_named",
    "retain",
]
