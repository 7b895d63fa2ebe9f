"""The rows of a list that hold the words that the asker looks for."""

from django.db.models import Exists, OuterRef, Q
from rest_framework.filters import SearchFilter

from targets.api.faults import invalid


class Searching(SearchFilter):
    """`?search=景县 孵化器`: rows that hold each of the words, wherever it stands in them.

    Where is looked are the `search_fields` of a view: what its answer shows, and the names of the records
    that it shows the codes of. Nothing else is looked through, so that no column that is not shown can be
    felt out. Unlike DRF's own, a word is taken as it is: commas and quotation marks are signs like others.
    """

    longest = 200

    def get_search_terms(self, request):
        asked = request.query_params.get(self.search_param, "")
        if len(asked) > self.longest:
            raise invalid(
                self.search_param, f"{self.search_param} 最长 {self.longest} 个字，请减少要找的词。"
            )
        return asked.split()

    def filter_queryset(self, request, queryset, view):
        lookups = [self.construct_search(field, queryset) for field in view.search_fields]
        for word in self.get_search_terms(request):
            holding = Q(*[(lookup, word) for lookup in lookups], _connector=Q.OR)
            # Each word by itself: one may stand in one quotation of a record, the next in another.
            same = queryset.model.objects.filter(holding, pk=OuterRef("pk"))
            queryset = queryset.filter(Exists(same))
        return queryset

    def get_schema_operation_parameters(self, view):
        if not view.search_fields:
            return []
        return [
            {
                "name": self.search_param,
                "in": "query",
                "description": "要找的词，多个用空格隔开，须全部出现；字母不分大小写，代码须写全",
                "schema": {"type": "string", "maxLength": self.longest},
            }
        ]
