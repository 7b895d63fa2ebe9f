"""`changes/`: every public change, in the order of commits."""

from datetime import datetime

import django_filters as filters
from django.db.models import Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from targets.api.faults import invalid
from targets.api.filter_backends import Filtering, moment_of
from targets.api.pagination import NumberedPages
from targets.api.public import PublicListSet
from targets.api.serializers import PublicSerializer
from targets.lists.filters import PlanFilterSet
from targets.models import Plan, PlanQuerySet, PublicChange
from targets.records import change_triggers

CHANGE_TYPES = [*change_triggers.types().items(), (PublicChange.EVERYTHING, "任何记录")]
TYPE_LABELS = dict(CHANGE_TYPES)


class ChangeSerializer(PublicSerializer):
    plan = serializers.CharField(label="规划", allow_null=True, help_text="各规划共用的记录为 null")
    revision = serializers.IntegerField(label="数据版次")
    at = serializers.DateTimeField(label="时间")
    type = serializers.ChoiceField(CHANGE_TYPES, label="记录种类")
    type_label = serializers.SerializerMethodField(label="记录种类（中文）")
    code = serializers.CharField(
        label="记录代码",
        help_text="没有自己代码的记录，为各项代码用 / 相连，如 observation 为 指标/县市区/报告期",
    )
    deleted = serializers.BooleanField(
        source="is_deleted", label="是否已不公开", help_text="true 为已删除或已由更正代替"
    )

    class Meta:
        model = PublicChange
        fields = ["plan", "revision", "type", "type_label", "code", "deleted", "at"]

    def get_type_label(self, change: PublicChange) -> str:
        return TYPE_LABELS[change.type]


def announced(request) -> PlanQuerySet:
    """The plans that are public, and those withdrawn: whoever keeps a copy must learn of it."""
    return Plan.objects.filter(Q(is_public=True) | Q(withdrawn_on__isnull=False))


class ChangeFilter(PlanFilterSet):
    plan = filters.ModelChoiceFilter(
        queryset=announced, to_field_name="code", method="filter_plan", label="规划"
    )
    type = filters.ChoiceFilter(choices=CHANGE_TYPES, method="filter_type", label="记录种类")

    @extend_schema_field({"type": "string", "description": "规划"})
    def filter_plan(self, queryset, name, plan):
        return queryset.of_plan(plan)

    def filter_type(self, queryset, name, value):
        return queryset.filter(type__in=[value, PublicChange.EVERYTHING])


class AfterRevision(NumberedPages):
    """Changes after a revision, oldest first, and the newest revision of the data."""

    parameters = ["since", "at", "page_size"]

    def paginate_queryset(self, queryset, request, view=None):
        self.request, self.newest = request, PublicChange.objects.newest()
        self.revision = self.newest.revision if self.newest else 0
        since = self._number(request, "since", 0, least=0)
        self._check(since, request.query_params.get("at"))
        size = self.get_page_size(request)
        changes = list(queryset.since(since).filter(revision__lte=self.revision)[: size + 1])
        self.last = changes[size - 1] if len(changes) > size else None
        return changes[:size]

    def _check(self, since: int, at: str | None):
        """Refuse a revision from before a restore: after it the same numbers come again."""
        if since > self.revision:
            message = f"还没有第 {since} 版，目前到第 {self.revision} 版"
        elif since and at and moment_of(at) not in self._moments(since):
            message = f"第 {since} 版不是 {at} 的那一版"
        else:
            return
        raise invalid("since", f"{message}；数据库可能恢复过，请从头取全部数据。", "unknown_revision")

    def _moments(self, revision: int) -> list[datetime | None]:
        """Compared in Python: SQLite compares times as text, with or without a fraction."""
        return list(PublicChange.objects.filter(revision=revision).values_list("at", flat=True))

    def get_paginated_response(self, data):
        return Response(
            {
                "revision": self.revision,
                "next": self._address_after(self.last),
                "results": data,
                "poll": self._address_after(self.newest),
            }
        )

    def _address_after(self, change) -> str | None:
        if change is None:
            return None
        address = replace_query_param(self.request.build_absolute_uri(), "since", change.revision)
        return replace_query_param(address, "at", change.at.isoformat())

    def get_paginated_response_schema(self, schema):
        link = super().get_paginated_response_schema(schema)["properties"]["next"]
        revision = {"type": "integer", "description": "目前的数据版次；next 为 null 时，下次从这里接着取"}
        return {
            "type": "object",
            "required": ["revision", "next", "results", "poll"],
            "properties": {
                "revision": revision,
                "next": link,
                "results": schema,
                "poll": link | {"description": "全部取完后，下次照这个地址接着取；尚无变动为 null"},
            },
        }


class Changes(PublicListSet):
    """Asking again with the last revision seen misses nothing and repeats nothing."""

    queryset = PublicChange.objects.all()
    serializer_class = ChangeSerializer
    filterset_class = ChangeFilter
    filter_backends = [Filtering]
    pagination_class = AfterRevision
    about = (
        "公开数据的每次变动，按提交的先后，版次连续。先记下这里的 poll，再取全部数据，以后照 poll 来取。"
        "type 为 all 时任何记录都可能变了，请重新取全部数据；有 plan 的是那个规划的任何记录，已撤下的请删去；"
        "答复 unknown_revision 时也要重新取全部数据。填了 plan 的，只列那个规划和各规划共用的记录。"
        "一条更正先后记作旧的一条不再公开、新的一条公开。"
        "由别的记录或日历推出的（progress/、duties/ 是否应报和是否已发布、targets/ 的 in_force）不另记。"
    )

    def get_queryset(self):
        return PublicChange.objects.announced().numbered()
