"""The numbers of the plan, and the areas and organizations that they belong to.

Every rule that a row can break is a named constraint, so imports, shell and admin obey it too.
"""

from targets.models.access import KEPT_DAYS, AccessEntry, AccessEntryQuerySet, AccessKind, AccessLogIsKept
from targets.models.area import Area, AreaKind, AreaQuerySet, CodeSystem
from targets.models.baseline import Baseline, BaselineFact, BaselineQuerySet, Comparator
from targets.models.change import PublicChange, PublicChangeQuerySet
from targets.models.choices import Basis, Grade, Level, one_of
from targets.models.duty import (
    AreaAssignment,
    Due,
    Frequency,
    ReportingDuty,
    ReportingDutyQuerySet,
    Responsibility,
    ResponsibilityRole,
)
from targets.models.evidence import Evidence, EvidenceFile, FileKind
from targets.models.goal import Goal, GoalKind, GoalLink, GoalLinkQuerySet, GoalQuerySet, Standing
from targets.models.indicator import (
    Category,
    Direction,
    Indicator,
    IndicatorKind,
    IndicatorQuerySet,
    LevelScope,
    RollUp,
)
from targets.models.organization import Organization, OrganizationKind, OrganizationQuerySet
from targets.models.period import Period, PeriodQuerySet
from targets.models.period_report import PeriodReport, PeriodReportKind
from targets.models.plan import Completeness, Plan
from targets.models.policy import IssuerBasis, Policy, PolicyQuerySet
from targets.models.report import (
    EDITABLE,
    Act,
    Assessment,
    Observation,
    ObservationQuerySet,
    Report,
    ReportQuerySet,
    ReportStatus,
    ReviewEvent,
)
from targets.models.target import Target, TargetQuerySet
from targets.models.upload import SheetUpload

__all__ = [
    "EDITABLE",
    "KEPT_DAYS",
    "AccessEntry",
    "AccessEntryQuerySet",
    "AccessKind",
    "AccessLogIsKept",
    "Act",
    "Area",
    "AreaAssignment",
    "AreaKind",
    "AreaQuerySet",
    "Assessment",
    "Baseline",
    "BaselineFact",
    "BaselineQuerySet",
    "Basis",
    "Category",
    "CodeSystem",
    "Comparator",
    "Completeness",
    "Direction",
    "Due",
    "Evidence",
    "EvidenceFile",
    "FileKind",
    "Frequency",
    "Goal",
    "GoalKind",
    "GoalLink",
    "GoalLinkQuerySet",
    "GoalQuerySet",
    "Grade",
    "Indicator",
    "IndicatorKind",
    "IndicatorQuerySet",
    "IssuerBasis",
    "Level",
    "LevelScope",
    "Observation",
    "ObservationQuerySet",
    "Organization",
    "OrganizationKind",
    "OrganizationQuerySet",
    "Period",
    "PeriodQuerySet",
    "PeriodReport",
    "PeriodReportKind",
    "Plan",
    "Policy",
    "PolicyQuerySet",
    "PublicChange",
    "PublicChangeQuerySet",
    "Report",
    "ReportQuerySet",
    "ReportStatus",
    "ReportingDuty",
    "ReportingDutyQuerySet",
    "Responsibility",
    "ResponsibilityRole",
    "ReviewEvent",
    "RollUp",
    "SheetUpload",
    "Standing",
    "Target",
    "TargetQuerySet",
    "one_of",
]
