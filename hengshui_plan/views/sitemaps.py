from itertools import chain

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from hengshui_plan.templatetags.site import ENTRIES
from measures.models import Measure, Principle
from targets.models import Goal, Indicator, Organization, PeriodReport, Plan


class PublicPages(Sitemap):
    """The pages of all public plans, and those that the plans share."""

    def items(self):
        plans = list(Plan.objects.public().current_first().prefetch_related("areas", "policies"))
        records = [
            Principle.objects.of_all_plans().filter(plan__in=plans),
            Goal.objects.of_all_plans().clauses().filter(plan__in=plans),
            Indicator.objects.of_all_plans().without_internal().filter(plan__in=plans),
            Measure.objects.of_all_plans().filter(plan__in=plans),
            PeriodReport.objects.of_all_plans()
            .filter(edition=1, period__plan__in=plans)
            .select_related("period")
            .defer("content"),
            Organization.objects.filter(plans__in=plans).distinct(),
            dict.fromkeys(chain.from_iterable(plan.areas.all() for plan in plans)),
        ]
        return [
            # With one plan the front door only leads there.
            *([reverse("front_door")] if len(plans) > 1 else []),
            reverse("data"),
            *(reverse(route, args=[plan.code]) for plan in plans for route, _, _ in ENTRIES),
            *(row.get_absolute_url() for rows in records for row in rows),
            *(area.address_in(plan.code) for plan in plans for area in plan.areas.all()),
            *(
                policy.address_in(plan.code)
                for plan in plans
                for policy in plan.policies.all()
                if policy.pk != plan.document_id
            ),
        ]

    def location(self, item):
        return item
