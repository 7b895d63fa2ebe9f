"""Periods, targets, reports and progress of the API: only published data."""

from datetime import date
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from targets.models import (
    Assessment,
    Grade,
    Indicator,
    Observation,
    Organization,
    Period,
    ReportingDuty,
    ReportStatus,
)
from tests.api import EMPTY, address, ask, fault, rows
from tests.database import settle
from tests.make import CITY, JINGXIAN, ZAOQIANG
from tests.shipped import shipped
from tests.stored import HIDDEN, OUT_AT, aim, assess, observe, reports, support

pytestmark = pytest.mark.django_db


# Flat rows in full


def test_a_period_is_looked_up_by_its_code(client, plan):
    shipped(Period).filter(code="2018").update(due_on=date(2019, 1, 31), is_open=False)
    assert ask(client, "periods/2018/") == {
        "plan": "sti-13",
        "code": "2018",
        "label": "2018年",
        "start": "2018-01-01",
        "end": "2018-12-31",
        "due_on": "2019-01-31",
        "is_open": False,
    }


def test_periods_are_ordered_by_time(client, plan):
    assert [row["code"] for row in rows(client, "periods/")] == ["2016", "2017", "2018", "2019", "2020"]


def test_a_target_has_its_decision_and_its_source(client, plan):
    aim("I16", CITY, 2020, "98.5", comparator="ge")
    assert rows(client, "targets/") == [
        {
            "plan": "sti-13",
            "indicator": "I16",
            "area": "131100",
            "year": 2020,
            "form": "value",
            "form_label": "数值",
            "base_year": None,
            "value": 98.5,
            "comparator": "ge",
            "comparator_label": "以上(含)",
            "printed": None,
            "decided_on": "2016-12-31",
            "in_force": True,
            "grade": "official",
            "grade_label": "官方发布",
            "source": "衡科字〔2016〕1号",
        }
    ]


def test_an_observation_has_its_fraction_its_date_and_its_publication(client, plan):
    row = observe(
        "I16",
        ZAOQIANG,
        "2017",
        "98.7654",
        comparator="near_below",
        numerator=80,
        denominator=81,
        as_of_date=date(2017, 11, 30),
        grade=Grade.MEDIA,
        source="衡水日报",
        note="报道日期",
        revision=3,
    )
    Observation.objects.filter(pk=row.pk).update(updated_at=OUT_AT)
    assert rows(client, f"observations/?area={ZAOQIANG}") == [
        {
            "plan": "sti-13",
            "indicator": "I16",
            "area": "131121",
            "period": "2017",
            "value": 98.7654,
            "comparator": "near_below",
            "comparator_label": "近",
            "numerator": 80,
            "denominator": 81,
            "unavailable_reason": None,
            "as_of_date": "2017-11-30",
            "grade": "media",
            "grade_label": "媒体",
            "source": "衡水日报",
            "note": "报道日期",
            "evidence": [],
            "revision": 3,
            "published_at": "2019-03-01T09:00:00+08:00",
            "updated_at": "2019-03-01T09:00:00+08:00",
        }
    ]


def test_an_unavailable_value_is_null_with_its_reason_and_zero_is_zero(client, plan):
    observe("I09", ZAOQIANG, "2017", None, unavailable_reason="统计口径调整")
    observe("I09", ZAOQIANG, "2018", 0)
    found = rows(client, f"observations/?area={ZAOQIANG}")
    assert [(row["period"], row["value"], row["unavailable_reason"]) for row in found] == [
        ("2017", None, "统计口径调整"),
        ("2018", 0, None),
    ]


def test_an_assessment_has_its_text(client, plan):
    row = assess("G08", "2018", "科技型中小企业明显增多。")
    Assessment.objects.filter(pk=row.pk).update(updated_at=OUT_AT)
    assert ask(client, "assessments/") == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [
            {
                "plan": "sti-13",
                "goal": "G08",
                "period": "2018",
                "text": "科技型中小企业明显增多。",
                "evidence": [],
                "revision": 1,
                "published_at": "2019-03-01T09:00:00+08:00",
                "updated_at": "2019-03-01T09:00:00+08:00",
            }
        ],
    }


def test_the_figures_of_the_press_are_published_observations(client, plan):
    found = rows(client, "observations/?grade=media")
    assert [(row["indicator"], row["area"], row["period"], row["value"]) for row in found] == [
        ("I09", "131127", "2018", 19),
        ("I13", "131100", "2020", 13),
    ]


# Filters


@pytest.fixture
def ledger(plan):
    """A revised target, a target without revision, and one with a future date of decision."""
    aim("I09", CITY, 2018, 140)
    aim("I09", CITY, 2018, 130, "2018-03-01", reason="中期调整")
    aim("I09", CITY, 2018, 120, "2999-01-01", reason="中期调整")
    aim("I10", JINGXIAN, 2020, 50)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", [140, 130, 120, 50]),
        ("in_force=true", [130, 50]),
        ("in_force=false", [140, 120]),
        ("in_force=", [140, 130, 120, 50]),
        ("indicator=I10", [50]),
        (f"area={CITY}&in_force=true", [130]),
        ("year=2020", [50]),
        ("year=2019", []),
    ],
)
def test_targets_are_filtered_by(client, ledger, query, values):
    assert [row["value"] for row in rows(client, f"targets/?{query}")] == values


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("indicator=I09", [142, 19]),
        (f"area={JINGXIAN}", [19, 19]),
        ("period=2020", [13]),
        ("grade=reported", [142, 19]),
        ("grade=reported&indicator=I10&period=2018", [19]),
        ("period=2016", []),
    ],
)
def test_observations_are_filtered_by(client, figures, query, values):
    assert [row["value"] for row in rows(client, f"observations/?{query}")] == values


@pytest.mark.parametrize(
    ("query", "texts"),
    [("goal=G08", ["二"]), ("period=2017", ["一"]), ("goal=G08&period=2017", [])],
)
def test_assessments_are_filtered_by(client, plan, query, texts):
    assess("G01", "2017", "一")
    assess("G08", "2018", "二")
    assert [row["text"] for row in rows(client, f"assessments/?{query}")] == texts


@pytest.mark.parametrize(
    ("path", "parameter", "message"),
    [
        ("observations/?period=2021", "period", "可选的报告期中没有“2021”，请核对代码。"),
        (
            "observations/?grade=x",
            "grade",
            "来源等级没有“x”，可用：text（原文）、official（官方发布）、media（媒体）、derived（推算）、"
            "reported（填报）、demo（演示）。",
        ),
        ("assessments/?period=x", "period", "可选的报告期中没有“x”，请核对代码。"),
        (
            "targets/?in_force=1",
            "in_force",
            "是否有效没有“1”，可用：true（今日有效）、false（已被代替或尚未生效）。",
        ),
        ("targets/?year=二〇二〇", "year", "年份无法识别“二〇二〇”：输入一个数字。"),
    ],
)
def test_a_wrong_parameter_of_a_list_is_refused(client, plan, path, parameter, message):
    assert fault(client, path) == ("invalid_parameter", parameter, message)


def test_observations_cannot_be_filtered_by_their_review(client, figures):
    assert fault(client, "observations/?status=draft") == (
        "unknown_parameter",
        "status",
        "不认识的参数“status”，可用：indicator、area、period、grade、search、updated_since、ordering、fields、page、page_size、cursor。",
    )


@pytest.mark.parametrize("name", ["targets", "observations", "assessments"])
def test_rows_without_a_code_cannot_be_looked_up(client, figures, name):
    assert fault(client, f"{name}/1/", 404)[0] == "not_found"


def test_periods_that_end_on_one_day_keep_their_order_over_the_pages(client, plan):
    the_plan = shipped(Period).get(code="2018").plan
    for number, code in enumerate(["2018-H2", "2018-Q4"]):
        Period.of(the_plan, code).save()
        observe("I01", CITY, code, number)
    observe("I01", CITY, "2018", 2)
    pages = [rows(client, f"observations/?indicator=I01&page_size=1&page={page}") for page in (1, 2, 3)]
    assert [row["period"] for page in pages for row in page] == ["2018-Q4", "2018-H2", "2018"]


# Progress

I09_IN_2018 = {
    "partial": None,
    "judged_at": "2018",
    "at_least": False,
    "last_status": None,
    "unavailable_reason": None,
    "plan": "sti-13",
    "indicator": "I09",
    "name": "有效期内高新技术企业",
    "unit": "家",
    "area": "131100",
    "as_of": "2018",
    "baseline": 92,
    "target": 192,
    "target_year": 2020,
    "actual": 142,
    "actual_period": "2018",
    "actual_comparator": "eq",
    "actual_grades": ["reported"],
    "actual_day": None,
    "completion": 0.7396,
    "progress": 0.5,
    "expected": 152,
    "index": 0.8333,
    "status": "behind",
    "status_label": "滞后",
    "light": "red",
}
I09_EXPLAINED = {
    "explain": {
        "rule": "rise",
        "rule_label": "增长类",
        "as_of": "2018",
        "thresholds": {"ahead": 1.1, "on_schedule": 1, "slightly_behind": 0.9},
        "inputs": [
            {
                "role": "baseline",
                "role_label": "基期值",
                "record": "baseline/I09/131100",
                "area": "131100",
                "period": "2015",
                "value": 92,
                "comparator": "eq",
                "grade": "text",
                "grade_label": "原文",
            },
            {
                "role": "target",
                "role_label": "目标值",
                "record": "target/I09/131100/2020/2016-12-31",
                "area": "131100",
                "period": "2020",
                "value": 192,
                "comparator": "eq",
                "grade": "official",
                "grade_label": "官方发布",
            },
            {
                "role": "actual",
                "role_label": "完成值",
                "record": "observation/I09/131100/2018/r2",
                "area": "131100",
                "period": "2018",
                "value": 142,
                "comparator": "eq",
                "grade": "reported",
                "grade_label": "填报",
            },
        ],
        "steps": [
            {"what": "完成值", "formula": "2018 的数 142"},
            {"what": "完成率", "formula": "142 / 192 = 0.7396"},
            {"what": "进度", "formula": "(142 - 92) / (192 - 92) = 0.5"},
            {"what": "序时应达", "formula": "92 + (192 - 92) * 36 / 60 = 152"},
            {
                "what": "序时指数（(完成值 - 基期) / (序时应达 - 基期)）",
                "formula": "(142 - 92) / (152 - 92) = 0.8333",
            },
            {"what": "判定", "formula": "滞后"},
        ],
    },
}


def row_of(client, indicator, query):
    (row,) = [row for row in rows(client, f"progress/?{query}") if row["indicator"] == indicator]
    return row


def test_an_indicator_halfway_to_its_target_has_all_its_numbers(client, figures):
    assert row_of(client, "I09", "period=2018") == I09_IN_2018


def test_a_single_indicator_has_its_row_and_the_explanation(client, figures):
    assert ask(client, "progress/I09/?period=2018") == I09_IN_2018 | I09_EXPLAINED


def test_unknown_values_are_null(client, plan):
    nothing = dict.fromkeys(["target", "target_year", "actual", "actual_period", "completion", "progress"])
    nothing |= dict.fromkeys(["actual_comparator", "actual_grades", "actual_day", "expected", "index"])
    nothing |= dict.fromkeys(["judged_at", "last_status", "partial", "unavailable_reason"])
    stands = {"at_least": False, "status": "no_target", "status_label": "未设目标", "light": "grey"}
    assert ask(client, f"progress/I09/?area={ZAOQIANG}") == {
        "plan": "sti-13",
        "indicator": "I09",
        "name": "有效期内高新技术企业",
        "unit": "家",
        "area": "131121",
        "as_of": "2020",
        "baseline": None,
        **nothing,
        **stands,
        "explain": {
            "rule": "no_baseline",
            "rule_label": "无基期，只看完成率",
            "as_of": "2020",
            "thresholds": None,
            "inputs": [],
            "steps": [{"what": "判定", "formula": "未设目标，没有已发布的数，不作判断"}],
        },
    }


def test_a_partial_sum_says_how_many_counties_it_includes(client, figures):
    row = row_of(client, "I10", "period=2018")
    shown = ("actual", "actual_period", "progress", "status", "partial")
    assert {name: row[name] for name in shown} == {
        "actual": None,
        "actual_period": None,
        "progress": None,
        "status": "partial",
        "partial": {
            "period": "2018",
            "value": 19,
            "comparator": "eq",
            "reported": 1,
            "expected": 2,
            "missing": [{"area": ZAOQIANG, "period": "2018"}],
        },
    }


def test_a_newer_partial_sum_is_given_beside_the_last_complete_one(client, figures):
    observe("I10", ZAOQIANG, "2018", 4)
    observe("I10", ZAOQIANG, "2019", 6)
    row = row_of(client, "I10", "period=2019")
    assert {name: row[name] for name in ("actual", "actual_period", "partial")} == {
        "actual": 23,
        "actual_period": "2018",
        "partial": {
            "period": "2019",
            "value": 6,
            "comparator": "eq",
            "reported": 1,
            "expected": 2,
            "missing": [{"area": JINGXIAN, "period": "2019"}],
        },
    }


def test_an_unavailable_value_is_given_with_its_reason(client, plan):
    aim("I09", ZAOQIANG, 2020, 9)
    observe("I09", ZAOQIANG, "2018", None, unavailable_reason="统计制度取消")
    row = ask(client, f"progress/I09/?area={ZAOQIANG}&period=2018")
    assert [row[name] for name in ("status", "status_label", "actual", "unavailable_reason")] == [
        "unavailable",
        "无法取得",
        None,
        "统计制度取消",
    ]


def test_zero_is_a_number(client, plan):
    observe("I09", ZAOQIANG, "2018", 0)
    assert ask(client, f"progress/I09/?area={ZAOQIANG}")["actual"] == 0


def inputs(client, path) -> list[tuple]:
    found = ask(client, path)["explain"]["inputs"]
    return [tuple(one[name] for name in ("role", "record", "value", "comparator", "period")) for one in found]


def test_the_comparator_of_98_percent_and_above_is_among_the_inputs(client, plan):
    aim("I16", CITY, 2020, 98, comparator="ge")
    observe("I16", CITY, "2018", 98)
    found = ask(client, "progress/I16/?period=2018")
    assert (found["status"], found["light"], found["explain"]["rule"]) == ("met", "green", "keep")
    assert inputs(client, "progress/I16/?period=2018")[-2:] == [
        ("target", "target/I16/131100/2020/2016-12-31", 98, "ge", "2020"),
        ("actual", "observation/I16/131100/2018/r1", 98, "eq", "2018"),
    ]


def test_a_baseline_without_a_stated_year_has_no_period(client, plan):
    assert inputs(client, "progress/I22/") == [("baseline", "baseline/I22/131100", 4, "eq", None)]


def test_a_sum_over_counties_names_the_report_of_each_county(client, figures):
    observe("I10", ZAOQIANG, "2018", 4)
    found = ask(client, "progress/I10/?period=2018")["explain"]
    parts = [
        (one["role_label"], one["area"], one["value"]) for one in found["inputs"] if one["role"] == "part"
    ]
    assert parts == [("县市区的数（汇总）", ZAOQIANG, 4), ("县市区的数（汇总）", JINGXIAN, 19)]
    assert found["steps"][0] == {"what": "县市区汇总（2018）", "formula": "4 + 19 = 23"}


def test_an_indicator_that_is_not_tracked_is_looked_up_but_not_listed(client, plan):
    assert "I23" not in [row["indicator"] for row in rows(client, "progress/")]
    assert ask(client, "progress/I23/")["status"] == "not_tracked"


def test_the_list_has_each_tracked_indicator_of_the_city_once(client, figures):
    answer = ask(client, "progress/")
    tracked = list(shipped(Indicator).tracked().values_list("code", flat=True))
    assert {name: answer[name] for name in ("count", "next", "previous")} == {
        "count": 24,
        "next": None,
        "previous": None,
    }
    assert [(row["area"], row["as_of"], row["indicator"]) for row in answer["results"]] == [
        (CITY, "2018", code) for code in tracked
    ]


def test_every_row_of_the_list_equals_the_single_record_without_its_explanation(client, figures):
    for row in rows(client, "progress/?period=2018"):
        assert ask(client, f"progress/{row['indicator']}/?period=2018").items() >= row.items()


def test_area_all_joins_the_lists_of_all_current_areas(client, figures):
    current = [row["code"] for row in rows(client, "areas/?plan=sti-13") if row["successor"] is None]
    apart = [row for code in current for row in rows(client, f"progress/?area={code}&period=2018")]
    assert len(current) == 14
    assert rows(client, "progress/?area=all&period=2018") == apart


@pytest.mark.parametrize("query", ["", "period=&area=", "area=131100", "period=2018", "_=1&format=json"])
def test_the_default_is_the_city_in_the_latest_whole_year(client, figures, query):
    assert rows(client, f"progress/?{query}") == rows(client, "progress/?period=2018&area=131100")


def test_a_period_uses_only_values_and_targets_known_by_its_end(client, plan):
    aim("I09", CITY, 2020, 192)
    aim("I09", CITY, 2020, 152, "2018-03-01", reason="中期调整")
    observe("I09", CITY, "2016", 100)
    observe("I09", CITY, "2018", 140)
    found = [row_of(client, "I09", f"period={year}") for year in (2016, 2017, 2018)]
    assert [(row["target"], row["actual"], row["actual_period"]) for row in found] == [
        (192, 100, "2016"),
        (192, 100, "2016"),
        (152, 140, "2018"),
    ]


def test_a_half_year_with_reports_can_be_chosen(client, figures):
    Period.of(shipped(Period).get(code="2018").plan, "2018-H1").save()
    assert row_of(client, "I09", "period=2018-H1")["actual"] is None


# Duties


def test_a_duty_of_a_period_says_whether_its_report_is_published(client, figures):
    bureau = Organization.objects.get(code="O01")
    shipped(ReportingDuty).filter(area__code=ZAOQIANG).update(organization=bureau)
    expected = [
        {
            "plan": "sti-13",
            "indicator": "I10",
            "area": area,
            "period": "2018",
            "frequency": 12,
            "frequency_label": "每年",
            "organization": organization,
            "valid_from": None,
            "valid_to": None,
            "is_published": is_published,
        }
        for area, organization, is_published in [(ZAOQIANG, "O01", False), (JINGXIAN, None, True)]
    ]
    assert ask(client, "duties/?period=2018") == EMPTY | {"count": 2, "results": expected}


def test_duties_are_those_of_the_last_complete_year_by_default(client, figures):
    reports("I09", CITY)
    shipped(ReportingDuty).filter(indicator__code="I09").update(frequency=6)
    Period.of(shipped(Period).get(code="2018").plan, "2018-H1").save()
    asked = {query: rows(client, f"duties/?{query}") for query in ("", "period=2018-H1", "period=2019")}
    assert {
        query: [(row["indicator"], row["period"]) for row in found] for query, found in asked.items()
    } == {
        "": [("I10", "2020"), ("I10", "2020")],
        "period=2018-H1": [("I09", "2018-H1")],
        "period=2019": [("I10", "2019"), ("I10", "2019")],
    }


@pytest.mark.parametrize(
    ("query", "areas"),
    [
        ("is_published=true", [JINGXIAN]),
        ("is_published=false", [ZAOQIANG]),
        (f"area={JINGXIAN}", [JINGXIAN]),
        ("indicator=I09", []),
        ("organization=O01", [ZAOQIANG]),
    ],
)
def test_duties_are_filtered_by(client, figures, query, areas):
    bureau = Organization.objects.get(code="O01")
    shipped(ReportingDuty).filter(area__code=ZAOQIANG).update(organization=bureau)
    assert [row["area"] for row in rows(client, f"duties/?period=2018&{query}")] == areas


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("period=2031", "period"),
        ("is_published=yes", "is_published"),
        ("area=x", "area"),
        ("status=draft", "status"),
    ],
)
def test_duties_refuse_unreadable_parameters(client, figures, query, parameter):
    assert fault(client, f"duties/?{query}")[1] == parameter


# Unpublished rows stay hidden


def public(client):
    """Return the bytes of every public answer with figures."""
    paths = [
        "observations/",
        "assessments/",
        "periods/",
        "periods/2018/",
        "targets/",
        "duties/?period=2018",
        "duties/?period=2018&is_published=true",
        *(f"observations/?{query}" for query in ("indicator=I09", f"area={ZAOQIANG}", "period=2018")),
        *(f"observations/?{query}" for query in ("grade=reported", "page_size=1", "period=2019")),
        *(f"assessments/?{query}" for query in ("goal=G08", "goal=G09", "period=2018")),
        *(f"progress/?period={year}&area=all" for year in (2018, 2019, 2020)),
        *(f"progress/{code}/?period={year}" for code in ("I09", "I10") for year in (2018, 2019)),
        f"progress/I09/?area={ZAOQIANG}",
        "indicators/I09/",
        "goals/G08/",
        *(f"observations/?{query}" for query in ("search=未发布", "ordering=-value", "cursor=*")),
        *(
            f"observations/?{query}"
            for query in ("updated_since=2000-01-01", "format=csv", "format=jsonstat")
        ),
        "assessments/?search=发布的评价",
        "progress/?period=2018&area=all&format=csv",
        "changes/?type=observation",
        "changes/?type=assessment",
        "datapackage.json",
        "stratml.xml",
    ]
    settle()
    return {path: client.get(address(path)).getvalue() for path in paths}


def tag(client) -> str:
    settle()
    return client.get("/api/v1/")["ETag"]


def test_an_unpublished_row_changes_no_answer(client, figures):
    before, tag_before = public(client), tag(client)
    for status in HIDDEN:
        with transaction.atomic():
            add_rows_beside_those_published(status)
            assert (public(client), tag(client)) == (before, tag_before), status
            transaction.set_rollback(True)


def add_rows_beside_those_published(status):
    """Add rows beside a published row, in a later period, in another area, as a missing part of a sum."""
    revision = 1 if status == ReportStatus.SUPERSEDED else 3
    hidden = [
        observe("I09", CITY, "2018", 987, status, revision=revision),
        observe("I09", CITY, "2019", 987, status),
        observe("I09", ZAOQIANG, "2018", 987, status),
        observe("I10", ZAOQIANG, "2018", 987, status),
        assess("G08", "2018", "未发布的评价", status, revision=revision),
        assess("G09", "2018", "未发布的评价", status),
    ]
    for report in hidden:
        support(report, "未发布的材料")


def test_a_published_row_changes_the_answers(client, figures):
    """Without this, the test above might compare answers that no row can change."""
    before = public(client)
    observe("I10", ZAOQIANG, "2018", 987)
    assess("G09", "2018", "已发布的评价")
    after = public(client)
    assert {path for path in after if after[path] != before[path]} == {
        "duties/?period=2018",
        "duties/?period=2018&is_published=true",
        "observations/",
        "observations/?area=131121",
        "observations/?period=2018",
        "observations/?grade=reported",
        "observations/?page_size=1",
        "observations/?ordering=-value",
        "observations/?cursor=*",
        "observations/?updated_since=2000-01-01",
        "observations/?format=csv",
        "observations/?format=jsonstat",
        "assessments/?search=发布的评价",
        "progress/?period=2018&area=all&format=csv",
        "changes/?type=observation",
        "changes/?type=assessment",
        "datapackage.json",
        "assessments/",
        "assessments/?goal=G09",
        "assessments/?period=2018",
        "progress/?period=2018&area=all",
        "progress/?period=2019&area=all",
        "progress/?period=2020&area=all",
        "progress/I10/?period=2018",
        "progress/I10/?period=2019",
    }


# Faults


PERIODS = "2016（2016年）、2017（2017年）、2018（2018年）、2019（2019年）、2020（2020年）"


@pytest.mark.parametrize("path", ["progress/", "progress/I09/"])
@pytest.mark.parametrize(
    "value", ["abc", "2018-Q5", "2015", "2021", "2018-Q3", "20１8", " 2018", "2018-12-31"]
)
def test_a_period_outside_the_plan_is_refused(client, plan, path, value):
    assert fault(client, f"{path}?period={quote(value)}") == (
        "invalid_parameter",
        "period",
        f"报告期没有“{value}”，可用：{PERIODS}。",
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [("progress/", "130100"), ("progress/", "131181"), ("progress/I09/", "衡水市"), ("progress/I09/", "all")],
)
def test_a_dissolved_or_unknown_area_is_refused(client, plan, path, value):
    problem, parameter, message = fault(client, f"{path}?area={value}")
    assert (problem, parameter) == ("invalid_parameter", "area")
    assert message.startswith(f"县市区没有“{value}”，可用：131100（衡水市）、131102（桃城区）、")
    assert message.endswith("、131182（深州市）。")


@pytest.mark.parametrize("path", ["progress/", "progress/I09/"])
@pytest.mark.parametrize("parameter", ["page", "page_size", "indicator", "status"])
def test_an_unknown_parameter_of_progress_is_refused(client, plan, path, parameter):
    assert fault(client, f"{path}?{parameter}=1") == (
        "unknown_parameter",
        parameter,
        f"不认识的参数“{parameter}”，可用：period、area、fields。",
    )


@pytest.mark.parametrize("code", ["X99", "i09", "%00"])
def test_progress_of_an_unknown_indicator_is_not_found(client, plan, code):
    problem, parameter, message = fault(client, f"progress/{code}/", 404)
    assert (problem, parameter) == ("not_found", None)
    assert message.endswith("的指标，请在列表中查看全部代码。")


@pytest.mark.parametrize("path", ["progress/", "progress/I09/", "observations/"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_api_accepts_no_writes_of_figures(client, figures, method, path):
    response = getattr(client, method)(address(path))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")


# Queries


@pytest.mark.parametrize("tracked", [["I10"], ["I09", "I10", "I13"], None])
@pytest.mark.parametrize("query", ["", "area=all"])
def test_progress_costs_a_fixed_number_of_queries_at_any_length(
    client, figures, django_assert_num_queries, query, tracked
):
    if tracked:
        shipped(Indicator).exclude(code__in=tracked).update(is_tracked=False)
    with django_assert_num_queries(13):
        answer = ask(client, f"progress/?{query}")
    assert answer["count"] == (len(tracked) if tracked else 24) * (14 if query else 1)


def test_progress_of_one_indicator_costs_a_fixed_number_of_queries(
    client, figures, django_assert_num_queries
):
    with django_assert_num_queries(14):
        ask(client, "progress/I09/")


@pytest.mark.parametrize(
    ("name", "queries"),
    # Duties query their period first.
    [("targets", 4), ("observations", 5), ("assessments", 5), ("periods", 4), ("duties", 5)],
)
@pytest.mark.parametrize("rows_shown", [1, 3, 1000])
def test_a_list_of_figures_costs_a_fixed_number_of_queries_at_any_length(
    client, figures, name, queries, rows_shown
):
    reports("I01", JINGXIAN, ZAOQIANG)
    for number, code in enumerate(["G01", "G02", "G03"]):
        assess(code, "2018", "评价")
        aim(f"I0{number + 1}", CITY, 2020, 100)
    for report in [*shipped(Observation).all(), *shipped(Assessment).all()]:
        support(report, "公告")
    with CaptureQueriesContext(connection) as asked:
        answer = ask(client, f"{name}/?page_size={rows_shown}")
    assert len(asked) == queries - (answer["next"] is None)
    assert len(answer["results"]) >= min(rows_shown, 4)


# The schema


@pytest.mark.parametrize(
    ("described", "path"),
    [
        ("periods/", "periods/"),
        ("periods/{code}/", "periods/2018/"),
        ("targets/", "targets/"),
        ("observations/", "observations/"),
        ("assessments/", "assessments/"),
        ("progress/", "progress/?period=2018&area=all"),
        ("progress/{code}/", "progress/I09/?period=2018"),
        ("progress/{code}/", "progress/I10/?period=2018"),
        ("progress/{code}/", f"progress/I09/?area={ZAOQIANG}"),
        ("progress/{code}/", "progress/I22/"),
    ],
)
def test_an_answer_with_figures_matches_the_schema(client, figures, described, path):
    observe("I01", CITY, "2017", None, unavailable_reason="统计口径调整")
    for report in [*shipped(Observation).all(), *shipped(Assessment).all()]:
        support(report, "公告")
    schema = SchemaGenerator().get_schema(request=None, public=True)
    answers = schema["paths"][address(described, "{plan}")]["get"]["responses"]
    form = answers["200"]["content"]["application/json"]["schema"] | {"components": schema["components"]}
    found = Draft202012Validator(form).iter_errors(ask(client, path))
    assert [error.message for error in found] == []
