"""The one door through which a report goes from draft to published.

No other code writes a status. Each act checks the actor, locks the row, decides on what is locked, writes and
logs an event, in one transaction. What it refuses it refuses with a sentence for the reader; nothing changes.

Locks are taken in one order, so that no two acts wait for each other: the period, then its rows. Whoever adds
a row holds its period, so that a series is begun or corrected once only.
"""

from targets.review.acts import (
    accept,
    accepted_in,
    close_period,
    mark_of,
    publish,
    publish_period,
    reopen_period,
    return_for_revision,
    submit,
    withdraw,
)
from targets.review.batch import Batch, NotWritten
from targets.review.drafts import attach, correct, detach
from targets.review.guards import Conflict, Refused, faults_by_field, must_have
from targets.review.kinds import (
    BaselineKind,
    DefinitionKind,
    Entry,
    JudgementKind,
    Overtaken,
    TargetKind,
    ValueKind,
)
from targets.review.outside_figures import OUTSIDE, publish_from_outside
from targets.review.report_editions import draw_up_report, publish_report

__all__ = [
    "OUTSIDE",
    "BaselineKind",
    "Batch",
    "Conflict",
    "DefinitionKind",
    "Entry",
    "JudgementKind",
    "NotWritten",
    "Overtaken",
    "Refused",
    "TargetKind",
    "ValueKind",
    "accept",
    "accepted_in",
    "attach",
    "close_period",
    "correct",
    "detach",
    "draw_up_report",
    "faults_by_field",
    "mark_of",
    "must_have",
    "publish",
    "publish_from_outside",
    "publish_period",
    "publish_report",
    "reopen_period",
    "return_for_revision",
    "submit",
    "withdraw",
]
