"""The desk's pages of work: waiting reports, filling in, review, and the rows visible to each role."""

import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import urljoin

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from targets import review
from targets.models import (
    Assessment,
    Grade,
    Indicator,
    Observation,
    Organization,
    Period,
    ReportingDuty,
    ReviewEvent,
    RollUp,
    Target,
)
from targets.review.roles import Role
from tests.make import (
    STRANGERS,
    assess,
    bring_to,
    duty,
    enter,
    full_desk,
    person,
    reopened,
    reports,
    submit,
)
from tests.pages import page, told, words
from tests.shipped import OF_IT, shipped

pytestmark = pytest.mark.django_db

COUNTY = "131127"
ENTRY = f"/admin/sti-13/entry/?area={COUNTY}&period=2018"
QUEUE = "/admin/sti-13/review/"


@pytest.fixture
def desk(plan):
    return full_desk()


def tasks(client) -> list[tuple[str, str]]:
    return [(" ".join(str(part) for part in task[:4]), task.url) for task in task_rows(client)]


def task_rows(client):
    return client.get("/admin/").context["waiting"]


# Waiting reports


def test_a_reporter_sees_owed_begun_and_returned_reports(desk, logged_in):
    here = logged_in(person("景县辛", Role.REPORTER, areas=[COUNTY], is_staff=True))
    url = f"/admin/sti-13/entry/?area={COUNTY}&period=2018"
    assert tasks(here) == [("未报 2018年 景县 2", url)]
    draft = enter(desk)
    assert tasks(here) == [("未报 2018年 景县 1", url), ("草稿 2018年 景县 1", url)]
    bring_to(desk, "returned", draft)
    assert tasks(here) == [("未报 2018年 景县 1", url), ("退回 2018年 景县 1", url)]


def test_the_city_s_reporter_sees_assessments_too(desk, logged_in):
    here = logged_in(person("全市壬", Role.REPORTER, areas=["131100"], is_staff=True))
    assess(desk)
    assert tasks(here) == [
        ("未报 2018年 衡水市 2", "/admin/sti-13/entry/?area=131100&period=2018"),
        ("定性评价草稿 2018年 衡水市 1", "/admin/sti-13/assessments/?period=2018"),
        ("定性评价未写 2018年 衡水市 11", "/admin/sti-13/assessments/?period=2018"),
    ]


def test_a_reviewer_and_a_publisher_see_their_waiting_reports(desk, logged_in):
    bring_to(desk, "submitted", enter(desk))
    bring_to(desk, "accepted", assess(desk))
    assert tasks(logged_in(desk.reviewer)) == [
        ("待审 2018年 None 1", "/admin/sti-13/review/?status=submitted&period=2018")
    ]
    assert tasks(logged_in(desk.publisher)) == [
        ("待发布 2018年 None 1", "/admin/sti-13/review/?status=accepted&period=2018")
    ]


@pytest.mark.parametrize("who", ["auditor", "editor", "nobody"])
def test_nothing_waits_for_users_of_other_roles(desk, logged_in, who):
    bring_to(desk, "submitted", enter(desk))
    html = page(logged_in(getattr(desk, who)), "/admin/")
    assert "没有等您办理的事项" in html


@pytest.mark.parametrize(
    ("days", "said"), [(5, "还有 5 天"), (0, "还有 0 天"), (-3, "已过 3 天"), (None, "未规定")]
)
def test_the_page_shows_the_days_until_the_due_date(desk, logged_in, days, said):
    due = None if days is None else timezone.localdate() + timedelta(days=days)
    shipped(Period).filter(code="2018").update(due_on=due)
    assert said in page(logged_in(desk.reporter), "/admin/")


def test_the_latest_acts_are_limited_to_visible_reports(desk, logged_in):
    bring_to(desk, "published", enter(desk))
    bring_to(desk, "submitted", assess(desk))
    seen = {
        name: [str(event.act) for event in logged_in(getattr(desk, name)).get("/admin/").context["latest"]]
        for name in ("reporter", "reviewer", "auditor", "stranger", "editor", "nobody")
    }
    every = ["submit", "publish", "accept", "submit"]
    assert seen == {
        "reporter": every,
        "reviewer": every,
        "auditor": every,
        "stranger": [],
        "editor": [],
        "nobody": [],
    }


# Filling in


def fill(client, url=ENTRY, button="save", **cells):
    """Post the grid as a browser does: every cell as shown, except for what is typed."""
    html = client.get(url).content.decode()
    typed = {
        match["name"]: unescape(match["value"] or "")
        for match in re.finditer(
            r'<input type="(?:text|hidden)" name="(?P<name>\w+-\w+)"(?: value="(?P<value>[^"]*)")?', html
        )
    }
    typed |= {name.replace("_", "-", 1): value for name, value in cells.items()}
    return client.post(url, typed | {button: ""}, follow=True)


def test_the_grid_has_every_expected_indicator_with_its_reference_figures(desk, logged_in):
    Target.objects.create(
        indicator=desk.incubators,
        area=desk.county,
        year=2020,
        value=12,
        decided_on=date(2016, 12, 20),
        grade=Grade.OFFICIAL,
        source="会议纪要",
    )
    earlier = enter(desk, "4", period=reopened("2017"))
    bring_to(desk, "published", earlier)
    html = page(logged_in(desk.reporter), ENTRY)
    table = words(html.split("<tbody>")[1].split("</tbody>")[0])
    assert table == (
        "I13 省级科技企业孵化器 家 · 时点数 — 12 2020年 4家 2017年 未报"
        " I16 主要农作物良种覆盖率 % · 比率 — — — 分子 分母 未报"
    )


def test_drafts_are_saved_as_typed(desk, logged_in):
    answer = fill(logged_in(desk.reporter), I13_value="１，２３４ 家", I16_value="98.5%", I16_note="估算")
    assert told(answer) == ["已保存 2 项。"]
    assert [(str(row.value), row.note, row.status) for row in reports().order_by("indicator__code")] == [
        ("1234.0000", "", "draft"),
        ("98.5000", "估算", "draft"),
    ]


def test_an_unavailable_value_and_zero_are_different(desk, logged_in):
    fill(logged_in(desk.reporter), I13_value="0", I16_unavailable_reason="名单未定")
    assert [(row.value, row.unavailable_reason) for row in reports().order_by("indicator__code")] == [
        (0, ""),
        (None, "名单未定"),
    ]


def test_untouched_rows_are_left_alone(desk, logged_in):
    draft = enter(desk)
    here = logged_in(desk.reporter)
    assert told(fill(here)) == ["没有要保存的内容。"]
    draft.refresh_from_db()
    assert (draft.version, reports().count()) == (1, 1)


@pytest.mark.parametrize(
    ("cell", "typed", "sentence"),
    [
        ("I13-value", "十二", "“十二”不是数，请只填数字，如 1234.5。"),
        ("I13-value", "1,23", "“1,23”不是数，请只填数字，如 1234.5。"),
        ("I13-value", "1.5", "请填整数。"),
        ("I13-value", "-1", "请填 0 或正数。"),
        ("I16-value", "101", "比率应在 0 到 100 之间。"),
        ("I16-denominator", "50", "分子、分母须一并填写，分母大于 0。"),
    ],
)
def test_one_fault_is_shown_beside_its_cell_and_nothing_is_saved_or_lost(
    desk, logged_in, cell, typed, sentence
):
    other = "I16-value" if cell.startswith("I13") else "I13-value"
    values = {
        name.replace("-", "_"): value for name, value in {other: "98", "I16-value": "98", cell: typed}.items()
    }
    answer = fill(logged_in(desk.reporter), **values)
    html = answer.content.decode()
    assert told(answer) == ["下面标出的各处需要更正，全部都还没有保存；您填写的内容仍在。"]
    row = next(row for row in html.split("<tr") if f'name="{cell}"' in row)
    assert sentence in words(row)
    assert f'value="{typed}"' in row
    assert f'name="{other}" value="98"' in html
    assert reports().count() == 0


def test_all_filled_rows_are_submitted_at_once(desk, logged_in):
    enter(desk, "5")
    answer = fill(logged_in(desk.reporter), button="submit", I16_value="98.5")
    assert told(answer) == ["已报送 2 项。"]
    assert list(reports().values_list("status", flat=True)) == ["submitted", "submitted"]


def test_one_refused_row_stops_the_submission_of_all(desk, logged_in):
    bring_to(desk, "published", enter(desk, "4", period=reopened("2017")))
    here = logged_in(desk.reporter)
    answer = fill(here, button="submit", I13_value="40", I16_value="98.5")
    assert "比2017年的 4家 增加 900%，变动超过一半。" in words(answer.content.decode())
    assert reports().filter(period__code="2018").count() == 0
    answer = fill(here, button="submit", I13_value="40", I16_value="98.5", I13_answer="新建孵化园")
    assert told(answer) == ["已报送 2 项。"]
    row = reports().get(period__code="2018", indicator__code="I13")
    assert row.events.get().note == "新建孵化园"


def test_the_second_of_two_browsers_is_refused_and_sees_the_value_of_the_first(desk, logged_in):
    draft = enter(desk, "5")
    here = logged_in(desk.reporter)
    html = page(here, ENTRY)
    assert 'name="I13-version" value="1"' in html
    enter(desk, "6", version=draft.version, note="另一窗口")
    answer = here.post(ENTRY, {"I13-value": "7", "I13-version": "1", "save": ""}, follow=True)
    shown = answer.content.decode()
    row = next(row for row in shown.split("<tr") if 'name="I13-value"' in row)
    assert "填报甲 已于" in words(row)
    assert "现在库中是：6家（另一窗口）" in words(row)
    assert ('name="I13-value" value="7"' in row, 'name="I13-version" value="2"' in row) == (True, True)
    assert reports().get().value == 6
    fill_again = {"I13-value": "7", "I13-version": "2", "save": ""}
    assert told(here.post(ENTRY, fill_again, follow=True)) == ["已保存 1 项。"]
    assert reports().get().value == 7


def test_a_returned_row_shows_the_reviewer_s_note(desk, logged_in):
    bring_to(desk, "returned", enter(desk))
    assert "退回 退回意见：请核对" in words(page(logged_in(desk.reporter), ENTRY))


@pytest.mark.parametrize("status", ["submitted", "accepted", "published"])
def test_a_submitted_row_has_no_input_cells(desk, logged_in, status):
    bring_to(desk, status, enter(desk))
    html = page(logged_in(desk.reporter), ENTRY)
    assert ('name="I13-value"' in html, 'name="I16-value"' in html) == (False, True)


def test_a_closed_period_is_read_only(desk, logged_in):
    review.close_period(desk.year, by=desk.publisher)
    here = logged_in(desk.reporter)
    html = page(here, ENTRY)
    assert "这一报告期已关闭" in html
    assert '<button class="default" name="save"' not in html
    answer = here.post(ENTRY, {"I13-value": "5", "save": ""}, follow=True)
    assert reports().count() == 0
    assert "已关闭，不再接受填报" in words(answer.content.decode()) or told(answer)


def test_assessments_are_filled_in_and_submitted(desk, logged_in):
    here = logged_in(desk.reporter)
    url = "/admin/sti-13/assessments/?period=2018"
    answer = here.post(url, {"G01-text": "稳步推进。", "save": ""}, follow=True)
    assert told(answer) == ["已保存 1 项。"]
    row = shipped(Assessment).get()
    answer = here.post(url, {"G01-text": "稳步推进。", "G01-version": row.version, "submit": ""}, follow=True)
    assert told(answer) == ["已报送 1 项。"]
    assert shipped(Assessment).get().status == "submitted"


@pytest.mark.parametrize("who", ["stranger", "reviewer", "auditor", "nobody"])
def test_only_the_city_s_reporter_writes_assessments(desk, logged_in, who):
    here = logged_in(getattr(desk, who))
    url = "/admin/sti-13/assessments/?period=2018"
    assert "定性评价由衡水市的填报员填写" in page(here, url)
    here.post(url, {"G01-text": "稳步推进。", "save": ""})
    assert shipped(Assessment).count() == 0


def test_a_published_value_is_corrected_with_a_reason(desk, logged_in):
    row = bring_to(desk, "published", enter(desk, "5"))
    here = logged_in(desk.reporter)
    url = reverse("admin:correct", args=["sti-13", row.pk])
    assert f'href="{url}"' in page(here, ENTRY)
    answer = here.post(url, {"value": "6", "answer": ""})
    assert "请写明更正的理由。" in words(answer.content.decode())
    answer = here.post(url, {"value": "6", "answer": "漏计一家"}, follow=True)
    assert told(answer) == ["更正已存为草稿，请核对后报送；发布之前，公开的仍是原来的数。"]
    assert [(str(row.value), row.status, row.revision) for row in reports().order_by("revision")] == [
        ("5.0000", "published", 1),
        ("6.0000", "draft", 2),
    ]


PAPER = {"title": "认定文件", "source": "冀科高〔2018〕5号", "url": "https://kjt.example.gov.cn/5.html"}


def report_page(row) -> str:
    return reverse("admin:report", args=["sti-13", row._meta.model_name, row.pk])


@pytest.mark.parametrize("fill_in", [enter, assess])
def test_evidence_is_added_to_a_draft_and_removed(desk, logged_in, fill_in):
    row, here = fill_in(desk), logged_in(desk.reporter)
    url = report_page(row)
    answer = here.post(url, {"act": "attach", "version": 1, **PAPER}, follow=True)
    assert told(answer) == ["已添加证明材料。"]
    [paper] = row.evidence.all()
    assert {name: getattr(paper, name) for name in PAPER} == PAPER
    html = page(here, url)
    assert ("认定文件" in html, 'name="version" value="2"' in html) == (True, True)
    answer = here.post(url, {"act": "detach", "version": 2, "evidence": paper.pk}, follow=True)
    assert told(answer) == ["已移除证明材料。"]
    assert row.evidence.count() == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "该字段是必填项。"),
        ({"source": " "}, "该字段是必填项。"),
        ({"url": "javascript:alert(1)"}, "请填以 http:// 或 https:// 开头的完整网址。"),
        ({"version": "7"}, "填报甲 已于"),
        ({"version": "x"}, "填报甲 已于"),
    ],
)
def test_faulty_evidence_is_not_saved_and_typed_text_is_kept(desk, logged_in, wrong, sentence):
    row = enter(desk)
    posted = {"act": "attach", "version": "1", **PAPER} | wrong
    answer = logged_in(desk.reporter).post(report_page(row), posted)
    html = answer.content.decode()
    assert sentence in words(html)
    assert all(
        f'value="{value}"' in html for name, value in posted.items() if name in PAPER and value.strip()
    )
    assert row.evidence.count() == 0


def test_a_draft_is_withdrawn_with_a_reason_and_can_be_filled_in_again(desk, logged_in):
    row, here = enter(desk), logged_in(desk.reporter)
    url = report_page(row)
    assert told(here.post(url, {"act": "withdraw", "version": 1, "note": " "})) == ["撤回时请写明理由。"]
    answer = here.post(url, {"act": "withdraw", "version": 1, "note": "填错了县"}, follow=True)
    assert told(answer) == ["已撤回，这一项可以重新填报。"]
    row.refresh_from_db()
    assert row.status == "withdrawn"
    assert here.get(url).status_code == 404
    assert told(fill(here, I13_value="6")) == ["已保存 1 项。"]


@pytest.mark.parametrize("who", STRANGERS)
def test_only_the_reporter_changes_evidence_or_withdraws(desk, logged_in, who):
    row = enter(desk)
    here, url = logged_in(getattr(desk, who)), report_page(row)
    for posted in ({"act": "attach", "version": 1, **PAPER}, {"act": "withdraw", "version": 1, "note": "改"}):
        assert here.post(url, posted).status_code == STRANGERS[who]
    assert here.get(url).status_code == STRANGERS[who]
    row.refresh_from_db()
    assert (row.status, row.version, row.evidence.count()) == ("draft", 1, 0)


@pytest.mark.parametrize("status", ["submitted", "accepted", "published"])
def test_a_submitted_report_keeps_its_evidence(desk, logged_in, status):
    row = bring_to(desk, status, enter(desk))
    here, url = logged_in(desk.reporter), report_page(row)
    assert 'name="act"' not in page(here, url)
    answer = here.post(url, {"act": "attach", "version": row.version, **PAPER})
    assert "不能增减证明材料" in words(answer.content.decode())
    assert row.evidence.count() == 0


@pytest.mark.parametrize("path", ["observation/0/", "user/1/", "observation/99999/"])
def test_an_unknown_report_is_not_found(desk, logged_in, path):
    assert logged_in(desk.reporter).get(f"/admin/sti-13/report/{path}").status_code == 404


# Review


def tick(row) -> str:
    return f"{row._meta.model_name}-{row.pk}-{row.version}"


def act(client, what: str, *rows, **values):
    return client.post(QUEUE, {"act": what, "row": [tick(row) for row in rows], **values}, follow=True)


def handed_in(desk):
    """Submit a value of the reporter, a value of the reviewer, and an assessment."""
    desk.reviewer.groups.add(*desk.reporter.groups.all())
    desk.reviewer.area_assignments.create(area=desk.county)
    own = enter(desk, "98.5", indicator=desk.coverage, by=desk.reviewer)
    return (
        bring_to(desk, "submitted", enter(desk)),
        submit(own, by=desk.reviewer),
        bring_to(desk, "submitted", assess(desk)),
    )


def test_the_queue_shows_the_information_needed_for_a_decision(desk, logged_in):
    bring_to(desk, "published", enter(desk, "4", period=reopened("2017")))
    row = enter(desk, "40", note="含在建")
    review.attach(row, title="认定文件", source="冀科高〔2018〕5号", by=desk.reporter)
    row.refresh_from_db()
    submit(row, by=desk.reporter, note="新建孵化园")
    html = page(logged_in(desk.reviewer), QUEUE)
    row_html = html.split("<tbody>")[1].split("</tbody>")[0]
    assert re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "[时间]", words(row_html)) == (
        "I13 省级科技企业孵化器 景县 2018年 4家 2017年 40家 36 含在建"
        " 比2017年的 4家 增加 900%，变动超过一半。"
        " 理由：新建孵化园 认定文件（冀科高〔2018〕5号） 填报甲 [时间]"
    )


def test_many_reports_are_accepted_at_once_with_a_message_for_each(desk, logged_in):
    value, own, judgement = handed_in(desk)
    answer = act(logged_in(desk.reviewer), "accept", value, own, judgement)
    assert told(answer) == [
        "已通过 2 条。",
        "1 条未办： I16 主要农作物良种覆盖率 景县 2018年："
        "不能审核自己填报或报送的内容，请由另一位审核员审核。",
    ]
    for row, status in ((value, "accepted"), (own, "submitted"), (judgement, "accepted")):
        row.refresh_from_db()
        assert row.status == status


def test_a_report_is_returned_with_its_own_note_or_the_shared_one(desk, logged_in):
    value, _, judgement = handed_in(desk)
    here = logged_in(desk.reviewer)
    assert told(act(here, "return", value)) == [
        "1 条未办： I13 省级科技企业孵化器 景县 2018年：退回时请写明要改什么。"
    ]
    answer = act(
        here, "return", value, judgement, note="请核对", **{f"note-observation-{value.pk}": "缺证书"}
    )
    assert told(answer) == ["已退回 2 条。"]
    notes = shipped(ReviewEvent).filter(act="return").order_by("pk").values_list("note", flat=True)
    assert list(notes) == ["缺证书", "请核对"]


def test_a_report_changed_after_the_page_was_shown_is_not_accepted(desk, logged_in):
    row = bring_to(desk, "submitted", enter(desk))
    seen = tick(row)
    [row] = review.return_for_revision([row], by=desk.reviewer, note="请核对")
    row = enter(desk, "50", version=row.version)
    submit(row, by=desk.reporter)
    answer = logged_in(desk.reviewer).post(QUEUE, {"act": "accept", "row": [seen]}, follow=True)
    assert told(answer)[0].startswith("1 条未办： I13 省级科技企业孵化器 景县 2018年：填报甲 已于")
    assert reports().get().status == "submitted"


def test_a_whole_period_is_published_closed_and_reopened(desk, logged_in):
    bring_to(desk, "accepted", enter(desk))
    bring_to(desk, "accepted", assess(desk))
    here = logged_in(desk.publisher)
    shown = shown_in(here)
    assert (list(shown), "2018年（开放，待发布 2 条）" in page(here, QUEUE)) == (["shown-2018"], True)
    for what, reason, said in [
        ("publish", "", "已发布2018年的 2 条。"),
        ("publish", "", "2018年没有审核通过而待发布的内容。"),
        ("close", "", "2018年已关闭，不再接受填报。"),
        ("reopen", "", "重开报告期请写明理由。"),
        ("reopen", "补报", "2018年已重开。"),
    ]:
        posted = {"period_act": what, "period_code": "2018", "reason": reason}
        assert told(here.post(QUEUE, posted | shown, follow=True)) == [said]
    assert (reports().get().status, shipped(Period).get(code="2018").is_open) == ("published", True)


def shown_in(client) -> dict[str, str]:
    """Return the marks in the queue of the reports that it offers to publish, by period."""
    return dict(re.findall(r'name="(shown-[^"]+)" value="([^"]+)"', page(client, QUEUE)))


@pytest.mark.parametrize("is_shown", [True, False])
def test_a_report_accepted_after_the_page_was_shown_is_not_published(desk, logged_in, is_shown):
    if is_shown:
        bring_to(desk, "accepted", enter(desk))
    here = logged_in(desk.publisher)
    posted = {"period_act": "publish", "period_code": "2018"} | shown_in(here)
    bring_to(desk, "accepted", enter(desk, area=desk.city))
    number = reports().filter(status="accepted").count()
    said = f"2018年待发布的内容已与所示的不同，现有 {number} 条，一条也没有发布。请核对后再发布。"
    assert told(here.post(QUEUE, posted, follow=True)) == [said]
    assert set(reports().values_list("status", flat=True)) == {"accepted"}


@pytest.mark.parametrize("code", ["", "2018\x00", "x", "2031", "9" * 500])
def test_an_unknown_period_is_reported(desk, logged_in, code):
    answer = logged_in(desk.publisher).post(QUEUE, {"period_act": "close", "period_code": code}, follow=True)
    assert told(answer) == ["没有这一报告期，请重新选择。"]


@pytest.mark.parametrize("row", ["observation-0-1", "observation-1", "user-1-1", "", "observation-٣-1"])
def test_an_unknown_row_is_reported_without_an_error(desk, logged_in, row):
    answer = logged_in(desk.reviewer).post(QUEUE, {"act": "accept", "row": [row]}, follow=True)
    assert told(answer) == ["1 条未办： 有一条已不在库中，请刷新后再办。"]


@pytest.mark.parametrize("posted", [{}, {"act": "accept"}, {"act": "delete", "row": ["observation-1-1"]}])
def test_an_unknown_act_or_one_without_rows_does_nothing(desk, logged_in, posted):
    answer = logged_in(desk.reviewer).post(QUEUE, posted, follow=True)
    assert told(answer) == ["没有办理任何一条：请先勾选，再点要办的事。"]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 3),
        ("status=accepted", 0),
        ("period=2018", 3),
        ("period=2017", 0),
        (f"area={COUNTY}", 2),
        ("area=131100", 1),
        ("older_than=2", 0),
    ],
)
def test_the_queue_is_filtered_by(desk, logged_in, query, number):
    handed_in(desk)
    html = page(logged_in(desk.reviewer), f"{QUEUE}?{query}")
    assert html.count('name="row"') == number


def test_the_queue_is_filtered_by_the_reporting_organization(desk, logged_in):
    handed_in(desk)
    duty_row = ReportingDuty.objects.get(indicator=desk.coverage, area=desk.county)
    duty_row.organization = Organization.objects.first()
    duty_row.save()
    code = duty_row.organization.code
    html = page(logged_in(desk.reviewer), f"{QUEUE}?organization={code}")
    assert html.count('name="row"') == 1


def test_an_unreadable_filter_of_the_queue_is_named(desk, logged_in):
    handed_in(desk)
    html = page(logged_in(desk.reviewer), f"{QUEUE}?period=x")
    assert "报告期：" in words(html)
    assert 'name="row"' not in html


def test_the_auditor_sees_the_queue_and_cannot_act(desk, logged_in):
    value, *_ = handed_in(desk)
    here = logged_in(desk.auditor)
    html = page(here, QUEUE)
    assert ('name="act"' in html, 'name="period_act"' in html) == (False, False)
    assert told(act(here, "accept", value)) == [
        "1 条未办： I13 省级科技企业孵化器 景县 2018年：只有审核员可以这样做；如需权限请与管理员联系。"
    ]
    value.refresh_from_db()
    assert value.status == "submitted"


# Rights of each role by page: test_rights.py


@pytest.mark.parametrize(
    "who", ["reporter", "reviewer", "publisher", "auditor", "editor", "stranger", "boss"]
)
def test_no_plain_form_adds_changes_or_deletes_a_report(desk, logged_in, who):
    desk.boss = User.objects.create_superuser("boss")
    here = logged_in(getattr(desk, who))
    row = bring_to(desk, "published", enter(desk))
    assert here.post("/admin/targets/observation/add/", {}).status_code == 403
    for action in ("change", "delete"):
        url = reverse(f"admin:targets_observation_{action}", args=[row.pk])
        assert here.post(url, {"post": "yes"}).status_code == 403
    assert here.get("/admin/targets/reviewevent/add/").status_code == 403


@pytest.mark.parametrize(
    ("model", "who", "status"),
    [
        ("target", "editor", 200),
        ("reportingduty", "editor", 200),
        ("responsibility", "editor", 200),
        ("period", "editor", 200),
        ("baseline", "editor", 200),
        ("target", "reporter", 403),
        ("reportingduty", "reviewer", 403),
        ("period", "publisher", 403),
        ("baseline", "auditor", 403),
        ("responsibility", "nobody", 403),
    ],
)
def test_only_the_plan_editor_enters_planning_rows(desk, logged_in, model, who, status):
    assert logged_in(getattr(desk, who)).get(f"/admin/targets/{model}/add/").status_code == status


# Planning rows


def test_a_period_is_added_by_entering_its_code(desk, logged_in):
    here = logged_in(desk.editor)
    here.post(f"/admin/targets/period/add/{OF_IT}", {"code": "2018-H1", "due_on": "2018-07-31"})
    row = shipped(Period).get(code="2018-H1")
    assert (row.start, row.end, row.due_on) == (date(2018, 1, 1), date(2018, 6, 30), date(2018, 7, 31))


@pytest.mark.parametrize("code", ["2018-H3", "2031", "2018", "x"])
def test_a_period_outside_the_plan_is_refused(desk, logged_in, code):
    answer = logged_in(desk.editor).post(f"/admin/targets/period/add/{OF_IT}", {"code": code})
    assert answer.context["adminform"].form.errors.keys() == {"code"}


@pytest.mark.parametrize("due_on", ["0001-01-01", "2017-06-29"])
def test_a_due_date_before_the_end_of_its_period_is_refused(desk, logged_in, due_on):
    posted = {"code": "2017-H1", "due_on": due_on}
    answer = logged_in(desk.editor).post(f"/admin/targets/period/add/{OF_IT}", posted)
    assert answer.context["adminform"].form.errors == {
        "due_on": ["填报截止日应不早于报告期结束（2017-06-30）。"]
    }


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("source", "a\x07b", "含有看不见的控制字符，请删去后重新填写。"),
        ("source", "\u200b", "请注明出处。"),
        ("reason", "a\x01b", "含有看不见的控制字符，请删去后重新填写。"),
    ],
)
def test_a_target_with_invalid_characters_is_refused_at_its_field(desk, logged_in, field, text, sentence):
    posted = {
        "indicator": desk.incubators.pk,
        "area": desk.county.pk,
        "year": "2020",
        "value": "12",
        "comparator": "eq",
        "decided_on": "2016-12-20",
        "grade": "official",
        "source": "会议纪要",
        "reason": "",
    }
    answer = logged_in(desk.editor).post(f"/admin/targets/target/add/{OF_IT}", posted | {field: text})
    assert answer.context["adminform"].form.errors == {field: [sentence]}
    assert shipped(Target).count() == 0


UNREADABLE = [
    "observation/?status__exact=%00",
    "observation/?area__id__exact=99999999999999999999999",
    "observation/?period__id__in=99999999999999999999999",
    "target/?grade__exact=a%00",
    "baseline/?indicator__category__exact=%00",
    "reviewevent/?act__exact=%00",
    "reviewevent/?at__gte=0001-01-01",
    "reviewevent/?at__gte=9999-12-31",
    "reviewevent/?at__exact=0001-01-01+00:00:00%2B08:00",
    "accessentry/?kind__exact=%00",
    "accessentry/?at__gte=0001-01-01",
    "accessentry/?at__lt=9999-12-31+23:59:59-08:00",
    "/admin/measures/measure/?status__exact=%00",
    "/admin/auth/user/?groups__id__exact=99999999999999999999999",
]


@pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")
@pytest.mark.parametrize("url", UNREADABLE)
def test_an_invalid_filter_redirects_to_the_whole_list(desk, logged_in, url):
    here = logged_in(User.objects.create_superuser("boss"))
    url = urljoin("/admin/targets/", url)
    answer = here.get(url)
    # One database refuses such a value; another accepts it and finds no row.
    assert (answer.status_code, answer.headers.get("Location")) in [
        (302, f"{url.split('?')[0]}?e=1"),
        (200, None),
    ]
    assert here.get(f"{url.split('?')[0]}?e=1").status_code == 200


@pytest.mark.parametrize("query", ["q=%00", "q=a%07b", "p=%00", "p=99999999999999999999999", "o=%00"])
def test_an_unreadable_search_does_not_break_a_list(desk, logged_in, query):
    here = logged_in(User.objects.create_superuser("boss"))
    for url in ("targets/observation", "targets/reviewevent", "targets/target", "auth/user"):
        assert here.get(f"/admin/{url}/?{query}").status_code in (200, 302), url


@pytest.mark.parametrize("who", ["editor", "auditor", "stranger"])
def test_only_users_who_may_change_a_duty_see_that_it_has_reports(desk, logged_in, who):
    enter(desk)
    row = ReportingDuty.objects.get(indicator=desk.incubators, area=desk.county)
    html = page(logged_in(getattr(desk, who)), f"/admin/targets/reportingduty/{row.pk}/change/")
    assert ("已有填报" in html) == (who == "editor")


def test_no_filter_of_a_list_reveals_hidden_reports(desk, logged_in):
    row, judgement = enter(desk), assess(desk)
    here = logged_in(desk.stranger)
    for url in (
        f"indicator/?observations={row.pk}",
        f"area/?observations__in={row.pk}",
        f"period/?observations={row.pk}",
        f"goal/?assessments={judgement.pk}",
    ):
        assert here.get(f"/admin/targets/{url}").status_code == 400, url


def test_a_note_that_is_too_long_is_refused_and_the_other_rows_are_done(desk, logged_in):
    value, _, judgement = handed_in(desk)
    own = {f"note-observation-{value.pk}": "缺证书"}
    answer = act(logged_in(desk.reviewer), "return", value, judgement, note="长" * 501, **own)
    assert told(answer) == ["已退回 1 条。", f"1 条未办： {judgement}：最多写 500 字，现有 501 字，请删减。"]
    assert f'name="note" value="{"长" * 501}"' in answer.content.decode()


def test_a_refused_act_keeps_the_typed_note_beside_its_row(desk, logged_in):
    value, _, judgement = handed_in(desk)
    typed = {f"note-observation-{value.pk}": "缺证书" * 200, f"note-assessment-{judgement.pk}": "长" * 501}
    html = act(logged_in(desk.reviewer), "return", value, judgement, **typed).content.decode()
    for name, note in typed.items():
        assert f'name="{name}" value="{note}"' in html


def test_a_forbidden_page_says_so_in_chinese_and_links_back(desk, logged_in):
    answer = logged_in(desk.reporter).get(QUEUE)
    assert answer.status_code == 403
    assert "您的账号不能看这一页，或者不能办这件事。" in words(answer.content.decode())
    assert 'href="/admin/"' in answer.content.decode()


def test_an_expired_form_says_what_to_do(desk):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(desk.reporter)
    answer = strict.post(ENTRY, {"I13-value": "5"})
    assert answer.status_code == 403
    assert "页面已过期，没有保存" in words(answer.content.decode())


@pytest.mark.parametrize(
    "path", ["targets/observation/{}/change/", "targets/period/1/change/", "auth/user/1/change/"]
)
def test_an_empty_to_field_parameter_does_not_break_a_page(desk, logged_in, path):
    row = enter(desk)
    desk.reviewer.is_superuser = True
    desk.reviewer.save()
    answer = logged_in(desk.reviewer).get("/admin/" + path.format(row.pk), {"_to_field": ""})
    assert answer.status_code in (200, 302)


def test_a_form_opened_before_a_report_began_does_not_submit_it(desk, logged_in):
    draft = enter(desk, "5")
    posted = {"I13-value": "5", "I13-version": "", "submit": ""}
    answer = logged_in(desk.reporter).post(ENTRY, posted)
    assert "填报甲 已于" in words(answer.content.decode())
    draft.refresh_from_db()
    assert draft.status == "draft"


# Queries


@pytest.mark.parametrize("number", [1, 2])
def test_pages_of_work_cost_a_fixed_number_of_queries(desk, logged_in, django_assert_num_queries, number):
    shipped(Indicator).filter(code="I13").update(roll_up=RollUp.SUM)
    indicators = [desk.incubators, desk.coverage][:number]
    for indicator in indicators:
        value = "98.5" if indicator == desk.coverage else "5"
        bring_to(desk, "returned", enter(desk, value, indicator=indicator))
        bring_to(desk, "submitted", enter(desk, value, indicator=indicator, area=desk.city))
        row = enter(desk, value, indicator=indicator, period=reopened("2017"))
        bring_to(desk, "accepted", row)
    for who, url, queries in [
        ("reporter", "/admin/", 25),
        ("reporter", ENTRY, 28),
        ("reviewer", QUEUE, 24),
        ("publisher", QUEUE, 27),
        ("auditor", "/admin/targets/observation/", 15),
    ]:
        here = logged_in(getattr(desk, who))
        here.get(url)
        with django_assert_num_queries(queries, info=f"{who} {url}"):
            here.get(url)


def test_a_duty_of_another_area_gives_no_access_to_reports(desk, logged_in):
    duty("I13", "131121")
    html = page(logged_in(desk.stranger), "/admin/sti-13/entry/?area=131121&period=2018")
    assert 'name="I13-value"' in html
    assert shipped(Observation).filter(area__code="131121").count() == 0
