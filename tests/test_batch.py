"""Rows that are written together, and acts on many reports at once."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from targets import review
from targets.models import Area, Goal, Indicator
from targets.review import value_rules
from targets.review.roles import Role
from tests.database import database
from tests.make import bring_to, enter, open_desk, period, person, reports
from tests.shipped import shipped

pytestmark = pytest.mark.django_db

YEARS = ["2016", "2017", "2018"]


@pytest.fixture
def desk(plan):
    return open_desk()


@pytest.fixture
def editor(desk):
    return person("规划戊", Role.PLAN_EDITOR)


def entry(desk, value, *, area=None, version=None):
    return review.Entry((desk.incubators, area or desk.county, desk.year), version, {"value": value})


def test_checking_a_batch_gives_an_outcome_per_row_and_writes_nothing(desk):
    enter(desk, "5")
    before = database()
    entries = [entry(desk, 5, version=1), entry(desk, 6, version=1), entry(desk, 7, area=desk.city)]
    same, changed, new = (
        next(review.Batch(review.ValueKind, [one], by=desk.reporter).check()) for one in entries
    )
    assert (same.changed, same.fault) == ([], None)
    assert (changed.changed, changed.stored.values["value"], changed.fault) == (["value"], 5, None)
    assert (new.changed, new.stored, new.fault) == (["value"], None, None)
    assert database() == before


def test_a_field_that_an_entry_leaves_out_stays_as_it_is_stored(desk):
    enter(desk, "5", note="年报")
    [row] = review.Batch(review.ValueKind, [entry(desk, 6, version=1)], by=desk.reporter).write()
    assert (row.value, row.note, row.version) == (6, "年报", 2)


def test_a_batch_of_changes_leaves_rows_that_stay_the_same(desk):
    enter(desk, "5")
    entries = [entry(desk, 5, version=1), entry(desk, 7, area=desk.city)]
    rows = review.Batch(review.ValueKind, entries, by=desk.reporter).write(only_changes=True)
    assert [(row.area, row.value) for row in rows] == [(desk.city, 7)]
    assert sorted(reports().values_list("value", "version")) == [(5, 1), (7, 1)]


def refusal(kind, key, by, **values) -> dict:
    with pytest.raises(review.NotWritten) as refused:
        review.Batch(kind, [review.Entry(key, None, values)], by=by).write()
    return review.faults_by_field(refused.value.faults[0])


def test_a_batch_refuses_what_no_page_offers(desk, editor):
    coefficient, former = shipped(Indicator).get(code="I22"), Area.objects.exclude(successor=None).get()
    transformation = shipped(Goal).exclude(parent=None).first()
    decision = {"value": 5, "decided_on": date(2018, 3, 1), "grade": "official", "source": "冀科〔2018〕1号"}
    baseline = {"value": 5, "basis": "previous_end", "grade": "official", "source": "年鉴"}
    before = database()
    untracked = {"indicator": [f"“{coefficient.name}”不监测，不设目标值和基期值，请核对指标。"]}
    assert refusal(review.TargetKind, (coefficient, desk.county, 2018), editor, **decision) == untracked
    assert refusal(review.BaselineKind, (coefficient, desk.county), editor, **baseline) == untracked
    assert refusal(review.TargetKind, (desk.incubators, former, 2018), editor, **decision) == {
        "area": ["冀州市不在“衡水市科技创新“十三五”规划”现行的县市区名单中，请填名单中的县市区。"]
    }
    assert refusal(review.JudgementKind, (transformation, desk.year), desk.reporter, text="好") == {
        "goal": ["“转变”不单独评价，请写在它所属的目标下。"]
    }
    assert database() == before


def test_a_batch_takes_only_fillable_fields_and_each_key_once(desk, editor):
    with pytest.raises(TypeError, match="entered_by"):
        review.Batch(review.TargetKind, [review.Entry((), None, {"entered_by": editor})], by=editor)
    with pytest.raises(ValueError, match="same key"):
        review.Batch(review.ValueKind, [entry(desk, 5), entry(desk, 6)], by=desk.reporter)


def test_checking_a_definition_leaves_the_caller_s_indicator_as_it_is(desk, editor):
    version = desk.incubators.history.first().history_id
    new = review.Entry((desk.incubators,), version, {"definition": "新口径"})
    list(review.Batch(review.DefinitionKind, [new], by=editor).check())
    assert desk.incubators.definition == ""


def test_a_batch_names_each_refused_row_and_writes_no_row(desk):
    before = database()
    entries = [entry(desk, 6), entry(desk, "-1", area=desk.city)]
    batch = review.Batch(review.ValueKind, entries, by=desk.reporter)
    with pytest.raises(review.NotWritten) as refused:
        batch.write()
    assert {index: review.faults_by_field(fault) for index, fault in refused.value.faults.items()} == {
        1: {"value": ["请填 0 或正数。"]}
    }
    assert [outcome.faults for outcome in batch.check()] == [{}, {"value": ["请填 0 或正数。"]}]
    assert database() == before


def test_a_broken_rule_of_the_whole_row_has_no_field():
    assert review.faults_by_field(ValidationError("重复。")) == {"": ["重复。"]}
    assert review.faults_by_field(review.Refused("不行。", "area")) == {"area": ["不行。"]}


def drafts(desk, areas) -> list:
    return [enter(desk, period=period(code), area=area) for code in YEARS for area in areas]


def test_an_act_on_many_reports_costs_no_extra_query_per_report(desk):
    costs = {}
    for area, rows in ((desk.city, 1), (desk.county, len(YEARS))):
        some = drafts(desk, [area])[:rows]
        with CaptureQueriesContext(connection) as submitting:
            some = review.submit(some, by=desk.reporter, note="已核对")
        with CaptureQueriesContext(connection) as accepting:
            some = review.accept(some, by=desk.reviewer)
        with CaptureQueriesContext(connection) as publishing:
            some = review.publish(some, by=desk.publisher)
        costs[rows] = [len(queries) for queries in (submitting, accepting, publishing)]
    assert costs[1] == costs[3]
    assert reports().published().count() == 4


def test_doubts_about_many_values_cost_no_extra_query_per_value(desk):
    rows = drafts(desk, [desk.county])
    costs = []
    for some in (rows[:1], rows):
        fresh = list(reports().filter(pk__in=[row.pk for row in some]))
        with CaptureQueriesContext(connection) as queries:
            value_rules.doubts_about(fresh)
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.parametrize("act", ["accept", "return_for_revision", "publish"])
def test_an_act_on_many_reports_applies_to_all_or_none(desk, act):
    ready = bring_to(desk, "accepted" if act == "publish" else "submitted", enter(desk))
    other = enter(desk, area=desk.city)
    user = desk.publisher if act == "publish" else desk.reviewer
    values = {"note": "请核对"} if act == "return_for_revision" else {}
    before = database()
    with pytest.raises(review.Refused, match="现为“草稿”"):
        getattr(review, act)([ready, other], by=user, **values)
    assert database() == before


def test_reports_are_returned_in_the_given_order(desk):
    rows = drafts(desk, [desk.county])
    assert review.submit(rows[::-1], by=desk.reporter, note="已核对") == rows[::-1]
