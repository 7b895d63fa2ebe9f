"""The acts that move reports from status to status, and those that open and close a period.

Those on reports take a list, each row in the version that the caller holds, and do all or none.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from targets.models import Act, Assessment, Observation, Period, Report, ReportStatus, ReviewEvent
from targets.records.history import written_by
from targets.review import roles
from targets.review.guards import (
    Refused,
    locked,
    locked_period,
    locked_to_fill_in,
    locking,
    must_answer_doubts,
    must_be,
    must_be_another,
    must_correct_something,
    must_have,
    published_beside,
    required_note,
)
from targets.review.revisions import by_model, move, record


@transaction.atomic
def submit(reports: Sequence[Report], *, by, note: str = "") -> list[Report]:
    """Hand in. Values that raise doubts need a note."""
    note = required_note(note)
    rows = locked_to_fill_in(reports, by, "报送")
    must_correct_something(rows)
    must_answer_doubts(rows, note)
    return move(rows, Act.SUBMIT, ReportStatus.SUBMITTED, by, note)


@transaction.atomic
def withdraw(reports: Sequence[Report], *, note: str, by) -> list[Report]:
    """Give up drafts. They stay with their events, but no longer count."""
    note = required_note(note, "撤回时请写明理由。")
    rows = locked_to_fill_in(reports, by, "撤回")
    return move(rows, Act.WITHDRAW, ReportStatus.WITHDRAWN, by, note)


@transaction.atomic
def accept(reports: Sequence[Report], *, by) -> list[Report]:
    must_have(by, roles.Role.REVIEWER)
    rows = locked(reports)
    must_be(rows, [ReportStatus.SUBMITTED], "审核")
    must_be_another(rows, by)
    return move(rows, Act.ACCEPT, ReportStatus.ACCEPTED, by)


@transaction.atomic
def return_for_revision(reports: Sequence[Report], *, note: str, by) -> list[Report]:
    must_have(by, roles.Role.REVIEWER)
    note = required_note(note, "退回时请写明要改什么。")
    rows = locked(reports)
    must_be(rows, [ReportStatus.SUBMITTED, ReportStatus.ACCEPTED], "退回")
    return move(rows, Act.RETURN, ReportStatus.RETURNED, by, note)


@transaction.atomic
def publish(reports: Sequence[Report], *, by) -> list[Report]:
    """Publish accepted rows and supersede the rows that they correct."""
    must_have(by, roles.Role.PUBLISHER)
    rows = locked(reports)
    must_be(rows, [ReportStatus.ACCEPTED], "发布")
    old = [old for beside in by_model(rows).values() for old in locking(published_beside(beside))]
    move(old, Act.SUPERSEDE, ReportStatus.SUPERSEDED, by)
    for row in rows:
        row.published_at = timezone.now()
    return move(rows, Act.PUBLISH, ReportStatus.PUBLISHED, by)


def accepted_in(periods: Iterable[Period], *, by_lock: bool = False) -> list[Report]:
    kinds = [
        model.objects.of_all_plans().filter(period__in=periods).waiting_for(ReportStatus.ACCEPTED)
        for model in (Assessment, Observation)
    ]
    if by_lock:
        return [row for rows in kinds for row in locking(rows)]
    return [row for rows in kinds for row in rows.only("version", "period").order_by("pk")]


def mark_of(rows: Iterable[Report]) -> str:
    """A short checksum of reports in their versions."""
    keys = sorted(f"{row._meta.model_name}-{row.pk}-{row.version}" for row in rows)
    return sha256(" ".join(keys).encode()).hexdigest()


@transaction.atomic
def publish_period(period: Period, *, shown: str, by) -> list[Report]:
    """`shown` is the mark of the rows when the user saw them."""
    must_have(by, roles.Role.PUBLISHER)
    rows = accepted_in([period], by_lock=True)
    if not rows:
        raise Refused(f"{period}没有审核通过而待发布的内容。")
    if mark_of(rows) != shown:
        raise Refused(
            f"{period}待发布的内容已与所示的不同，现有 {len(rows)} 条，一条也没有发布。请核对后再发布。"
        )
    return publish(rows, by=by)


@transaction.atomic
def close_period(period: Period, *, by, note: str = "") -> Period:
    """Stop taking reports; what was handed in can still be accepted and published."""
    must_have(by, roles.Role.PUBLISHER)
    period = locked_period(period.pk)
    if not period.is_open:
        raise Refused(f"{period}已经关闭。")
    return _set_open(period, False, Act.CLOSE, by, required_note(note))


@transaction.atomic
def reopen_period(period: Period, *, reason: str, by) -> Period:
    must_have(by, roles.Role.PUBLISHER)
    reason = required_note(reason, "重开报告期请写明理由。")
    period = locked_period(period.pk)
    if period.is_open:
        raise Refused(f"{period}本来就开放。")
    return _set_open(period, True, Act.REOPEN, by, reason)


def _set_open(period: Period, is_open: bool, act: Act, by, note: str) -> Period:
    period.is_open = is_open
    with written_by(by, note):
        period.save(update_fields=["is_open"])
    record([ReviewEvent(period=period, act=act, actor=by, note=note)])
    return period
