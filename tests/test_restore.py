"""Restoring a record to an earlier version: through the door by which it is entered, or not at all."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime

from measures.models import Correction, SourceText
from targets import review
from targets.models import (
    Baseline,
    GoalLink,
    Grade,
    Observation,
    Organization,
    ReportingDuty,
    Responsibility,
    Target,
)
from targets.records.history import written_by
from tests.database import database
from tests.make import area, assess, bring_to, decide, duty, enter, full_desk
from tests.pages import told, words
from tests.shipped import shipped

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(plan):
    return full_desk()


def door(row, name: str, *args) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=args)


def line_of(row, number: int):
    """Return a history record of a row, counted from the oldest."""
    return type(row).history.filter(id=row.pk).order_by("history_id")[number]


def restore_url(row, number: int = 0) -> str:
    return door(row, "restore", line_of(row, number).pk)


def offered(client, row) -> list[str]:
    """Return the restore links on the history page of a row."""
    answer = client.get(door(row, "history", row.pk))
    html = answer.content.decode()
    lines = type(row).history.filter(id=row.pk)
    return [url for line in lines if f'href="{(url := door(row, "restore", line.pk))}"' in html]


def put_back(client, url: str, reason="误改", **values):
    """Open the confirmation page and press its button."""
    seen = client.get(url).context["seen"]
    return client.post(url, {"reason": reason, "seen": seen, **values}, follow=True)


def faults(answer) -> list[str]:
    return [*answer.context["faults"], *answer.context["form"].errors.get("reason", [])]


def newest(row) -> tuple[str, str]:
    line = type(row).history.filter(id=row.pk).first()
    return line.history_user.username, line.history_change_reason


def stored() -> dict:
    """Return all rows of the database except the access log."""
    return {name: rows for name, rows in database().items() if name != "targets.AccessEntry"}


def at(line) -> str:
    return f"{localtime(line.history_date):%Y-%m-%d %H:%M}"


def changed(row, **values):
    """Save the row with other values, as the form would."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return row


def county_baseline(desk) -> Baseline:
    return Baseline.objects.create(
        indicator=desk.incubators,
        area=desk.county,
        value=4,
        basis="previous_end",
        grade=Grade.OFFICIAL,
        source="统计公报",
        entered_by=desk.editor,
    )


def decided(desk) -> list[tuple]:
    """Return each kind of row that the plan editor changes by a form, a change, and the old values."""
    organization = Organization.objects.create(code="S01", name="科技局", kind="municipal")
    link = shipped(GoalLink).filter(standing="suggested").first()
    source = shipped(SourceText).get()
    start = source.text.index("众创空间建设")
    correction = Correction.objects.create(
        source=source,
        section=source.sections.containing(start, start + 6).first(),
        code="B01",
        start=start,
        end=start + 6,
        as_printed="众创空间建设",
        suggested="众创空间的建设",
        kind="word",
        confidence="low",
        reason="试填",
        entered_by=desk.editor,
        entered_at=timezone.now(),
    )
    responsibility = Responsibility.objects.create(
        organization=organization, role="lead", goal=desk.goal, source="分工方案"
    )
    county = ReportingDuty.objects.get(indicator=desk.incubators, area=desk.county)
    return [
        (organization, {"name": "科学技术局"}, {"name": "科技局"}),
        (link, {"standing": "rejected", "source": "会议"}, {"standing": "suggested", "source": link.source}),
        (county_baseline(desk), {"value": 5, "note": "改"}, {"value": 4, "note": ""}),
        (desk.incubators, {"definition": "甲", "definition_source": "乙"}, {"definition": ""}),
        (desk.year, {"due_on": date(2019, 2, 1)}, {"due_on": None}),
        (county, {"frequency": 6, "organization": organization}, {"frequency": 12, "organization": None}),
        (responsibility, {"role": "support"}, {"role": "lead"}),
        (correction, {"suggested": "众创空间之建设", "confidence": "high"}, {"suggested": "众创空间的建设"}),
    ]


KINDS = ["单位", "对应", "基期值", "口径", "报告期", "任务", "责任", "勘误"]


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=KINDS)
def test_a_row_changed_by_a_form_is_restored_and_its_history_says_so(desk, logged_in, kind):
    row, change, before = decided(desk)[kind]
    changed(row, **change)
    line = line_of(row, 0)
    here = logged_in(desk.editor)
    lines = type(row).history.filter(id=row.pk)
    assert offered(here, row) == [door(row, "restore", line.pk) for line in lines[1:]]
    answer = put_back(here, restore_url(row))
    assert told(answer) == [f"已还原到 {at(line)} 的内容。"]
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in before} == before
    assert newest(row) == ("规划戊", f"还原到 {at(line)} 的内容：误改")


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=KINDS)
@pytest.mark.parametrize("who", ["reporter", "stranger", "reviewer", "publisher", "auditor", "nobody", None])
def test_only_the_plan_editor_restores_planning_rows(desk, logged_in, kind, who):
    row, change, _ = decided(desk)[kind]
    changed(row, **change)
    url = restore_url(row)
    seen = logged_in(desk.editor).get(url).context["seen"]
    before = stored()
    here = logged_in(who and getattr(desk, who))
    expected = (302, 302) if who is None else (403, 403)
    posted = {"reason": "误改", "seen": seen}
    assert (here.get(url).status_code, here.post(url, posted).status_code) == expected
    if who not in ("nobody", None):
        assert offered(here, row) == []
    assert stored() == before


def test_the_confirmation_page_lists_changed_fields_and_viewing_it_changes_nothing(desk, logged_in):
    row = changed(county_baseline(desk), value=5, note="改", year=2015)
    before = stored()
    html = logged_in(desk.editor).get(restore_url(row)).content.decode()
    table = words(html.split("<tbody>")[1].split("</tbody>")[0])
    assert table == "数值 5 4 年份 2015 （空） 说明 改 （空）"
    assert stored() == before


@pytest.mark.parametrize("reason", ["", " ", "\u200b", "a\x07b", "长" * 401])
def test_nothing_is_restored_without_a_readable_reason(desk, logged_in, reason):
    row = changed(county_baseline(desk), value=5)
    before = stored()
    answer = put_back(logged_in(desk.editor), restore_url(row), reason)
    assert len(answer.context["form"].errors["reason"]) == 1
    assert stored() == before


@pytest.mark.parametrize("seen", ["", "0", "x", None])
def test_a_row_changed_after_the_page_was_shown_is_not_restored(desk, logged_in, seen):
    row = changed(county_baseline(desk), value=5)
    here, url = logged_in(desk.editor), restore_url(row)
    shown = here.get(url).context["seen"] if seen is None else seen
    changed(row, value=6)
    answer = here.post(url, {"reason": "误改", "seen": shown})
    assert faults(answer) == ["您查看之后，这条记录又有改动，没有还原。下面是现在的情况，请核对后再还原。"]
    row.refresh_from_db()
    assert row.value == 6
    # The page now shows the current state and keeps the typed text.
    assert 'value="误改"' in answer.content.decode()
    here.post(url, {"reason": "误改", "seen": answer.context["seen"]})
    row.refresh_from_db()
    assert row.value == 4


def test_a_restore_that_the_form_would_refuse_is_refused_at_its_field(desk, logged_in):
    first = county_baseline(desk)
    changed(first, area=area("131121"))
    Baseline.objects.create(
        indicator=desk.incubators,
        area=desk.county,
        value=9,
        basis="previous_end",
        grade=Grade.DERIVED,
        source="推算",
        entered_by=desk.editor,
    )
    before = stored()
    answer = put_back(logged_in(desk.editor), restore_url(first))
    assert faults(answer) == ["该县市区的这项指标已有基期值。"]
    assert stored() == before


def test_an_old_version_that_breaks_current_rules_is_refused_field_by_field(desk, logged_in):
    row = county_baseline(desk)
    QuerySet(Baseline.history.model).filter(id=row.pk).update(value="4.5", year=1890)
    changed(row, value=5)
    answer = put_back(logged_in(desk.editor), restore_url(row))
    assert faults(answer) == [
        "数值：“省级科技企业孵化器”以“家”计，请填整数。",
        "年份：基期在规划之前，年份应在 2000 至 2015 之间。",
    ]


def test_an_old_version_that_points_to_a_deleted_row_is_not_restored(desk, logged_in):
    body = Organization.objects.create(code="S01", name="科技局", kind="municipal")
    row = duty("I13", "131121", organization=body)
    changed(row, organization=None)
    body.delete()
    before = stored()
    answer = put_back(logged_in(desk.editor), restore_url(row))
    assert faults(answer) == ["当时所填的填报单位已经删除，不能还原到这一版。请改为直接填写。"]
    assert stored() == before


def test_restoring_a_duty_with_reports_leaves_its_frozen_fields_and_says_so(desk, logged_in):
    row = ReportingDuty.objects.get(indicator=desk.incubators, area=desk.county)
    changed(row, frequency=6, valid_to=date(2020, 12, 31))
    changed(row, frequency=12, valid_to=None)
    bring_to(desk, "published", enter(desk))
    here, url = logged_in(desk.editor), restore_url(row, 1)
    html = here.get(url).content.decode()
    assert words(html.split("<tbody>")[1].split("</tbody>")[0]) == "止 （空） 2020年12月31日"
    assert "不能改动的，保持现在的内容：频率（当时为 每半年）。" in words(html)
    put_back(here, url)
    row.refresh_from_db()
    assert (row.frequency, row.valid_to) == (12, date(2020, 12, 31))


def test_a_duty_is_not_restored_to_an_end_before_its_reports(desk, logged_in):
    row = ReportingDuty.objects.get(indicator=desk.incubators, area=desk.county)
    changed(row, valid_to=date(2017, 12, 31))
    changed(row, valid_to=None)
    enter(desk)
    answer = put_back(logged_in(desk.editor), restore_url(row, 1))
    assert faults(answer) == ["止：2018年已有填报，“止”应不早于 2018-12-31。"]


def test_a_row_that_already_equals_the_old_version_is_not_restored(desk, logged_in):
    row = changed(changed(county_baseline(desk), value=5), value=4)
    here, url = logged_in(desk.editor), restore_url(row)
    html = here.get(url).content.decode()
    assert ("与现在的内容相同，不必还原。" in html, 'name="seen"' in html) == (True, False)
    before = stored()
    answer = here.post(url, {"reason": "误改", "seen": row.history.first().pk})
    assert faults(answer) == ["与现在的内容相同，不必还原。"]
    assert stored() == before


def test_a_superuser_cannot_restore_a_loaded_row_or_a_target(desk, logged_in):
    decide(
        indicator=desk.incubators,
        area=desk.county,
        year=2020,
        value=12,
        decided_on=date(2016, 12, 20),
        grade=Grade.OFFICIAL,
        source="会议纪要",
        by=desk.editor,
    )
    here = logged_in(User.objects.create_superuser("boss"))
    for row in (
        shipped(Baseline).of_text().first(),
        shipped(Target).get(),
        Organization.objects.get(code="O01"),
        desk.goal,
        desk.county,
        shipped(Correction).get(code="SL01"),
    ):
        url = restore_url(row)
        assert offered(here, row) == []
        assert (here.get(url).status_code, here.post(url, {"reason": "改"}).status_code) == (403, 403), row


def test_restoring_an_unknown_history_record_is_not_found(desk, logged_in):
    assert logged_in(desk.editor).get("/admin/targets/period/restore/999999/").status_code == 404


# Reports


def rewritten(desk, fill_in):
    """Return a draft that was saved twice."""
    if fill_in is enter:
        return enter(desk, "7", version=enter(desk, "5", note="甲").version, note="")
    return assess(desk, "好转。", version=assess(desk, "平稳。").version)


def said_by(row) -> tuple:
    row = type(row).objects.get(pk=row.pk)
    return tuple(
        str(getattr(row, name)) for name in ("value", "note", "text", "status") if hasattr(row, name)
    )


@pytest.mark.parametrize("status", ["draft", "returned"])
@pytest.mark.parametrize(
    ("fill_in", "before"), [(enter, ("5.0000", "甲")), (assess, ("平稳。",))], ids=["value", "judgement"]
)
def test_a_draft_or_returned_report_is_restored_to_its_old_values(desk, logged_in, fill_in, before, status):
    row = bring_to(desk, status, rewritten(desk, fill_in))
    here = logged_in(desk.reporter)
    assert restore_url(row) in offered(here, row)
    line = line_of(row, 0)
    answer = put_back(here, restore_url(row))
    assert told(answer) == [f"已还原到 {at(line)} 的内容。"]
    assert said_by(row) == (*before, status)
    assert newest(row) == ("填报甲", f"还原到 {at(line)} 的内容：误改")


@pytest.mark.parametrize("fill_in", [enter, assess])
def test_a_published_report_is_restored_by_a_correction(desk, logged_in, fill_in):
    row = bring_to(desk, "published", rewritten(desk, fill_in))
    public = said_by(row)
    here = logged_in(desk.reporter)
    url = restore_url(row)
    assert "还原另存为一份更正草稿" in here.get(url).content.decode()
    put_back(here, url)
    assert said_by(row) == public
    draft = type(row).objects.open().get()
    assert (draft.status, draft.revision, draft.entered_by) == ("draft", 2, desk.reporter)
    said = f"还原到 {at(line_of(row, 0))} 的内容：误改"
    assert [(event.act, event.note) for event in draft.events.all()] == [("correct", said)]
    assert newest(draft) == ("填报甲", said)
    assert faults(put_back(here, url)) == ["这一条的更正已在填报中，请在那一条上修改。"]


@pytest.mark.parametrize("status", ["submitted", "accepted", "superseded", "withdrawn"])
def test_a_report_in_review_or_replaced_or_withdrawn_is_not_restored(desk, logged_in, status):
    row = bring_to(desk, status, rewritten(desk, enter))
    row.refresh_from_db()
    here, url = logged_in(desk.reporter), restore_url(row)
    before = stored()
    assert offered(here, row) == []
    answer = here.post(url, {"reason": "误改", "seen": str(row.version)})
    sentence = f"现为“{row.get_status_display()}”，不能还原：只有草稿、退回的和已发布的可以。"
    assert faults(answer) == [sentence]
    assert 'name="seen"' not in answer.content.decode()
    assert stored() == before


def test_a_report_written_after_the_page_was_shown_is_not_restored(desk, logged_in):
    row = rewritten(desk, enter)
    here, url = logged_in(desk.reporter), restore_url(row)
    seen = here.get(url).context["seen"]
    enter(desk, "8", version=row.version)
    answer = here.post(url, {"reason": "误改", "seen": seen})
    assert faults(answer) == ["您查看之后，这条记录又有改动，没有还原。下面是现在的情况，请核对后再还原。"]
    assert said_by(row)[0] == "8.0000"


def test_a_report_of_a_closed_period_is_not_restored(desk, logged_in):
    row = rewritten(desk, enter)
    review.close_period(desk.year, by=desk.publisher)
    answer = put_back(logged_in(desk.reporter), restore_url(row))
    assert faults(answer) == ["2018年已关闭，不再接受填报；确需补报请由发布员重开。"]


def test_an_old_value_that_breaks_current_rules_is_refused_at_its_field(desk, logged_in):
    row = rewritten(desk, enter)
    QuerySet(Observation.history.model).filter(pk=line_of(row, 0).pk).update(value="5.5")
    answer = put_back(logged_in(desk.reporter), restore_url(row))
    assert faults(answer) == ["完成值：请填整数。"]
    assert said_by(row)[0] == "7.0000"


# Deleted rows


def gone(desk, number=1) -> list:
    """Return duties that were deleted with a reason."""
    rows = [duty("I13", code) for code in ("131121", "131122", "131123")[:number]]
    for row in rows:
        with written_by(desk.editor, "不再填报"):
            ReportingDuty.objects.get(pk=row.pk).delete()
    return rows


DELETED = "/admin/targets/reportingduty/deleted/"


def test_deleted_rows_are_listed_with_user_time_reason_and_last_content(desk, logged_in):
    [row] = gone(desk)
    here = logged_in(desk.auditor)
    assert f'href="{DELETED}"' in here.get("/admin/targets/reportingduty/").content.decode()
    html = here.get(DELETED).content.decode()
    line = line_of(row, 1)
    assert words(html.split("<tbody>")[1].split("</tbody>")[0]) == (
        f"{localtime(line.history_date):%Y-%m-%d %H:%M:%S} 规划戊 不再填报"
        f" 指标：I13 省级科技企业孵化器 县市区：{row.area} 频率：每年 历史 （编号 {row.pk}）"
    )
    url = door(row, "deleted_history", row.pk)
    assert f'href="{url}"' in html
    page = here.get(url).content.decode()
    assert words(page.split("<tbody>")[1].split("</tbody>")[0]).count("不再填报") == 1
    assert "还原" not in page


def test_a_deleted_row_is_restored_by_the_add_form(desk, logged_in):
    [row] = gone(desk)
    here = logged_in(desk.editor)
    url = restore_url(row, 1)
    assert f'href="{url}"' in here.get(door(row, "deleted_history", row.pk)).content.decode()
    answer = put_back(here, url, "误删")
    said = f"还原到 {at(line_of(row, 1))} 的内容"
    assert told(answer) == [f"已{said}。"]
    new = ReportingDuty.objects.get(indicator=desk.incubators, area=row.area)
    assert (new.frequency, new.pk == row.pk) == (12, False)
    assert newest(new) == ("规划戊", f"{said}：误删")
    assert faults(put_back(here, url, "误删")) == [
        "起：与已有的任务（规划起始 至 长期）重叠。请先填写那一条的“止”，再从其后一日起新建。"
    ]


def test_a_restored_baseline_or_correction_names_the_user_who_restored_it(desk, logged_in):
    rows = [row for row, *_ in decided(desk) if isinstance(row, Baseline | Correction)]
    boss = User.objects.create_superuser("boss")
    for row in rows:
        type(row).objects.get(pk=row.pk).delete()
        put_back(logged_in(boss), restore_url(row, 1), "误删")
    found = [type(row).objects.get(entered_by=boss) for row in rows]
    assert (found[0].value, found[0].source) == (4, "统计公报")
    assert (found[1].as_printed, found[1].suggested) == ("众创空间建设", "众创空间的建设")


def test_users_who_may_not_see_rows_may_not_see_deleted_ones(desk, logged_in):
    [row] = gone(desk)
    urls = [DELETED, door(row, "deleted_history", row.pk)]
    for who, status in [("nobody", 403), (None, 302), ("reporter", 200), ("editor", 200)]:
        here = logged_in(who and getattr(desk, who))
        assert [here.get(url).status_code for url in urls] == [status, status], who
    for who in ("reporter", "reviewer", "auditor", "nobody"):
        here = logged_in(getattr(desk, who))
        url = restore_url(row, 1)
        assert (here.get(url).status_code, here.post(url, {"reason": "改"}).status_code) == (403, 403)
    assert shipped(ReportingDuty).filter(area=row.area).count() == 0


def test_a_row_that_exists_has_no_page_among_the_deleted_rows(desk, logged_in):
    here = logged_in(desk.editor)
    assert here.get(door(desk.year, "deleted_history", desk.year.pk)).status_code == 404
    assert here.get("/admin/targets/period/deleted/99999/").status_code == 404


@pytest.mark.parametrize("model", ["observation", "assessment", "reviewevent", "accessentry"])
def test_reports_are_never_deleted_and_have_no_page_of_deleted_rows(desk, logged_in, model):
    here = logged_in(User.objects.create_superuser("boss"))
    url = f"/admin/targets/{model}/deleted/"
    assert url not in here.get(f"/admin/targets/{model}/").content.decode()
    assert here.get(url).status_code != 200


@pytest.mark.parametrize("number", [1, 3])
def test_restore_pages_and_lists_of_deleted_rows_cost_a_fixed_number_of_queries(
    desk, logged_in, django_assert_num_queries, number
):
    [row, *_] = gone(desk, number)
    draft = enter(desk)
    for value in range(number):
        draft = enter(desk, str(value), version=draft.version)
    for who, url, queries in [
        ("editor", DELETED, 10),
        ("editor", door(row, "deleted_history", row.pk), 11),
        ("editor", restore_url(row, 1), 14),
        ("reporter", door(draft, "history", draft.pk), 21),
        ("reporter", restore_url(draft), 14),
    ]:
        here = logged_in(getattr(desk, who))
        here.get(url)
        with django_assert_num_queries(queries, info=f"{who} {url}"):
            assert here.get(url).status_code == 200
