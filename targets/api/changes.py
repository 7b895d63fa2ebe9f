"""What changed, in the order in which it was committed."""

from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from targets import filters, serializers
from targets.api.faults import invalid
from targets.api.pages import Pages
from targets.api.public import Narrowing, PublicListSet
from targets.models import PublicChange


class AfterRevision(Pages):
    """What came after a revision, oldest first, together with the revision that all of this belongs to."""

    parameters = ["since", "page_size"]

    def paginate_queryset(self, queryset, request, view=None):
        newest = PublicChange.objects.newest()
        self.revision = newest.revision if newest else 0
        since = self._number(request, "since", 0, least=0)
        if since > self.revision:
            raise invalid(
                "since",
                f"还没有第 {since} 版，目前到第 {self.revision} 版；如数据库曾经恢复过，请从头取全部数据。",
                "unknown_revision",
            )
        size = self.get_page_size(request)
        found = list(queryset.since(since).filter(revision__lte=self.revision)[: size + 1])
        self.request, self.last = request, found[size - 1] if len(found) > size else None
        return found[:size]

    def get_paginated_response(self, data):
        after = None
        if self.last:
            address = self.request.build_absolute_uri()
            after = replace_query_param(address, "since", self.last.revision)
        return Response({"revision": self.revision, "next": after, "results": data})

    def get_paginated_response_schema(self, schema):
        described = super().get_paginated_response_schema(schema)["properties"]
        revision = {"type": "integer", "description": "目前的数据版次；next 为 null 时，下次从这里接着取"}
        return {
            "type": "object",
            "required": ["revision", "next", "results"],
            "properties": {"revision": revision, "next": described["next"], "results": schema},
        }


class Changes(PublicListSet):
    """Whoever asks again with the last revision that they saw misses nothing and gets nothing twice."""

    queryset = PublicChange.objects.numbered()
    serializer_class = serializers.ChangeSerializer
    filterset_class = filters.ChangeFilter
    filter_backends = [Narrowing]
    pagination_class = AfterRevision
    about = (
        "公开数据的每次变动，按提交的先后，版次连续。先记下这里的 revision，再取全部数据，"
        "以后带着 since=上次的 revision 来取。type 为 all 时任何记录都可能变了，请重新取全部数据。"
        "一条更正先后记作旧的一条不再公开、新的一条公开。"
    )
