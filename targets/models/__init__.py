"""The numbers of the plan and the bodies and areas that they belong to, a file a noun.

Every rule that a row can break is a named constraint, so that imports, shell and admin obey it too.
Offsets and quotations live in `measures`; its Citation rows point here, never the reverse.
"""

from targets.models.area import Area, AreaKind, AreaQuerySet, CodeSystem
from targets.models.baseline import Baseline, BaselineFact, BaselineQuerySet, Comparator
from targets.models.choices import Basis, Grade, Level, one_of
from targets.models.goal import Goal, GoalKind, GoalLink, GoalLinkQuerySet, GoalQuerySet, Standing
from targets.models.indicator import (
    Category,
    Direction,
    Indicator,
    IndicatorKind,
    IndicatorQuerySet,
    LevelScope,
)
from targets.models.organization import Organization, OrganizationKind, OrganizationQuerySet
from targets.models.plan import Completeness, Plan

__all__ = [
    "Area",
    "AreaKind",
    "AreaQuerySet",
    "Baseline",
    "BaselineFact",
    "BaselineQuerySet",
    "Basis",
    "Category",
    "CodeSystem",
    "Comparator",
    "Completeness",
    "Direction",
    "Goal",
    "GoalKind",
    "GoalLink",
    "GoalLinkQuerySet",
    "GoalQuerySet",
    "Grade",
    "Indicator",
    "IndicatorKind",
    "IndicatorQuerySet",
    "Level",
    "LevelScope",
    "Organization",
    "OrganizationKind",
    "OrganizationQuerySet",
    "Plan",
    "Standing",
    "one_of",
]
