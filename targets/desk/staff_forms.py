"""The forms of the desk's lists."""

from django import forms
from django.core.exceptions import ValidationError

from targets.engine import periods
from targets.models import (
    Area,
    Goal,
    Indicator,
    IndicatorLink,
    Observation,
    Organization,
    OrganizationKind,
    Period,
    ReportingDuty,
    Responsibility,
    Target,
    ThresholdDecision,
)
from targets.review.batch import Batch
from targets.review.kinds import ANY_VERSION, Entry, TargetKind, ThresholdKind
from targets.review.kinds.decisions import check_decision
from targets.review.kinds.planned_forms import STAFF_GRADES, StaffForm
from targets.review.kinds.thresholds import check_thresholds


class PeriodForm(StaffForm):
    class Meta:
        model = Period
        fields = ["code", "due_on"]

    def clean_code(self):
        code = self.cleaned_data["code"]
        plan = self.plan
        try:
            span = periods.span(code)
        except ValueError as fault:
            raise forms.ValidationError(f"{fault}。") from fault
        if span.year not in plan.years:
            raise forms.ValidationError(f"报告期应在规划期（{plan.start_year}—{plan.end_year}年）之内。")
        if plan.periods.filter(code=code).exists():
            raise forms.ValidationError("这一报告期已经有了。")
        self.instance.plan, self.instance.start, self.instance.end = plan, span.start, span.end
        return code

    def clean_due_on(self):
        due_on, end = self.cleaned_data["due_on"], self.instance.end
        if due_on and end and due_on < end:
            raise forms.ValidationError(f"填报截止日应不早于报告期结束（{end}）。")
        return due_on


class UnitForm(StaffForm):
    """Offers the units of the plan's area too; `review` takes the chosen one into the plan's list."""

    def choices_of(self, name, rows):
        if name == "organization":
            return rows.choosable_in(self.plan)
        return super().choices_of(name, rows)


class OrganizationForm(StaffForm):
    # Two cities have a unit of the same name. Set by the list.
    top_area: Area | None = None

    class Meta:
        model = Organization
        fields = ["code", "name", "kind", "is_collective", "note"]

    def clean(self):
        cleaned = super().clean()
        is_above = cleaned.get("kind") in (OrganizationKind.CENTRAL, OrganizationKind.PROVINCIAL)
        self.instance.top_area = None if is_above else self.top_area
        same = Organization.objects.filter(name=cleaned.get("name"), top_area=self.instance.top_area)
        if other := same.exclude(pk=self.instance.pk).first():
            self.add_error("name", f"已有同名单位（代码 {other.code}），可以直接选用，不必再建。")
        return cleaned


class ReportingDutyForm(UnitForm):
    indicator = forms.ModelChoiceField(Indicator.objects.tracked(), label="指标")
    area = forms.ModelChoiceField(Area.objects.all(), label="县市区")

    class Meta:
        model = ReportingDuty
        fields = ["indicator", "area", "frequency", "organization", "valid_from", "valid_to"]

    def clean(self):
        cleaned = super().clean()
        # A duty with reports has only end and organization in the form.
        entered = ReportingDuty(
            **{
                name: cleaned.get(name) if name in self.fields else getattr(self.instance, name)
                for name in ("indicator", "area", "valid_from", "valid_to")
            }
        )
        if not self.errors and not self._ends_too_early(entered):
            self._check_others(entered)
        return cleaned

    def _ends_too_early(self, entered: ReportingDuty) -> bool:
        reports = self.instance.reports() if self.instance.pk else Observation.objects.none()
        last = reports.order_by("-period__end").select_related("period").first()
        if not (last and entered.valid_to and entered.valid_to < last.period.end):
            return False
        self.add_error("valid_to", f"{last.period}已有填报，“止”应不早于 {last.period.end}。")
        return True

    def _check_others(self, entered: ReportingDuty):
        retired_on = entered.indicator.retired_on
        if retired_on and (entered.valid_from or retired_on) >= retired_on and not self.instance.pk:
            self.add_error(
                "indicator", f"“{entered.indicator}”自 {retired_on} 起不再监测，不能再设填报任务。"
            )
            return
        others = ReportingDuty.objects.of_plan(self.plan).of_series(entered).exclude(pk=self.instance.pk)
        other = others.overlapping(entered.valid_from, entered.valid_to).first()
        if other:
            span = f"{other.valid_from or '规划起始'} 至 {other.valid_to or '长期'}"
            self.add_error(
                "valid_from", f"与已有的任务（{span}）重叠。请先填写那一条的“止”，再从其后一日起新建。"
            )


class ResponsibilityForm(UnitForm):
    goal = forms.ModelChoiceField(Goal.objects.clauses(), label="目标", required=False)

    class Meta:
        model = Responsibility
        fields = ["organization", "role", "goal", "indicator", "source"]


class IndicatorLinkForm(StaffForm):
    """Offers the indicators of plans that ended before this one began."""

    class Meta:
        model = IndicatorLink
        fields = ["indicator", "earlier", "difference", "source"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "earlier" in self.fields:
            self.fields["earlier"].label_from_instance = lambda row: f"{row.plan_id} {row}"

    def choices_of(self, name, rows):
        if name == "earlier":
            rows = rows.of_all_plans().order_by("-plan__end_year", "plan", "code")
            return rows.filter(plan__end_year__lt=self.plan.start_year)
        return super().choices_of(name, rows)


class DecisionForm(StaffForm):
    """Day, source and reason of a decision on one target or on several."""

    grade = forms.ChoiceField(label="来源等级", choices=STAFF_GRADES)

    class Meta:
        model = Target
        fields = ["decided_on", "grade", "source", "reason"]
        error_messages = {"source": {"required": "请注明出处。"}}


class TargetForm(DecisionForm):
    indicator = forms.ModelChoiceField(Indicator.objects.tracked(), label="指标")
    area = forms.ModelChoiceField(Area.objects.all(), label="县市区")
    value = forms.DecimalField(label="目标值", min_value=0, max_digits=18, decimal_places=4)

    class Meta(DecisionForm.Meta):
        fields = ["indicator", "area", "year", "value", "comparator", *DecisionForm.Meta.fields]

    def clean(self):
        cleaned = super().clean()
        if set(self.fields) <= cleaned.keys():
            target = Target(**cleaned)
            same = target.indicator.targets.filter(area=target.area, year=target.year)
            try:
                check_decision(target, list(same))
            except ValidationError as fault:
                self.add_error(None, fault)
        return cleaned

    def enter(self, *, by):
        """Write the decision; the admin goes on with the form's instance."""
        values = dict(self.cleaned_data)
        key = tuple(values.pop(name) for name in TargetKind.key_fields)
        [target] = Batch(TargetKind, [Entry(key, ANY_VERSION, values)], by=by).write()
        self.instance.pk = target.pk


class ThresholdForm(StaffForm):
    class Meta:
        model = ThresholdDecision
        fields = [*ThresholdKind.fillable_fields]
        error_messages = {"source": {"required": "请注明出处。"}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.plan = self.plan

    def _get_validation_exclusions(self):
        """One decision a day is a rule with the plan."""
        return super()._get_validation_exclusions() - {"plan"}

    def clean(self):
        cleaned = super().clean()
        if set(self.fields) <= cleaned.keys():
            try:
                check_thresholds(ThresholdDecision(plan=self.plan, **cleaned))
            except ValidationError as fault:
                self.add_error(None, fault)
        return cleaned

    def enter(self, *, by):
        """Write the decision; the admin goes on with the form's instance."""
        entry = Entry((self.plan,), ANY_VERSION, dict(self.cleaned_data))
        [row] = Batch(ThresholdKind, [entry], by=by).write()
        self.instance.pk = row.pk
