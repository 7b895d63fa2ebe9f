"""The fields of a row that the asker wants."""

from targets.api.faults import invalid


class Thinning:
    """`?fields=code,name`: of each row only these, in the order that it has them by itself.

    A name given twice says no more than once. What stands inside a field is given whole; only the sections
    below a section are rows like it, and thinned like it.
    """

    fields_query_param = "fields"

    def get_serializer(self, *args, **kwargs):
        serializer = super().get_serializer(*args, **kwargs)
        row = getattr(serializer, "child", serializer)
        for name in row.fields.keys() - self._wanted(list(row.fields)):
            row.fields.pop(name)
        return serializer

    def _wanted(self, known: list[str]) -> list[str]:
        asked = self.request.query_params.get(self.fields_query_param)
        if not asked:
            return known
        wanted = asked.split(",")
        for name in wanted:
            if name not in known:
                raise invalid(
                    self.fields_query_param,
                    f"没有字段“{name}”，可用：{'、'.join(known)}；多个用逗号隔开。",
                )
        return wanted
