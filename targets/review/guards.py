"""Checks of the user and of reports, and the locks under which they are made."""

from collections.abc import Collection, Iterable, Sequence

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects
from django.utils import timezone

from targets.models import (
    EDITABLE,
    Act,
    Area,
    Goal,
    Indicator,
    Observation,
    Period,
    Plan,
    Report,
    ReportingDuty,
    ReviewEvent,
)
from targets.review import roles
from targets.review.revisions import by_model, content
from targets.review.value_rules import doubts_about, words


class Refused(Exception):
    def __init__(self, sentence: str, field: str = ""):
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


def must_be_tracked(indicator: Indicator):
    if not indicator.is_tracked:
        raise Refused(f"“{indicator.name}”不监测，不设目标值和基期值，请核对指标。", "indicator")


def must_not_be_retired(indicator: Indicator, period: Period):
    if not indicator.is_retired_on(period.end):
        return
    successor = indicator.successor
    way_out = f"；请改报接替它的“{successor}”" if successor else "，不再填报"
    raise Refused(
        f"“{indicator}”自 {indicator.retired_on} 起不再监测，{period}不能填报{way_out}。", "indicator"
    )


# What a row names is of one plan. No constraint reaches across tables: these two are the place of the rule.


def must_be_of_one_plan(about: Indicator | Goal, period: Period):
    if about.plan_id != period.plan_id:
        raise Refused(
            f"“{about}”属于“{about.plan}”，{period}是“{period.plan}”的，请选同一规划的报告期。", "period"
        )


def must_be_listed(area: Area, plan: Plan, listed: Collection[int]):
    """`listed` are the ids of the areas that a row of the plan may name."""
    if area.pk not in listed:
        raise Refused(f"{area}不在“{plan}”现行的县市区名单中，请填名单中的县市区。", "area")


def faults_by_field(fault: Refused | ValidationError) -> dict[str, list[str]]:
    """The sentences by field; "" for the row as a whole."""
    if isinstance(fault, Refused):
        return {fault.field: [fault.sentence]}
    return {
        "" if name == NON_FIELD_ERRORS else name: ValidationError(faults).messages
        for name, faults in fault.update_error_dict({}).items()
    }


# What the sentence of a conflict needs.
CONFLICT_RELATIONS = ("events__actor", "changed_by")


class Conflict(Refused):
    """Somebody else has written the row; `current` is the row now, `change` says what was done."""

    def __init__(self, current: Report, *, is_filling: bool):
        when = timezone.localtime(current.updated_at)
        events = [event for event in current.events.all() if event.at >= current.updated_at]
        event = events[-1] if events else None
        who, act = (event.actor, event.get_act_display()) if event else (current.changed_by, "修改")
        self.change = (
            f"{who or '系统'} 已于 {when:%Y-%m-%d %H:%M} 对“{current}”作了“{act}”"
            f"（现为“{current.get_status_display()}”）。"
        )
        to_do = "您填写的内容还在，请核对后重新保存。" if is_filling else "请核对现在的内容后再办。"
        super().__init__(f"{self.change}{to_do}")
        self.current = current


def must_have(by, role: roles.Role):
    if not roles.has(by, role):
        raise Refused(f"只有{role.value}可以这样做；如需权限请与管理员联系。")


def must_be_superuser(by):
    if not (by.is_active and by.is_superuser):
        raise Refused("只有超级管理员可以这样做；如需权限请与管理员联系。")


def not_theirs(area: Area) -> Refused:
    return Refused(f"您不是{area}的填报员，不能填报；如需权限请与管理员联系。", "area")


def must_report(by, reports: Iterable[Report]):
    own = roles.areas_of(by)
    for model, rows in by_model(reports).items():
        stored = model.objects.of_all_plans().filter(pk__in=[row.pk for row in rows])
        if foreign := stored.exclude(model.in_areas(own)).first():
            raise not_theirs(foreign.area)


def must_be_another(reports: Iterable[Report], by):
    """Refuse whoever ever wrote or handed in one of the reports.

    Whoever writes a report or its evidence stands in `changed_by`, in the history too.
    """
    for model, rows in by_model(reports).items():
        keys = [row.pk for row in rows]
        stored = model.objects.of_all_plans().filter(pk__in=keys)
        if (
            any(by.pk in {row.entered_by_id, row.changed_by_id} for row in rows)
            or model.history.filter(id__in=keys, changed_by=by).exists()
            or stored.filter(events__act=Act.SUBMIT, events__actor=by).exists()
        ):
            raise Refused("不能审核自己填报或报送的内容，请由另一位审核员审核。")


def must_answer_doubts(reports: Iterable[Report], note: str):
    values = [] if note else by_model(reports).get(Observation, [])
    for doubts in doubts_about(values):
        if doubts:
            raise Refused(f"{''.join(doubts)}请核对；确实无误的，请写明理由后报送。", "note")


def must_correct_something(reports: Iterable[Report]):
    for rows in by_model(reports).values():
        published = {tuple(old.key.values()): old for old in published_beside(rows)}
        pairs = [(published[key], row) for row in rows if (key := tuple(row.key.values())) in published]
        prefetch_related_objects([report for pair in pairs for report in pair], "evidence__file")
        if any(content(old) == content(row) for old, row in pairs):
            raise Refused("没有改动：所填的内容和证明材料与已发布的相同。请先修改；如不再更正，请撤回。")


def published_beside(rows: Sequence[Report]) -> QuerySet:
    """The published rows of the same series. All rows are of one table."""
    model, names = type(rows[0]), rows[0].key_fields
    of_rows = model.objects.of_all_plans().filter(pk__in=[row.pk for row in rows])
    same = of_rows.filter(**{name: OuterRef(name) for name in names})
    # `Exists` alone would read every published row.
    near = {f"{name}__in": {getattr(row, f"{name}_id") for row in rows} for name in names}
    return model.objects.of_all_plans().published().filter(Exists(same), **near)


def must_be(reports: Iterable[Report], statuses: Collection[str], act: str):
    for report in reports:
        if report.status not in statuses:
            raise Refused(f"“{report}”现为“{report.get_status_display()}”，不能{act}。请刷新后查看。")


def must_be_version(row: Report, version: int | None, *, is_filling: bool):
    if row.version != version:
        raise Conflict(row, is_filling=is_filling)


def must_be_open(period: Period):
    if not period.is_open:
        raise Refused(f"{period}已关闭，不再接受填报；确需补报请由发布员重开。", "period")


def must_be_in_time(about: Indicator | Goal, period: Period):
    must_be_of_one_plan(about, period)
    must_be_open(period)
    if period.end >= timezone.localdate():
        raise Refused(f"{period}尚未结束，请在结束后填报。", "period")
    if period.start.year not in period.plan.years:
        raise Refused(f"{period}不在规划期之内，不能填报。", "period")


def not_due(indicator: Indicator, area: Area, period: Period, duty: ReportingDuty | None) -> Refused:
    if duty is None:
        return Refused(f"{area}不填报“{indicator.name}”。", "indicator")
    return Refused(f"“{indicator.name}”{duty.get_frequency_display()}填报，不按{period}填报。", "period")


LONGEST_NOTE: int = ReviewEvent._meta.get_field("note").max_length  # type: ignore[assignment]  # not None


def required_note(text: str | None, missing: str = "", longest: int = LONGEST_NOTE) -> str:
    """The cleaned note. `missing` is the refusal if it is required and empty."""
    try:
        note = words(text)
    except ValidationError as fault:
        raise Refused(fault.messages[0], "note") from fault
    if missing and not note:
        raise Refused(missing, "note")
    if len(note) > longest:
        raise Refused(f"最多写 {longest} 字，现有 {len(note)} 字，请删减。", "note")
    return note


def locking(rows):
    """Lock only these rows: the table's own order would join others.

    `no_key` lets others write rows that point at these.
    """
    return rows.select_for_update(no_key=True).order_by("pk")


def locked(
    reports: Sequence[Report], versions: Sequence[int | None] | None = None, *, is_filling: bool = False
) -> list[Report]:
    """The current rows, if they have the caller's versions, or `versions`; None accepts any."""
    if len(set(reports)) < len(reports):
        raise Refused("同一条列了两次，请刷新后再办。")
    found: dict[Report, Report] = {}
    for model, rows in by_model(reports).items():
        stored = locking(model.objects.of_all_plans().filter(pk__in=[row.pk for row in rows]))
        found |= {row: row for row in stored}
    stored = [found[report] for report in reports]
    for row, version in zip(stored, versions or [report.version for report in reports], strict=True):
        if version is not None:
            must_be_version(row, version, is_filling=is_filling)
    return stored


def locked_period(pk: int) -> Period:
    [period] = locked_periods([pk])
    return period


def locked_periods(keys: Iterable[int]) -> QuerySet[Period]:
    periods = Period.objects.of_all_plans().filter(pk__in=set(keys)).select_related("plan")
    return periods.select_for_update(of=("self",), no_key=True).order_by("pk")


def locked_to_fill_in(
    reports: Sequence[Report],
    by,
    act: str,
    versions: Sequence[int | None] | None = None,
    *,
    is_filling: bool = False,
) -> list[Report]:
    must_report(by, reports)
    periods = list(locked_periods(report.period_id for report in reports))
    rows = locked(reports, versions, is_filling=is_filling)
    must_be(rows, EDITABLE, act)
    for period in periods:
        must_be_open(period)
    return rows
