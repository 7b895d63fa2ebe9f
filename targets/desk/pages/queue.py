"""The review queue, and publication."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from targets import review
from targets.desk.pages.choosing import KINDS, choice_by_code, desk_page
from targets.engine import periods
from targets.models import (
    Act,
    Area,
    Assessment,
    Observation,
    Organization,
    Period,
    Plan,
    Report,
    ReportingDuty,
    ReportStatus,
    ReviewEvent,
)
from targets.records.paging import CappedPaginator
from targets.review import roles, value_rules
from targets.review.roles import Role

PER_PAGE = 50


class QueueForm(forms.Form):
    status = forms.ChoiceField(
        choices=[("submitted", "待审"), ("accepted", "待发布")], label="状态", required=False
    )
    period = choice_by_code(Period.objects.none(), "报告期", required=False, empty_label="全部")
    area = choice_by_code(Area.objects.none(), "县市区", required=False, empty_label="全部")
    organization = choice_by_code(Organization.objects.none(), "填报单位", required=False, empty_label="全部")
    older_than = forms.IntegerField(label="报送超过（天）", required=False, min_value=1, max_value=3650)

    def __init__(self, data, *, plan):
        super().__init__(data)
        self.plan = plan
        self.fields["period"].queryset = plan.periods.order_by("-end")
        self.fields["area"].queryset = Area.objects.of_plan(plan)
        owing = Organization.objects.filter(reporting_duties__indicator__plan=plan).distinct()
        self.fields["organization"].queryset = owing

    @property
    def wanted(self) -> str:
        return self.cleaned_data.get("status") or ReportStatus.SUBMITTED

    @property
    def is_for_review(self) -> bool:
        return self.wanted == ReportStatus.SUBMITTED

    @property
    def is_for_publication(self) -> bool:
        return self.wanted == ReportStatus.ACCEPTED

    def observations(self):
        chosen = self.cleaned_data
        rows = Observation.objects.of_plan(self.plan).waiting_for(self.wanted)
        rows = rows.select_related("indicator__part_of", "area", "period__plan", "changed_by")
        if chosen["area"]:
            rows = rows.filter(area=chosen["area"])
        if chosen["organization"]:
            duties = ReportingDuty.objects.of_plan(self.plan).filter(
                organization=chosen["organization"], indicator=OuterRef("indicator"), area=OuterRef("area")
            )
            rows = rows.filter(Exists(duties))
        return self._of_time(rows).prefetch_related("indicator__parts")

    def assessments(self):
        chosen = self.cleaned_data
        rows = Assessment.objects.of_plan(self.plan).waiting_for(self.wanted)
        rows = rows.select_related("goal", "period", "changed_by")
        if chosen["organization"] or (chosen["area"] and not self.plan.is_top(chosen["area"])):
            return rows.none()
        return self._of_time(rows)

    def _of_time(self, rows):
        if period := self.cleaned_data["period"]:
            rows = rows.filter(period=period)
        if days := self.cleaned_data["older_than"]:
            rows = rows.filter(updated_at__lt=timezone.now() - timedelta(days=days))
        return rows.prefetch_related("events__actor", "evidence__file")


@dataclass(frozen=True)
class QueueRow:
    row: Observation
    last: Observation | None
    doubts: list[str]
    # The note typed before a refusal.
    typed: str

    @property
    def change(self) -> Decimal | None:
        now, before = self.row.value, self.last.value if self.last else None
        return None if now is None or before is None else now - before

    @property
    def handed_in(self) -> ReviewEvent | None:
        return handed_in(self.row)


def handed_in(row) -> ReviewEvent | None:
    return next((event for event in reversed(row.events.all()) if event.act == Act.SUBMIT), None)


def review_queue(request):
    if not roles.sees_all_reports(request.user):
        raise PermissionDenied
    if request.method == "POST" and _act(request):
        return redirect(request.get_full_path())
    form = QueueForm(request.GET, plan=request.plan)
    context = {
        "title": "审核与发布",
        "form": form,
        "may_review": roles.has(request.user, Role.REVIEWER),
        "may_publish": roles.has(request.user, Role.PUBLISHER),
    }
    if context["may_publish"]:
        context["periods"] = _periods_to_publish(request.plan)
    if form.is_valid():
        page = CappedPaginator(form.observations(), PER_PAGE).get_page(request.GET.get("p"))
        context |= {
            "page": page,
            "waiting": _queue_rows(page.object_list, request.POST),
            "assessments": _judgements(form, request.POST) if page.number == 1 else [],
        }
    return desk_page(request, "admin/desk/queue.html", context)


class PeriodToPublish(NamedTuple):
    """A period with the number and mark of its accepted reports."""

    period: Period
    number: int
    mark: str


def _periods_to_publish(plan: Plan) -> list[PeriodToPublish]:
    over = list(plan.periods.ended().order_by("-end", "start"))
    accepted: dict[int, list[Report]] = {period.pk: [] for period in over}
    for row in review.accepted_in(over):
        accepted[row.period_id].append(row)
    return [
        PeriodToPublish(period, len(rows), review.mark_of(rows))
        for period, rows in zip(over, accepted.values(), strict=True)
    ]


def _judgements(form: QueueForm, typed) -> list[tuple[Assessment, ReviewEvent | None, str]]:
    """Each with its submission and the note typed before a refusal."""
    return [(row, handed_in(row), typed.get(_note_field(row), "")) for row in form.assessments()]


def _note_field(row: Report) -> str:
    return f"note-{row._meta.model_name}-{row.pk}"


def _queue_rows(rows, typed) -> list[QueueRow]:
    places = ((row.area, row.period) for row in rows)
    around = value_rules.surroundings(places, [row.indicator for row in rows])
    return [
        QueueRow(
            row,
            around[row.area_id, row.period_id].last.get(row.indicator_id),
            list(
                value_rules.doubts(row, around[row.area_id, row.period_id], list(row.indicator.parts.all()))
            ),
            typed.get(_note_field(row), ""),
        )
        for row in rows
    ]


def _act(request) -> bool:
    """Do one act on each ticked row by itself, or on a period; return whether all was done."""
    if "period_act" in request.POST:
        return _act_on_period(request)
    act = ACTS.get(request.POST.get("act"))
    keys = request.POST.getlist("row")
    if act is None or not keys:
        messages.warning(request, "没有办理任何一条：请先勾选，再点要办的事。")
        return False
    label, do = act
    done, refused = 0, []
    for key in keys:
        row = _ticked(request.plan, key)
        try:
            if row is None:
                raise review.Refused("有一条已不在库中，请刷新后再办。")
            do(request, row)
            done += 1
        except review.Refused as refusal:
            refused.append(refusal.sentence if row is None else f"{row}：{refusal.sentence}")
    if done:
        messages.success(request, f"已{label} {done} 条。")
    if refused:
        lines = format_html_join("", "<li>{}</li>", ((sentence,) for sentence in refused))
        messages.error(request, format_html("{} 条未办：<ul>{}</ul>", len(refused), lines))
    return not refused


def _ticked(plan: Plan, key: str) -> Report | None:
    """The row in the version that the page showed; None if the plan has no such row."""
    found = re.fullmatch(r"(observation|assessment)-([0-9]{1,18})-([0-9]{1,9})", key)
    if found is None:
        return None
    kind, pk, version = found.groups()
    rows = KINDS[kind].objects.of_plan(plan)
    rows = rows.select_related("indicator", "area", "period") if kind == "observation" else rows
    if row := rows.filter(pk=pk).first():
        row.version = int(version)
    return row


def _accept(request, row):
    review.accept([row], by=request.user)


def _return(request, row):
    own = request.POST.get(_note_field(row), "")
    note = own.strip() or request.POST.get("note", "")
    review.return_for_revision([row], note=note, by=request.user)


def _publish(request, row):
    review.publish([row], by=request.user)


ACTS = {"accept": ("通过", _accept), "return": ("退回", _return), "publish": ("发布", _publish)}


def _act_on_period(request) -> bool:
    code, act, words = (request.POST.get(name, "") for name in ("period_code", "period_act", "reason"))
    period = request.plan.periods.filter(code=code).first() if periods.CODE.fullmatch(code) else None
    if period is None:
        messages.error(request, "没有这一报告期，请重新选择。")
        return False
    try:
        if act == "publish":
            shown = request.POST.get(f"shown-{period.code}", "")
            rows = review.publish_period(period, shown=shown, by=request.user)
            messages.success(request, f"已发布{period}的 {len(rows)} 条。")
        elif act == "close":
            review.close_period(period, by=request.user, note=words)
            messages.success(request, f"{period}已关闭，不再接受填报。")
        elif act == "reopen":
            review.reopen_period(period, by=request.user, reason=words)
            messages.success(request, f"{period}已重开。")
    except review.Refused as refusal:
        messages.error(request, refusal.sentence)
        return False
    return True
