"""The frame of the desk's pages, and the forms that choose what a page is about."""

from django import forms
from django.contrib import admin
from django.shortcuts import render

from targets.models import Area, Assessment, Observation, Period
from targets.review import roles

# By the names in addresses and forms.
KINDS = {"observation": Observation, "assessment": Assessment}


def choice_by_code(rows, label: str, **options) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(rows, to_field_name="code", label=label, **options)


class PeriodChoice(forms.Form):
    period = choice_by_code(Period.objects.none(), "报告期", empty_label=None)

    def __init__(self, data, *, user, plan):
        super().__init__(data)
        self.plan = plan
        self.fields["period"].queryset = plan.periods.ended().order_by("-end", "start")
        self.areas = roles.areas_of(user).of_plan(plan)


class JudgementChoice(PeriodChoice):
    def clean(self):
        top = self.plan.top_area
        if top not in self.areas:
            raise forms.ValidationError(f"定性评价由{top.short_name}的填报员填写；如需权限请与管理员联系。")
        return self.cleaned_data


class GridChoice(PeriodChoice):
    area = choice_by_code(Area.objects.none(), "县市区", empty_label=None)
    field_order = ["area", "period"]

    def __init__(self, data, *, user, plan):
        super().__init__(data, user=user, plan=plan)
        self.fields["area"].queryset = self.areas


class SheetChoice(forms.Form):
    format = forms.ChoiceField(
        label="格式", choices=[("xlsx", "Excel（.xlsx）"), ("csv", "CSV")], initial="xlsx"
    )

    def __init__(self, data, *, user, plan):
        super().__init__(data)

    def get_initial_for_field(self, field, name):
        """By default all areas and years and the newest period."""
        if name == "areas":
            return field.queryset
        if name == "years":
            return [year for year, _ in field.choices]
        return field.queryset[:1] if name == "periods" else super().get_initial_for_field(field, name)

    @property
    def summary(self) -> str:
        """For the access log."""
        chosen = (value for name, value in self.cleaned_data.items() if name != "format")
        return "；".join("、".join(map(str, value)) for value in chosen)


class AreasChoice(SheetChoice):
    areas = forms.ModelMultipleChoiceField(
        Area.objects.none(),
        to_field_name="code",
        label="县市区",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选县市区。"},
    )

    def __init__(self, data, *, user, plan):
        super().__init__(data, user=user, plan=plan)
        self.fields["areas"].queryset = Area.objects.of_plan(plan)


class ReportChoice(AreasChoice):
    periods = forms.ModelMultipleChoiceField(
        Period.objects.none(),
        to_field_name="code",
        label="报告期",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选报告期。"},
    )
    field_order = ["periods", "areas", "format"]

    def __init__(self, data, *, user, plan):
        super().__init__(data, user=user, plan=plan)
        self.fields["periods"].queryset = plan.periods.ended().order_by("-end", "start")
        if not roles.sees_all_reports(user):
            self.fields["areas"].queryset = roles.areas_of(user).of_plan(plan)


class TargetChoice(AreasChoice):
    years = forms.TypedMultipleChoiceField(
        label="年份",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请选年份。"},
    )
    field_order = ["years", "areas", "format"]

    def __init__(self, data, *, user, plan):
        super().__init__(data, user=user, plan=plan)
        self.fields["years"].choices = [(year, f"{year}年") for year in plan.years]


class BaselineChoice(AreasChoice):
    def __init__(self, data, *, user, plan):
        super().__init__(data, user=user, plan=plan)
        self.fields["areas"].queryset = Area.objects.parts_at_baseline(plan)


SHEET_CHOICES = {
    "reports": ReportChoice,
    "targets": TargetChoice,
    "baselines": BaselineChoice,
    "definitions": SheetChoice,
}


def desk_page(request, template: str, context: dict, status: int = 200):
    """A page of the desk without the side bar: its tables need the room."""
    frame = admin.site.each_context(request) | {"is_nav_sidebar_enabled": False}
    return render(request, template, frame | context, status=status)
