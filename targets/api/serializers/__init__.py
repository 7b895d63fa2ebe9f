"""The numbers as the API gives them, a file a noun.

Other records are named by code, a coded value has its Chinese label beside it, what is missing is null.
What stands in the text (citations, weaknesses) is reached by its reverse name; `measures` points here.
"""

from targets.api.serializers.baseline import BaselineFactSerializer, BaselineSerializer
from targets.api.serializers.change import ChangeSerializer
from targets.api.serializers.fault import FAULT_CODES, FaultSerializer
from targets.api.serializers.goal import GoalSerializer
from targets.api.serializers.indicator import INDICATOR_EXAMPLE, IndicatorSerializer
from targets.api.serializers.plan import (
    AreaSerializer,
    OrganizationSerializer,
    PeriodSerializer,
    PlanSerializer,
)
from targets.api.serializers.progress import LIGHTS, STATUSES, ExplainedProgressSerializer, ProgressSerializer
from targets.api.serializers.report import (
    AssessmentSerializer,
    DutySerializer,
    ObservationSerializer,
    TargetSerializer,
)
from targets.api.serializers.row import Codes, PageUrl, PublicSerializer, QuotationSerializer, json_number

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
