"""The numbers as the API gives them, a file a noun.

Other records are named by code, a coded value has its Chinese label beside it, what is missing is null.
What stands in the text (citations, weaknesses) is reached by its reverse name; `measures` points here.
"""

from targets.serializers.baseline import BaselineFactSerializer, BaselineSerializer
from targets.serializers.change import ChangeSerializer
from targets.serializers.fault import FAULT_CODES, FaultSerializer
from targets.serializers.goal import GoalSerializer
from targets.serializers.indicator import INDICATOR_EXAMPLE, IndicatorSerializer
from targets.serializers.plan import AreaSerializer, OrganizationSerializer, PeriodSerializer, PlanSerializer
from targets.serializers.progress import LIGHTS, STATUSES, ExplainedProgressSerializer, ProgressSerializer
from targets.serializers.report import (
    AssessmentSerializer,
    DutySerializer,
    ObservationSerializer,
    TargetSerializer,
)
from targets.serializers.row import Codes, PageUrl, PublicSerializer, QuotationSerializer, json_number

__all__ = [
    "FAULT_CODES",
    "INDICATOR_EXAMPLE",
    "LIGHTS",
    "STATUSES",
    "AreaSerializer",
    "AssessmentSerializer",
    "BaselineFactSerializer",
    "BaselineSerializer",
    "ChangeSerializer",
    "Codes",
    "DutySerializer",
    "ExplainedProgressSerializer",
    "FaultSerializer",
    "GoalSerializer",
    "IndicatorSerializer",
    "ObservationSerializer",
    "OrganizationSerializer",
    "PageUrl",
    "PeriodSerializer",
    "PlanSerializer",
    "ProgressSerializer",
    "PublicSerializer",
    "QuotationSerializer",
    "TargetSerializer",
    "json_number",
]
