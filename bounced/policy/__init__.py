# ruff: noqa: F403, F405 - the names are those of bounced.policy.names
"""The rule: what the history of one address means. Pure; no clock, no database.

1. An address is suppressed when a streak has at least ``bounces`` counted failures and strictly more than ``days`` days
   lie between its first and its latest one. The streak of a class has its failures and those of harder classes (hard,
   soft, block); a failure is judged by the limits of its own class and of the softer ones.
   (Three and fifteen: the ISIPP deliverability standard from the Email Deliverability Summit.)
2. The history is ordered by when things happened, never by when they were read.
3. Several reports about one sent message are one failure, at the time of the first that counts; a later one of
   a harder class makes it a failure of that (bounced.policy.repeats). Verified reports are about one message until
   their proofs tell several apart (bounced.policy.proofs). A mailbox behind the address, at its domain, fails for
   itself (bounced.policy.members).
4. Proof of delivery, a gap longer than ``max_gap``, a release and the end of an expired suppression break the streak.
   A message that the sender's records have is delivered when ``settles`` has passed without a report about it
   (bounced.policy.silence); where they have the messages of two failures, no gap breaks the streak between them.
5. A standing suppression ends by its expiry, by a release, or, where a bounce is its cause, by as many proofs of
   delivery as ``lift`` asks for. After it has lapsed the address is on probation for ``max_gap``, if ``expire`` has
   steps: one failure of the same kind suppresses for the next of them. Proof of delivery ends the probation, and the
   steps begin anew.
6. A complaint suppresses immediately, with the scope of its type; ``not-spam`` lifts the complaint about the same
   message, of a lower trust level or from the same source, and nothing but a release lifts an ``opt-out``.
7. What is not trusted enough, what came to the wrong mailbox, what comes in floods and what is an incident
   (bounced.policy.incidents) is held: it does nothing until a person accepts it.

The names are loaded when the first of them is used: `check` needs none.
"""

TYPE_CHECKING = False  # as in typing, which takes longer to import

__all__ = [
    "COMPLAINTS",
    "HARDNESS",
    "HEALTH",
    "PROOFS",
    "VERSION",
    "BrakeLimits",
    "ComplaintScope",
    "Engaged",
    "Entry",
    "EntryKind",
    "Failing",
    "Fold",
    "Forecast",
    "IncidentLimits",
    "Judgment",
    "Ladder",
    "Limit",
    "Policy",
    "Probation",
    "Sent",
    "Silence",
    "State",
    "Step",
    "Streak",
    "Suppression",
    "decide",
    "entry_kind",
    "forecast",
    "is_complaint",
    "ordered",
    "probation",
    "why_held",
    "with_deliveries",
]

if TYPE_CHECKING:
    from bounced.policy.names import *
else:

    def __getattr__(name: str) -> object:
        """Loads the names (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from bounced.policy import names

        globals().update({known: getattr(names, known) for known in __all__})
        return globals()[name]
