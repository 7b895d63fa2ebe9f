"""Which codes a plan may have: its code is the first segment of its addresses."""

import re
from collections.abc import Iterator

from django.conf import settings
from django.core import checks
from django.db import connections
from django.urls import URLPattern, URLResolver, get_resolver

from targets.models import Plan
from targets.models.plan import CODE

DESK = "admin"


def fault_of_code(code: str) -> str:
    """Say why a plan cannot have this code; empty if it can."""
    if not re.match(CODE, code):
        return f"规划代码“{code}”不合规则：须以小写字母开头，只用小写字母、数字和连字符，2 至 39 字。"
    if code in reserved_codes():
        return f"规划代码“{code}”是本站自己的网址，不能使用，请另取一个，如 {code}-plan。"
    return ""


def reserved_codes() -> set[str]:
    """The first segments of the site's own addresses, and those below the desk."""
    patterns = get_resolver().url_patterns
    resolvers = (row for row in patterns if isinstance(row, URLResolver))
    below_the_desk = (row.url_patterns for row in resolvers if row.namespace == DESK)
    static = settings.STATIC_URL.strip("/").partition("/")[0]
    return {static, *_first_segments(patterns)}.union(*map(_first_segments, below_the_desk))


def _first_segments(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    """Segments with a variable part are left out."""
    for row in patterns:
        segment = str(row.pattern).lstrip("^").partition("/")[0]
        if re.fullmatch(r"[\w.-]+", segment):
            yield segment


@checks.register(checks.Tags.database)
def check_plan_codes(databases=None, **kwargs) -> list[checks.CheckMessage]:
    """A new address of the site may take the code of a plan that was stored before."""
    return [
        checks.Error(
            f"数据库中的规划打不开：{fault}",
            hint="请由开发人员改用别的网址，或在规划公开之前改代码。",
            id="targets.E001",
        )
        for alias in databases or []
        if Plan._meta.db_table in connections[alias].introspection.table_names()
        for code in Plan.objects.using(alias).order_by("code").values_list("code", flat=True)
        if (fault := fault_of_code(code))
    ]
