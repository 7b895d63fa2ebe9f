"""Random API requests, valid and invalid by the schema, on the demonstration and an empty database."""

import pytest
import schemathesis
import yaml
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import positive_data_acceptance

from hengshui_plan.wsgi import application
from tests.api import OPENAPI
from tests.database import settle

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

# For the schema a code is any word; for the demonstration some existing codes are given to it.
CODES = {
    "area": ["131100", "131127"],
    "areas": ["131100", "131103", "131127"],
    "baseline-facts": ["Q1", "Q2"],
    "corrections": ["SL01", "SL11"],
    "goal": ["G05", "G10"],
    "goals": ["G05", "G10", "T1"],
    "indicator": ["I08", "I09"],
    "indicators": ["I08", "I09", "I23"],
    "measures": ["M01", "M19"],
    "organization": ["O01", "O03"],
    "organizations": ["O01", "O03"],
    "period": ["2018", "2019"],
    "periods": ["2018", "2019"],
    "plan": ["sti-13"],
    "policies": ["PO07", "PO09"],
    "policy": ["PO07", "PO09"],
    "principle": ["PR1", "PR2"],
    "principles": ["PR1", "PR2"],
    "progress": ["I08", "I09"],
    "section": ["1.1.2", "2.3"],
    "sections": ["1.1.2", "2.3"],
    "cursor": ["*", "STA5LzEzMTEyNy8yMDE4"],
    "since": [0, 1, 100],
    "weaknesses": ["W1", "W2"],
}
WORDS = {
    ("goals", "kind"): ["路径", "2020年结果"],
    ("indicators", "category"): ["创新平台", "创新主体"],
    ("measures", "category"): ["产学研", "园区"],
    ("measures", "status"): ["已完成", "规划"],
    ("weaknesses", "group"): ["产业", "能力"],
}
# All examples may share a fixture, because reading changes nothing. Examples are the same in each run, so
# that none fails by chance.
as_one_run = hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True, database=None
)


def operations(known: dict[str, list[str]]) -> schemathesis.BaseSchema:
    """Return all operations of the stored schema, with codes that the schema does not contain."""
    description = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    for path, item in description["paths"].items():
        for parameter in item["get"].get("parameters", []):
            name = path.split("/")[-3] if parameter["name"] == "code" else parameter["name"]
            if name in known:
                parameter["schema"]["enum"] = known[name]
            # The plan's own words, of which the schema says only that they are texts.
            if known and (words := WORDS.get((path.split("/")[-2], name))):
                parameter["schema"]["enum"] = words
    schema = schemathesis.openapi.from_dict(description)
    schema.app = application
    schema.config.generation.update(max_examples=10)
    return schema


demonstration, nothing = operations(CODES), operations({})
# The allowed methods do not depend on the rows.
nothing.config.phases.update(phases=["fuzzing"])


def ask(case, **kwargs):
    """All checks of the package: no 5xx, answers as described, slips and other methods refused."""
    response = case.call_and_validate(headers={"accept-encoding": "identity"}, **kwargs)
    assert response.status_code in (204, 200) or response.json().keys() == {"error"}
    return response


@pytest.fixture(autouse=True)
def one_connection():
    """Keep the test's connection open: Django closes connections that look old (on PostgreSQL)."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def statuses(demo):
    """Return the statuses of all answers to one operation, after numbering all changes."""
    settle()
    met = set()
    yield met
    assert {200, 405} <= met


def excludes_itself(query: dict) -> bool:
    """Return whether two valid parameters exclude each other, which no schema can express."""
    form, fields = query.get("format") or "json", query.get("fields") or ""
    return bool(
        (form != "json" and {"page", "page_size", "cursor"} & query.keys())
        or (form == "jsonstat" and fields)
        or (query.get("cursor") and {"page", "ordering"} & query.keys())
        or query.get("at")
        or ("children" in fields and query.get("tree") != "1")
    )


@demonstration.parametrize()
@as_one_run
def test_answers_of_the_demonstration_match_the_schema(case, demo, statuses):
    excluded = [positive_data_acceptance] if excludes_itself(case.query or {}) else []
    statuses.add(ask(case, excluded_checks=excluded).status_code)


@nothing.parametrize()
@as_one_run
def test_answers_of_an_empty_database_match_the_schema(case, db):
    """Every code is unknown here, so well-formed requests may be refused too."""
    ask(case, excluded_checks=[positive_data_acceptance])
