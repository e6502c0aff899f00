"""One change at a time: the smallest failing action, and what each change did to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.on_first_use import exports

if TYPE_CHECKING:
    from streamtriage.changes.change import Change, ChangeError, changes_of
    from streamtriage.changes.credit import Credit, Flip, Trial, Weighed, weigh
    from streamtriage.changes.intermittent import needed
    from streamtriage.changes.ledger import (
        LEDGER_VERSION,
        Experiment,
        Ledger,
        ledger_schema,
        recorded,
        repeated,
    )
    from streamtriage.changes.mended import Checked, checked_fix
    from streamtriage.changes.run_summary import Sight, narrowed, sight_of
    from streamtriage.changes.smallest_rerun import (
        Action,
        action_words,
        everything,
        one_probe,
        smallest,
    )

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
            "smallest_rerun": "Action action_words everything one_probe smallest",
            "intermittent": "needed",
            "change": "Change ChangeError changes_of",
            "mended": "Checked checked_fix",
            "ledger": "LEDGER_VERSION Experiment Ledger ledger_schema"
            " recorded repeated",
            "run_summary": "Sight narrowed sight_of",
            "credit": "Credit Flip Trial Weighed weigh",
        },
    )
