"""Loading the plan: the rows that it creates, the rows that a reload leaves alone, and refused files."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from measures.loading.annotations import (
    AREAS,
    BUREAU_TABLES,
    NUMBER_TOKENS,
    OBSERVATIONS,
    PERIODS,
    PLAN,
    SOURCE_KEYS,
    TABLES,
)
from measures.models import Correction, Measure, NumberToken, Section
from targets import review
from targets.models import (
    Area,
    Baseline,
    Goal,
    GoalLink,
    Grade,
    Indicator,
    Observation,
    Organization,
    Period,
    Plan,
    ReportingDuty,
    Standing,
    Target,
)
from targets.review.roles import Role
from tests.database import FIXTURES, database
from tests.make import accept, publish, submit


@pytest.fixture
def files(tmp_path) -> Path:
    """A copy of the real files, which a test may damage."""
    return shutil.copytree(FIXTURES, tmp_path / "fixtures")


@pytest.fixture
def clerk(db):
    return get_user_model().objects.create_user("clerk")


def load(folder: Path, capsys) -> list[str]:
    """Load the files and return the lines that the command prints."""
    capsys.readouterr()
    call_command("load_plan", folder)
    return capsys.readouterr().out.splitlines()


def refusal(folder: Path) -> list[str]:
    with pytest.raises(CommandError) as caught:
        call_command("load_plan", folder)
    return str(caught.value).splitlines()


def edit(path: Path, number: int, **changes):
    """Change fields of one line; a field set to `...` is taken out."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    values = json.loads(lines[number - 1]) | changes
    kept = {name: value for name, value in values.items() if value is not ...}
    lines[number - 1] = json.dumps(kept, ensure_ascii=False) + "\n"
    path.write_text("".join(lines), encoding="utf-8")


def replace(path: Path, old: str, new: str):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def drop_line(path: Path, number: int):
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    del lines[number - 1]
    path.write_text("".join(lines), encoding="utf-8")


# Loaded rows

FIRST_LOADING = [
    "县市区：新增 15，更改 0，删去 0，未变 0",
    "规划：新增 1，更改 0，删去 0，未变 0",
    "规划原文：新增 1，更改 0，删去 0，未变 0",
    "报告期：新增 5，更改 0，删去 0，未变 0",
    "章节：新增 28，更改 0，删去 0，未变 0",
    "单位：新增 16，更改 0，删去 0，未变 0",
    "目标：新增 18，更改 0，删去 0，未变 0",
    "指标：新增 26，更改 0，删去 0，未变 0",
    "目标与指标的对应（非原文）：新增 18，更改 0，删去 0，未变 0",
    "基期值：新增 26，更改 0，删去 0，未变 0",
    "基期定性事实：新增 6，更改 0，删去 0，未变 0",
    "勘误：新增 14，更改 0，删去 0，未变 0",
    "问题：新增 7，更改 0，删去 0，未变 0",
    "原则：新增 4，更改 0，删去 0，未变 0",
    "政策文件：新增 8，更改 0，删去 0，未变 0",
    "措施：新增 35，更改 0，删去 0，未变 0",
    "完成值：新增 2，更改 0，删去 0，未变 0",
    "引文：新增 123，更改 0，删去 0，未变 0",
    "原文数字：新增 52，更改 0，删去 0，未变 0",
]
SECOND_LOADING = [
    "县市区：新增 0，更改 0，删去 0，未变 15",
    "规划：新增 0，更改 0，删去 0，未变 1",
    "规划原文：新增 0，更改 0，删去 0，未变 1",
    "报告期：新增 0，更改 0，删去 0，未变 5",
    "章节：新增 0，更改 0，删去 0，未变 28",
    "单位：新增 0，更改 0，删去 0，未变 16",
    "目标：新增 0，更改 0，删去 0，未变 18",
    "指标：新增 0，更改 0，删去 0，未变 26",
    "目标与指标的对应（非原文）：新增 0，更改 0，删去 0，未变 18",
    "基期值：新增 0，更改 0，删去 0，未变 26",
    "基期定性事实：新增 0，更改 0，删去 0，未变 6",
    "勘误：新增 0，更改 0，删去 0，未变 14",
    "问题：新增 0，更改 0，删去 0，未变 7",
    "原则：新增 0，更改 0，删去 0，未变 4",
    "政策文件：新增 0，更改 0，删去 0，未变 8",
    "措施：新增 0，更改 0，删去 0，未变 35",
    "完成值：新增 0，更改 0，删去 0，未变 2",
    "引文：新增 0，更改 0，删去 0，未变 123",
    "原文数字：新增 0，更改 0，删去 0，未变 52",
]


def test_the_real_files_give_the_counts_of_the_reviewed_reading(db, capsys):
    assert load(FIXTURES, capsys) == FIRST_LOADING
    found = {label: len(rows) for label, rows in database().items() if rows and ".Historical" not in label}
    assert found == {
        "targets.Plan": 1,
        "targets.Area": 15,
        "targets.Plan_areas": 14,
        "targets.Plan_organizations": 16,
        "targets.Plan_policies": 8,
        "targets.Organization": 16,
        "targets.Goal": 18,
        "targets.Indicator": 26,
        "targets.GoalLink": 18,
        "targets.Baseline": 26,
        "targets.BaselineFact": 6,
        "targets.Period": 5,
        "targets.Observation": 2,
        "measures.SourceText": 1,
        "measures.Section": 28,
        "measures.Correction": 14,
        "measures.Principle": 4,
        "measures.Principle_weaknesses": 7,
        "measures.Weakness": 7,
        "measures.Weakness_goals": 14,
        "targets.Policy": 8,
        "measures.Measure": 35,
        "measures.Measure_indicators": 11,
        "measures.Citation": 123,
        "measures.NumberToken": 52,
        "measures.NumberToken_baselines": 26,
    }


def test_twelve_goals_are_clauses_and_six_are_transformations_below_the_fifth(first_plan):
    assert Goal.objects.clauses().count() == 12
    assert list(Goal.objects.exclude(parent=None).values_list("code", "parent__code")) == [
        (f"T{number}", "G05") for number in range(1, 7)
    ]


def test_the_section_where_the_text_is_cut_off_is_marked(first_plan):
    assert list(Section.objects.filter(is_truncated=True).values_list("code", flat=True)) == ["2.3"]


def test_the_years_of_the_plan_are_open_periods_without_a_due_date(first_plan):
    assert list(Period.objects.values_list("code", "start", "end", "is_open", "due_on")) == [
        (str(year), date(year, 1, 1), date(year, 12, 31), True, None) for year in range(2016, 2021)
    ]


def test_the_two_figures_from_media_are_published_with_their_source(first_plan):
    columns = ("indicator__code", "area__code", "period__code", "value", "as_of_date")
    origin = ("grade", "source", "note", "status", "revision", "entered_by", "changed_by", "events")
    assert list(Observation.objects.values_list(*columns)) == [
        ("I09", "131127", "2018", 19, date(2018, 5, 4)),
        ("I13", "131100", "2020", 13, date(2020, 10, 16)),
    ]
    assert list(Observation.objects.values_list(*origin)) == [
        (
            "media",
            "长城网 http://report.hebei.com.cn/system/2018/05/04/018783487.shtml",
            "报道原话：“拥有高新技术企业19家、科技型中小企业252家、小巨人企业14家”。县级数，时点为报道日期。",
            *("published", 1, None, None, None),
        ),
        (
            "media",
            "长城网衡水频道 https://hs.hebei.com.cn/system/2020/10/16/100483090.shtml",
            "报道原话：“省级13家”。时点为报道日期，不是年末；"
            "与基期“现已建成4家”口径相同处仅为某一时点的家数。",
            *("published", 1, None, None, None),
        ),
    ]


def test_no_row_of_the_real_plan_is_a_demonstration(first_plan):
    assert not Plan.objects.filter(is_demo=True).exists()
    assert [grade for model in (Baseline, Target, Observation) for grade in grades_of(model)] == [
        "text",
        "media",
    ]


def grades_of(model) -> list[str]:
    return sorted(set(model.objects.values_list("grade", flat=True)))


def test_a_second_loading_leaves_every_row_as_it_is(db, capsys):
    load(FIXTURES, capsys)
    before = database()
    assert load(FIXTURES, capsys) == SECOND_LOADING
    assert database() == before


def test_files_with_a_byte_order_mark_and_windows_line_ends_load_too(first_plan, files, capsys):
    for path in files.glob("*.jsonl"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(files, capsys) == SECOND_LOADING


# Changes in the files


def test_a_changed_line_is_loaded_and_reported(first_plan, files, capsys):
    edit(files / "indicators.jsonl", 10, unit="户")
    pk = Indicator.objects.get(code="I10").pk
    said = load(files, capsys)
    assert [line for line in said if line not in SECOND_LOADING] == [
        "指标：新增 0，更改 1，删去 0，未变 25",
        f"更改 指标 {Indicator.objects.get(code='I10')}：单位",
    ]
    assert Indicator.objects.get(unit="户").pk == pk


def test_a_changed_list_is_loaded_and_reported(first_plan, files, capsys):
    edit(files / "weaknesses.jsonl", 7, goals=["G08", "G09"])
    said = load(files, capsys)
    assert [line for line in said if line not in SECOND_LOADING] == [
        "问题：新增 0，更改 1，删去 0，未变 6",
        "更改 问题 W7 高水平创新创业孵化器、创业园等公共平台不健全：对应目标",
    ]
    assert list(Goal.objects.filter(weaknesses__code="W7").values_list("code", flat=True)) == ["G08", "G09"]


def test_a_changed_mark_is_replaced(first_plan, files, capsys):
    edit(files / "number_tokens.jsonl", 52, note="款号")
    said = load(files, capsys)
    assert [line for line in said if line not in SECOND_LOADING] == [
        "原文数字：新增 1，更改 0，删去 1，未变 51"
    ]
    assert NumberToken.objects.get(code="N52").note == "款号"


def test_a_removed_line_about_the_text_deletes_its_row(first_plan, files, capsys):
    line = json.loads((files / "measures.jsonl").read_text(encoding="utf-8").splitlines()[0])
    drop_line(files / "measures.jsonl", 1)
    said = load(files, capsys)
    assert [text for text in said if text not in SECOND_LOADING] == [
        "措施：新增 0，更改 0，删去 1，未变 34",
        "引文：新增 0，更改 0，删去 1，未变 122",
        "删去 措施 M01 与高校院所产学研合作",
    ]
    assert not Measure.objects.filter(code=line["code"]).exists()


def test_a_removed_line_with_numbers_keeps_its_row_and_is_reported(first_plan, files, capsys):
    drop_line(files / "baseline_facts.jsonl", 6)
    said = load(files, capsys)
    assert [line for line in said if line not in SECOND_LOADING] == [
        "基期定性事实：新增 0，更改 0，删去 0，未变 5",
        "引文：新增 0，更改 0，删去 1，未变 122",
        "留存 基期定性事实 Q6 生产力促进中心建设：文件中已无此行，未改动",
    ]


def test_a_changed_outside_figure_is_a_new_revision(first_plan, files, capsys):
    edit(files / "observations.jsonl", 1, value="20")
    assert [line for line in load(files, capsys) if line not in SECOND_LOADING] == [
        "完成值：新增 0，更改 1，删去 0，未变 1",
        "更正 完成值 I09 有效期内高新技术企业 景县 2018年：第 2 版",
    ]
    rows = Observation.objects.filter(area__code="131127").values_list("revision", "value", "status")
    assert list(rows) == [(1, 19, "superseded"), (2, 20, "published")]
    before = database()
    load(files, capsys)
    assert database() == before


def test_a_removed_outside_figure_stays_and_is_reported(first_plan, files, capsys):
    drop_line(files / "observations.jsonl", 1)
    assert [line for line in load(files, capsys) if line not in SECOND_LOADING] == [
        "完成值：新增 0，更改 0，删去 0，未变 1",
        "留存 完成值 I09 有效期内高新技术企业 景县 2018年：文件中已无此行，未改动",
    ]


# Rows entered by staff


@pytest.fixture
def chief(db):
    return get_user_model().objects.create_superuser("chief")


def test_a_period_that_staff_closed_stays_closed_with_its_due_date(first_plan, chief):
    period = Period.objects.get(code="2018")
    Period.objects.filter(pk=period.pk).update(due_on=date(2019, 1, 31))
    review.close_period(period, by=chief)
    before = database()
    call_command("load_plan", FIXTURES)
    assert database() == before


def test_a_correction_of_an_outside_figure_in_review_stays(first_plan, chief):
    figure = Observation.objects.get(area__code="131127")
    review.correct(figure, value=21, reason="按认定名单核对", by=chief)
    before = database()
    call_command("load_plan", FIXTURES)
    assert database() == before


def test_a_published_correction_of_an_outside_figure_stays(first_plan, files, clerk, chief):
    publish_correction(clerk, chief)
    edit(files / "observations.jsonl", 1, value="20")
    before = database()
    call_command("load_plan", files)
    assert database() == before


def publish_correction(clerk, chief):
    clerk.groups.set(Group.objects.get_or_create(name=Role.REVIEWER)[:1])
    figure = Observation.objects.get(area__code="131127")
    new = review.correct(figure, value=21, reason="按认定名单核对", by=chief)
    new = accept(submit(new, by=chief), clerk)
    publish(new, chief)


def test_an_earlier_report_of_staff_stays(first_plan, chief):
    figure = Observation.objects.get(area__code="131127")
    figure.delete()
    ReportingDuty.objects.create(indicator=figure.indicator, area=figure.area)
    entry = review.Entry((figure.indicator, figure.area, figure.period), None, {"value": 18})
    review.Batch(review.ValueKind, [entry], by=chief).write()
    before = database()
    call_command("load_plan", FIXTURES)
    assert database() == before


def test_a_definition_that_staff_wrote_stays(first_plan):
    Indicator.objects.filter(code="I09").update(definition="有效期内", definition_source="科技局")
    before = database()
    call_command("load_plan", FIXTURES)
    assert database() == before


@pytest.mark.parametrize("standing", [Standing.CONFIRMED, Standing.REJECTED])
def test_a_decision_of_staff_on_a_goal_link_stays(first_plan, standing):
    GoalLink.objects.filter(goal__code="G08", indicator__code="I03").update(standing=standing)
    before = database()
    call_command("load_plan", FIXTURES)
    assert database() == before


def test_a_countys_baseline_stays(first_plan, clerk):
    Baseline.objects.create(
        indicator=Indicator.objects.get(code="I09"),
        area=Area.objects.get(code="131127"),
        value=5,
        basis="previous_end",
        year=2015,
        grade=Grade.OFFICIAL,
        source="景县统计公报",
        entered_by=clerk,
    )
    before = database()
    call_command("load_plan", FIXTURES)
    assert database() == before


def test_an_organization_that_staff_added_stays(first_plan):
    Organization.objects.create(code="S01", name="景县科学技术局", kind="county")
    before = database()
    call_command("load_plan", FIXTURES)
    assert database() == before


def test_a_correction_that_staff_added_stays(first_plan, clerk):
    correction_of_staff(clerk, "SL99")
    before = database()
    call_command("load_plan", FIXTURES)
    assert database() == before


def correction_of_staff(clerk, code: str) -> Correction:
    return Correction.objects.create(
        source=Section.objects.first().source,
        section=Section.objects.get(code="ROOT"),
        code=code,
        kind="word",
        start=0,
        end=2,
        as_printed="衡水",
        suggested="衡水市",
        confidence="low",
        reason="示例",
        entered_by=clerk,
        entered_at=datetime(2024, 5, 1, tzinfo=UTC),
    )


def test_a_line_with_the_code_of_an_organization_that_staff_added_gets_the_next_free_code(first_plan, files):
    Organization.objects.create(code="O17", name="景县科学技术局", kind="county")
    with (files / "organizations.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"code": "O17", "name": "衡水市", "kind": "municipal", "cite": [[0, 3, "衡水市"]]}\n')
    call_command("load_plan", files)
    assert list(Organization.objects.filter(code__gt="O16").values_list("code", "name")) == [
        ("O17", "景县科学技术局"),
        ("O18", "衡水市"),
    ]


def test_a_line_with_the_code_of_a_correction_that_staff_added_is_refused(first_plan, files, clerk):
    Correction.objects.get(code="SL14").delete()
    correction_of_staff(clerk, "SL14")
    before = database()
    assert refusal(files) == [
        "corrections.jsonl 第 14 行：SL14 衡水 → 衡水市 由工作人员填写，文件不能覆盖；"
        "请在文件中改用别的代码，或先在后台处理",
        "共 1 处不合，未作任何改动。",
    ]
    assert database() == before


# Refused files


def change_a_character_of_the_text(files: Path):
    replace(files / "text.txt", "实现了衡水省级开发区零的突破", "实现了衡水省级开发区一的突破")


def save_a_file_as_gb18030(files: Path):
    path = files / "weaknesses.jsonl"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))


def remove_the_text(files: Path):
    (files / "text.txt").unlink()


def add_a_made_up_target(files: Path):
    target = {"indicator": "I09", "area": "131100", "year": 2020, "decided_on": "2016-08-23", "value": "7"}
    line = json.dumps(target | {"grade": "demo", "source": "演示"}, ensure_ascii=False)
    (files / "targets.jsonl").write_text(f"{line}\n", encoding="utf-8")


def empty_a_file(files: Path):
    (files / "corrections.jsonl").write_text("\n", encoding="utf-8")


def write_a_field_twice(files: Path):
    replace(files / "weaknesses.jsonl", '{"code": "W1",', '{"code": "W1", "code": "W1",')


def break_the_json_of_a_line(files: Path):
    replace(files / "weaknesses.jsonl", '{"code": "W2",', '{"code": "W2"')


def write_a_list_for_a_line(files: Path):
    replace(files / "weaknesses.jsonl", '{"code": "W1",', '[]\n{"code": "W1",')


def repeat_a_line(files: Path):
    path = files / "measures.jsonl"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    with path.open("a", encoding="utf-8") as file:
        file.write(first + "\n")


def change(file: str, number: int, **changes):
    def spoil(files: Path):
        edit(files / file, number, **changes)

    return spoil


TEXT_CHANGED = "text.txt 的 SHA-256 与所记不符：原文不得改动；如系换用新文本，请重新核定注解"
REFUSALS = {
    "a hash that is not the text's": (
        change("plan.jsonl", 1, sha256="0" * 64),
        [f"plan.jsonl 第 1 行：{TEXT_CHANGED}"],
    ),
    "one changed character in the text": (
        change_a_character_of_the_text,
        [f"plan.jsonl 第 1 行：{TEXT_CHANGED}"],
    ),
    "a section that the text does not have": (
        change("plan.jsonl", 1, truncated_section="2.4"),
        ["plan.jsonl 第 1 行：truncated_section：没有章节 2.4"],
    ),
    "a plan without its text": (
        change("plan.jsonl", 1, sha256=..., provenance=...),
        ["plan.jsonl 第 1 行：缺少字段 provenance、sha256"],
    ),
    "a quotation that is not verbatim": (
        change("weaknesses.jsonl", 1, cite=[[2690, 2694, "产业升级"]]),
        ["weaknesses.jsonl 第 1 行：“产业升级”与原文第 2690 至 2694 字不符，原文此处为“产业转型”"],
    ),
    "a quotation that lies one character off": (
        change("weaknesses.jsonl", 1, cite=[[2691, 2695, "产业转型"]]),
        ["weaknesses.jsonl 第 1 行：“产业转型”与原文第 2691 至 2695 字不符，原文此处为“业转型升”"],
    ),
    "a span that ends before it starts": (
        change("weaknesses.jsonl", 1, cite=[[2698, 2690, ""]]),
        ["weaknesses.jsonl 第 1 行：起止位置 2698、2690 无效"],
    ),
    "a quotation without its offsets": (
        change("weaknesses.jsonl", 1, cite=["产业转型升级缓慢"]),
        ["weaknesses.jsonl 第 1 行：引文应写作 [起点, 终点, 原文]"],
    ),
    "a line of the text without a quotation": (
        change("weaknesses.jsonl", 1, cite=[]),
        ["weaknesses.jsonl 第 1 行：缺少引文 cite"],
    ),
    "a reference to a code that is not there": (
        change("measures.jsonl", 2, organization="O99"),
        ["measures.jsonl 第 2 行：organization：没有代码为 O99 的单位"],
    ),
    "a list with a code that is not there": (
        change("weaknesses.jsonl", 1, goals=["G05", "G99"]),
        ["weaknesses.jsonl 第 1 行：goals：没有代码为 G99 的目标"],
    ),
    "a reference that is no code at all": (
        change("weaknesses.jsonl", 1, goals=[["G05"]]),
        ["weaknesses.jsonl 第 1 行：goals：没有代码为 ['G05'] 的目标"],
    ),
    "a list where one value belongs": (
        change("measures.jsonl", 2, organization=["O15"]),
        ["measures.jsonl 第 2 行：organization 应为单个值"],
    ),
    "one value where a list belongs": (
        change("weaknesses.jsonl", 1, goals="G05"),
        ["weaknesses.jsonl 第 1 行：goals 应为列表"],
    ),
    "one key on two lines": (repeat_a_line, ["measures.jsonl 第 36 行：M01 重复出现"]),
    "a field written twice in a line": (
        write_a_field_twice,
        ["weaknesses.jsonl 第 1 行：字段 code 写了两次"],
    ),
    "a field that nobody knows": (
        change("weaknesses.jsonl", 1, titel="产业"),
        ["weaknesses.jsonl 第 1 行：不认识的字段 titel"],
    ),
    "a line without its key": (
        change("baselines.jsonl", 26, area=...),
        ["baselines.jsonl 第 26 行：缺少字段 area"],
    ),
    "a choice that is not offered": (
        change("corrections.jsonl", 1, confidence="sure"),
        ["corrections.jsonl 第 1 行：confidence：值 'sure' 不是有效选项。"],
    ),
    "a plan of another century": (
        change("plan.jsonl", 1, baseline_year=1995, start_year=1996),
        ["plan.jsonl 第 1 行：“1996”不是报告期，请写作 2018、2018-H1 或 2018-Q3"],
    ),
    "a figure of a period that the plan does not have": (
        change("observations.jsonl", 1, period="2021"),
        ["observations.jsonl 第 1 行：period：没有代码为 2021 的报告期"],
    ),
    "a figure that is said to be reported": (
        change("observations.jsonl", 1, grade="reported"),
        ["observations.jsonl 第 1 行：grade：不经填报而发布的数，来源等级只能是官方发布、媒体、推算。"],
    ),
    "a made-up figure": (
        change("observations.jsonl", 1, grade="demo"),
        ["observations.jsonl 第 1 行：grade：不经填报而发布的数，来源等级只能是官方发布、媒体、推算。"],
    ),
    "a made-up target": (
        add_a_made_up_target,
        ["targets.jsonl 第 1 行：演示数据不能用文件载入；请改写真实的来源等级和出处，或删去这一行"],
    ),
    "a figure without its source": (
        change("observations.jsonl", 1, source=...),
        ["observations.jsonl 第 1 行：source：引自官方发布、媒体或推算的数须注明出处。"],
    ),
    "a count that is not whole": (
        change("observations.jsonl", 1, value="19.5"),
        ["observations.jsonl 第 1 行：value：请填整数。"],
    ),
    "a value that is not a number": (
        change("baselines.jsonl", 26, value="四"),
        ["baselines.jsonl 第 26 行：value：“四”的值应该是一个十进制数字。"],
    ),
    "two numbers at one place": (
        change("number_tokens.jsonl", 2, start=26, end=36, printed="2016-2020年"),
        ["number_tokens.jsonl 第 2 行：与数字标注 N01 所在的文字重叠"],
    ),
    "a file saved as GB18030": (
        save_a_file_as_gb18030,
        [f"weaknesses.jsonl 第 {number} 行：不是 UTF-8 编码，请另存为 UTF-8" for number in range(1, 8)],
    ),
    "a line that is not JSON": (
        break_the_json_of_a_line,
        ["weaknesses.jsonl 第 2 行：不是合格的 JSON（第 15 个字符起）"],
    ),
    "a line that is no object": (write_a_list_for_a_line, ["weaknesses.jsonl 第 1 行：应为一个 JSON 对象"]),
    "a text that is missing": (remove_the_text, ["text.txt：文件不存在或无法读取"]),
    "a file that is empty": (empty_a_file, ["corrections.jsonl：文件是空的"]),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_file_with_a_fault_leaves_an_empty_database_empty(db, files, name):
    spoil, faults = REFUSALS[name]
    spoil(files)
    assert refusal(files) == [*faults, f"共 {len(faults)} 处不合，未作任何改动。"]
    assert not any(database().values())


@pytest.mark.parametrize("name", REFUSALS)
def test_a_file_with_a_fault_leaves_a_loaded_plan_unchanged(first_plan, files, name):
    before = database()
    spoil, faults = REFUSALS[name]
    spoil(files)
    assert refusal(files) == [*faults, f"共 {len(faults)} 处不合，未作任何改动。"]
    assert database() == before


def test_every_fault_of_a_file_is_named_at_once(db, files):
    edit(files / "measures.jsonl", 1, status="梦" * 21)
    edit(files / "measures.jsonl", 2, organization="O99", area="131199")
    assert refusal(files) == [
        "measures.jsonl 第 1 行：status：确保该变量包含不超过 20 字符 (目前字符数 21)。",
        "measures.jsonl 第 2 行：organization：没有代码为 O99 的单位",
        "measures.jsonl 第 2 行：area：没有代码为 131199 的县市区",
        "共 3 处不合，未作任何改动。",
    ]


# Documentation


ALL_TABLES = [AREAS, PLAN, PERIODS, *TABLES, *BUREAU_TABLES, OBSERVATIONS, NUMBER_TOKENS]


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.file)
def test_the_documentation_describes_all_fields_and_choices_of_the_files(table):
    guide = (FIXTURES.parents[1] / "docs" / "fixtures.md").read_text(encoding="utf-8")
    chapter = guide.split(f"## `{table.file}`")[1].split("\n## ")[0]
    fields = table.known | ({*SOURCE_KEYS, "document"} if table is PLAN else set())
    assert {name for name in fields - {"note"} if f"`{name}`" not in chapter} == set()
    # A file has only one of the grades.
    choices = [
        f"`{value}` {label}"
        for name in set(table.columns) - {"grade"}
        for value, label in table.model._meta.get_field(name).choices or []
    ]
    assert [choice for choice in choices if choice not in guide] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("plan.jsonl", '"2016-08-23"', "20160823", "published_on 应为加引号的文字"),
        ("plan.jsonl", '"章节": 28', '"章节": "28"', "tally 应为名称和整数的对照"),
        ("baselines.jsonl", '"value": "2"', '"value": true', "value 应为加引号的文字"),
        ("indicators.jsonl", '"decimals": 2', '"decimals": "2"', "decimals 应为整数"),
        ("indicators.jsonl", '"is_tracked": false', '"is_tracked": "no"', "is_tracked 应为true 或 false"),
        ("goals.jsonl", '"code": "G06"', '"code": "a/b"', "代码 a/b 只能用字母、数字和连字符"),
        ("goals.jsonl", '"系统谋划布局", "cite"', '"系统\\u0000布局", "cite"', "含有不能存储的字符"),
        ("goals.jsonl", '"系统谋划布局", "cite"', '"系统\\ud800布局", "cite"', "含有不能存储的字符"),
        ("policies.jsonl", '"year": 2015', f'"year": {"9" * 5000}', "不是合格的 JSON"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_file_line_and_reason(
    first_plan, files, file, old, new, reason
):
    lines = (files / file).read_text(encoding="utf-8").splitlines(keepends=True)
    number = next(place for place, line in enumerate(lines, 1) if old in line)
    lines[number - 1] = lines[number - 1].replace(old, new, 1)
    (files / file).write_text("".join(lines), encoding="utf-8")
    before = database()
    assert refusal(files)[0].startswith(f"{file} 第 {number} 行：{reason}")
    assert database() == before
