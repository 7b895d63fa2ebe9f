"""The lists of reports, which are read-only."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join

from targets import review
from targets.desk.admin.history_admin import STALE
from targets.desk.admin.record_admin import OfPlanFilter, ReadOnlyAdmin, WordsOfPlanFilter, passage, row_link
from targets.models import Area, Assessment, Indicator, Observation, ReportStatus, ReviewEvent
from targets.review import roles
from targets.review.kinds import REPORT_KINDS


@admin.display(description="证明材料")
def evidence(report):
    papers = report.evidence.select_related("file")
    return render_to_string("admin/desk/_papers.html", {"papers": papers})


@admin.display(description="经过")
def trail(report):
    lines = (
        (event.at_shown, event.actor_name, event.get_act_display(), event.note and f"：{event.note}")
        for event in report.events.select_related("actor")
    )
    return format_html_join("", '<div class="passage">{} {} {}{}</div>', lines) or "尚未报送"


def _keys(rows: QuerySet) -> list[int]:
    return list(rows.values_list("pk", flat=True))


class ReportAdmin(ReadOnlyAdmin):
    # Any other order would sort the whole table for each page.
    ordering = ["-pk"]
    marks = ["status", "revision", "entered_by", "entered_at", "changed_by", "updated_at", "published_at"]

    def get_queryset(self, request):
        return roles.reports_seen_by(request.user, super().get_queryset(request))

    def get_fields(self, request, obj=None):
        return [name for name in self.fields if name is not trail or roles.may_follow(request.user, obj)]

    def history_view(self, request, object_id, extra_context=None):
        report = self.get_object(request, object_id)
        if report and not roles.may_follow(request.user, report):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    # Restoring

    def may_restore(self, request, row):
        return row is not None and roles.may_fill_in(request.user, row)

    def restore_refusal(self, row):
        if row.is_editable or row.status == ReportStatus.PUBLISHED:
            return ""
        return f"现为“{row.get_status_display()}”，不能还原：只有草稿、退回的和已发布的可以。"

    def restore_note(self, row):
        if row.status == ReportStatus.PUBLISHED:
            return "还原另存为一份更正草稿，经审核、发布后代替现在公开的内容；理由会随更正公开。"
        return "状态和经办人不变。"

    def restored_names(self, request, row):
        return row.fillable_fields

    def kept(self, found):
        return []

    def state_of(self, row, line):
        return str(row.version)

    def put_back(self, request, line, row, seen, reason):
        if seen != self.state_of(row, line):
            raise review.Refused(STALE)
        values = {name: getattr(line, name) for name in row.fillable_fields}
        if row.status == ReportStatus.PUBLISHED:
            return review.correct(row, by=request.user, reason=reason, **values)
        key = tuple(getattr(row, name) for name in row.key_fields)
        batch = review.Batch(
            REPORT_KINDS[self.model], [review.Entry(key, row.version, values)], by=request.user
        )
        try:
            [row] = batch.write()
        except review.NotWritten as refused:
            raise refused.faults[0] from refused
        return row

    def url_of_restored(self, row):
        return reverse("admin:report", args=[row.period.plan_id, self.opts.model_name, row.pk])


@admin.register(Observation)
class ObservationAdmin(ReportAdmin):
    fields = [
        "indicator",
        "area",
        "period",
        "shown",
        "numerator",
        "denominator",
        "as_of_date",
        "grade",
        "source",
        "note",
        evidence,
        trail,
        *ReportAdmin.marks,
    ]
    list_display = ["indicator", "area", "period", "shown", "status", "grade", "changed_by", "updated_at"]
    list_filter = [
        "status",
        ("period", OfPlanFilter),
        ("area", OfPlanFilter),
        ("indicator__category", WordsOfPlanFilter),
    ]
    list_select_related = ["indicator", "area", "period", "entered_by", "changed_by"]
    search_fields = ["indicator__code", "indicator__name", "area__name"]
    search_help_text = "按指标或县市区查找"

    def get_search_results(self, request, queryset, search_term):
        """Look up each word among the few indicators and areas, not in a million rows."""
        for word in search_term.split():
            named = Q(code__icontains=word) | Q(name__icontains=word)
            indicators = Indicator.objects.of_all_plans().filter(named)
            areas = Area.objects.filter(name__icontains=word)
            queryset = queryset.filter(
                Q(indicator__in=_keys(indicators)) | Q(area__in=_keys(areas)),
            )
        return queryset, False

    @admin.display(description="完成值")
    def shown(self, observation):
        return observation.shown


@admin.register(Assessment)
class AssessmentAdmin(ReportAdmin):
    fields = ["goal", "period", "words", evidence, trail, *ReportAdmin.marks]
    list_display = ["goal", "period", "status", "changed_by", "updated_at"]
    list_filter = ["status", ("period", OfPlanFilter), ("goal", OfPlanFilter)]
    list_select_related = ["goal", "period", "entered_by", "changed_by"]
    search_fields = ["goal__code", "goal__statement", "text"]
    search_help_text = "按目标或评价文字查找"

    @admin.display(description="评价")
    def words(self, assessment):
        return passage(assessment.text)


@admin.register(ReviewEvent)
class ReviewEventAdmin(ReadOnlyAdmin):
    fields = ["at", "actor", "act", "about", "from_status", "to_status", "note"]
    list_display = fields
    list_filter = ["act", "at"]
    list_select_related = ["actor", "period"]
    search_fields = ["note", "actor__username", "actor__last_name"]
    search_help_text = "按经办人或说明查找"

    def get_queryset(self, request):
        rows = roles.events_seen_by(request.user, super().get_queryset(request))
        return rows.order_by("-at", "-pk").prefetch_related(
            "observation__indicator",
            "observation__area",
            "observation__period",
            "assessment__goal",
            "assessment__period",
        )

    @admin.display(description="对象")
    def about(self, event):
        return row_link(event.about, event.about)
