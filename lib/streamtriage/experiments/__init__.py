"""One change at a time: the smallest failing action, and what each change did to it."""

from __future__ import annotations

from streamtriage.experiments.action import Action, everything, one_probe, smallest
from streamtriage.experiments.chance import INTERMITTENT, needed
from streamtriage.experiments.change import Change, ChangeError, changes_of
from streamtriage.experiments.ledger import (
    LEDGER_VERSION,
    Experiment,
    Ledger,
    ledger_schema,
    recorded,
    repeated,
)
from streamtriage.experiments.mended import Checked, checked_fix
from streamtriage.experiments.sight import Sight, narrowed, sight_of
from streamtriage.experiments.weighing import Credit, Flip, Trial, Weighed, weigh

__all__ = [
    "INTERMITTENT",
    "LEDGER_VERSION",
    "Action",
    "Change",
    "ChangeError",
    "Checked",
    "Credit",
    "Experiment",
    "Flip",
    "Ledger",
    "Sight",
    "Trial",
    "Weighed",
    "changes_of",
    "checked_fix",
    "everything",
    "ledger_schema",
    "narrowed",
    "needed",
    "one_probe",
    "recorded",
    "repeated",
    "sight_of",
    "smallest",
    "weigh",
]
