"""Which failure that counted a report is about once more. Pure.

1. Proofs tell messages apart for as long as failures are remembered; unless one was sent after the other had failed.
2. A Message-ID that anybody can write does so for REPORTED: no server tries for longer. Some programs give all their
   messages the same one, and the next week's is another failure.
3. A report that does not say which message it is about is about one that failed less than a day before, and a failure
   of which none has said it yet is that of the first message which is named within a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bounced.model import Class, proofs
from bounced.policy.proofs import MADE
from bounced.policy.records import Entry
from bounced.policy.state import CountedFailure

#: How long after the first report about a message another one may come: servers give up after five days.
REPORTED = timedelta(days=6)

#: How long after a failure a report without a message is about the same one.
UNNAMED = timedelta(days=1)

#: Failures whose further reports are recognized, the latest, for ``max_gap``.
COUNTED_LIMIT = 32

Counted = tuple[CountedFailure, ...]


def repeated(counted: Counted, entry: Entry) -> CountedFailure | None:
    """The latest of the failures that ``entry`` may be another report about, ``None`` for a new failure."""
    return next((failure for failure in reversed(counted) if _is_same(failure, entry)), None)


def again(counted: Counted, failure: CountedFailure, entry: Entry, class_: Class) -> Counted:
    """``counted``, where ``failure`` is of ``class_``, and has the names of ``entry`` if it had none."""
    known = failure._replace(class_=class_, names=failure.names or entry.messages())
    return tuple(known if other is failure else other for other in counted)


def remembered(counted: Counted, failure: CountedFailure, max_gap: timedelta) -> Counted:
    """``counted`` with one more, without those about which no report can come any more."""
    recent = (old for old in counted if failure.at - old.at <= (max_gap if old.names else UNNAMED))
    return (*recent, failure)[-COUNTED_LIMIT:]


def _is_same(failure: CountedFailure, entry: Entry) -> bool:
    names, passed = entry.messages(), entry.at - failure.at
    if not names or not failure.names:
        return passed < UNNAMED
    if frozenset(names).isdisjoint(failure.names) or _is_later(entry, failure.at):
        return False
    return passed <= REPORTED or bool(entry.proved) or entry.trust == "verified"


def _is_later(entry: Entry, failed_at: datetime) -> bool:
    """True when the message is proved to be sent after the failure."""
    made = proofs(entry.proved).get(MADE, "").partition(":")[2]
    return bool(made) and datetime.fromisoformat(made) > failed_at
