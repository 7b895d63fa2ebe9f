"""The desk with several plans: each page is of one, lists name theirs, and nothing of another is reached."""

import io
import re
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from targets import review
from targets.models import (
    Assessment,
    Indicator,
    Observation,
    Organization,
    Period,
    ReportingDuty,
    Responsibility,
    SheetUpload,
    Target,
)
from targets.review.roles import Role
from tests.make import another_plan, area, bring_to, enter, full_desk, person

pytestmark = pytest.mark.django_db

HERE, OTHER = "/admin/sti-13/", "/admin/beihe-sti-14/"
PAGES = {
    "entry/?area=131127&period=2018": "reporter",
    "assessments/?period=2018": "reporter",
    "review/": "reviewer",
    "period-reports/": "publisher",
    "targets-of/?indicator=I13&year=2018": "editor",
    "sheets/": "editor",
    "sheets/targets/": "editor",
    "publication/": "publisher",
}


@pytest.fixture
def desk(plan):
    desk = full_desk()
    desk.other = another_plan()
    desk.other_duty = ReportingDuty.objects.create(
        indicator=desk.other.indicators.get(), area=desk.county, frequency=12
    )
    return desk


def in_other(desk, value="7", **values) -> Observation:
    """A draft of 景县 in the other plan."""
    of_other = {"indicator": desk.other.indicators.get(), "period": desk.other.periods.get()}
    return enter(desk, value, **of_other | values)


def html(client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_work_is_of_the_plan_in_its_address(desk, logged_in, page):
    here = logged_in(getattr(desk, PAGES[page]))
    in_other(desk)
    shown = html(here, HERE + page)
    assert ("衡水市科技创新“十三五”规划" in shown, "北河" in shown) == (True, False)
    assert "北河县规划 beihe-sti-14" in html(here, OTHER + page)


@pytest.mark.parametrize("page", PAGES)
def test_an_unknown_plan_is_not_found_and_a_visitor_sees_no_private_one(desk, logged_in, page):
    answers = [logged_in(desk.editor).get(f"/admin/nowhere/{page}"), logged_in(None).get(OTHER + page)]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_what_staff_see_of_a_private_plan_is_never_kept(desk, logged_in):
    answer = logged_in(desk.reviewer).get(f"{OTHER}review/")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("page", ["report/observation/{}/", "entry/correct/{}/"])
def test_a_report_of_another_plan_is_not_found(desk, logged_in, page):
    status = "published" if "correct" in page else "draft"
    here, path = logged_in(desk.reporter), page.format(bring_to(desk, status, in_other(desk)).pk)
    assert [here.get(base + path).status_code for base in (HERE, OTHER)] == [404, 200]


def test_the_queue_offers_and_acts_on_rows_of_its_plan_only(desk, logged_in):
    own, foreign = (bring_to(desk, "submitted", row) for row in (enter(desk, "5"), in_other(desk)))
    here = logged_in(desk.reviewer)
    keys = [f"observation-{row.pk}-{row.version}" for row in (own, foreign)]
    assert re.findall(r'name="row" value="([^"]+)"', html(here, f"{HERE}review/")) == keys[:1]
    here.post(f"{HERE}review/", {"act": "accept", "row": keys})
    statuses = [Observation.objects.get(pk=row.pk).status for row in (own, foreign)]
    assert statuses == ["accepted", "submitted"]


# Sheets


def test_a_sheet_names_its_plan_and_is_refused_in_another(desk, logged_in):
    here = logged_in(desk.editor)
    chosen = {"format": "csv", "years": "2018", "areas": "131127"}
    answer = here.get(f"{OTHER}sheets/targets/export/", chosen)
    name = f"beihe-sti-14-%E7%9B%AE%E6%A0%87%E5%80%BC-{date.today():%Y%m%d}.csv"
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
    lines = answer.content.decode("utf-8-sig").split()
    assert [line.split(",")[-1] for line in lines] == ["规划", "beihe-sti-14"]
    file = io.BytesIO(answer.content)
    file.name = "表.csv"
    refused = here.post(f"{HERE}sheets/targets/", {"file": file})
    assert refused.context["form"].errors == {
        "file": [
            "表中有“北河县规划 beihe-sti-14”（beihe-sti-14）的行，"
            "这里是“衡水市科技创新“十三五”规划”（sti-13）的导入页，没有读取。"
            "请到那份规划的导入页去导入，或改用从这里下载的表。"
        ]
    }
    assert SheetUpload.objects.count() == 0
    file.seek(0)
    taken = here.post(f"{OTHER}sheets/targets/", {"file": file})
    assert (taken.status_code, SheetUpload.objects.get().plan_id) == (302, "beihe-sti-14")
    assert here.get(taken.url.replace("beihe-sti-14", "sti-13"), follow=True).redirect_chain == [
        (f"{HERE}sheets/targets/", 302)
    ]


# Lists


def test_a_list_names_the_plan_of_each_row_and_is_narrowed_to_one(desk, logged_in):
    here, url = logged_in(desk.editor), reverse("admin:targets_indicator_changelist")
    names = r'field-owner_shown">([^<]+)<'
    assert set(re.findall(names, html(here, url))) == {"sti-13", "yunli-sti-14", "beihe-sti-14"}
    assert re.findall(names, html(here, f"{url}?plan=beihe-sti-14")) == ["beihe-sti-14"]
    assert re.findall(names, html(here, f"{url}?plan=nowhere")) == []


def test_a_list_of_the_only_plan_names_no_plan(first_plan, logged_in):
    editor = person("规划戊", Role.PLAN_EDITOR, is_staff=True)
    assert "owner_shown" not in html(logged_in(editor), reverse("admin:targets_indicator_changelist"))


def test_a_list_of_shared_rows_is_narrowed_to_those_of_a_plan(desk, logged_in):
    shown = html(logged_in(desk.editor), "/admin/targets/area/?plan=beihe-sti-14")
    assert re.findall(r'field-name"><a [^>]*>([^<]+)<', shown) == ["景县", "北河县"]


@pytest.mark.parametrize(
    "model", ["target", "reportingduty", "baseline", "goallink", "period", "responsibility"]
)
def test_the_form_of_a_new_row_asks_for_the_plan_first(desk, logged_in, model):
    here, url = logged_in(desk.editor), reverse(f"admin:targets_{model}_add")
    shown = html(here, url)
    ways = [f"?plan={code}" for code in ("yunli-sti-14", "sti-13", "beihe-sti-14")]
    assert re.findall(r'<a href="(\?plan=[^"]+)">', shown) == ways
    assert "<form" not in shown.split('id="content"')[1]
    form = here.get(f"{url}?plan=beihe-sti-14").context["adminform"].form
    indicators = form.fields["indicator"].queryset if "indicator" in form.fields else Indicator.objects.none()
    assert {row.plan_id for row in indicators} <= {"beihe-sti-14"}
    kept = {"_changelist_filters": "plan=beihe-sti-14"}
    assert here.get(url, kept).context["adminform"].form.plan == desk.other


def test_a_row_of_another_plan_cannot_be_chosen(desk, logged_in):
    posted = {"indicator": desk.incubators.pk, "area": desk.county.pk, "frequency": 12}
    url = f"{reverse('admin:targets_reportingduty_add')}?plan=beihe-sti-14"
    errors = logged_in(desk.editor).post(url, posted).context["adminform"].form.errors
    assert list(errors) == ["indicator"]


def test_a_period_and_a_threshold_are_entered_for_their_plan(desk, logged_in):
    logged_in(desk.editor).post(f"{reverse('admin:targets_period_add')}?plan=beihe-sti-14", {"code": "2019"})
    assert list(desk.other.periods.values_list("code", flat=True)) == ["2018", "2019"]
    boss = User.objects.create_superuser("boss")
    decided = {"ahead_from": "1.2", "on_schedule_from": "1", "slightly_behind_from": "0.8", "source": "会议"}
    decided |= {"decided_on": "2018-03-01", "reason": "中期评估"}
    url = f"{reverse('admin:targets_thresholddecision_add')}?plan=beihe-sti-14"
    assert logged_in(boss).post(url, decided).status_code == 302
    assert desk.other.threshold_decisions.get().ahead_from == decided_value("1.2")
    again = logged_in(boss).post(url, decided)
    assert "这一天已有一个决定" in str(again.context["adminform"].form.errors)


def decided_value(text: str):
    return type(Target._meta.get_field("value").to_python(text))(text)


@pytest.mark.parametrize("model", [ReportingDuty, Responsibility])
def test_a_unit_that_gets_a_duty_or_a_responsibility_is_one_of_the_plan(desk, logged_in, model):
    unit = Organization.objects.create(
        code="S01", name="北河县科技局", kind="county", top_area=desk.other.top_area
    )
    posted = {"indicator": desk.other.indicators.get().pk, "area": desk.other.top_area_id, "frequency": 12}
    posted |= {"organization": unit.pk, "role": "lead", "source": "北政〔2018〕1号"}
    url = reverse(f"admin:targets_{model._meta.model_name}_add")
    logged_in(desk.editor).post(f"{url}?plan=beihe-sti-14", posted)
    assert (model.objects.filter(organization=unit).count(), list(unit.plans.all())) == (1, [desk.other])


def test_a_new_unit_is_of_the_plan_s_area_unless_it_stands_above(desk, logged_in):
    here, url = logged_in(desk.editor), f"{reverse('admin:targets_organization_add')}?plan=beihe-sti-14"
    here.post(url, {"code": "S01", "name": "北河县科技局", "kind": "county"})
    here.post(url, {"code": "S02", "name": "北河省科技厅", "kind": "provincial"})
    rows = Organization.objects.filter(code__startswith="S")
    assert [(row.top_area, list(row.plans.all())) for row in rows] == [
        (desk.other.top_area, [desk.other]),
        (None, [desk.other]),
    ]
    errors = here.post(url, {"code": "S03", "name": "北河县科技局", "kind": "county"})
    assert errors.context["adminform"].form.errors == {
        "name": ["已有同名单位（代码 S01），可以直接选用，不必再建。"]
    }


# Home


def test_the_home_page_groups_what_waits_by_plan(desk, logged_in):
    in_other(desk)
    parts = logged_in(desk.reporter).get("/admin/").context["parts"]
    found = {
        plan.code: [(item.what, item.area.code, item.number) for item in items] for plan, _, items in parts
    }
    assert found == {
        "yunli-sti-14": [],
        "sti-13": [("未报", "131100", 2), ("定性评价未写", "131100", 12), ("未报", "131127", 2)],
        "beihe-sti-14": [("草稿", "131127", 1)],
    }
    ways = {plan.code: [url for _, url in urls] for plan, urls, _ in parts}
    assert ways == {
        "yunli-sti-14": ["/admin/yunli-sti-14/entry/", "/admin/yunli-sti-14/sheets/"],
        "sti-13": [f"{HERE}entry/", f"{HERE}assessments/", f"{HERE}sheets/"],
        "beihe-sti-14": [f"{OTHER}entry/", f"{OTHER}sheets/"],
    }


@pytest.mark.parametrize("who", ["reporter", "reviewer", "publisher", "editor"])
def test_the_home_page_costs_the_same_queries_for_any_number_of_plans(desk, logged_in, who):
    here = logged_in(getattr(desk, who))
    costs = []
    for number in range(2):
        here.get("/admin/")
        with CaptureQueriesContext(connection) as queries:
            here.get("/admin/")
        costs.append(len(queries))
        another_plan(f"more-{number}")
        another_plan(f"most-{number}")
    assert costs[0] == costs[1]


# Review


def test_a_judgement_is_the_reporter_s_of_the_plan_s_top_area(desk):
    goal, period = desk.other.goals.get(), desk.other.periods.get()
    entry = review.Entry((goal, period), None, {"text": "稳步推进。"})
    with pytest.raises(review.NotWritten) as refused:
        review.Batch(review.JudgementKind, [entry], by=desk.reporter).write()
    assert refused.value.faults[0].sentence == "您不是北河县的填报员，不能填报；如需权限请与管理员联系。"
    own = person("北河壬", Role.REPORTER, areas=[desk.other.top_area.code])
    review.Batch(review.JudgementKind, [entry], by=own).write()
    assert Assessment.objects.get().goal == goal


def test_a_target_is_set_only_for_an_area_of_the_plan(desk):
    values = {"value": 5, "decided_on": date(2018, 3, 1), "grade": "official", "source": "文件"}
    key = (desk.other.indicators.get(), desk.city, 2018)
    with pytest.raises(review.NotWritten) as refused:
        review.Batch(review.TargetKind, [review.Entry(key, None, values)], by=desk.editor).write()
    assert review.faults_by_field(refused.value.faults[0]) == {
        "area": ["衡水市不在“北河县规划 beihe-sti-14”现行的县市区名单中，请填名单中的县市区。"]
    }


def test_a_figure_from_outside_is_of_one_plan(desk):
    outside = {"grade": "media", "value": "5", "source": "报纸"}
    with pytest.raises(review.Refused, match="请选同一规划的报告期"):
        review.publish_from_outside(
            indicator=desk.other.indicators.get(), area=desk.county, period=desk.year, **outside
        )
    with pytest.raises(review.Refused, match="县市区名单"):
        review.publish_from_outside(
            indicator=desk.other.indicators.get(),
            area=desk.city,
            period=Period.objects.get(plan=desk.other),
            **outside,
        )


def test_a_duty_in_one_plan_is_none_in_another(desk, logged_in):
    ReportingDuty.objects.create(indicator=desk.incubators, area=area("131121"), frequency=12)
    answer = logged_in(desk.stranger).get(f"{OTHER}entry/?area=131121&period=2018")
    assert (list(answer.context["choice"].errors), answer.context["grid"]) == (["area"], None)
