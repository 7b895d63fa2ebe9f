"""Corrections of published reports, and evidence beside drafts."""

from django.db import transaction
from django.db.models import Max

from targets.models import (
    Act,
    Evidence,
    Report,
    ReportStatus,
)
from targets.records.history import written_by
from targets.review.evidence_files import storing
from targets.review.guards import (
    Refused,
    locked,
    locked_period,
    locked_to_fill_in,
    must_be,
    must_be_open,
    must_report,
    required_note,
)
from targets.review.kinds import REPORT_KINDS
from targets.review.revisions import (
    count_change,
    next_version,
    record,
    report_event,
    support,
)
from targets.review.value_rules import fill


@transaction.atomic
def correct(row: Report, *, reason: str, by, **values) -> Report:
    """Begin the next revision as a draft; the published row stays until that is published."""
    must_report(by, [row])
    period = locked_period(row.period_id)
    [row] = locked([row], is_filling=True)
    must_be([row], [ReportStatus.PUBLISHED], "更正")
    must_be_open(period)
    reason = required_note(reason, "请写明更正的理由。")
    series = row.series
    if series.open().exists():
        raise Refused("这一条的更正已在填报中，请在那一条上修改。")
    new = type(row)(
        **row.key,
        **{name: getattr(row, name) for name in row.fillable_fields},
        entered_by=by,
        revision=series.kept().aggregate(last=Max("revision"))["last"] + 1,
        version=next_version(series),
    )
    REPORT_KINDS[type(row)].fill_in(new, by, values)
    with written_by(by, reason):
        new.save()
    for evidence in row.evidence.all():
        evidence.pk = None
        with written_by(by, reason):
            support(new, evidence)
    record([report_event(new, Act.CORRECT, by, "", reason)])
    return new


def attach(
    row: Report, *, title: str, source: str, url: str = "", file=None, by, version: int | None = None
) -> Evidence:
    """Raises Refused and ValidationError by field.

    With a file no transaction may be open: the file is kept only if this one is committed.
    """
    with storing() as store, transaction.atomic(durable=file is not None):
        [row] = locked_to_fill_in([row], by, "增减证明材料", [version], is_filling=True)
        evidence = Evidence(added_by=by)
        fill(evidence, {"title": title, "source": source, "url": url})
        with written_by(by):
            if file is not None:
                evidence.file = store(file)
            support(row, evidence)
        count_change(row, by, f"添加证明材料：{evidence.title}")
    return evidence


@transaction.atomic
def detach(evidence: Evidence, *, by, version: int | None = None) -> Report:
    """Its file stays, because the history refers to it."""
    [row] = locked_to_fill_in([evidence.report], by, "增减证明材料", [version])
    found = row.evidence.filter(pk=evidence.pk).first()
    if found is None:
        raise Refused("这份证明材料已被移除，请刷新后查看。")
    with written_by(by):
        found.delete()
    return count_change(row, by, f"移除证明材料：{found.title}")
