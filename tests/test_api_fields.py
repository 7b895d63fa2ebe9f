"""Rows of the API with only the requested fields."""

from collections import defaultdict
from functools import cache
from urllib.parse import quote

import pytest
from django.db.models import Model
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.serializers import ListSerializer, Serializer

from hengshui_plan.api.root import SHARED
from targets.models import Plan
from targets.records import change_triggers
from tests.api import ENDPOINTS, WITHOUT_CODE, ask, described_at, fault, of_one, rows
from tests.make import CITY, duty
from tests.shipped import shipped
from tests.stored import aim, assess, observe, set_thresholds, support

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

LISTS = [f"{endpoint}/?" for endpoint in ENDPOINTS] + ["sections/?tree=1&"]
RECORDS = sorted(ENDPOINTS.keys() - WITHOUT_CODE)
PER_PAGE = {f"{endpoint}/?": "page_size=1000&" for endpoint in ENDPOINTS if endpoint != "progress"}


@pytest.fixture
def reported(plan):
    """Rows in the lists that are empty after loading the plan."""
    support(observe("I16", CITY, "2018", "98.5"), "统计公报")
    assess("G01", "2018", "平稳")
    aim("I16", CITY, 2020, 99)
    set_thresholds()
    duty("I16", CITY)


def kept(row: dict, names: set[str]) -> dict:
    """Return the row with only these fields, and likewise its children."""
    return {
        name: [kept(child, names) for child in value] if name == "children" else value
        for name, value in row.items()
        if name in names
    }


def code_in(endpoint: str, row: dict) -> str:
    return row["indicator"] if endpoint == "progress" else row["code"]


@pytest.mark.parametrize("path", LISTS)
def test_each_field_of_a_list_can_be_requested_alone(client, reported, path):
    path += PER_PAGE.get(path, "")
    whole = ask(client, path)
    assert whole["results"]
    # Links to pages keep the requested fields.
    links = dict.fromkeys({"next", "poll"} & whole.keys())
    for name in whole["results"][0]:
        thinned = ask(client, f"{path}fields={name}")
        assert thinned | links == whole | links | {"results": [kept(row, {name}) for row in whole["results"]]}


@pytest.mark.parametrize("endpoint", RECORDS)
def test_each_field_of_a_record_can_be_requested_alone(client, reported, endpoint):
    code = code_in(endpoint, rows(client, f"{endpoint}/")[0])
    whole = ask(client, f"{endpoint}/{code}/")
    for name in whole:
        assert ask(client, f"{endpoint}/{code}/?fields={name}") == {name: whole[name]}


@pytest.mark.parametrize("asked", ["name,unit,code", "code,name,unit", "code,code,unit,name,unit"])
def test_fields_come_once_each_in_the_order_of_the_row(client, plan, asked):
    one = ask(client, f"indicators/I09/?fields={asked}")
    assert list(one.items()) == [("code", "I09"), ("name", "有效期内高新技术企业"), ("unit", "家")]
    assert one in rows(client, f"indicators/?fields={asked}")


@pytest.mark.parametrize("path", ["indicators/", "indicators/I09/", "progress/", "progress/I09/"])
def test_an_empty_list_of_fields_returns_all_fields(client, plan, path):
    assert ask(client, f"{path}?fields=") == ask(client, path)


def test_selected_fields_apply_to_all_levels_of_the_tree(client, plan):
    (root,) = rows(client, "sections/?tree=1&fields=code,children")
    (whole,) = rows(client, "sections/?tree=1")
    assert root == kept(whole, {"code", "children"})
    assert root["children"][0] == {"code": "HDR", "children": []}


def test_a_selected_field_keeps_its_nested_content(client, plan):
    assert ask(client, "indicators/I09/?fields=goal_links") == {
        "goal_links": [
            {
                "goal": "G08",
                "standing": "suggested",
                "standing_label": "推断，待确认",
                "source": "整理者据文意推断，原文未写明",
            }
        ]
    }


def test_an_answer_with_selected_fields_is_still_marked_as_demonstration(client, plan):
    shipped(Plan).update(is_demo=True)
    assert ask(client, "areas/131127/?fields=name") == {"demo": True, "name": "景县"}
    assert ask(client, "areas/?fields=name")["demo"] is True


def test_fields_combine_with_filters_order_and_pages(client, plan):
    asked = f"indicators/?category={quote('创新主体')}&ordering=-code&page_size=1"
    first, whole = ask(client, f"{asked}&fields=code"), ask(client, asked)
    assert first["results"] == [{"code": whole["results"][0]["code"]}]
    assert "fields=code" in first["next"]
    assert client.get(first["next"]).json()["results"] == [
        {"code": client.get(whole["next"]).json()["results"][0]["code"]}
    ]


@pytest.mark.parametrize("path", ["periods/", "periods/2018/"])
@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("status", "status"),
        ("code,pk", "pk"),
        ("code,", ""),
        ("code, label", " label"),
        ("code,label.x", "label.x"),
        ("-code", "-code"),
        ("CODE", "CODE"),
        ("code，label", "code，label"),
    ],
)
def test_an_unknown_field_is_refused_and_the_known_ones_are_named(client, plan, path, asked, named):
    assert fault(client, f"{path}?fields={asked}") == (
        "invalid_parameter",
        "fields",
        f"没有字段“{named}”，可用：plan、code、label、start、end、due_on、is_open；多个用逗号隔开。",
    )


@pytest.mark.parametrize("name", ["entered_by", "status", "version", "entered_at", "id"])
def test_private_columns_are_not_fields(client, reported, name):
    assert fault(client, f"observations/?fields={name}")[:2] == ("invalid_parameter", "fields")


@pytest.mark.parametrize("path", ["sections/?", "sections/?tree=0&", "sections/1.1/?"])
def test_children_can_be_requested_only_in_the_tree(client, plan, path):
    assert fault(client, f"{path}fields=code,children")[:2] == ("invalid_parameter", "fields")


@pytest.mark.parametrize("path", ["", "schema/", "docs/"])
def test_endpoints_without_rows_refuse_the_fields_parameter(client, path):
    assert fault(client, f"{path}?fields=code")[:2] == ("unknown_parameter", "fields")


@pytest.mark.parametrize("endpoint", SHARED)
def test_an_unknown_field_is_refused_before_a_plan_is_loaded_too(client, endpoint):
    assert fault(client, f"{endpoint}/?fields=x")[:2] == ("invalid_parameter", "fields")


# The model's public columns and the serializer's fields

# Every row has the code of its plan, and the plan has one text.
OF_THE_PLAN = {"plan", "source"}
NOT_SHOWN = {
    # Every answer has the mark of a demonstration; a withdrawn plan is not shown at all. Who keeps the
    # records, a folder or the desk, is the bureau's matter.
    "Plan": {"is_demo", "withdrawn_on", "withdrawal_reason", "keeper"},
    # No internal indicator is shown.
    "Indicator": {"is_internal"},
    # `sections/` show the whole text.
    "SourceText": {"text", "tally"},
    "Section": {"heading_start", "heading_end", "body_start"},
    # The order of the citations of a record.
    "Citation": {"position"},
    # Internal: who entered a row, when and why.
    "Baseline": {"entered_by"},
    "Target": {"entered_by", "entered_at", "reason"},
    "ThresholdDecision": {"entered_by", "entered_at"},
    # Every row that is shown is published.
    "Observation": {"status"},
    "Assessment": {"status"},
    # The order of the documents of a report.
    "Evidence": {"added_at"},
}
# Pages show them, lists do not.
WITHOUT_A_LIST = {"NumberToken", "Responsibility", "PeriodReport"}


@cache
def columns_shown() -> dict[type[Model], set[str]]:
    shown = defaultdict(set)
    for name, view in ENDPOINTS.items():
        if name != "progress":
            note_columns(view.queryset.model, view.serializer_class(), shown)
    return shown


def note_columns(model: type[Model], serializer: Serializer, shown: dict[type[Model], set[str]]):
    """Add the column of each field, also of nested serializers."""
    for name, field in serializer.fields.items():
        reached = model
        for step in (name if field.source == "*" else field.source).split("."):
            column = step.removeprefix("get_").removesuffix("_display")
            relation = next((one for one in reached._meta.get_fields() if one.name == column), None)
            if relation is None:
                reached = None
                break
            shown[reached].add(column)
            if relation.one_to_many:
                shown[relation.related_model].add(relation.field.name)
            reached = relation.related_model
            if reached is None:
                break
        if reached and isinstance(field, (Serializer, ListSerializer)):
            note_columns(reached, getattr(field, "child", field), shown)


EXPOSED = [
    model
    for model, _ in change_triggers.exposed_models()
    if not model._meta.auto_created and model.__name__ not in WITHOUT_A_LIST
]


@pytest.mark.parametrize("model", EXPOSED, ids=lambda model: model.__name__)
def test_every_column_of_a_public_record_is_shown_or_private_or_excluded_with_a_reason(model):
    columns = {field.name for field in model._meta.concrete_fields if not field.primary_key} - OF_THE_PLAN
    left_out = columns - columns_shown()[model] - set(getattr(model, "private_fields", ()))
    assert left_out == NOT_SHOWN.get(model.__name__, set())


@pytest.mark.parametrize("model", EXPOSED, ids=lambda model: model.__name__)
def test_no_private_column_is_shown(model):
    assert columns_shown()[model] & set(getattr(model, "private_fields", ())) == set()


# The schema


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def described(schema, path: str) -> dict:
    found = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return found | {"components": schema["components"]}


def row_of(schema, path: str) -> dict:
    """Return the schema of one row of a list or of a single record."""
    name = described(schema, path)["$ref"].rpartition("/")[2]
    found = schema["components"]["schemas"][name]
    if "results" in found["properties"]:
        name = found["properties"]["results"]["items"]["$ref"].rpartition("/")[2]
    return schema["components"]["schemas"][name]


@pytest.mark.parametrize(
    "path", [described_at(f"{name}/") for name in ENDPOINTS] + [of_one(name) for name in RECORDS]
)
def test_the_schema_names_the_fields_and_requires_none(schema, path):
    (parameter,) = [
        found for found in schema["paths"][path]["get"]["parameters"] if found["name"] == "fields"
    ]
    row = row_of(schema, path)
    assert parameter == {
        "in": "query",
        "name": "fields",
        "schema": {"type": "array", "items": {"type": "string", "enum": list(row["properties"])}},
        "description": "只要这些字段，多个用逗号隔开；不填为全部字段",
        "explode": False,
        "style": "form",
        "allowEmptyValue": True,
    }
    assert "required" not in row


def test_nested_objects_and_the_page_wrapper_keep_their_required_fields(schema):
    paths = {*map(described_at, LISTS), *map(of_one, RECORDS)}
    rows = [row_of(schema, path) for path in paths]
    objects = {
        name: found for name, found in schema["components"]["schemas"].items() if "properties" in found
    }
    without = {
        name for name, found in objects.items() if set(found.get("required", [])) != set(found["properties"])
    }
    # `count_is_least` is in an answer only if the list is too long to be counted.
    may_be_long = {"PaginatedObservationList"}
    assert without == {name for name, found in objects.items() if found in rows} | may_be_long
    assert {"Quotation", "CityBaseline", "Transformation", "Explanation", "PaginatedGoalList"}.isdisjoint(
        without
    )


@pytest.mark.parametrize("path", LISTS)
def test_a_complete_answer_has_every_field_of_the_schema(client, reported, schema, path):
    names = set(row_of(schema, described_at(path))["properties"])
    if path == "sections/?":
        names -= {"children"}
    assert {frozenset(row) for row in rows(client, path)} == {frozenset(names)}


@pytest.mark.parametrize("path", LISTS)
def test_an_answer_with_selected_fields_matches_the_schema(client, reported, schema, path):
    name = list(row_of(schema, described_at(path))["properties"])[1]
    validator = Draft202012Validator(described(schema, described_at(path)))
    answer = ask(client, f"{path}fields={name}")
    assert [error.message for error in validator.iter_errors(answer)] == []
