"""Publishing the report of a period."""

from django.db import transaction
from django.utils import timezone

from targets.models import Act, Period, PeriodReport, PeriodReportKind, ReviewEvent
from targets.records.history import written_by
from targets.review import roles
from targets.review.guards import Refused, locked_period, must_have, required_note
from targets.review.revisions import record
from targets.standing import period_report_content


def draw_up_period_report(period: Period, *, kind: str) -> PeriodReport:
    """The next edition, unsaved. Raises Refused."""
    return _drawn_up(Period.objects.of_all_plans().select_related("plan").get(pk=period.pk), kind)


def _drawn_up(period: Period, kind: str) -> PeriodReport:
    _must_be_reportable(period, kind)
    last = period.reports.order_by("-edition").defer("content").first()
    if last and last.kind != kind:
        told = last.get_kind_display()
        raise Refused(f"{period}已有{told}，再版只能仍为{told}；另一种报告请选别的报告期。", "kind")
    edition = last.edition + 1 if last else 1
    content = period_report_content.content_of(period, kind=kind, edition=edition)
    return PeriodReport(
        period=period,
        kind=kind,
        edition=edition,
        content=content,
        sha256=period_report_content.checksum(content),
    )


def _must_be_reportable(period: Period, kind: str):
    if period.end >= timezone.localdate():
        raise Refused(f"{period}尚未结束，请在结束后发布报告。", "period")
    if period.start.year not in period.plan.years:
        raise Refused(f"{period}不在规划期之内，不能发布报告。", "period")
    if kind == PeriodReportKind.ANNUAL and period.months != 12:
        raise Refused(f"{period}不是整年，没有年度报告；请选整年，或选中期评估报告。", "kind")
    if not period_report_content.is_published(period):
        raise Refused(f"{period}还没有发布任何完成值或评价，不能发布报告；请先发布本期的填报。", "period")


@transaction.atomic
def publish_period_report(period: Period, *, by, kind: str, shown: str, reason: str = "") -> PeriodReport:
    """`shown` is the checksum of the report that the user saw."""
    must_have(by, roles.Role.PUBLISHER)
    report = _drawn_up(locked_period(period.pk), kind)
    if report.sha256 != shown:
        raise Refused("预览之后数据或版次有了变动，报告没有发布。请核对现在的预览后再发布。")
    report.reason = required_note(
        reason, "这一报告期已有报告，再版请写明理由。" if report.edition > 1 else ""
    )
    report.published_by = by
    with written_by(by, report.reason):
        report.save()
    record([ReviewEvent(period=report.period, act=Act.PERIOD_REPORT, actor=by, note=report.reason)])
    return report
