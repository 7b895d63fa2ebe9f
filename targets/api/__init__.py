"""The numbers over the API, and what all its views have in common."""

from targets.api.changes import Changes
from targets.api.numbers import (
    QUOTED,
    Areas,
    Assessments,
    BaselineFacts,
    Baselines,
    Duties,
    Goals,
    Indicators,
    Observations,
    Organizations,
    Periods,
    Plans,
    Targets,
)
from targets.api.package import CsvFile, DataPackage
from targets.api.progress import Progress
from targets.api.public import PublicData, PublicListSet, PublicView, PublicViewSet

__all__ = [
    "QUOTED",
    "Areas",
    "Assessments",
    "BaselineFacts",
    "Baselines",
    "Changes",
    "CsvFile",
    "DataPackage",
    "Duties",
    "Goals",
    "Indicators",
    "Observations",
    "Organizations",
    "Periods",
    "Plans",
    "Progress",
    "PublicData",
    "PublicListSet",
    "PublicView",
    "PublicViewSet",
    "Targets",
]
