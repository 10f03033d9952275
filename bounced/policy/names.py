"""The names of ``bounced.policy``, from the modules in which they are at home."""

from bounced.policy.complaints import is_complaint
from bounced.policy.doubts import why_held
from bounced.policy.fold import Fold, decide, ordered
from bounced.policy.forecast import Forecast, Probation, forecast, probation
from bounced.policy.incidents import IncidentLimits
from bounced.policy.records import (
    COMPLAINTS,
    HARDNESS,
    HEALTH,
    PROOFS,
    VERSION,
    BrakeLimits,
    ComplaintScope,
    Engaged,
    Entry,
    EntryKind,
    Failing,
    Judgment,
    Ladder,
    Limit,
    Policy,
    Step,
    Streak,
    Suppression,
    entry_kind,
)
from bounced.policy.silence import Sent, Silence, with_deliveries
from bounced.policy.state import State

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
