"""The one door through which a report goes from draft to published.

No other code writes a status. Each act checks the actor, locks the row, decides on what is locked, writes and
logs an event, in one transaction. What it refuses it refuses with a sentence for the reader; nothing changes.

Locks are taken in one order, so that no two acts wait for each other: the period, then its rows. Whoever adds
a row holds its period, so that a series is begun or corrected once only.
"""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from targets import roles
from targets.checks import check_values, doubts_about, fill, words
from targets.history import written_by
from targets.models import (
    EDITABLE,
    Act,
    Area,
    Assessment,
    Evidence,
    Goal,
    Grade,
    Indicator,
    Observation,
    Period,
    Report,
    ReportingDuty,
    ReportStatus,
    ReviewEvent,
)

# What a reporter may fill in.
VALUES = (
    "value",
    "comparator",
    "numerator",
    "denominator",
    "unavailable_reason",
    "as_of_date",
    "grade",
    "source",
    "note",
)
# What others have made public, as against what is reported here.
OUTSIDE = (Grade.OFFICIAL, Grade.MEDIA, Grade.DERIVED)


class Refused(Exception):
    """An act that is not done. `field` names the field at fault, where there is one."""

    def __init__(self, sentence: str, field: str = ""):
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class Conflict(Refused):
    """Somebody else wrote the row in between; `current` is how it stands now."""

    def __init__(self, current: Report):
        when = timezone.localtime(current.updated_at)
        event = current.events.filter(at__gte=current.updated_at).last()
        who, act = (event.actor, event.get_act_display()) if event else (current.changed_by, "修改")
        super().__init__(
            f"{who or '系统'} 已于 {when:%Y-%m-%d %H:%M} 对“{current}”作了“{act}”"
            f"（现为“{current.get_status_display()}”）。您填写的内容还在，请核对后重新保存。"
        )
        self.current = current


# Filling in


@transaction.atomic
def enter(
    *, indicator: Indicator, area: Area, period: Period, by, version: int | None = None, **values
) -> Observation:
    """Write a draft, or change the draft or returned row that is there.

    `version` is that of the row which the form showed, None where it showed none. Raises Refused (a Conflict
    where the row has another version by now) and ValidationError by field.
    """
    _must_report(by, area)
    period = _locked_period(period.pk)
    _must_be_due(indicator, area, period)
    new = Observation(indicator=indicator, area=area, period=period, entered_by=by)
    return _write(_to_fill_in(new, version), by, values)


@transaction.atomic
def assess(*, goal: Goal, period: Period, text: str, by, version: int | None = None) -> Assessment:
    """Write or change the draft of a goal's judgement. Whoever reports for the city writes it."""
    _must_report(by, _city())
    period = _locked_period(period.pk)
    _must_be_in_time(period, goal.plan_id)
    new = Assessment(goal=goal, period=period, entered_by=by)
    return _write(_to_fill_in(new, version), by, {"text": text})


def _to_fill_in(new: Report, version: int | None) -> Report:
    """The open row of the new one's series, or the new one where the series has none."""
    series = _series(new)
    row = _locking(series.open()).first()
    if row:
        _must_be_version(row, version)
        _must_be(row, EDITABLE, "修改")
        return row
    if series.published().exists():
        raise Refused("这一期已发布。如有变化，请用“更正”，并写明理由。")
    if version is not None:
        raise Refused("这一条已不在填报中，请刷新后查看现在的状态。")
    return new


@transaction.atomic
def correct(row: Report, *, reason: str, by, **values) -> Report:
    """Begin the correction of a published row: a new draft with the next revision.

    The published row stays as it is until the correction itself is published. It must be as the caller holds
    it, and the correction differ from it by the time it is handed in.
    """
    _must_report(by, _area_of(row))
    period = _locked_period(row.period_id)
    row = _locked(row, row.version)
    _must_be(row, [ReportStatus.PUBLISHED], "更正")
    _must_be_open(period)
    reason = _said(reason, "请写明更正的理由。")
    series = _series(row)
    if series.open().exists():
        raise Refused("这一条的更正已在填报中，请在那一条上修改。")
    new = type(row)(
        **_key(row),
        **{name: getattr(row, name) for name in _fillable(row)},
        entered_by=by,
        revision=series.kept().aggregate(last=Max("revision"))["last"] + 1,
    )
    new = _write(new, by, values, reason)
    for evidence in row.evidence.all():
        evidence.pk = None
        with written_by(by, reason):
            _support(new, evidence)
    _log(new, Act.CORRECT, by, "", new.status, reason)
    return new


@transaction.atomic
def attach(
    row: Report, *, title: str, source: str, url: str = "", by, version: int | None = None
) -> Evidence:
    """Put evidence beside a draft or a returned row. Raises Refused and ValidationError by field."""
    row = _locked_to_fill_in(row, by, version, "增减证明材料")
    evidence = Evidence(added_by=by)
    fill(evidence, {"title": title, "source": source, "url": url})
    with written_by(by):
        _support(row, evidence)
    _count_change(row, by)
    return evidence


@transaction.atomic
def detach(evidence: Evidence, *, by, version: int | None = None) -> Report:
    """Take evidence away from a draft or a returned row."""
    row = _locked_to_fill_in(evidence.report, by, version, "增减证明材料")
    found = row.evidence.filter(pk=evidence.pk).first()
    if found is None:
        raise Refused("这份证明材料已被移除，请刷新后查看。")
    with written_by(by):
        found.delete()
    return _count_change(row, by)


# The way through review


@transaction.atomic
def submit(row: Report, *, by, version: int | None = None, note: str = "") -> Report:
    """Hand in a draft or a returned row. Its period must be open.

    A value that raises doubts goes with a note that says why it is right.
    """
    note = _said(note)
    row = _locked_to_fill_in(row, by, version, "报送")
    _must_correct_something(row)
    _must_answer_doubts(row, note)
    return _move(row, Act.SUBMIT, ReportStatus.SUBMITTED, by, note)


@transaction.atomic
def withdraw(row: Report, *, note: str, by, version: int) -> Report:
    """Give up a draft or a returned row: a report begun by mistake, or a correction that is none.

    The row stays with its trail and its reason, and stands for nothing: its series is as if it never was.
    """
    note = _said(note, "撤回时请写明理由。")
    row = _locked_to_fill_in(row, by, version, "撤回")
    return _move(row, Act.WITHDRAW, ReportStatus.WITHDRAWN, by, note)


@transaction.atomic
def accept(row: Report, *, by, version: int) -> Report:
    """Accept what others have written and handed in."""
    must_have(by, roles.Role.REVIEWER)
    row = _locked(row, version)
    _must_be(row, [ReportStatus.SUBMITTED], "审核")
    _must_be_another(row, by)
    return _move(row, Act.ACCEPT, ReportStatus.ACCEPTED, by)


@transaction.atomic
def return_for_revision(row: Report, *, note: str, by, version: int) -> Report:
    """Send back what was handed in or accepted; the note says what to mend."""
    must_have(by, roles.Role.REVIEWER)
    note = _said(note, "退回时请写明要改什么。")
    row = _locked(row, version)
    _must_be(row, [ReportStatus.SUBMITTED, ReportStatus.ACCEPTED], "退回")
    return _move(row, Act.RETURN, ReportStatus.RETURNED, by, note)


@transaction.atomic
def publish(rows: Iterable[Report], *, by) -> list[Report]:
    """Publish accepted rows as the caller holds them, all or none; a row that they correct is superseded."""
    must_have(by, roles.Role.PUBLISHER)
    published = []
    for row in sorted(rows, key=lambda row: (type(row).__name__, row.pk)):
        row = _locked(row, row.version)
        _must_be(row, [ReportStatus.ACCEPTED], "发布")
        for old in _locking(_series(row).published()):
            _move(old, Act.SUPERSEDE, ReportStatus.SUPERSEDED, by)
        row.published_at = timezone.now()
        published.append(_move(row, Act.PUBLISH, ReportStatus.PUBLISHED, by))
    return published


@transaction.atomic
def publish_period(period: Period, *, by) -> list[Report]:
    """Publish all that is accepted in a period, values and judgements."""
    must_have(by, roles.Role.PUBLISHER)
    rows = [
        row
        for model in (Assessment, Observation)
        for row in _locking(model.objects.filter(period=period).waiting_for(ReportStatus.ACCEPTED))
    ]
    if not rows:
        raise Refused(f"{period}没有审核通过而待发布的内容。")
    return publish(rows, by=by)


@transaction.atomic
def close_period(period: Period, *, by, note: str = "") -> Period:
    """The period takes no report any more; what is handed in can still be accepted and published."""
    must_have(by, roles.Role.PUBLISHER)
    period = _locked_period(period.pk)
    if not period.is_open:
        raise Refused(f"{period}已经关闭。")
    return _set_open(period, False, Act.CLOSE, by, _said(note))


@transaction.atomic
def reopen_period(period: Period, *, reason: str, by) -> Period:
    must_have(by, roles.Role.PUBLISHER)
    reason = _said(reason, "重开报告期请写明理由。")
    period = _locked_period(period.pk)
    if period.is_open:
        raise Refused(f"{period}本来就开放。")
    return _set_open(period, True, Act.REOPEN, by, reason)


# Past the way through review


@transaction.atomic
def publish_from_outside(
    *, indicator: Indicator, area: Area, period: Period, grade: str, **values
) -> Observation | None:
    """Publish a figure that others have made public and nobody reported here; None where it stands already.

    The only other way to a published row, for loading: a changed figure is a new revision that supersedes
    the one loaded before, and a series that staff have a row in is left to them. No event is logged, for an
    event says what a person did; here grade, source and the empty `entered_by` say where the row is from.
    """
    if grade not in OUTSIDE:
        labels = "、".join(choice.label for choice in OUTSIDE)
        raise Refused(f"不经填报而发布的数，来源等级只能是{labels}。", "grade")
    period = _locked_period(period.pk)
    series = Observation.objects.filter(indicator=indicator, area=area, period=period).kept()
    if series.exclude(entered_by=None).exists():
        return None
    new = Observation(indicator=indicator, area=area, period=period)
    fill(new, values | {"grade": grade})
    check_values(new)
    old = series.published().first()
    if old:
        if all(getattr(old, name) == getattr(new, name) for name in VALUES):
            return None
        old.status = ReportStatus.SUPERSEDED
        old.version += 1
        new.revision = old.revision + 1
    new.status, new.published_at = ReportStatus.PUBLISHED, timezone.now()
    with written_by(None, "据公开来源载入"):
        if old:
            old.save(update_fields=["status", "version", "updated_at"])
        new.save()
    return new


# What is asked of the actor


def must_have(by, role: roles.Role):
    if not roles.has(by, role):
        raise Refused(f"只有{role.value}可以这样做；如需权限请与管理员联系。")


def _must_report(by, area: Area):
    if not roles.may_report(by, area):
        raise Refused(f"您不是{area}的填报员，不能填报；如需权限请与管理员联系。")


def _must_be_another(row: Report, by):
    """Not one who ever wrote this revision or its evidence, however often others wrote it since.

    Whoever writes either stands in `changed_by`, and each line of the history keeps whoever stood there.
    """
    filled = by.pk in {row.entered_by_id, row.changed_by_id} or row.history.filter(changed_by=by).exists()
    if filled or row.events.filter(act=Act.SUBMIT, actor=by).exists():
        raise Refused("不能审核自己填报或报送的内容，请由另一位审核员审核。")


# What is asked of the row


def _must_answer_doubts(row: Report, note: str):
    if isinstance(row, Observation) and not note and (found := doubts_about(row)):
        raise Refused(f"{''.join(found)}请核对；确实无误的，请写明理由后报送。", "note")


def _must_correct_something(row: Report):
    old = _series(row).published().first()
    if old and _told(old) == _told(row):
        raise Refused("没有改动：所填的内容和证明材料与已发布的相同。请先修改；如不再更正，请撤回。")


def _told(row: Report) -> tuple[list, list]:
    """All that a report says, its evidence included."""
    papers = row.evidence.order_by("title", "source", "url").values_list("title", "source", "url")
    return [getattr(row, name) for name in _fillable(row)], list(papers)


def _must_be(row: Report, statuses: list[str], act: str):
    if row.status not in statuses:
        raise Refused(f"“{row}”现为“{row.get_status_display()}”，不能{act}。请刷新后查看。")


def _must_be_version(row: Report, version: int | None):
    if row.version != version:
        raise Conflict(row)


def _must_be_open(period: Period):
    if not period.is_open:
        raise Refused(f"{period}已关闭，不再接受填报；确需补报请由发布员重开。", "period")


def _must_be_in_time(period: Period, plan_id: int):
    """Open, over, and one of the plan's own."""
    _must_be_open(period)
    if period.end >= timezone.localdate():
        raise Refused(f"{period}尚未结束，请在结束后填报。", "period")
    if period.plan_id != plan_id or period.start.year not in period.plan.years:
        raise Refused(f"{period}不在规划期之内，不能填报。", "period")


def _must_be_due(indicator: Indicator, area: Area, period: Period):
    _must_be_in_time(period, indicator.plan_id)
    duties = ReportingDuty.objects.filter(indicator=indicator, area=area)
    if duties.expected(period).exists():
        return
    duty = duties.tracked().valid_on(period.end).first()
    if duty is None:
        raise Refused(f"{area}不填报“{indicator.name}”。", "indicator")
    raise Refused(f"“{indicator.name}”{duty.get_frequency_display()}填报，不按{period}填报。", "period")


def _said(text: str | None, missing: str = "") -> str:
    """What was said with an act; `missing` is the refusal where it must be said and was not."""
    try:
        said = words(text)
    except ValidationError as fault:
        raise Refused(fault.messages[0], "note") from fault
    if missing and not said:
        raise Refused(missing, "note")
    longest = ReviewEvent._meta.get_field("note").max_length
    if len(said) > longest:
        raise Refused(f"最多写 {longest} 字，现有 {len(said)} 字，请删减。", "note")
    return said


# Reading and writing


def _locking(rows):
    """With a lock on each row. The order of the table would join other rows, and lock them as well."""
    return rows.select_for_update().order_by("pk")


def _locked(row: Report, version: int | None) -> Report:
    """The row as it stands, in the version that the caller acts on; None: in any."""
    row = type(row).objects.select_for_update().get(pk=row.pk)
    if version is not None:
        _must_be_version(row, version)
    return row


def _locked_period(pk: int) -> Period:
    return Period.objects.select_for_update(of=("self",)).select_related("plan").get(pk=pk)


def _locked_to_fill_in(row: Report, by, version: int | None, act: str) -> Report:
    """A draft or a returned row of an open period, for whoever reports its area."""
    _must_report(by, _area_of(row))
    period = _locked_period(row.period_id)
    row = _locked(row, version)
    _must_be(row, EDITABLE, act)
    _must_be_open(period)
    return row


def _fillable(row: Report) -> tuple[str, ...]:
    return VALUES if isinstance(row, Observation) else ("text",)


def _key(row: Report) -> dict:
    names = ("indicator", "area", "period") if isinstance(row, Observation) else ("goal", "period")
    return {f"{name}_id": getattr(row, f"{name}_id") for name in names}


def _series(row: Report):
    return type(row).objects.filter(**_key(row))


def _area_of(row: Report) -> Area:
    return row.area if isinstance(row, Observation) else _city()


def _city() -> Area:
    return Area.objects.cities().get()


def _write(row: Report, by, values: dict, reason: str = "") -> Report:
    """Save what a reporter filled in, once it stands every check."""
    if unknown := values.keys() - set(_fillable(row)):
        raise TypeError(f"no reporter fills in {sorted(unknown)}")
    fill(row, {name: values.get(name, getattr(row, name)) for name in _fillable(row)})
    row.changed_by = by
    if isinstance(row, Observation):
        check_values(row)
    if row.pk:
        row.version += 1
    with written_by(by, reason):
        row.save()
    return row


def _support(row: Report, evidence: Evidence):
    """Save evidence as this report's and no other's."""
    evidence.observation = row if isinstance(row, Observation) else None
    evidence.assessment = None if isinstance(row, Observation) else row
    evidence.save()


def _count_change(row: Report, by) -> Report:
    """A change beside the row is one of the row: a form that does not show it is stale."""
    row.changed_by = by
    row.version += 1
    with written_by(by):
        row.save(update_fields=["changed_by", "version", "updated_at"])
    return row


def _move(row: Report, act: Act, status: ReportStatus, by, note: str = "") -> Report:
    before, row.status = row.status, status
    row.version += 1
    with written_by(by, note):
        row.save(update_fields=["status", "version", "published_at", "updated_at"])
    _log(row, act, by, before, status, note)
    return row


def _set_open(period: Period, is_open: bool, act: Act, by, note: str) -> Period:
    period.is_open = is_open
    with written_by(by, note):
        period.save(update_fields=["is_open"])
    _record(period=period, act=act, actor=by, note=note)
    return period


def _log(row: Report, act: Act, by, before: str, after: str, note: str):
    _record(**{row._meta.model_name: row}, act=act, actor=by, from_status=before, to_status=after, note=note)


def _record(**values):
    event = ReviewEvent(**values)
    event.clean_fields(exclude=["observation", "assessment", "period", "actor"])
    event.save()
