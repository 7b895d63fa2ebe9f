"""verify_plan holds every cell of every loaded row against its line, and lists what staff have changed."""

import random
import re
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, models, transaction
from django.utils.timezone import localtime

from measures.loading import cells
from measures.loading.annotations import PLAN, TABLES
from measures.models import Citation, Correction, Measure, NumberToken, Section, SourceText
from targets import review
from targets.models import (
    Area,
    Baseline,
    Goal,
    GoalLink,
    Indicator,
    Observation,
    Organization,
    Period,
    Plan,
)
from targets.records.history import written_by
from tests.database import FIXTURES, is_history, own_models

pytestmark = pytest.mark.django_db

FIRST = "sti-13"
NO_PLAN = f"数据库中没有规划 {FIRST}，请核对代码。"


@pytest.fixture
def chief(db):
    return get_user_model().objects.create_superuser("chief", last_name="王科")


@pytest.fixture
def files(tmp_path) -> Path:
    """A copy of the real files, to be changed."""
    return shutil.copytree(FIXTURES, tmp_path / "fixtures")


def verify(folder: Path = FIXTURES) -> tuple[list[str], list[str]]:
    """Return all faults and all changes of staff that verify_plan reports."""
    out, faults = StringIO(), []
    try:
        call_command("verify_plan", FIRST, folder=folder, stdout=out)
    except CommandError as refusal:
        *faults, last = str(refusal).split("\n")
        if last == NO_PLAN:
            return [last], []
        assert last == f"共 {len(faults)} 处有误。"
    _, _, changes = out.getvalue().partition(" 处，不算有误：\n")
    if handed_over := re.search("^  维护方式：.*$", out.getvalue(), re.MULTILINE):
        return faults, [handed_over[0]]
    return faults, [line.strip() for line in changes.splitlines() if line.startswith("  ")]


def faults_by_file() -> list[str]:
    """Without those that the text shows too."""
    return [fault for fault in verify()[0] if re.match(r"\w+\.jsonl", fault)]


def write(model: type[models.Model], changes: dict, **which):
    """Change rows as somebody with access to the database does: no history tells of it."""
    assert models.QuerySet(model).filter(**which).update(**changes) == 1


def now(record) -> str:
    return f"{localtime(record.history.latest().history_date):%Y-%m-%d %H:%M}"


def test_a_loaded_plan_agrees_with_its_files_and_shows_no_change_of_staff(first_plan):
    assert verify() == ([], [])


# A changed value


def code_of(model: type[models.Model], code: str):
    return model.objects.get(code=code)


@pytest.mark.parametrize(
    ("model", "which", "changes", "fault"),
    [
        (
            Indicator,
            {"code": "I09"},
            {"direction": "fall"},
            "indicators.jsonl 第 9 行：指标 I09 的“方向”应为“越高越好”，库中为“越低越好”",
        ),
        (
            Indicator,
            {"code": "I25"},
            {"is_tracked": False},
            "indicators.jsonl 第 25 行：指标 I25 的“纳入监测”应为“是”，库中为“否”，历史中没有这一改动",
        ),
        (
            Goal,
            {"code": "G12"},
            {"note": ""},
            "goals.jsonl 第 12 行：目标 G12 的“说明”应为“原文没有贡献率的基期值。”，库中为（空）",
        ),
        (
            Baseline,
            {"indicator__code": "I09"},
            {"year": 2014},
            "baselines.jsonl 第 9 行：基期值 I09 131100 的“年份”应为 2015，库中为 2014",
        ),
        # A column that no line can give.
        (
            Baseline,
            {"indicator__code": "I09"},
            {"source": "统计公报"},
            "baselines.jsonl 第 9 行：基期值 I09 131100 的“出处”应为（空），库中为“统计公报”",
        ),
        (
            Area,
            {"code": "131103"},
            {"valid_from": date(2016, 8, 1)},
            "areas.jsonl 第 4 行：县市区 131103 的“启用”应为 2016-07-01，库中为 2016-08-01",
        ),
        (
            Organization,
            {"code": "O07"},
            {"is_in_text": False},
            "organizations.jsonl 第 7 行：单位 O07 的“原文提及”应为“是”，库中为“否”",
        ),
        (
            Observation,
            {"area__code": "131127"},
            {"value": Decimal("19.5")},
            "observations.jsonl 第 1 行：完成值 I09 131127 2018 的“完成值”应为 19，库中为 19.5",
        ),
        (
            Observation,
            {"area__code": "131127"},
            {"revision": 2},
            "observations.jsonl 第 1 行：完成值 I09 131127 2018 的“修订”应为 1，库中为 2",
        ),
        (
            Citation,
            {"measure__code": "M07"},
            {"end": 1203},
            "measures.jsonl 第 7 行：引文 M07 第 1 处 的“终点”应为 1202，库中为 1203",
        ),
        (
            NumberToken,
            {"code": "N52"},
            {"note": "款号"},
            "number_tokens.jsonl 第 52 行：原文数字 N52 的“说明”应为（空），库中为“款号”",
        ),
        (
            SourceText,
            {},
            {"provenance": "公报"},
            "plan.jsonl 第 1 行：规划原文 sti-13 的“来历”应为“法规数据库所载文本（含数据库题注），"
            "文本不完整”，库中为“公报”",
        ),
        (
            Section,
            {"code": "2.2"},
            {"is_truncated": True},
            "plan.jsonl 第 1 行：章节 2.2 的“到此截断”应为“否”，库中为“是”",
        ),
    ],
)
def test_a_changed_value_is_named_with_what_the_file_says(first_plan, model, which, changes, fault):
    write(model, changes, **which)
    assert faults_by_file() == [fault]


def test_a_changed_reference_is_named(first_plan):
    write(Measure, {"part_of": code_of(Measure, "M18")}, code="M23")
    assert faults_by_file() == ["measures.jsonl 第 23 行：措施 M23 的“其中项，属于”应为 M19，库中为 M18"]


def test_a_changed_list_is_named(first_plan):
    Measure.indicators.through.objects.filter(measure__code="M13", indicator__code="I26").update(
        indicator=code_of(Indicator, "I01")
    )
    assert faults_by_file() == [
        "measures.jsonl 第 13 行：措施 M13 的“同句所载指标”应为 I24、I25、I26，库中为 I01、I24、I25"
    ]


def test_a_long_text_is_named_from_the_first_difference(first_plan):
    text = code_of(Section, "1.0").text
    write(Section, {"text": text.replace("全市", "全省", 1)}, code="1.0")
    place = text.index("全市") + 1
    shown = f"“{text}”"[place - 9 : place + 31]
    [fault] = faults_by_file()
    assert fault == (
        "plan.jsonl 第 1 行：章节 1.0 的“本级文字”"
        f"应为“…{shown}…”，库中为“…{shown.replace('全市', '全省', 1)}…”"
    )


def test_a_changed_code_is_named_once_not_at_every_row_that_refers_to_it(first_plan):
    write(Area, {"code": "131199"}, code="131127")
    assert faults_by_file() == [
        "areas.jsonl 第 11 行：县市区 131127 的“区划代码”应为“131127”，库中为“131199”"
    ]


def test_every_change_of_a_row_is_named(first_plan):
    write(Goal, {"degree": "", "deadline_is_inherited": False}, code="G12")
    assert faults_by_file() == [
        "goals.jsonl 第 12 行：目标 G12 的“程度词”应为“明显”，库中为（空）",
        "goals.jsonl 第 12 行：目标 G12 的“期限承前句”应为“是”，库中为“否”",
    ]


def test_a_change_with_a_history_is_a_fault_where_staff_may_change_nothing(first_plan, chief):
    with written_by(chief):
        Observation.objects.filter(area__code="131127").update(value=20)
    assert verify() == (
        ["observations.jsonl 第 1 行：完成值 I09 131127 2018 的“完成值”应为 19，库中为 20"],
        [],
    )


# A row too few, a row too many


@pytest.mark.parametrize(
    ("model", "which", "fault"),
    [
        (Correction, {"code": "SL09"}, "corrections.jsonl 第 9 行：勘误 SL09 在库中没有"),
        (GoalLink, {"indicator__code": "I03"}, "goal_links.jsonl 第 1 行：{} G08 I03 在库中没有"),
        (
            Observation,
            {"area__code": "131127"},
            "observations.jsonl 第 1 行：完成值 I09 131127 2018 在库中没有",
        ),
        (Period, {"code": "2019"}, "plan.jsonl 第 1 行：报告期 2019 在库中没有"),
        (NumberToken, {"code": "N41"}, "number_tokens.jsonl 第 41 行：原文数字 N41 在库中没有"),
        (Citation, {"measure__code": "M07"}, "measures.jsonl 第 7 行：引文 M07 第 1 处 在库中没有"),
    ],
)
def test_a_missing_row_is_named(first_plan, model, which, fault):
    model.objects.filter(**which).delete()
    assert faults_by_file() == [fault.format(model._meta.verbose_name)]


def copied(row: models.Model, **changes):
    """Insert the row again with other values."""
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)
    models.QuerySet(type(row)).bulk_create([row])


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (
            lambda: copied(code_of(Correction, "SL09"), code="SL99"),
            "corrections.jsonl：库中的勘误 SL99 在文件中没有",
        ),
        (
            lambda: copied(code_of(Indicator, "I09"), code="I99"),
            "indicators.jsonl：库中的指标 I99 在文件中没有",
        ),
        (
            lambda: copied(Baseline.objects.first(), area=code_of(Area, "131127")),
            "baselines.jsonl：库中的基期值 I01 131127 在文件中没有",
        ),
        (
            lambda: copied(Observation.objects.first(), period=Period.objects.get(code="2019")),
            "observations.jsonl：库中的完成值 I09 131127 2019 在历史中没有",
        ),
        (
            lambda: copied(Citation.objects.get(measure__code="M07"), position=2),
            "measures.jsonl：库中的引文 M07 第 2 处 在文件中没有",
        ),
        (
            lambda: copied(code_of(Section, "2.2"), code="2.9", position=99),
            "plan.jsonl：库中的章节 2.9 在文件中没有",
        ),
        # Staff add links, but not without a history.
        (
            lambda: copied(GoalLink.objects.first(), indicator=code_of(Indicator, "I01")),
            "goal_links.jsonl：库中的目标与指标的对应（非原文） G08 I01 在文件和历史中都没有",
        ),
    ],
)
def test_a_row_without_a_line_is_named(first_plan, make, fault):
    make()
    assert faults_by_file() == [fault]


def test_a_row_without_a_line_since_the_line_was_removed_is_named(first_plan, files):
    path = files / "observations.jsonl"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[1] + "\n", encoding="utf-8")
    assert verify(files) == (["observations.jsonl：库中的完成值 I09 131127 2018 在文件中没有"], [])


# The files


def test_a_line_changed_since_the_loading_is_named_until_it_is_loaded(first_plan, files):
    path = files / "indicators.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("合计。", "之和。"), encoding="utf-8")
    assert verify(files) == (
        ["indicators.jsonl 第 24 行：指标 I24 的“说明”应为““各级各类”之和。”，库中为““各级各类”合计。”"],
        [],
    )
    call_command("load_plan", files, stdout=StringIO())
    assert verify(files) == ([], [])


def test_an_outside_figure_that_a_newer_one_replaced_must_stay_as_it_was_loaded(first_plan, files):
    path = files / "observations.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"19"', '"20"'), encoding="utf-8")
    call_command("load_plan", files, stdout=StringIO())
    assert verify(files) == ([], [])
    write(Observation, {"note": ""}, revision=1, area__code="131127")
    [fault], _ = verify(files)
    assert fault.startswith("observations.jsonl 第 1 行：完成值 I09 131127 2018 的“说明”应为“报道原话：")


def test_faults_of_the_files_are_named(first_plan, files):
    (files / "text.txt").unlink()
    assert verify(files) == (["text.txt：文件不存在或无法读取"], [])


# What staff may change


def test_a_definition_is_listed_with_who_and_when(first_plan, chief):
    indicator = code_of(Indicator, "I09")
    with written_by(chief):
        Indicator.objects.filter(code="I09").update(definition="有效期内", definition_source="科技局")
    when = now(indicator)
    # A later write of another column does not sign the change.
    Indicator.objects.filter(code="I09").update(roll_up="sum")
    assert verify() == (
        [],
        [
            f"指标 I09 的“汇总方式”由“不汇总”改为“县市区相加”（系统，{now(indicator)}）",
            f"指标 I09 的“口径”由（空）改为“有效期内”（王科，{when}）",
            f"指标 I09 的“口径出处”由（空）改为“科技局”（王科，{when}）",
        ],
    )


def test_the_command_counts_the_changes_of_staff_and_succeeds(first_plan, chief):
    with written_by(chief, "会议决定"):
        GoalLink.objects.filter(indicator__code="I03").update(standing="confirmed")
    out = StringIO()
    call_command("verify_plan", stdout=out)
    link = GoalLink.objects.get(indicator__code="I03")
    assert out.getvalue().splitlines()[-4:] == [
        "  每一格与注解文件一致：无误",
        "工作人员改动 1 处，不算有误：",
        "  目标与指标的对应（非原文） G08 I03 的“状态”由“推断，待确认”改为“已确认”"
        f"（王科：会议决定，{now(link)}）",
        "核对无误。",
    ]


def test_a_link_that_staff_added_is_listed(first_plan, chief):
    with written_by(chief):
        link = GoalLink.objects.create(
            goal=code_of(Goal, "G12"), indicator=code_of(Indicator, "I01"), source="x"
        )
    assert verify() == ([], [f"目标与指标的对应（非原文） G12 I01：新增（王科，{now(link)}）"])


def test_a_closed_period_with_a_due_date_is_listed(first_plan, chief):
    period = code_of(Period, "2018")
    with written_by(chief):
        Period.objects.filter(code="2018").update(due_on=date(2019, 1, 31))
    review.close_period(period, by=chief, note="已报齐")
    when = now(period)
    assert verify() == (
        [],
        [
            f"报告期 2018 的“填报截止”由（空）改为 2019-01-31（王科，{when}）",
            f"报告期 2018 的“开放填报”由“是”改为“否”（王科：已报齐，{when}）",
        ],
    )


def test_a_correction_of_an_outside_figure_is_listed(first_plan, chief):
    new = review.correct(
        Observation.objects.get(area__code="131127"), value=21, reason="按名单核对", by=chief
    )
    assert verify() == (
        [],
        [f"完成值 I09 131127 2018：另有填报，第 2 版，草稿（王科：按名单核对，{now(new)}）"],
    )


def test_a_report_without_a_history_beside_an_outside_figure_is_a_fault(first_plan, chief):
    open_row = {"revision": 2, "status": "draft", "published_at": None, "entered_by": chief}
    copied(Observation.objects.get(area__code="131127"), **open_row)
    assert verify() == (["observations.jsonl：库中的完成值 I09 131127 2018 在文件和历史中都没有"], [])


def test_an_outside_figure_that_was_given_an_author_is_a_fault(first_plan, chief):
    with written_by(chief):
        Observation.objects.filter(area__code="131127").update(entered_by=chief)
    assert verify() == (
        ["observations.jsonl 第 1 行：完成值 I09 131127 2018 的“填写人”应为（空），库中为 chief"],
        [],
    )


def test_a_changed_line_is_no_fault_where_loading_leaves_the_series_to_staff(first_plan, chief, files):
    figure = Observation.objects.get(area__code="131127")
    new = review.correct(figure, value=21, reason="按名单核对", by=chief)
    path = files / "observations.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"19"', '"20"'), encoding="utf-8")
    call_command("load_plan", files, stdout=StringIO())
    change = f"完成值 I09 131127 2018：另有填报，第 2 版，草稿（王科：按名单核对，{now(new)}）"
    assert verify(files) == ([], [change])


def test_the_figure_that_a_correction_of_staff_stands_beside_is_still_compared(first_plan, chief):
    figure = Observation.objects.get(area__code="131127")
    review.correct(figure, value=21, reason="按名单核对", by=chief)
    write(Observation, {"value": 18}, pk=figure.pk)
    assert verify()[0] == ["observations.jsonl 第 1 行：完成值 I09 131127 2018 的“完成值”应为 19，库中为 18"]


def test_a_change_without_a_history_is_a_fault_where_staff_may_change(first_plan):
    write(Indicator, {"definition": "有效期内", "definition_source": "科技局"}, code="I09")
    assert verify() == (
        [
            "indicators.jsonl 第 9 行：指标 I09 的“口径”应为（空），库中为“有效期内”，历史中没有这一改动",
            "indicators.jsonl 第 9 行：指标 I09 的“口径出处”应为（空），库中为“科技局”，历史中没有这一改动",
        ],
        [],
    )


def test_rows_that_staff_entered_are_not_compared(first_plan, chief):
    Organization.objects.create(code="S01", name="景县科学技术局", kind="county")
    Baseline.objects.create(
        indicator=code_of(Indicator, "I09"),
        area=code_of(Area, "131127"),
        value=5,
        basis="previous_end",
        grade="official",
        source="景县统计公报",
        entered_by=chief,
    )
    Period.of(Plan.objects.get(), "2018-H1").save()
    assert verify() == ([], [])


# Cost


def test_a_comparison_costs_as_many_queries_for_many_changes_of_staff_as_for_one(
    first_plan, django_assert_num_queries
):
    source = SourceText.objects.select_related("plan__top_area", "plan__document").get()
    with django_assert_num_queries(29):
        cells.compare(source, FIXTURES)
    Indicator.objects.filter(code="I01").update(definition="x", definition_source="x")
    with django_assert_num_queries(30):
        cells.compare(source, FIXTURES)
    Indicator.objects.update(definition="y", definition_source="y", roll_up="sum")
    with django_assert_num_queries(30):
        cells.compare(source, FIXTURES)


# Any cell at all

# When outside figures were written, which no file can hold.
UNCOMPARED = {"entered_at", "updated_at"}
CHANGES = 300


def loaded_columns() -> list[tuple[list[models.Model], models.Field]]:
    """Every column of every table that the loading fills, the links of lists included, with its rows."""
    return [
        (rows, column)
        for model in own_models()
        if not is_history(model) and (rows := list(model.objects.order_by("pk")))
        for column in model._meta.concrete_fields
        if not column.primary_key and not (model is Observation and column.name in UNCOMPARED)
    ]


def may_be_changed_by_staff(model: type[models.Model], column: models.Field) -> bool:
    tables = {table.model: table.changeable for table in [PLAN, *TABLES]} | {Period: {"due_on", "is_open"}}
    return column.name in tables.get(model, ())


def another_value(column: models.Field, value, draw: random.Random):
    """Return a plausible value of the same type."""
    if column.is_relation:
        # A plan is pointed at by its code.
        key = column.target_field.attname
        rows = column.related_model.objects.exclude(**{key: value}).order_by(key)
        others = rows.values_list(key, flat=True)
        # Of the only text or plan there is no other: then a key that leads nowhere.
        nowhere = f"{value}-x" if isinstance(value, str) else (value or 0) + 1
        return draw.choice([*others, *([None] if column.null and value else [])] or [nowhere])
    if column.choices:
        return draw.choice([choice for choice, _ in column.flatchoices if choice != value])
    if isinstance(value, bool):
        return not value
    if isinstance(value, dict):
        name = draw.choice(sorted(value))
        return value | {name: value[name] + 1}
    if isinstance(column, models.DateTimeField):
        return (value or datetime(2018, 5, 1, tzinfo=UTC)) + timedelta(minutes=1)
    if isinstance(column, models.DateField):
        return (value or date(2018, 5, 1)) + timedelta(days=1)
    if isinstance(column, models.DecimalField):
        return (value or 0) + draw.choice([Decimal("0.01"), 1, 10])
    if isinstance(column, models.IntegerField):
        return 2018 if value is None else value + draw.choice([1, 2])
    place = draw.randrange(max(1, len(value)))
    return draw.choice([value[:place] + "改" + value[place:], value[:place] + value[place + 1 :] or "改"])


def names(fault: str, model: type[models.Model], column: models.Field) -> bool:
    """Whether a fault is about this column, or about the row that the line misses or that misses a line."""
    if fault == NO_PLAN:
        return True
    if not re.match(r"\w+\.jsonl", fault):
        return False
    is_link = bool(model._meta.auto_created)
    return is_link or f"的“{column.verbose_name}”" in fault or fault.endswith(("在库中没有", "在文件中没有"))


def change_a_cell(row: models.Model, column: models.Field, draw: random.Random, by) -> str:
    """Change a cell, ask verify_plan, and undo it. Return what became of the change."""
    model = type(row)
    value = another_value(column, getattr(row, column.attname), draw)
    is_recorded = by and may_be_changed_by_staff(model, column)
    rows = model.objects if is_recorded else models.QuerySet(model)
    try:
        with transaction.atomic(), written_by(by):
            rows.filter(pk=row.pk).update(**{column.attname: value})
            connection.check_constraints()
            faults, changes = verify()
            transaction.set_rollback(True)
    except DatabaseError:
        return "refused"
    if is_recorded and any("王科" in change and str(column.verbose_name) in change for change in changes):
        return "listed"
    is_named = any(names(fault, model, column) for fault in faults)
    return "named" if is_named else f"passed: {row!r}, {column.name} = {value!r}"


@pytest.mark.slow
def test_no_changed_cell_passes_unnamed(first_plan):
    draw = random.Random(20160823)
    places = loaded_columns()
    assert len(places) < CHANGES
    chief = get_user_model().objects.create_superuser("chief", last_name="王科")
    # A plan without a text, for the columns that refer to a plan.
    copied(Plan.objects.get(), code="another-plan", is_current=False, document=None)
    # Every column once, the others at random.
    chosen = places + draw.choices(places, k=CHANGES - len(places))
    found = Counter(
        change_a_cell(draw.choice(rows), column, draw, by=draw.choice([chief, None]))
        for rows, column in chosen
    )
    assert [outcome for outcome in found if outcome.startswith("passed")] == []
    assert found.keys() == {"named", "refused", "listed"}
