"""What changed, in the order in which it was committed."""

from datetime import datetime

from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from targets.api import serializers
from targets.api.faults import invalid
from targets.api.pagination import NumberedPages
from targets.api.public import Narrowing, PublicListSet
from targets.api.recency import moment_of
from targets.lists import filters
from targets.models import PublicChange


class AfterRevision(NumberedPages):
    """What came after a revision, oldest first, together with the revision that all of this belongs to."""

    parameters = ["since", "at", "page_size"]

    def paginate_queryset(self, queryset, request, view=None):
        self.request, self.newest = request, PublicChange.objects.newest()
        self.revision = self.newest.revision if self.newest else 0
        since = self._number(request, "since", 0, least=0)
        self._check(since, request.query_params.get("at"))
        size = self.get_page_size(request)
        found = list(queryset.since(since).filter(revision__lte=self.revision)[: size + 1])
        self.last = found[size - 1] if len(found) > size else None
        return found[:size]

    def _check(self, since: int, at: str | None):
        """A database that was restored counts to the same revision again, at another time."""
        if since > self.revision:
            said = f"还没有第 {since} 版，目前到第 {self.revision} 版"
        elif since and at and moment_of(at) not in self._moments(since):
            said = f"第 {since} 版不是 {at} 的那一版"
        else:
            return
        raise invalid("since", f"{said}；数据库可能恢复过，请从头取全部数据。", "unknown_revision")

    def _moments(self, revision: int) -> list[datetime]:
        """SQLite would not compare them: to it a whole second is not one with zeros behind, as written."""
        return list(PublicChange.objects.filter(revision=revision).values_list("at", flat=True))

    def get_paginated_response(self, data):
        answer = {"revision": self.revision, "next": self._after(self.last), "results": data}
        return Response(answer | {"poll": self._after(self.newest)})

    def _after(self, change: PublicChange | None) -> str | None:
        if change is None:
            return None
        address = replace_query_param(self.request.build_absolute_uri(), "since", change.revision)
        return replace_query_param(address, "at", change.at.isoformat())

    def get_paginated_response_schema(self, schema):
        described = super().get_paginated_response_schema(schema)["properties"]
        revision = {"type": "integer", "description": "目前的数据版次；next 为 null 时，下次从这里接着取"}
        return {
            "type": "object",
            "required": ["revision", "next", "results", "poll"],
            "properties": {
                "revision": revision,
                "next": described["next"],
                "results": schema,
                "poll": described["next"]
                | {"description": "全部取完后，下次照这个地址接着取；尚无变动为 null"},
            },
        }


class Changes(PublicListSet):
    """Whoever asks again with the last revision that they saw misses nothing and gets nothing twice."""

    queryset = PublicChange.objects.numbered()
    serializer_class = serializers.ChangeSerializer
    filterset_class = filters.ChangeFilter
    filter_backends = [Narrowing]
    pagination_class = AfterRevision
    about = (
        "公开数据的每次变动，按提交的先后，版次连续。先记下这里的 poll，再取全部数据，以后照 poll 来取。"
        "type 为 all 时任何记录都可能变了，请重新取全部数据；答复 unknown_revision 时也是。"
        "一条更正先后记作旧的一条不再公开、新的一条公开。"
        "由别的记录或日历推出的（progress/、duties/ 是否应报和是否已发布、targets/ 的 in_force）不另记。"
    )
