from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from hengshui_plan.templatetags.site import ENTRIES
from measures.models import Measure, Principle
from targets.models import Area, Goal, Indicator, PeriodReport, Policy


class PublicPages(Sitemap):
    def items(self):
        records = [
            Principle.objects.all(),
            Goal.objects.clauses(),
            Indicator.objects.all(),
            Measure.objects.all(),
            Policy.objects.filter(issued_plan=None),
            Area.objects.filter(plans__isnull=False).distinct(),
            PeriodReport.objects.filter(edition=1).select_related("period").defer("content"),
        ]
        lists = [reverse(route) for route, _, _ in ENTRIES]
        return lists + [row.get_absolute_url() for rows in records for row in rows]

    def location(self, item):
        return item
