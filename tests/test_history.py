"""The history of each record: who wrote it, when, why, and all its columns."""

import re
from threading import Thread

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.timezone import localtime

from measures.loading import loader
from measures.models import Citation, Measure, NumberToken, SourceText
from targets import review
from targets.desk.admin.history_diff import EMPTY
from targets.models import (
    AccessEntry,
    Area,
    AreaAssignment,
    Baseline,
    Evidence,
    Goal,
    GoalLink,
    Indicator,
    Observation,
    Organization,
    Period,
    Plan,
    ReportStatus,
    ReviewEvent,
    SheetUpload,
)
from targets.records import history
from targets.records.history import Record, RecordQuerySet, written_by
from tests.database import FIXTURES, database, is_history, own_models
from tests.make import accept, bring_to, enter, give_back, open_desk, publish, submit
from tests.outcomes import lines
from tests.shipped import OF_IT, shipped, shipped_plan

# Each loading replaces the marks on the text, uploads are temporary, and the others are logs.
KEPT_WITHOUT = {AccessEntry, Citation, NumberToken, ReviewEvent, SheetUpload}
RECORDS = [model for model in own_models() if issubclass(model, Record)]
HISTORY = "admin:{}_{}_history"


def body(code="S01", **values) -> Organization:
    return Organization(code=code, name=f"市科技局{code}", kind="municipal", **values)


def history_of(row) -> str:
    return reverse(HISTORY.format(row._meta.app_label, row._meta.model_name), args=[row.pk])


def table(answer) -> list[list[str]]:
    """Return the cells of the history page."""
    rows = re.findall(r"<tr>(.*?)</tr>", answer.content.decode().split("<tbody>")[1], re.S)
    cells = (re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S) for row in rows)
    return [[re.sub(r"<.*?>", "", cell).strip() for cell in row] for row in cells]


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna")


@pytest.fixture
def desk(plan):
    return open_desk()


# Models


def test_every_model_has_history_except_listed_ones():
    plain = {
        model
        for model in own_models()
        if not is_history(model) and not model._meta.auto_created and not issubclass(model, Record)
    }
    assert plain == KEPT_WITHOUT


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model.__name__)
def test_every_way_to_write_a_record_adds_history(model):
    managers = [model._base_manager, *model._meta.managers]
    assert all(isinstance(manager.get_queryset(), RecordQuerySet) for manager in managers)
    assert is_history(model.history.model)
    # Django would empty such a column without a history record.
    emptied = [
        field.name
        for field in model._meta.fields
        if field.is_relation and field.remote_field.on_delete not in (models.PROTECT, models.CASCADE)
    ]
    assert emptied == []


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model.__name__)
def test_a_history_table_has_all_columns_and_no_constraints(model):
    copy = model.history.model
    own = {field.attname for field in model._meta.concrete_fields}
    assert own <= {field.attname for field in copy._meta.concrete_fields}
    assert copy._meta.constraints == []
    assert {field.name for field in copy._meta.fields if field.unique} == {"history_id"}
    assert {field.name for field in copy._meta.fields if field.db_index} == {"id", "history_user"}
    assert copy._meta.default_permissions == ()


# Ways to write


def test_a_save_adds_a_history_record(anna):
    with written_by(anna, "新设"):
        row = Organization.objects.create(code="S01", name="市科技局", kind="municipal")
    with written_by(anna, "改名"):
        row.name = "市科学技术局"
        row.save()
    assert lines(Organization) == [("+", "anna", "新设"), ("~", "anna", "改名")]
    assert list(row.history.values_list("name", flat=True)) == ["市科学技术局", "市科技局"]


def test_the_reason_of_one_save_does_not_reach_the_next(anna):
    row = body()
    with written_by(anna, "新设"):
        row.save()
    row.save()
    assert lines(Organization) == [("+", "anna", "新设"), ("~", None, "")]


def test_the_innermost_writer_is_recorded(anna):
    with written_by(anna, "外"):
        with written_by(None, "内"):
            body("S01").save()
        body("S02").save()
    assert lines(Organization) == [("+", None, "内"), ("+", "anna", "外")]


def test_bulk_writes_add_a_history_record_for_each_row(anna):
    with written_by(anna, "批量新建"):
        rows = Organization.objects.bulk_create([body("S01"), body("S02")])
    with written_by(anna, "批量改名"):
        for row in rows:
            row.name = row.code
        Organization.objects.bulk_update(rows, ["name"])
    with written_by(anna, "批量更改"):
        Organization.objects.filter(code="S02").update(note="停")
    with written_by(anna, "批量删除"):
        Organization.objects.all().delete()
    first, second = (lines(Organization, code=code) for code in ("S01", "S02"))
    assert first == [
        ("+", "anna", "批量新建"),
        ("~", "anna", "批量改名"),
        ("-", "anna", "批量删除"),
    ]
    assert second == [*first[:2], ("~", "anna", "批量更改"), first[2]]
    names = Organization.history.filter(code="S02").order_by("history_id").values_list("name", "note")
    assert list(names) == [
        ("市科技局S02", ""),
        ("S02", ""),
        ("S02", "停"),
        ("S02", "停"),
    ]


@pytest.mark.parametrize("number", [0, 1, 3])
def test_rewritten_rows_are_stored_with_all_columns_and_their_history(anna, monkeypatch, number):
    monkeypatch.setattr(history, "ROWS_AT_ONCE", 2)
    rows = Organization.objects.bulk_create([body(f"S0{digit}") for digit in range(3)])
    for row in rows[:number]:
        row.note = "停"
    with written_by(anna, "停用"):
        Organization.objects.rewrite(rows[:number])
    stored = Organization.objects.order_by("code")
    assert [row.note for row in stored] == ["停"] * number + [""] * (3 - number)
    assert [lines(Organization, code=row.code)[1:] for row in stored[:number]] == [
        [("~", "anna", "停用")]
    ] * number
    told = Organization.history.filter(history_type="~").values_list("code", "name", "note")
    assert set(told) == {(row.code, row.name, "停") for row in rows[:number]}


def test_an_update_adds_history_only_for_changed_rows(anna):
    Organization.objects.bulk_create([body("S01", note="停"), body("S02"), body("S03")])
    before = Organization.history.count()
    with written_by(anna, "停用"):
        assert Organization.objects.exclude(code="S03").update(note="停") == 2
    assert Organization.history.count() == before + 1
    assert lines(Organization, code="S02")[-1] == ("~", "anna", "停用")


def test_a_write_through_a_relation_adds_history(plan, anna):
    """Django's `add` writes through the base manager."""
    county, other = Area.objects.get(code="131127"), Area.objects.get(code="131126")
    before = Area.history.count()
    with written_by(anna, "试改"):
        county.children.add(other)
    assert Area.history.count() == before + 1
    assert lines(Area, code="131126")[-1] == ("~", "anna", "试改")


def test_a_cascade_adds_history_for_each_deleted_row(plan, anna):
    indicator = shipped(Indicator).get(code="I03")
    number, links = indicator.pk, indicator.goal_links.count()
    Measure.indicators.through.objects.filter(indicator=indicator).delete()
    with written_by(anna, "并入他项"):
        indicator.delete()
    deleted = ("-", "anna", "并入他项")
    assert lines(Indicator, code="I03")[-1] == deleted
    assert lines(Baseline, indicator_id=number).count(deleted) == 1
    assert lines(GoalLink).count(deleted) == links > 0


def test_bulk_create_with_conflicts_is_refused(db):
    for options in (
        {"ignore_conflicts": True},
        {"update_conflicts": True, "unique_fields": ["code"], "update_fields": ["name"]},
    ):
        with pytest.raises(NotImplementedError, match=r"^targets\.Organization keeps a history"):
            Organization.objects.bulk_create([body()], **options)
    assert (Organization.objects.count(), lines(Organization)) == (0, [])


def test_a_rollback_leaves_no_history(anna):
    def half_way():
        with transaction.atomic(), written_by(anna, "试"):
            body("S01").save()
            Organization.objects.bulk_create([body("S02")])
            Organization.objects.update(note="停")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half_way()
    assert (Organization.objects.count(), lines(Organization)) == (0, [])


@pytest.mark.parametrize("write", ["save", "bulk_create", "update", "rewrite"])
def test_a_row_is_not_written_without_its_history(transactional_db, write):
    row = body()
    row.save()
    act = {
        "save": lambda: body("S02").save(),
        "bulk_create": lambda: Organization.objects.bulk_create([body("S02")]),
        "update": lambda: Organization.objects.update(note="停"),
        "rewrite": lambda: Organization.objects.rewrite([body(note="停", pk=row.pk)]),
    }[write]
    with pytest.raises(IntegrityError), written_by(User(pk=999_999)):
        act()
    assert list(Organization.objects.values_list("code", "note")) == [("S01", "")]
    assert lines(Organization) == [("+", None, "")]


def test_two_threads_do_not_share_a_writer(anna):
    """A thread starts without a writer."""
    seen = []

    def other():
        seen.append(Organization.history.model.get_default_history_user(None))
        with written_by(User(username="berta")):
            seen.append(Organization.history.model.get_default_history_user(None).username)

    with written_by(anna, "甲"):
        thread = Thread(target=other)
        thread.start()
        thread.join()
        body().save()
    assert seen == [None, "berta"]
    assert lines(Organization) == [("+", "anna", "甲")]


def test_an_account_with_history_cannot_be_deleted(anna):
    with written_by(anna):
        body().save()
    with pytest.raises(models.ProtectedError):
        anna.delete()


def test_an_empty_reason_keeps_the_outer_one_of_the_same_user(anna):
    with written_by(anna, "年度整理"):
        with written_by(anna):
            body("S01").save()
        with written_by(None):
            body("S02").save()
    assert lines(Organization) == [("+", "anna", "年度整理"), ("+", None, "")]


def test_history_records_only_saved_fields(db):
    row = Organization.objects.create(code="S01", name="市科技局", kind="municipal")
    row.name, row.note = "未存的名", "停"
    row.save(update_fields=["note"])
    assert list(row.history.values_list("name", "note")) == [("市科技局", "停"), ("市科技局", "")]


def test_history_records_the_result_of_an_expression(db):
    row = body(note="甲")
    row.save()
    row.note = Concat(F("note"), Value("乙"))
    row.save()
    assert list(row.history.values_list("note", flat=True)) == ["甲乙", "甲"]


def test_history_cannot_be_skipped_by_an_attribute_of_the_row(db):
    row = body()
    row.skip_history_when_saving = True
    row.save()
    row.save()
    assert lines(Organization) == [("+", None, ""), ("~", None, "")]


APPEND_ONLY = {
    "change entries": lambda row: Observation.history.update(history_change_reason="改"),
    "delete entries": lambda row: Observation.history.all().delete(),
    "delete entries of a row": lambda row: row.history.all().delete(),
    "change events": lambda row: shipped(ReviewEvent).update(note="改"),
    "change events in hand": lambda row: shipped(ReviewEvent).bulk_update(row.events.all(), ["note"]),
    "delete events": lambda row: shipped(ReviewEvent).all().delete(),
    "delete events of a row": lambda row: row.events.all().delete(),
}


@pytest.mark.parametrize("act", APPEND_ONLY.values(), ids=APPEND_ONLY)
def test_history_and_review_events_cannot_be_changed_or_deleted(desk, act):
    row = bring_to(desk, "submitted", enter(desk))
    before = database()
    with pytest.raises(NotImplementedError, match="are only added, never"):
        act(row)
    assert database() == before


# Review and loading


def test_history_records_actor_and_note_of_each_review_act(desk):
    row = enter(desk)
    row = submit(row, by=desk.reporter, note="按台账")
    row = give_back(row, desk.reviewer)
    row = submit(row, by=desk.reporter)
    row = accept(row, desk.reviewer)
    [row] = publish(row, desk.publisher)
    assert lines(Observation, id=row.pk) == [
        ("+", "填报甲", ""),
        ("~", "填报甲", "按台账"),
        ("~", "审核乙", "请核对"),
        ("~", "填报甲", ""),
        ("~", "审核乙", ""),
        ("~", "发布丙", ""),
    ]
    told = [("~", event.actor.username, event.note) for event in row.events.all()]
    assert lines(Observation, id=row.pk)[1:] == told


def test_history_records_who_added_or_removed_evidence_and_why(desk):
    paper = {"title": "认定文件", "source": "冀科高〔2018〕5号"}
    row = enter(desk)
    kept = review.attach(row, by=desk.reporter, **paper)
    gone = review.attach(row, by=desk.reporter, **paper)
    review.detach(gone, by=desk.reporter)
    assert lines(Evidence, id=kept.pk) == [("+", "填报甲", "")]
    assert lines(Evidence, id=gone.pk) == [("+", "填报甲", ""), ("-", "填报甲", "")]
    added, taken = "添加证明材料：认定文件", "移除证明材料：认定文件"
    assert lines(Observation, id=row.pk) == [
        ("+", "填报甲", ""),
        ("~", "填报甲", added),
        ("~", "填报甲", added),
        ("~", "填报甲", taken),
    ]
    row.refresh_from_db()
    new = review.correct(bring_to(desk, "published", row), by=desk.reporter, reason="重新核定")
    assert lines(Evidence, id=new.evidence.get().pk) == [("+", "填报甲", "重新核定")]


def test_history_records_a_correction_and_the_superseded_row(desk):
    old = bring_to(desk, "published", enter(desk))
    new = review.correct(old, by=desk.reporter, value="6", reason="重新核定")
    bring_to(desk, "published", new)
    assert lines(Observation, id=new.pk)[0] == ("+", "填报甲", "重新核定")
    assert lines(Observation, id=old.pk)[-1] == ("~", "发布丙", "")
    assert old.history.first().status == ReportStatus.SUPERSEDED


def test_history_records_who_closed_and_reopened_a_period(desk):
    review.close_period(desk.year, by=desk.publisher, note="已全部发布")
    review.reopen_period(desk.year, by=desk.publisher, reason="补报")
    assert lines(Period, id=desk.year.pk)[-2:] == [
        ("~", "发布丙", "已全部发布"),
        ("~", "发布丙", "补报"),
    ]


def test_a_refused_act_leaves_no_history(desk):
    row = enter(desk)
    before = database()
    with pytest.raises(review.Refused):
        accept(row, desk.reviewer)
    assert database() == before


def test_the_first_loading_adds_one_history_record_a_row_without_a_user(db):
    loader.load(FIXTURES)
    read, published = ("+", None, "载入规划文件"), ("+", None, "据公开来源载入")
    # The plan is named before its documents, and then names its own.
    assert lines(Plan) == [read, ("~", None, "载入规划文件")]
    for model in set(RECORDS) - {Plan}:
        expected = published if model is Observation else read
        assert lines(model) == [expected] * model.objects.count(), model


def test_a_loading_without_changes_adds_no_history(plan):
    before = database()
    loader.load(FIXTURES)
    assert database() == before
    assert Plan.history.filter(code="sti-13").count() == 2


def test_a_loading_that_repairs_a_row_adds_history(plan):
    shipped(Indicator).filter(code="I10").update(unit="项")
    loader.load(FIXTURES)
    assert lines(Indicator, code="I10") == [
        ("+", None, "载入规划文件"),
        ("~", None, ""),
        ("~", None, "载入规划文件"),
    ]


def test_every_history_record_of_the_demonstration_has_its_author(demo):
    names = {line[1:] for model in RECORDS for line in lines(model)}
    assert {(name, reason) for name, reason in names if name == "guihua"} == {
        ("guihua", "演示"),
        ("guihua", "中期评估后按实际进度下调（演示）"),
    }
    assert {reason for name, reason in names if name is None} == {
        "载入规划文件",
        "据公开来源载入",
        "演示",
    }
    by_nobody = {model for model in RECORDS if (None, "演示") in {line[1:] for line in lines(model)}}
    assert by_nobody == {Plan, AreaAssignment}


# At the desk


def test_history_names_the_user_who_is_logged_in_at_the_desk(plan, client):
    client.force_login(User.objects.create_superuser("boss"))
    values = {"code": "S01", "name": "市科技局", "kind": "municipal", "note": ""}
    client.post(reverse("admin:targets_organization_add") + OF_IT, values)
    row = Organization.objects.get(code="S01")
    client.post(
        reverse("admin:targets_organization_change", args=[row.pk]), values | {"name": "市科学技术局"}
    )
    client.post(reverse("admin:targets_organization_delete", args=[row.pk]), {"post": "yes"})
    assert lines(Organization, code="S01") == [
        ("+", "boss", ""),
        ("~", "boss", ""),
        ("-", "boss", ""),
    ]


def test_the_user_of_a_request_is_forgotten_after_the_request(plan, client):
    client.force_login(User.objects.create_superuser("boss"))
    client.get(reverse("admin:index"))
    body().save()
    assert lines(Organization, code="S01") == [("+", None, "")]


def test_a_history_page_shows_user_time_change_and_reason(plan, client):
    boss = User.objects.create_superuser("boss", last_name="王处长")
    client.force_login(boss)
    row, county = shipped(Baseline).get(indicator__code="I09"), Area.objects.get(code="131127")
    with written_by(boss, "<b>核定</b>"):
        Baseline.objects.filter(pk=row.pk).update(
            value="93.5000", comparator="ge", basis_is_inherited=True, year=2014, area=county, note="甲"
        )
    times = [f"{localtime(line.history_date):%Y-%m-%d %H:%M:%S}" for line in row.history.all()]
    changed, created = table(client.get(history_of(row)))
    assert created == [times[1], "系统", "新建", "—", "载入规划文件"]
    assert changed[:3] == [times[0], "王处长", "修改"]
    assert changed[4] == "&lt;b&gt;核定&lt;/b&gt;"
    for said in (
        "数值：92 → 93.5",
        "比较词：等于 → 以上(含)",
        "时期承上下文：否 → 是",
        f"年份：{row.year or EMPTY} → 2014",
        "说明：（空） → 甲",
        f"县市区：{row.area} → {county}",
    ):
        assert said in changed[3]
    assert changed[3].count("→") == 6


def test_a_history_that_begins_with_a_change_says_that_earlier_content_is_unknown(plan, client):
    client.force_login(User.objects.create_superuser("boss"))
    row = shipped(Goal).get(code="G01")
    models.QuerySet(Goal.history.model).filter(id=row.pk).delete()
    answer = client.get(history_of(row)).content.decode()
    assert "这条记录还没有历史：它在开始记录历史之前就已存在，此后没有改过。" in answer
    row.save()
    assert table(client.get(history_of(row)))[0][2:] == ["修改", "此前的内容没有记录", "—"]


def test_a_relation_to_a_deleted_row_is_shown_as_deleted(plan, client):
    client.force_login(User.objects.create_superuser("boss"))
    gone = body()
    gone.save()
    row = shipped(Measure).filter(organization=None).first()
    Measure.objects.filter(pk=row.pk).update(organization=gone)
    Measure.objects.filter(pk=row.pk).update(organization=None)
    number = gone.pk
    gone.delete()
    said = table(client.get(history_of(row)))[0][3]
    assert said == f"主体单位：已删除的单位（编号 {number}） → （空）"


def test_a_long_history_has_pages(plan, client, django_assert_num_queries):
    client.force_login(User.objects.create_superuser("boss"))
    row = shipped(Goal).get(code="G01")
    for number in range(60):
        Goal.objects.filter(pk=row.pk).update(note=str(number))
    client.get(history_of(row))
    with django_assert_num_queries(7):
        first = table(client.get(history_of(row)))
    with django_assert_num_queries(7):
        second = table(client.get(history_of(row), {"p": 2}))
    assert (len(first), len(second)) == (50, 11)
    # The last entry of a page is compared with the first of the next.
    assert first[-1][3] == "说明：9 → 10"
    assert second[0][3] == "说明：8 → 9"


def test_history_pages_of_all_records_cost_the_same_queries(plan, client, django_assert_num_queries):
    client.force_login(User.objects.create_superuser("boss"))
    for row in (shipped_plan(), shipped(SourceText).get(), *shipped(Measure).all()[:3]):
        client.get(history_of(row))
        with django_assert_num_queries(7, info=str(row)):
            assert len(table(client.get(history_of(row)))) == (2 if isinstance(row, Plan) else 1)


@pytest.mark.parametrize("name", ["nobody", "reader", "clerk", "other"])
def test_users_who_may_not_see_a_row_may_not_see_its_history(plan, client, name):
    row = shipped(Baseline).get(indicator__code="I09")
    if name != "nobody":
        user = User.objects.create_user(name, is_staff=name != "reader")
        user.user_permissions.set(Permission.objects.filter(codename="view_goal") if name == "other" else [])
        client.force_login(user)
    answer = client.get(history_of(row))
    assert "92" not in answer.content.decode()
    assert answer.status_code == (403 if name in ("clerk", "other") else 302)


def test_users_who_may_view_a_row_see_its_history_but_cannot_restore_it(plan, client):
    user = User.objects.create_user("auditor", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_baseline"))
    client.force_login(user)
    row = shipped(Baseline).get(indicator__code="I09")
    before = database()
    assert len(table(client.get(history_of(row)))) == 1
    client.post(history_of(row), {"_save": "1", "value": "1"})
    assert client.get(f"{history_of(row)}{row.history.get().pk}/").status_code != 200
    assert database() == before
