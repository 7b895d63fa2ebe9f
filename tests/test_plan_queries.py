"""Every query that reaches a table of a plan names its plan, or says that all plans are meant.

Read from the source: a query starts at `Model.objects` and is a chain of calls. It names its plan by
`of_plan`, by a row of the plan (`indicator=…`, `period__in=…`, `pk=…`), or it says `of_all_plans`.
`Model.objects.of_plan` without a call is handed to whoever knows the plan. What a form offers is narrowed by
its base class.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.db import models

from targets.models import Plan
from targets.review.kinds.planned_forms import StaffForm

OWNED = {model.__name__: model for model in apps.get_models() if hasattr(model, "plan_paths")}
# They narrow by rows that they are given, or they give no rows.
NAMING = {
    "of_plan",
    "of_plan_in_order",
    "of_plans",
    "of_all_plans",
    "none",
    "of_series",
    "create",
    "bulk_create",
    "get_or_create",
    "make_room_for",
}
OF_ONE_ROW = {"first", "last", "get", "earliest", "latest"}
# A model's own methods are called on narrowed rows.
OUTSIDE = ("/migrations/", "/models/", "/management/")


def faults_in(source: str, path: str = "x.py") -> list[str]:
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return [
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(tree)
        if _is_manager(node) and not _is_narrowed(node, parents, path)
    ]


def _is_manager(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("objects", "_default_manager")
        and isinstance(node.value, ast.Name)
        and node.value.id in OWNED
    )


def _is_narrowed(node: ast.Attribute, parents: dict, path: str) -> bool:
    model = OWNED[node.value.id]
    calls = list(_chain(node, parents))
    if model is Plan:
        # `Plan.objects.first()` takes whichever plan comes first.
        return not calls or calls[0][0] not in OF_ONE_ROW or bool(calls[0][1].args or calls[0][1].keywords)
    if any(name in NAMING for name, _ in calls):
        return True
    if any(_names_a_row(model, call) for name, call in calls if name in ("filter", "get")):
        return True
    if _is_handed_over(node, parents) or _is_offered(calls, node, parents):
        return True
    # The base class of the API narrows the rows of every list.
    return "/api/" in path and _is_class_queryset(node, parents)


def _chain(node: ast.AST, parents: dict) -> Iterator[tuple[str, ast.Call]]:
    """The calls that follow `objects`, the first first."""
    while isinstance(parents.get(node), ast.Attribute) and isinstance(parents.get(parents[node]), ast.Call):
        attribute, call = parents[node], parents[parents[node]]
        if call.func is not attribute:
            return
        yield attribute.attr, call
        node = call


def _names_a_row(model: type[models.Model], call: ast.Call) -> bool:
    return any(_is_row_lookup(model, keyword.arg or "") for keyword in call.keywords)


def _is_row_lookup(model: type[models.Model], lookup: str) -> bool:
    name, _, rest = lookup.partition("__")
    if rest not in ("", "in", "pk"):
        return False
    if name in ("pk", "id"):
        return True
    field = next((row for row in model._meta.get_fields() if row.name == name), None)
    related = getattr(field, "related_model", None)
    return related is not None and related.__name__ in OWNED


def _is_handed_over(node: ast.Attribute, parents: dict) -> bool:
    method = parents.get(node)
    return isinstance(method, ast.Attribute) and method.attr == "of_plan"


def _is_offered(calls: list[tuple[str, ast.Call]], node: ast.Attribute, parents: dict) -> bool:
    offered = calls[-1][1] if calls else node
    field = parents.get(offered)
    return (
        isinstance(field, ast.Call)
        and ast.unparse(field.func) == "forms.ModelChoiceField"
        and field.args[0] is offered
    )


def _is_class_queryset(node: ast.AST, parents: dict) -> bool:
    while node in parents and not isinstance(node, ast.Assign):
        node = parents[node]
    return (
        isinstance(node, ast.Assign)
        and isinstance(parents[node], ast.ClassDef)
        and ast.unparse(node.targets[0]) == "queryset"
    )


def sources() -> Iterator[Path]:
    base = Path(settings.BASE_DIR)
    for app in ("targets", "measures", "hengshui_plan"):
        yield from sorted(base.glob(f"{app}/**/*.py"))


def test_every_query_of_a_plans_table_names_its_plan():
    found = [
        fault
        for path in sources()
        if not any(part in str(path) for part in OUTSIDE)
        for fault in faults_in(path.read_text(), str(path.relative_to(settings.BASE_DIR)))
    ]
    assert found == []


SEEDED = [
    "Plan.objects.first()",
    "plan = Plan.objects.get()",
    "Indicator.objects.all()",
    "get_object_or_404(Indicator.objects.with_baselines(), code=code)",
    "Goal.objects.clauses().with_links()",
    "Observation.objects.published().filter(indicator__code=code)",
    "Target.objects.filter(year=2020).in_force(day)",
    "Period.objects.filter(code=code).first()",
    "class Choice:\n    period = choice(Period.objects.ended())",
    "Section.objects.order_by('position').filter(code='1.1')",
    "ReportingDuty.objects.tracked().filter(area=area)",
    "rows = Measure._default_manager.select_related('principle')",
    "goal = by_code(Goal.objects.clauses, '目标')",
    "rows = sorted(Goal.objects.clauses(), label='目标')",
]


@pytest.mark.parametrize("source", SEEDED)
def test_a_query_without_its_plan_is_found(source):
    assert len(faults_in(source)) == 1


SOUND = [
    "Plan.objects.filter(code=code).first()",
    "Indicator.objects.of_plan(plan).get(code=code)",
    "Observation.objects.published().filter(period__in=stretch)",
    "Target.objects.of_all_plans().filter(area=area)",
    "Period.objects.none()",
    "plan.indicators.tracked()",
    "class Filter:\n    goal = by_code(Goal.objects.of_plan, '目标')",
    "class Form:\n    goal = forms.ModelChoiceField(Goal.objects.clauses(), label='目标')",
]


@pytest.mark.parametrize("source", SOUND)
def test_a_query_that_names_its_plan_is_sound(source):
    assert faults_in(source) == []


def test_every_form_that_offers_rows_of_a_plan_narrows_them():
    unbound = [
        form.__qualname__
        for form in _heirs(forms.BaseForm)
        if form.__module__.startswith(("targets.", "measures.", "hengshui_plan."))
        for field in form.base_fields.values()
        if isinstance(field, forms.ModelChoiceField) and hasattr(field.queryset.model, "plan_paths")
        if not field.queryset.query.is_empty() and not issubclass(form, StaffForm)
    ]
    assert unbound == []


def _heirs(kind: type) -> Iterator[type]:
    for heir in kind.__subclasses__():
        yield heir
        yield from _heirs(heir)
