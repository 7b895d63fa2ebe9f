"""县市区分解 (target breakdown): targets of one indicator and year for the city and its areas."""

import re
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from targets.models import Indicator, RollUp, Target
from targets.review.roles import Role
from tests.database import database
from tests.make import area, decide, duty, open_desk, person
from tests.outcomes import lines
from tests.pages import page, told, words
from tests.shipped import OF_IT, shipped

pytestmark = pytest.mark.django_db

CITY, COUNTY, OTHER = "131100", "131127", "131121"
BREAKDOWN = "/admin/sti-13/targets-of/?indicator=I13&year=2020"
REFUSED = ["下面标出的各处需要更正，全部都还没有保存；您填写的内容仍在。"]


@pytest.fixture
def desk(plan):
    """衡水市, 景县 and 枣强县 report the indicator; the city's value is their sum."""
    desk = open_desk()
    duty("I13", OTHER)
    shipped(Indicator).filter(code="I13").update(roll_up=RollUp.SUM)
    desk.auditor = person("审计丁", Role.AUDITOR)
    desk.editor = person("规划戊", Role.PLAN_EDITOR, last_name="规划戊")
    desk.other_editor = person("规划己", Role.PLAN_EDITOR)
    desk.nobody = person("无职庚")
    User.objects.update(is_staff=True)
    return desk


@pytest.fixture
def here(desk, client):
    """The client of the plan editor."""
    client.force_login(desk.editor)
    return client


def fill(client, url=BREAKDOWN, **typed):
    """Post the breakdown as the page shows it, with `typed` on top: 景县's value is `value_131127`."""
    shown = re.findall(r'name="(\w+-shown)"(?: value="(\d+)")?', page(client, url))
    decision = {"decided_on": "2018-11-20", "grade": "official", "source": "调整方案", "reason": ""}
    named = {
        "-".join(reversed(name.rsplit("_", 1))) if name[-1].isdigit() else name: typed[name] for name in typed
    }
    return client.post(url, dict(shown) | decision | named, follow=True)


def in_force(code: str):
    rows = shipped(Target).filter(indicator__code="I13", year=2020, area__code=code)
    row = rows.in_force(timezone.localdate()).first()
    return row and (row.value, row.decided_on, row.source, row.reason, row.entered_by.username)


def row_of(html: str, name: str) -> str:
    return next(row for row in html.split("<tr") if f'name="{name}"' in row)


def sums(html: str) -> list[str]:
    """Return the lines of the foot of the table."""
    [foot] = re.findall(r"<tfoot>(.*?)</tfoot>", html, re.DOTALL)
    return [words(line) for line in foot.split("</tr>")[:-1]]


def test_the_breakdown_shows_each_area_with_its_baseline_and_its_target_in_force(desk, here):
    decide(desk.editor, value="9")
    decide(desk.editor, value="8", decided_on=date(2017, 3, 1), reason="中期评估", source="会议纪要")
    decide(desk.editor, value="7", year=2019)
    html = page(here, BREAKDOWN)
    assert len(re.findall(r'name="\w+-value"', html)) == 14
    assert words("<tr" + row_of(html, f"{CITY}-value")) == "衡水市 4家 未设 —"
    assert words("<tr" + row_of(html, f"{COUNTY}-value")) == "景县 — 8家 2017-03-01 官方发布：会议纪要"
    assert "不填报这项指标，不计入合计" in row_of(html, "131122-value")


def test_only_typed_rows_are_decided(desk, here):
    decide(desk.editor, value="9")
    decide(desk.editor, value="3", area=area(OTHER))
    answer = fill(here, value_131100="１３ 家", value_131127="10", value_131121="3", reason="中期评估")
    assert told(answer) == ["已记入 2 个目标值。"]
    day = date(2018, 11, 20)
    assert [in_force(code) for code in (CITY, COUNTY, OTHER)] == [
        (13, day, "调整方案", "", "规划戊"),
        (10, day, "调整方案", "中期评估", "规划戊"),
        (3, date(2016, 8, 23), "分解方案", "", "规划戊"),
    ]
    assert lines(Target, indicator__plan="sti-13")[2:] == [("+", "规划戊", ""), ("+", "规划戊", "中期评估")]


def test_a_row_may_have_a_reason_of_its_own(desk, here):
    decide(desk.editor)
    decide(desk.editor, area=area(OTHER))
    fill(here, value_131127="10", value_131121="11", reason="中期评估", reason_131121="新建园区")
    assert [in_force(code)[3] for code in (COUNTY, OTHER)] == ["中期评估", "新建园区"]


def test_a_revision_keeps_the_comparator(desk, here):
    decide(desk.editor, comparator="ge")
    fill(here, value_131127="10", reason="中期评估")
    assert shipped(Target).latest("pk").shown == "≥10家"


def test_a_breakdown_without_values_writes_nothing_and_keeps_the_typed_text(desk, here):
    decide(desk.editor)
    before = database()
    answer = fill(here, value_131127="9", source="某通知")
    assert told(answer) == ["没有要保存的内容：各行都没有填新的目标值，或与现行的相同。"]
    assert 'value="某通知"' in answer.content.decode()
    assert database() == before


FAULTS = {
    "not a number": ("value_131121", "三", f"{OTHER}-value", "“三”不是数，请只填数字，如 1234.5。"),
    "a part of a firm": ("value_131121", "1.5", f"{OTHER}-value", "“省级科技企业孵化器”以“家”计，请填整数。"),
    "less than nothing": ("value_131121", "-1", f"{OTHER}-value", "请填 0 或正数。"),
    "too large": ("value_131121", "9" * 30, f"{OTHER}-value", "数太长：最多 14 位整数、4 位小数。"),
    "no reason": ("value_131127", "10", f"{COUNTY}-reason", "这一年已有目标值；调整请写明理由。"),
    "a reason for nothing": ("reason_131127", "旱", f"{COUNTY}-reason", "已写理由而没有填新目标值"),
    "a reason that is too long": ("reason_131127", "长" * 301, f"{COUNTY}-reason", "(目前字符数 301)。"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "typed", "cell", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_shown_beside_its_cell_and_nothing_is_saved_or_lost(
    desk, here, name, typed, cell, sentence
):
    decide(desk.editor)
    before = database()
    answer = fill(here, **{"value_131100": "13", name: typed})
    html = answer.content.decode()
    assert told(answer) == REFUSED
    assert sentence in words("<tr" + row_of(html, cell))
    assert f'name="{CITY}-value" value="13"' in html
    assert f'value="{typed}"' in html
    assert database() == before


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("decided_on", "", "该字段是必填项。"),
        ("decided_on", "去年", "输入一个有效的日期。"),
        ("decided_on", str(date.today() + timedelta(days=2)), "决定日期不能晚于今天。"),
        ("source", "\u200b", "请注明出处。"),
        ("source", "a\x07b", "含有看不见的控制字符，请删去后重新填写。"),
        ("grade", "text", "选择一个有效的选项。 text 不在可用的选项中。"),
        ("grade", "demo", "选择一个有效的选项。 demo 不在可用的选项中。"),
    ],
)
def test_a_fault_of_the_whole_breakdown_is_shown_once(desk, here, name, typed, sentence):
    before = database()
    answer = fill(here, value_131100="13", value_131127="9", **{name: typed})
    assert answer.context["breakdown"].decision.errors == {name: [sentence]}
    assert answer.content.decode().count(sentence) == 1
    assert f'name="{CITY}-value" value="13"' in answer.content.decode()
    assert database() == before


def test_all_faults_are_shown_at_once(desk, here):
    decide(desk.editor)
    html = fill(here, value_131100="三", value_131127="10", value_131121="1.5").content.decode()
    found = [
        ("不是数", f"{CITY}-value"),
        ("请填整数", f"{OTHER}-value"),
        ("请写明理由", f"{COUNTY}-reason"),
    ]
    assert [said in row_of(html, cell) for said, cell in found] == [True, True, True]


def test_a_decision_older_than_the_one_in_force_is_refused(desk, here):
    decide(desk.editor)
    answer = fill(here, value_131127="10", reason="补记", decided_on="2016-08-01")
    assert answer.context["breakdown"].decision.errors == {
        "decided_on": ["景县的现行目标值决定于 2016-08-23，新的决定不能早于这一天。"]
    }
    answer = fill(here, value_131127="10", reason="补记", decided_on="2016-08-23")
    assert "这一天对这一年已有一个决定" in row_of(answer.content.decode(), f"{COUNTY}-value")


@pytest.mark.parametrize("first", [True, False])
def test_a_user_who_did_not_see_the_target_in_force_cannot_revise_it(desk, here, first):
    old = None if first else decide(desk.editor)
    new = decide(desk.other_editor, value="20", decided_on=date(2017, 3, 1), reason="" if first else "抢先")
    shown = str(old.pk) if old else ""
    before = database()
    answer = fill(here, shown_131127=shown, value_131127="10", value_131100="13", reason="评估")
    html = answer.content.decode()
    row = row_of(html, f"{COUNTY}-value")
    when = timezone.localtime(new.entered_at)
    assert told(answer) == REFUSED
    said = f"规划己 已于 {when:%Y-%m-%d %H:%M} 记入 20家（2017-03-01 决定）。"
    assert f"{said}您填写的内容还在，请核对后重新保存。" in words(row)
    assert f'name="{COUNTY}-shown" value="{new.pk}"' in row
    assert (f'name="{COUNTY}-value" value="10"' in html, f'name="{CITY}-value" value="13"' in html) == (
        True,
        True,
    )
    assert database() == before
    answer = fill(here, value_131127="10", value_131100="13", reason="评估")
    assert told(answer) == ["已记入 2 个目标值。"]


def test_typing_the_same_number_as_an_unseen_target_is_refused(desk, here):
    decide(desk.other_editor, value="10")
    answer = fill(here, shown_131127="", value_131127="10")
    assert "规划己 已于" in row_of(answer.content.decode(), f"{COUNTY}-value")


def test_a_target_that_does_not_exist_cannot_be_revised(desk, here):
    answer = fill(here, shown_131127="9" * 30, value_131127="10")
    row = row_of(answer.content.decode(), f"{COUNTY}-value")
    assert "页面所示的目标值已不在库中。" in words(row)


def test_an_invalid_target_id_is_refused(desk, here):
    answer = fill(here, shown_131127="x", value_131127="10")
    assert "输入整数。" in row_of(answer.content.decode(), f"{COUNTY}-value")
    assert shipped(Target).count() == 0


def test_a_newer_target_of_an_empty_row_does_not_stop_the_others(desk, here):
    decide(desk.other_editor)
    assert told(fill(here, shown_131127="", value_131100="13")) == ["已记入 1 个目标值。"]


def test_the_breakdown_shows_city_target_sum_of_counties_and_residual(desk, here):
    decide(desk.editor, value="13", area=area(CITY))
    decide(desk.editor, value="9")
    # An area that does not report the indicator is not part of the sum.
    decide(desk.editor, value="100", area=area("131122"))
    assert sums(page(here, BREAKDOWN)) == [
        "衡水市目标 13家",
        "县市区目标之和 9家 1 / 2 个",
        "衡水市目标与县市区目标之和的差额 分解未完",
    ]
    answer = fill(here, value_131121="3", value_131127="8")
    assert sums(answer.content.decode()) == [
        "衡水市目标 13家 13家",
        "县市区目标之和 9家 1 / 2 个 11家 2 / 2 个",
        "衡水市目标与县市区目标之和的差额 分解未完 2家 “新目标值”一列按所填的算，还没有保存",
    ]
    answer = fill(here, value_131121="3", value_131127="八")
    assert "县市区目标之和 9家 1 / 2 个 3家 1 / 2 个" in sums(answer.content.decode())
    fill(here, value_131121="3", value_131127="8", reason="评估")
    assert sums(page(here, BREAKDOWN))[2] == "衡水市目标与县市区目标之和的差额 2家"


def test_an_indicator_without_a_sum_rule_is_not_summed(desk, here):
    html = page(here, "/admin/sti-13/targets-of/?indicator=I16&year=2020")
    assert ("<tfoot>" in html, "这项指标衡水市的数不由县市区相加得出，不作合计。" in html) == (False, True)


def test_an_indicator_that_no_county_reports_is_not_summed(desk, here):
    shipped(Indicator).filter(code="I24").update(roll_up=RollUp.SUM)
    html = page(here, "/admin/sti-13/targets-of/?indicator=I24&year=2020")
    assert ("<tfoot>" in html, "2020年还没有县市区填报这项指标，不作合计；请先设填报任务。" in html) == (
        False,
        True,
    )


@pytest.mark.parametrize("query", ["", "?indicator=I13", "?indicator=I13&year=2015", "?indicator=%00&year=x"])
def test_an_unknown_indicator_or_year_has_no_breakdown(desk, here, query):
    html = page(here, f"/admin/sti-13/targets-of/{query}")
    assert 'name="decided_on"' not in html
    assert here.post(f"/admin/sti-13/targets-of/{query}", {f"{CITY}-value": "1"}).status_code == 200
    assert shipped(Target).count() == 0


@pytest.mark.parametrize("who", ["reporter", "reviewer", "publisher", "auditor", "nobody"])
def test_only_the_plan_editor_has_the_breakdown(desk, client, who):
    client.force_login(getattr(desk, who))
    assert (client.get(BREAKDOWN).status_code, client.post(BREAKDOWN, {}).status_code) == (403, 403)
    assert "/admin/sti-13/targets-of/" not in page(client, "/admin/")
    assert "/admin/sti-13/targets-of/" not in client.get(f"/admin/targets/target/{OF_IT}").content.decode()


def test_a_visitor_is_sent_to_the_login(desk, client):
    for answer in (client.get(BREAKDOWN), client.post(BREAKDOWN, {f"{CITY}-value": "1"})):
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/admin/login/")
    assert shipped(Target).count() == 0


def test_the_front_page_and_the_list_link_to_the_breakdown(desk, here):
    for path in ("/admin/", f"/admin/targets/target/{OF_IT}"):
        assert 'href="/admin/sti-13/targets-of/"' in page(here, path)


@pytest.mark.parametrize("number", [1, 3])
def test_the_breakdown_costs_a_fixed_number_of_queries(desk, here, django_assert_num_queries, number):
    for code in (CITY, COUNTY, OTHER)[:number]:
        decide(desk.editor, area=area(code))
    page(here, BREAKDOWN)
    with django_assert_num_queries(18):
        page(here, BREAKDOWN)
