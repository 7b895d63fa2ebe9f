"""The numbers as they are stored."""

from django.db.models import Prefetch
from django.utils import timezone

from targets.api import serializers
from targets.api.exchange import cubes
from targets.api.formats import ColumnList, FlatList
from targets.api.ordering import Ordering
from targets.api.pagination import NumberedOrCursorPages
from targets.api.public import Narrowing, PublicListSet, PublicViewSet
from targets.api.searching import Searching
from targets.lists import filters
from targets.models import (
    Area,
    Assessment,
    Baseline,
    BaselineFact,
    Goal,
    GoalLink,
    Indicator,
    Observation,
    Organization,
    Period,
    Plan,
    ReportingDuty,
    Target,
)

OF_SERIES = {"indicator": ["indicator__code"], "area": ["area__code"]}
NAMES_OF_SERIES = ["indicator__name", "area__name", "=indicator__code", "=area__code"]
# A quotation is read across the line breaks of the text.
QUOTED = "citations__quote__joined"
EVIDENCE = ["evidence__title", "evidence__source", "evidence__url"]
# Of spans that end on one day the shorter comes first: the year sums up.
OF_REPORTS = {
    "period": ["period__end", "-period__start"],
    "published_at": ["published_at"],
    "updated_at": ["updated_at"],
}


class Plans(PublicViewSet):
    queryset = Plan.objects.select_related("source_text")
    serializer_class = serializers.PlanSerializer
    search_fields = [
        "=code",
        "title",
        "document_title",
        "number",
        "issuer",
        "completeness_note",
        "source_text__provenance",
    ]
    about = "completeness 为 truncated 时，文本不完整，completeness_note 写明缺什么。"


class Areas(PublicViewSet):
    queryset = Area.objects.select_related("parent", "predecessor", "successor")
    serializer_class = serializers.AreaSerializer
    filterset_class = filters.AreaFilter
    orderings = {"code": ["code"], "name": ["name"], "kind": ["kind"]}
    search_fields = ["=code", "name", "printed_name", "source", "note"]
    about = "衡水市、各县市区和两个新区，以及撤市设区前的冀州市。"


class Organizations(PublicViewSet):
    queryset = Organization.objects.prefetch_related("citations__section")
    serializer_class = serializers.OrganizationSerializer
    filterset_class = filters.OrganizationFilter
    orderings = {"code": ["code"], "name": ["name"], "kind": ["kind"]}
    search_fields = ["=code", "name", "note", QUOTED]


class Goals(PublicViewSet):
    queryset = Goal.objects.select_related("parent").prefetch_related(
        "citations__section",
        "weaknesses",
        "transformations__citations__section",
        "transformations__weaknesses",
        Prefetch("indicator_links", GoalLink.objects.in_use().select_related("indicator")),
    )
    serializer_class = serializers.GoalSerializer
    filterset_class = filters.GoalFilter
    search_fields = [
        "=code",
        "statement",
        "note",
        QUOTED,
        "=transformations__code",
        "transformations__statement",
        "transformations__note",
        f"transformations__{QUOTED}",
    ]
    about = "发展目标的 12 个分句；“六大转变”列在所属目标之下，也可按各自的代码查。"

    def get_queryset(self):
        goals = super().get_queryset()
        return goals.clauses() if self.action == "list" else goals


class Indicators(FlatList, PublicViewSet):
    queryset = (
        Indicator.objects.select_related("part_of")
        .with_goals()
        .with_baselines()
        .prefetch_related("baselines__citations__section")
    )
    serializer_class = serializers.IndicatorSerializer
    cube = staticmethod(cubes.indicators)
    filterset_class = filters.IndicatorFilter
    orderings = {"code": ["code"], "name": ["name"], "category": ["category"], "kind": ["kind"]}
    search_fields = ["=code", "name", "family", "definition", "definition_source", "note"]
    about = "规划原文中的 26 项有数指标及全市基期值。文号、序号、电话号码等不是指标，不在其列。"


class Baselines(FlatList, PublicListSet):
    queryset = Baseline.objects.select_related("indicator", "area").prefetch_related("citations__section")
    serializer_class = serializers.BaselineSerializer
    cube = staticmethod(cubes.baselines)
    filterset_class = filters.BaselineFilter
    orderings = OF_SERIES | {"year": ["year"], "value": ["value"]}
    search_fields = [*NAMES_OF_SERIES, "printed", "source", "note", QUOTED]
    about = "一项指标在一地的基期值为一条。value 要连同 comparator 读，printed 是原文的写法。"


class BaselineFacts(PublicViewSet):
    queryset = BaselineFact.objects.prefetch_related("citations__section")
    serializer_class = serializers.BaselineFactSerializer
    search_fields = ["=code", "subject", "reading", "note", QUOTED]
    about = "原文没有数字的基期事实；reading 是整理者的理解，不是原文。"


class Periods(PublicViewSet):
    queryset = Period.objects.all()
    serializer_class = serializers.PeriodSerializer
    orderings = {"code": ["code"], "start": ["start", "end"], "end": ["end", "-start"], "due_on": ["due_on"]}
    about = "2018 为全年，2018-H1 为上半年，2018-Q3 为第三季度。"


class Duties(PublicListSet):
    queryset = ReportingDuty.objects.select_related("indicator", "area", "organization").order_by(
        "area__code", "indicator__code"
    )
    serializer_class = serializers.DutySerializer
    filterset_class = filters.DutyFilter
    # Whether something is published is no part of a duty: the log does not tell.
    filter_backends = [Searching, Narrowing, Ordering]
    orderings = OF_SERIES
    search_fields = [*NAMES_OF_SERIES, "organization__name"]
    about = (
        "一期应填报的完成值，一项一条；period 不填为最近结束的一年。is_published=false 的尚无已发布的数。"
        "frequency 为两次填报相隔的月数。"
    )


class Targets(ColumnList, PublicListSet):
    queryset = Target.objects.select_related("indicator", "area")
    serializer_class = serializers.TargetSerializer
    cube = staticmethod(cubes.targets)
    filterset_class = filters.TargetFilter
    orderings = OF_SERIES | {"year": ["year"], "value": ["value"], "decided_on": ["decided_on"]}
    search_fields = [*NAMES_OF_SERIES, "source"]
    about = "每作一次决定为一条，调整不改原有的一条；in_force 指今日有效的一条。"

    def get_queryset(self):
        return super().get_queryset().with_in_force(timezone.localdate())


class Observations(ColumnList, PublicListSet):
    # A year and its last quarter end on one day: without the last key pages could overlap.
    queryset = (
        Observation.objects.published()
        .select_related("indicator", "area", "period")
        .prefetch_related("evidence")
        .order_by("indicator__code", "area__code", "period__end", "-period__start")
    )
    serializer_class = serializers.ObservationSerializer
    cube = staticmethod(cubes.observations)
    filterset_class = filters.ObservationFilter
    pagination_class = NumberedOrCursorPages
    orderings = OF_SERIES | OF_REPORTS | {"value": ["value"]}
    search_fields = [*NAMES_OF_SERIES, "unavailable_reason", "source", "note", *EVIDENCE]
    about = "只有已发布的完成值。value 为 null 时无法取得，unavailable_reason 写明原因。"


class Assessments(PublicListSet):
    queryset = (
        Assessment.objects.published()
        .select_related("goal", "period")
        .prefetch_related("evidence")
        .order_by("goal__code", "period__end", "-period__start")
    )
    serializer_class = serializers.AssessmentSerializer
    filterset_class = filters.AssessmentFilter
    orderings = OF_REPORTS | {"goal": ["goal__code"]}
    search_fields = ["goal__statement", "text", *EVIDENCE]
    about = "没有数字的目标的定性评价，只有已发布的。"
