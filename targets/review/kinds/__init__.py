"""The kinds of rows that are entered, each with its key, fields and rules."""

from targets.review.kinds.decisions import Overtaken, TargetKind
from targets.review.kinds.kind import ANY_VERSION, NOT_THERE, STALE, Entry, Kind, Outcome, StoredRow
from targets.review.kinds.planned import BaselineKind, DefinitionKind
from targets.review.kinds.reported import REPORT_KINDS, JudgementKind, ReportKind, ValueKind
from targets.review.kinds.thresholds import ThresholdKind

__all__ = [
    "ANY_VERSION",
    "NOT_THERE",
    "REPORT_KINDS",
    "STALE",
    "BaselineKind",
    "DefinitionKind",
    "Entry",
    "JudgementKind",
    "Kind",
    "Outcome",
    "Overtaken",
    "ReportKind",
    "StoredRow",
    "TargetKind",
    "ThresholdKind",
    "ValueKind",
]
