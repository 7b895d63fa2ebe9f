"""The numbers of the plan, and the areas and organizations that they belong to.

Every rule that a row can break is a named constraint, so imports, shell and admin obey it too.
"""

from targets.models.access import AccessEntry, AccessKind
from targets.models.area import Area, AreaKind, AreaQuerySet, CodeSystem
from targets.models.baseline import Baseline, BaselineFact, BaselineQuerySet, Comparator
from targets.models.change import PublicChange
from targets.models.choices import Basis, Grade, Level, one_of
from targets.models.duty import (
    AreaAssignment,
    Due,
    Frequency,
    ReportingDuty,
    Responsibility,
    ResponsibilityRole,
)
from targets.models.evidence import Evidence, EvidenceFile
from targets.models.goal import Goal, GoalLink, Standing
from targets.models.indicator import (
    Direction,
    Indicator,
    IndicatorKind,
    IndicatorLink,
    LevelScope,
    Nature,
    RollUp,
)
from targets.models.organization import Organization, OrganizationKind
from targets.models.period import Period
from targets.models.period_report import PeriodReport, PeriodReportKind
from targets.models.plan import Completeness, Keeper, Plan, PlanQuerySet
from targets.models.policy import IssuerBasis, Policy
from targets.models.report import (
    EDITABLE,
    Act,
    Assessment,
    Observation,
    Report,
    ReportQuerySet,
    ReportStatus,
    ReviewEvent,
)
from targets.models.target import Target
from targets.models.threshold import ThresholdDecision
from targets.models.upload import SheetUpload
