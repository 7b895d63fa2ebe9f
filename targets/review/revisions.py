"""How reports change and are logged."""

from collections.abc import Iterable, Sequence

from django.db.models import Max

from targets.models import Act, Evidence, Report, ReportStatus, ReviewEvent
from targets.records.history import ROWS_AT_ONCE, written_by


def by_model(reports: Iterable[Report]) -> dict[type[Report], list[Report]]:
    """The reports by table, in the order in which they are locked."""
    tables: dict[type[Report], list[Report]] = {}
    for report in sorted(reports, key=lambda report: (type(report).__name__, report.pk)):
        tables.setdefault(type(report), []).append(report)
    return tables


def next_version(series) -> int:
    """Never repeats within a series, so that a form of an earlier row is stale."""
    return (series.aggregate(last=Max("version"))["last"] or 0) + 1


def content(report: Report) -> tuple[list, list]:
    papers = sorted(
        (paper.title, paper.source, paper.url, paper.file.sha256 if paper.file else "")
        for paper in report.evidence.all()
    )
    return [getattr(report, name) for name in report.fillable_fields], papers


def support(report: Report, evidence: Evidence):
    evidence.observation = evidence.assessment = None
    setattr(evidence, report._meta.model_name, report)
    evidence.save()


def count_change(report: Report, by, reason: str) -> Report:
    """Count a change of the evidence, so that a form without it is stale."""
    report.changed_by = by
    report.version += 1
    with written_by(by, reason):
        report.save(update_fields=["changed_by", "version", "updated_at"])
    return report


def move(reports: Sequence[Report], act: Act, status: ReportStatus, by, note: str = "") -> list[Report]:
    """The reports must be locked."""
    before = [report.status for report in reports]
    for report in reports:
        report.status = status
        report.version += 1
    with written_by(by, note):
        for model, rows in by_model(reports).items():
            model.objects.rewrite(rows)
    record(report_event(report, act, by, old, note) for report, old in zip(reports, before, strict=True))
    return list(reports)


def report_event(report: Report, act: Act, by, before: str, note: str) -> ReviewEvent:
    about = {report._meta.model_name: report}
    return ReviewEvent(**about, act=act, actor=by, from_status=before, to_status=report.status, note=note)


def record(events: Iterable[ReviewEvent]):
    events = list(events)
    for event in events:
        event.clean_fields(exclude=["observation", "assessment", "period", "actor"])
    ReviewEvent.objects.bulk_create(events, batch_size=ROWS_AT_ONCE)
