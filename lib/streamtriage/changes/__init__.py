"""One change at a time: the smallest failing action, and what each change did to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.on_first_use import exports

if TYPE_CHECKING:
    from streamtriage.experiments.action import (
        Action,
        action_words,
        everything,
        one_probe,
        smallest,
    )
    from streamtriage.experiments.chance import needed
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
    "action_words",
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

if not TYPE_CHECKING:
    __getattr__ = exports(
        __name__,
        {
            "action": "Action action_words everything one_probe smallest",
            "chance": "needed",
            "change": "Change ChangeError changes_of",
            "mended": "Checked checked_fix",
            "ledger": "LEDGER_VERSION Experiment Ledger ledger_schema"
            " recorded repeated",
            "sight": "Sight narrowed sight_of",
            "weighing": "Credit Flip Trial Weighed weigh",
        },
    )
