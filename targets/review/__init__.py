"""The one door for everything that is reported, decided or published.

`Batch` enters rows, the acts move them from draft to published; no other room writes a status. Each is one
transaction and refuses with a sentence for the reader. Locks are taken in one order: the period, then its
rows, so that two people cannot both begin or correct a series.
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
from targets.review.guards import Conflict, Refused, faults_by_field, required_note
from targets.review.kinds import (
    BaselineKind,
    DefinitionKind,
    Entry,
    JudgementKind,
    Overtaken,
    TargetKind,
    ThresholdKind,
    ValueKind,
)
from targets.review.outside_figures import OUTSIDE, publish_from_outside
from targets.review.period_reports import draw_up_period_report, publish_period_report
from targets.review.plan_codes import fault_of_code
from targets.review.publication import (
    delete_decision,
    fault_of_deletion,
    fault_of_publication,
    hand_over,
    last_editor,
    make_public,
    must_be_deletable,
    withdraw_plan,
)
from targets.review.retirement import fault_of_undoing, retire_indicator, undo_retirement
