"""The demonstration: its content, its marks as made-up data, and the databases that it refuses."""

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db.models import Count, Sum

from hengshui_plan.demo import tables
from measures.models import Correction, Section
from targets import review
from targets.engine.status import Status
from targets.models import (
    Area,
    AreaAssignment,
    Assessment,
    Baseline,
    Evidence,
    Goal,
    GoalLink,
    Indicator,
    Observation,
    Organization,
    Period,
    Plan,
    ReportingDuty,
    Responsibility,
    ReviewEvent,
    Target,
)
from targets.standing.standings import Standings
from tests.api import address
from tests.database import database, load_demo
from tests.shipped import shipped, shipped_plan

CITY = "131100"


def users() -> list[dict]:
    return list(get_user_model().objects.order_by("pk").values())


# Accepted and refused databases


def report_a_value():
    Observation.objects.create(**series(), value=12)


def publish_a_reported_value():
    Observation.objects.create(**series(), value=12, status="published", published_at="2024-05-01T00:00Z")


def correct_a_figure_of_media():
    chief = get_user_model().objects.create_superuser("chief")
    review.correct(shipped(Observation).get(area__code="131127"), value=21, reason="核对", by=chief)


def judge_a_goal():
    goal, period = shipped(Goal).first(), shipped(Period).first()
    Assessment.objects.create(goal=goal, period=period, text="进展平稳")


def set_a_target():
    decided = {"decided_on": date(2017, 3, 1), "grade": "official", "source": "衡政字〔2017〕1号"}
    Target.objects.create(**of_county(), year=2020, value=30, **decided)


def enter_a_countys_baseline():
    origin = {"basis": "previous_end", "grade": "official", "source": "统计公报"}
    Baseline.objects.create(**of_county(), value=5, **origin)


def write_a_definition():
    shipped(Indicator).filter(code="I09").update(definition="有效期内", definition_source="科技局")


def choose_a_roll_up():
    shipped(Indicator).filter(code="I09").update(roll_up="sum")


def confirm_a_goal_link():
    shipped(GoalLink).filter(goal__code="G08", indicator__code="I03").update(standing="confirmed")


def set_a_due_date():
    shipped(Period).filter(code="2018").update(due_on=date(2019, 1, 31))


def close_a_period():
    chief = get_user_model().objects.create_superuser("chief")
    review.close_period(shipped(Period).get(code="2018"), by=chief)


def note_a_slip():
    section = shipped(Section).get(code="ROOT")
    place = {"source": section.source, "section": section, "start": 0, "end": 2, "as_printed": "衡水"}
    words = {"code": "SL99", "kind": "word", "suggested": "衡水市", "confidence": "low", "reason": "示例"}
    clerk = get_user_model().objects.create_user("clerk")
    Correction.objects.create(**place, **words, entered_by=clerk, entered_at="2024-05-01T00:00Z")


def add_an_organization():
    Organization.objects.create(code="S01", name="景县科学技术局", kind="county")


def make_a_duty():
    ReportingDuty.objects.create(**of_county())


def name_who_leads():
    Responsibility.objects.create(
        organization=Organization.objects.first(), role="lead", goal=shipped(Goal).first(), source="分工方案"
    )


def assign_an_area():
    clerk = get_user_model().objects.create_user("clerk")
    AreaAssignment.objects.create(user=clerk, area=Area.objects.get(code="131127"))


def take_a_name_of_the_demonstration():
    get_user_model().objects.create_user("shenhe")


def of_county() -> dict:
    return {"indicator": shipped(Indicator).get(code="I09"), "area": Area.objects.get(code="131127")}


def series() -> dict:
    return of_county() | {"period": shipped(Period).get(code="2017")}


REAL = {
    report_a_value: "完成值 1 条",
    publish_a_reported_value: "完成值 1 条",
    correct_a_figure_of_media: "完成值 1 条、审核记录 1 条",
    judge_a_goal: "定性评价 1 条",
    set_a_target: "目标值 1 条",
    enter_a_countys_baseline: "基期值 1 条",
    write_a_definition: "指标 1 条",
    choose_a_roll_up: "指标 1 条",
    confirm_a_goal_link: "目标与指标的对应（非原文） 1 条",
    set_a_due_date: "报告期 1 条",
    close_a_period: "审核记录 1 条",
    note_a_slip: "勘误 1 条",
    add_an_organization: "单位 1 条",
    make_a_duty: "填报任务 1 条",
    name_who_leads: "责任单位 1 条",
    assign_an_area: "填报员所属县市区 1 条",
    take_a_name_of_the_demonstration: "用户 1 条",
}


@pytest.mark.parametrize("enter", REAL, ids=lambda enter: enter.__name__)
def test_a_database_with_rows_entered_by_staff_is_refused_and_stays_unchanged(plan, enter):
    enter()
    before = database(), users()
    with pytest.raises(CommandError) as refusal:
        load_demo()
    assert str(refusal.value) == (
        f"库中已有工作人员的内容（{REAL[enter]}），不能装入演示数据。"
        "请用 DATABASE_URL 另指一个库。未作任何改动。"
    )
    assert (database(), users()) == before


def test_the_database_of_make_run_is_always_refused():
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8", "DEBUG": "1"}
    run = subprocess.run(
        [sys.executable, "manage.py", "load_demo"],
        cwd=settings.BASE_DIR,
        env=environment | {"DATABASE_URL": "sqlite:///var/plan.sqlite3"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (
        1,
        "",
        "CommandError: var/plan.sqlite3 是正式库，不装入演示数据。"
        "请用 DATABASE_URL 另指一个库，如 DATABASE_URL=sqlite:///var/demo.sqlite3。\n",
    )


def test_a_second_run_changes_nothing_and_says_so(demo):
    before = database(), users()
    assert load_demo() == [
        "演示数据已在库中，未作改动，各账号口令不变。",
        "忘记口令时请运行：python manage.py changepassword 用户名",
    ]
    assert (database(), users()) == before


def test_the_plan_loads_again_and_passes_every_check_there(demo):
    before = database()
    call_command("load_plan", stdout=StringIO())
    assert database() == before
    out = StringIO()
    call_command("verify_plan", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[-1] == "核对无误。"
    # The mark of the demonstration, due dates, closed periods, and how indicators roll up.
    assert "工作人员改动 30 处，不算有误：" in lines


# Accounts


def test_each_role_has_an_account_whose_password_is_shown(demo):
    assert demo.said[:2] == [
        "已装入演示数据：目标值 645 条，完成值 1300 条，定性评价 36 条。",
        "各角色的账号和口令，口令只显示这一次，请记下：",
    ]
    accounts = get_user_model().objects.order_by("pk").values_list("username", "groups__name", "is_staff")
    assert list(accounts) == [
        ("tianbao_jingxian", "填报员", True),
        ("tianbao_hengshui", "填报员", True),
        ("shenhe", "审核员", True),
        ("fabu", "发布员", True),
        ("shenji", "审计员", True),
        ("guihua", "规划管理员", True),
        ("tianbao_qita", "填报员", True),
    ]
    assert [user for user, role, _ in accounts if user not in demo.passwords] == ["tianbao_qita"]
    assert not get_user_model().objects.get(username="tianbao_qita").has_usable_password()
    for username, password in demo.passwords.items():
        assert get_user_model().objects.get(username=username).check_password(password)


def test_every_area_has_one_reporter(demo):
    areas = AreaAssignment.objects.values_list("user__username").annotate(n=Count("area"))
    assert sorted(areas) == [("tianbao_hengshui", 1), ("tianbao_jingxian", 1), ("tianbao_qita", 12)]
    assert AreaAssignment.objects.values("area").distinct().count() == 14


# Marks


def test_the_plan_is_marked(demo):
    assert list(shipped(Plan).values_list("is_demo", flat=True)) == [True]


def test_every_figure_has_grade_demo_except_those_from_the_text_and_the_media(demo):
    def by_grade(model) -> dict:
        return dict(shipped(model).values_list("grade").annotate(Count("pk")).order_by())

    assert by_grade(Baseline) == {"text": 26, "demo": 311}
    assert by_grade(Target) == {"demo": 645}
    assert by_grade(Observation) == {"media": 2, "demo": 1298}
    assert set(shipped(Responsibility).values_list("source", flat=True)) == {"演示"}
    assert not shipped(Assessment).exclude(text__startswith="演示文字，不是真实评价：").exists()
    evidence = shipped(Evidence).order_by().values_list("title", "source", "assessment__period__code")
    assert sorted(evidence.annotate(Count("pk"))) == [
        ("演示材料，不是真实文件", "演示", year, 12) for year in ("2017", "2018", "2019")
    ]
    assert not Organization.objects.exclude(is_in_text=True).exclude(name__endswith="（演示）").exists()


def test_counties_add_up_to_the_citys_baseline(demo):
    city = shipped(Baseline).of_text().filter(indicator__is_tracked=True).exclude(indicator__code="I16")
    parts = shipped(Baseline).filter(grade="demo").exclude(indicator__code="I16")
    sums = parts.order_by().values_list("indicator__code").annotate(Sum("value"))
    assert dict(sums) == dict(city.values_list("indicator__code", "value"))


def test_the_baseline_of_a_former_city_stays_with_the_former_city(demo):
    codes = set(shipped(Baseline).filter(grade="demo").values_list("area__code", flat=True))
    assert ("131181" in codes, "131103" in codes) == (True, False)


def test_each_line_of_the_tables_is_a_row_of_the_database(demo):
    values = (
        shipped(Observation)
        .filter(grade="demo")
        .order_by("pk")
        .values_list(
            "indicator__code", "area__code", "period__code", "status", "value", "unavailable_reason", "note"
        )
    )
    names = ("indicator", "area", "period", "status", "value", "unavailable_reason", "note")
    lines = [{**line, "value": number(line["value"])} for line in tables.read("observations")]
    assert list(values) == [tuple(line[name] for name in names) for line in lines]
    targets = shipped(Target).order_by("pk").values_list("indicator__code", "area__code", "year", "value")
    assert list(targets) == [
        (line["indicator"], line["area"], int(line["year"]), number(line["value"]))
        for line in tables.read("targets")
    ]
    judgements = (
        shipped(Assessment).order_by("pk").values_list("goal__code", "period__code", "status", "text")
    )
    assert list(judgements) == [tuple(line.values()) for line in tables.read("assessments")]


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def test_the_city_reports_its_own_values_until_2019(demo):
    rows = shipped(Observation).published().filter(indicator__code="I09", area__code=CITY)
    assert list(rows.values_list("period__code", "value")) == [
        ("2016", 107),
        ("2017", 119),
        ("2018", 137),
        ("2019", 151),
    ]


# The years


def test_three_years_are_closed_one_is_half_reported_and_one_begun(demo):
    rows = shipped(Observation).filter(grade="demo").values_list("period__start__year", "status")
    found = {}
    for year, status in rows.order_by("period__start__year", "status").distinct():
        found.setdefault(year, []).append(status)
    assert found == {
        2016: ["published"],
        2017: ["published"],
        2018: ["published", "superseded"],
        2019: ["accepted", "published"],
        2020: ["draft", "returned", "submitted"],
    }
    is_open = shipped(Period).values_list("start__year", "is_open").distinct().order_by("start__year")
    assert list(is_open) == [(2016, False), (2017, False), (2018, False), (2019, True), (2020, True)]


def test_goals_are_judged_in_three_years(demo):
    found = shipped(Assessment).order_by().values_list("period__code", "status").annotate(Count("pk"))
    assert sorted(found) == [("2017", "published", 12), ("2018", "published", 12), ("2019", "draft", 12)]


def test_every_published_report_was_submitted_accepted_and_published_by_three_people(demo):
    published = shipped(Observation).published().filter(grade="demo").prefetch_related("events__actor")
    trails = {
        tuple((event.act, event.actor.username.split("_")[0]) for event in row.events.all())
        for row in published
    }
    way = (("submit", "tianbao"), ("accept", "shenhe"), ("publish", "fabu"))
    assert trails == {way, (("correct", "tianbao"), *way)}
    assert shipped(ReviewEvent).filter(act="close").count() == 9


# The special cases, as the engine judges them


@pytest.mark.parametrize(
    ("indicator", "area", "as_of", "status"),
    [
        ("I09", "131126", "2018", Status.WORSENING),
        ("I16", "131128", "2018", Status.NOT_MET),
        ("I16", "131102", "2018", Status.MET),
        ("I15", "131127", "2018", Status.ACHIEVED),
        ("I19", "131125", "2018", Status.PARTIAL),
        ("I19", CITY, "2018", Status.PARTIAL),
        ("I14", CITY, "2019", Status.PARTIAL),
        ("I03", CITY, "2018", Status.NO_DATA),
        ("I24", CITY, "2018", Status.NO_TARGET),
        ("I07", "131171", "2018", Status.NO_BASELINE),
        ("I22", CITY, "2018", Status.NOT_TRACKED),
    ],
)
def test_a_special_case_has_the_intended_status(demo, indicator, area, as_of, status):
    assert standing(indicator, area, as_of).status == status


def test_a_partial_sum_of_counties_decides_the_city_s_light_and_names_who_is_missing(demo):
    result = standing("I12", CITY, "2018")
    assert (result.status, result.is_at_least, result.actual.period) == (Status.ON_SCHEDULE, True, "2017")
    part = result.partial
    assert (part.figure.period, part.reported, part.missing) == ("2018", 12, (("131124", "2018"),))


def test_the_indicators_of_the_city_show_every_light(demo):
    standings = Standings(shipped_plan(), "2018")
    lights = {result.status.light for result in standings.results(standings.city).values()}
    assert lights == {"green", "yellow", "red", "grey"}


def test_a_countys_completion_is_over_100_percent(demo):
    assert standing("I15", "131127", "2018").completion.rounded == Decimal("1.5")


def test_a_flow_names_its_missing_year(demo):
    assert standing("I19", "131125", "2018").partial.missing == (("131125", "2017"),)


def test_seven_of_thirteen_areas_have_reported_for_2019(demo):
    part = standing("I14", CITY, "2019").partial
    assert (part.reported, len(part.missing)) == (13 + 13 + 13 + 7, 6)


def test_an_unavailable_value_shows_its_reason(demo):
    row = shipped(Observation).get(indicator__code="I12", area__code="131124", period__code="2018")
    assert (row.value, row.status) == (None, "published")
    assert row.unavailable_reason == "名单尚在核定，暂无法取得（演示）"


def test_a_corrected_value_is_stored_beside_the_replaced_one(demo):
    rows = shipped(Observation).filter(indicator__code="I14", area__code="131102", period__code="2018")
    (old, new) = rows
    assert [(row.revision, row.status) for row in rows] == [(1, "superseded"), (2, "published")]
    assert new.value - old.value == 2


def test_the_citys_own_value_differs_from_the_sum_of_its_counties(demo):
    standings = Standings(shipped_plan(), "2018")
    indicators = {row.code: row for row in standings.indicators}
    assert {code: standings.difference(indicators[code]) for code in ("I09", "I13")} == {
        "I09": 3,
        "I13": 0,
    }


def test_the_citys_target_is_one_more_than_the_sum_of_its_counties(demo):
    targets = shipped(Target).filter(indicator__code="I13", year=2020)
    parts = targets.exclude(area__code=CITY).aggregate(Sum("value"))["value__sum"]
    assert targets.get(area__code=CITY).value - parts == 1


def test_a_revised_target_counts_from_its_date_of_decision(demo):
    ledger = shipped(Target).filter(indicator__code="I09", area__code=CITY, year=2020)
    assert list(ledger.values_list("value", "decided_on", "reason")) == [
        (165, date(2016, 12, 20), ""),
        (155, date(2018, 11, 20), "中期评估后按实际进度下调（演示）"),
    ]
    assert [standing("I09", CITY, year).target.value for year in ("2017", "2018")] == [165, 155]


@pytest.mark.parametrize("as_of", ["2016", "2018-H1", "2018"])
def test_standings_read_for_a_later_period_give_the_same_results_for_an_earlier_one(
    demo, django_assert_num_queries, as_of
):
    plan = shipped_plan()
    later, then = Standings(plan, "2019"), Standings(plan, as_of)
    with django_assert_num_queries(0):
        found = {area: later.at(as_of).results(area) for area in later.areas}
    assert found == {area: then.results(area) for area in then.areas}
    assert found != {area: later.results(area) for area in later.areas}


def test_standings_refuse_a_period_after_the_one_they_were_read_for(demo):
    with pytest.raises(ValueError, match="2019 ends after 2018"):
        Standings(shipped_plan(), "2018").at("2019")


def standing(indicator: str, area: str, as_of: str):
    standings = Standings(shipped_plan(), as_of)
    (found,) = (row for row in standings.indicators if row.code == indicator)
    return standings.result(found, next(row for row in standings.areas if row.code == area))


# Pages


@pytest.mark.parametrize(
    "path",
    [
        "/sti-13/",
        "/sti-13/text/",
        "/sti-13/indicators/I09/",
        "/sti-13/areas/131127/",
        "/search/",
        "/nowhere/",
    ],
)
def test_every_page_of_the_demonstration_is_marked_as_such(demo, client, path):
    assert 'class="demo-banner"' in client.get(path).content.decode()


def test_the_desk_of_the_demonstration_is_marked_as_such(demo, client):
    assert 'class="demo-banner"' in client.get("/admin/login/").content.decode()


@pytest.mark.parametrize("path", ["", "indicators/", "indicators/I09/", "progress/", "progress/I09/"])
def test_every_api_answer_of_the_demonstration_is_marked_as_such(demo, client, path):
    answer = client.get(address(path))
    assert (answer["X-Data-Origin"], answer.json()["demo"]) == ("demo", True)


def test_real_data_are_not_called_a_demonstration(plan, client):
    answer = client.get("/api/v1/plans/sti-13/indicators/")
    assert "X-Data-Origin" not in answer
    assert "demo" not in answer.json()
    assert "demo-banner" not in client.get("/sti-13/").content.decode()


# Path -> number of queries on the whole demonstration.
PAGES = {
    "/sti-13/?period=2018": 21,
    "/sti-13/?period=2018&area=131127": 20,
    "/sti-13/goals/G08/?period=2018": 25,
    "/sti-13/indicators/?period=2019": 23,
    "/sti-13/indicators/I09/?period=2018": 26,
    "/sti-13/indicators/I09/?period=2018&area=131127": 26,
    "/sti-13/indicators/I09/chart.svg?period=2018": 12,
    "/sti-13/indicators/I09/chart.svg": 14,
    "/sti-13/compare/?period=2018": 13,
    "/sti-13/compare/?indicator=I09&period=2018&sort=-2018": 13,
    "/sti-13/areas/?period=2018": 14,
    "/sti-13/areas/131127/?period=2018": 18,
    "/sti-13/areas/131100/?period=2020": 19,
    "/sti-13/reports/": 3,
    "/sti-13/reports/2016/": 14,
    "/sti-13/reports/2018/": 14,
    "/sti-13/reports/2018/?edition=1": 14,
    "/sti-13/reports/2018/report.json": 5,
    "/api/v1/plans/sti-13/progress/?area=all": 13,
    "/api/v1/plans/sti-13/progress/?period=2018&area=all": 11,
    "/api/v1/plans/sti-13/progress/I09/?period=2018": 12,
}


@pytest.mark.parametrize("path", PAGES)
def test_an_answer_of_the_demonstration_costs_a_fixed_number_of_queries(
    demo, client, django_assert_num_queries, path
):
    with django_assert_num_queries(PAGES[path]):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/sti-13/?period=2031", "/sti-13/goals/?period=x", "/sti-13/indicators/I09/?period=2018-Q9"]
)
def test_a_period_that_cannot_be_read_is_answered_400_with_the_reason(demo, client, path):
    answer = client.get(path)
    assert answer.status_code == 400
    assert "报告期（period）无法识别" in answer.content.decode()


def test_links_keep_the_chosen_period(demo, client):
    html = client.get("/sti-13/?period=2018").content.decode()
    assert 'href="/sti-13/indicators/?period=2018"' in html
    assert 'href="/sti-13/goals/G08/?period=2018"' in html
