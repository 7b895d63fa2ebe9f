"""Several plans, each a folder: none touches another, shared rows join, an export loads as the same plan."""

import hashlib
import json
import re
import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import models

from targets import review
from targets.models import (
    Area,
    Baseline,
    Indicator,
    Organization,
    Period,
    Plan,
    Policy,
    ReportingDuty,
    Responsibility,
    Target,
    ThresholdDecision,
)
from tests.database import FIXTURES, SECOND, database, delete_all_rows

pytestmark = pytest.mark.django_db

BOTH = {"sti-13": FIXTURES, "yunli-sti-14": SECOND}
ORDERS = [[FIXTURES, SECOND], [SECOND, FIXTURES]]


@pytest.fixture
def second(tmp_path) -> Path:
    """A copy of the second plan's folder, which a test may change."""
    return shutil.copytree(SECOND, tmp_path / "second")


def load(*folders: Path) -> list[str]:
    out = StringIO()
    call_command("load_plan", *folders, stdout=out)
    return out.getvalue().splitlines()


def verify(code: str, folder: Path) -> str:
    """The last line of verify_plan; fails where it finds a fault."""
    out = StringIO()
    call_command("verify_plan", code, folder=folder, stdout=out)
    return out.getvalue().splitlines()[-1]


def refusal(command: str, *args, **options) -> list[str]:
    with pytest.raises(CommandError) as caught:
        call_command(command, *args, **options, stdout=StringIO())
    return str(caught.value).splitlines()


def export(code: str, folder: Path) -> dict[str, bytes]:
    call_command("export_plan", code, folder=folder, stdout=StringIO())
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def edit(path: Path, key: dict, **changes):
    """Change fields of the line with this key; a field set to `...` is taken out."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    [line] = [line for line in lines if key.items() <= line.items()]
    line |= changes
    for name in [name for name, value in line.items() if value is ...]:
        del line[name]
    write(path, lines)


def write(path: Path, lines: list[dict]):
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def drop(path: Path, code: str):
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    write(path, [line for line in lines if line["code"] != code])


def lost(before: dict, after: dict) -> dict:
    """The rows that are no longer as they were."""
    gone = {name: [row for row in rows if row not in after[name]] for name, rows in before.items()}
    return {name: rows for name, rows in gone.items() if rows}


# Beside each other


@pytest.mark.parametrize("folders", ORDERS, ids=["first first", "second first"])
def test_a_plan_loaded_beside_another_changes_no_row_of_it(folders):
    first, other = folders
    load(first)
    before = database()
    load(other)
    beside = database()
    assert lost(before, beside) == {}
    for _ in range(2):
        load(first, other)
    assert database() == beside
    assert [verify(code, folder) for code, folder in BOTH.items()] == ["核对无误。"] * 2


@pytest.mark.parametrize("folders", ORDERS, ids=["first first", "second first"])
def test_areas_units_and_documents_of_both_plans_are_one_row(folders):
    load(*folders)
    shared = [
        Area.objects.get(code="131127"),
        Organization.objects.get(name="清华大学"),
        Policy.objects.get(number="衡科字〔2014〕31号"),
        Policy.objects.get(title="国家创新驱动发展战略纲要"),
    ]
    assert [sorted(row.plans.values_list("code", flat=True)) for row in shared] == [sorted(BOTH)] * 4
    lists = [plan.areas.count() + plan.organizations.count() + plan.policies.count() for plan in plans()]
    # 14 areas, 16 units and 8 documents; 5, 5 and 4.
    assert lists == [38, 14]


def plans() -> list[Plan]:
    return list(Plan.objects.order_by("code"))


def test_a_code_that_another_plan_has_taken_gives_way_to_the_next_free_one():
    load(FIXTURES, SECOND)
    second = Plan.objects.get(code="yunli-sti-14")
    assert list(second.organizations.order_by("code").values_list("code", "name")) == [
        ("O10", "清华大学"),
        ("O17", "云狸省人民政府"),
        ("O18", "云狸省科学技术厅"),
        ("O19", "狸港新区管委会"),
        ("O20", "狸獭大学"),
    ]
    assert second.document.code == "PO02"
    assert second.measures.get(code="M01").organization.name == "狸獭大学"


def test_a_unit_of_the_same_name_in_another_place_is_another_unit(second):
    load(FIXTURES)
    edit(second / "organizations.jsonl", {"code": "O04"}, name="市直各部门", kind="municipal")
    load(second)
    assert sorted(Organization.objects.filter(name="市直各部门").values_list("top_area", "plans")) == sorted(
        (plan.top_area_id, plan.pk) for plan in plans()
    )


def test_a_remark_on_a_shared_row_is_the_first_plans(second):
    load(FIXTURES)
    edit(second / "areas.jsonl", {"code": "131127"}, note="狸")
    before = list(Area.objects.filter(code="131127").values())
    load(second)
    assert list(Area.objects.filter(code="131127").values()) == before
    assert verify("yunli-sti-14", second) == "核对无误。"


def test_what_a_folder_no_longer_names_leaves_its_plan_and_goes_only_if_nobody_else_uses_it(second):
    load(FIXTURES, second)
    before = database()
    for code in ("O02", "O03"):
        drop(second / "organizations.jsonl", code)
    said = load(second)
    assert [line for line in said if line.startswith(("移出", "删去", "留存"))] == [
        "移出 单位 清华大学：文件中已无此行，别处还在用，只移出本规划",
        "删去 单位 云狸省科学技术厅",
    ]
    assert not Organization.objects.filter(name="云狸省科学技术厅").exists()
    assert list(Organization.objects.get(name="清华大学").plans.values_list("code", flat=True)) == ["sti-13"]
    assert verify("yunli-sti-14", second) == verify("sti-13", FIXTURES) == "核对无误。"
    assert lost(before, database()).keys() == {
        "targets.Organization",
        "targets.Plan_organizations",
        "measures.Citation",
    }


def test_a_row_that_only_one_plan_uses_is_changed_by_its_folder(second):
    load(second, FIXTURES)
    edit(second / "organizations.jsonl", {"code": "O07"}, name="獭獭大学")
    edit(second / "areas.jsonl", {"code": "990100"}, name="狸狸市")
    said = load(second)
    assert [line for line in said if line.startswith("更改")] == [
        "更改 县市区 狸狸市：名称",
        "更改 单位 獭獭大学：名称",
    ]


def test_publication_is_the_bureaus_after_the_first_loading(second):
    edit(second / "plan.jsonl", {}, is_public=..., is_current=...)
    load(second)
    assert not Plan.objects.get().is_public
    Plan.objects.update(is_public=True)
    load(second)
    assert Plan.objects.get().is_public


def test_a_folder_may_lack_every_table_but_the_plan(tmp_path, second):
    load(SECOND)
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "text.txt").write_bytes((second / "text.txt").read_bytes() + "\u00a0 附记。\n".encode())
    shutil.copy(second / "plan.jsonl", bare)
    edit(
        bare / "plan.jsonl",
        {},
        code="bare",
        is_current=...,
        document=...,
        number=...,
        published_on=...,
        effective_on=...,
        sha256=sha256(bare / "text.txt"),
    )
    load(bare)
    plan = Plan.objects.get(code="bare")
    assert [area.name for area in plan.areas.all()] == ["云狸省"]
    assert (plan.indicators.count(), plan.periods.count(), plan.number) == (0, 5, "")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Refused


def another_name_of_an_area(folder: Path):
    edit(folder / "areas.jsonl", {"code": "131127"}, name="狸县")


def another_title_of_a_document(folder: Path):
    edit(folder / "policies.jsonl", {"code": "PO04"}, title="狸意见")


def another_kind_of_a_unit(folder: Path):
    edit(folder / "organizations.jsonl", {"code": "O02"}, kind="institute")


def a_second_current_plan(folder: Path):
    edit(folder / "plan.jsonl", {}, top_area="131100")
    shutil.copy(FIXTURES / "areas.jsonl", folder)


def the_text_of_another_plan(folder: Path):
    shutil.copy(FIXTURES / "text.txt", folder)
    edit(folder / "plan.jsonl", {}, sha256=sha256(folder / "text.txt"))


def a_code_that_does_not_fit(folder: Path):
    edit(folder / "plan.jsonl", {}, code="Yunli_14")


def the_code_of_another_plan(folder: Path):
    edit(folder / "plan.jsonl", {}, code="sti-13")


def a_code_of_the_sites_own_addresses(folder: Path):
    edit(folder / "plan.jsonl", {}, code="search")


REFUSALS = {
    another_name_of_an_area: "areas.jsonl 第 1 行：县市区 景县 的“名称”在库中是“景县”（规划 sti-13 在用），"
    "本行写作“狸县”；同一县市区只能有一种说法，请核对后改正本行，或先改正库中的",
    another_title_of_a_document: "policies.jsonl 第 4 行："
    "政策文件 《关于进一步推进科技特派员基层创业行动的实施意见》衡科字〔2014〕31号 的“文件名”在库中是"
    "“关于进一步推进科技特派员基层创业行动的实施意见”（规划 sti-13 在用），本行写作“狸意见”；"
    "同一政策文件只能有一种说法，请核对后改正本行，或先改正库中的",
    another_kind_of_a_unit: "organizations.jsonl 第 2 行："
    "单位 清华大学 的“类别”在库中是“高校”（规划 sti-13 在用），"
    "本行写作“科研院所”；同一单位只能有一种说法，请核对后改正本行，或先改正库中的",
    a_second_current_plan: "plan.jsonl 第 1 行：规划 sti-13“衡水市科技创新“十三五”规划”已是衡水市的现行规划，"
    "一地只能有一个；请先取消那个规划的“现行规划”，或把本行的 is_current 改为 false",
    the_text_of_another_plan: "plan.jsonl 第 1 行：这份原文已是规划 sti-13“衡水市科技创新“十三五”规划”的，"
    "两个规划不能用同一份原文；请核对 code 和 text.txt",
    a_code_that_does_not_fit: "plan.jsonl 第 1 行：规划代码“Yunli_14”不合规则："
    "须以小写字母开头，只用小写字母、数字和连字符，2 至 39 字。",
    the_code_of_another_plan: "plan.jsonl 第 1 行：规划代码 sti-13 已是衡水市的"
    "“衡水市科技创新“十三五”规划”的，不能用于另一个规划；请在本文件改用别的规划代码",
    a_code_of_the_sites_own_addresses: "plan.jsonl 第 1 行：规划代码“search”是本站自己的网址，不能使用，"
    "请另取一个，如 search-plan。",
}


@pytest.mark.parametrize("spoil", REFUSALS, ids=lambda spoil: spoil.__name__)
def test_what_contradicts_another_plan_is_refused_with_the_reason_and_nothing_is_loaded(second, spoil):
    load(FIXTURES)
    before = database()
    spoil(second)
    assert refusal("load_plan", second) == [REFUSALS[spoil], "共 1 处不合，未作任何改动。"]
    assert database() == before


def test_a_plan_with_the_document_of_another_is_refused_and_both_are_named(second):
    load(SECOND)
    (second / "text.txt").write_bytes((second / "text.txt").read_bytes() + "\u00a0 附记。\n".encode())
    changes = {"code": "yunli-again", "is_current": ..., "sha256": sha256(second / "text.txt")}
    edit(second / "plan.jsonl", {}, **changes)
    before = database()
    assert refusal("load_plan", second)[0] == (
        "plan.jsonl 第 1 行：document：《云狸省科技创新规划(2018-2022年)》云狸政发〔2018〕7777号 "
        "已是规划 yunli-sti-14“云狸省科技创新规划”的文件，"
        "一份文件只能是一个规划的；请核对文号，或删去 document"
    )
    assert database() == before


def test_a_plan_kept_at_the_desk_is_not_loaded():
    load(SECOND)
    Plan.objects.update(keeper="desk")
    before = database()
    assert refusal("load_plan", SECOND) == [
        "plan.jsonl 第 1 行：规划 yunli-sti-14 来自后台，由规划管理员维护，不能用文件覆盖；"
        "请在后台修改，或在本文件改用别的规划代码",
        "共 1 处不合，未作任何改动。",
    ]
    assert database() == before


def test_an_indicator_that_the_bureau_hid_stays_hidden_when_its_folder_is_loaded_again(second):
    load(second)
    Indicator.objects.of_plan("yunli-sti-14").filter(code="I09").update(is_internal=True, is_headline=False)
    load(second)
    row = Indicator.objects.of_plan("yunli-sti-14").get(code="I09")
    assert (row.is_internal, row.is_headline) == (True, False)


def test_a_unit_of_an_indicator_that_was_reported_on_is_fixed(second):
    load(second)
    edit(second / "indicators.jsonl", {"code": "I09"}, unit="户")
    assert refusal("load_plan", second) == [
        "indicators.jsonl 第 1 行：“I09 狸系高新技术企业”已有填报，单位不能再改，以免往期的数变了意思；"
        "请停用这项指标，另立一项接续它。",
        "共 1 处不合，未作任何改动。",
    ]


def test_a_folder_that_is_not_there_is_named():
    assert refusal("load_plan", "sti-99") == ["没有文件夹 sti-99，fixtures/ 下也没有；请核对路径。"]


# Exported


@pytest.mark.parametrize("code", BOTH)
def test_a_plan_exported_right_after_loading_is_its_folder(tmp_path, code):
    load(BOTH[code])
    assert export(code, tmp_path / "out") == contents(BOTH[code])


def test_what_the_bureau_entered_is_exported_and_loads_as_the_same_plan(tmp_path):
    load(FIXTURES, SECOND)
    enter_at_the_desk(Plan.objects.get(code="yunli-sti-14"))
    first = export("yunli-sti-14", tmp_path / "first")
    assert sorted(first.keys() - contents(SECOND).keys()) == [
        "duties.jsonl",
        "periods.jsonl",
        "responsibilities.jsonl",
        "thresholds.jsonl",
    ]
    delete_all_rows()
    load(tmp_path / "first")
    assert export("yunli-sti-14", tmp_path / "second") == first
    assert verify("yunli-sti-14", tmp_path / "first") == "核对无误。"
    before = database()
    load(tmp_path / "first")
    assert database() == before


def enter_at_the_desk(plan: Plan):
    editor = get_user_model().objects.create_user("editor")
    indicator, area = plan.indicators.get(code="I09"), plan.areas.get(code="990100")
    unit = plan.organizations.create(
        code="S01", name="狸州市科技局", kind="municipal", top_area=plan.top_area
    )
    plan.indicators.filter(pk=indicator.pk).update(definition="狸数", definition_source="狸办", roll_up="sum")
    Period.of(plan, "2018-H1", due_on=date(2018, 7, 31)).save()
    plan.periods.filter(code="2019").update(due_on=date(2020, 1, 31))
    ReportingDuty.objects.create(indicator=indicator, area=area, organization=unit)
    Responsibility.objects.create(organization=unit, role="lead", indicator=indicator, source="狸办")
    what = {"indicator": indicator, "area": area, "grade": "official", "source": "狸办", "entered_by": editor}
    Target.objects.create(**what, year=2022, value=77777, decided_on=date(2018, 8, 1))
    Baseline.objects.create(**what, value=7777, basis="at_drafting")
    ThresholdDecision.objects.create(
        plan=plan,
        decided_on=date(2019, 1, 1),
        ahead_from="1.2",
        on_schedule_from="1",
        slightly_behind_from="0.8",
        source="狸办",
        entered_by=editor,
    )


def test_what_the_bureau_changed_since_is_no_fault_and_stays(tmp_path):
    load(SECOND)
    enter_at_the_desk(Plan.objects.get())
    export("yunli-sti-14", tmp_path / "out")
    Plan.objects.get().periods.filter(code="2019").update(due_on=date(2020, 2, 29))
    ReportingDuty.objects.all().delete()
    before = Period.objects.get(code="2019").due_on
    assert verify("yunli-sti-14", tmp_path / "out") == "核对无误。"
    load(tmp_path / "out")
    assert Period.objects.get(code="2019").due_on == before


def test_a_folder_with_files_is_not_overwritten(tmp_path):
    load(SECOND)
    (tmp_path / "x").touch()
    said = refusal("export_plan", "yunli-sti-14", folder=tmp_path)
    assert said == [f"{tmp_path} 里已有文件，请换一个空文件夹。"]
    assert contents(tmp_path) == {"x": b""}


def test_a_demonstration_and_an_unknown_plan_are_not_exported(tmp_path):
    load(SECOND)
    Plan.objects.update(is_demo=True)
    said = refusal("export_plan", "yunli-sti-14", folder=tmp_path)
    assert said == ["规划 yunli-sti-14 是演示数据，不能导出。"]
    assert refusal("export_plan", "sti-99", folder=tmp_path) == [
        "数据库中没有规划 sti-99，或它还没有原文，不能导出；请核对代码。"
    ]


# Verified


def test_every_plan_is_verified_and_one_without_a_folder_against_its_text():
    load(FIXTURES, SECOND)
    out = StringIO()
    call_command("verify_plan", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line for line in lines if "无误" not in line] == [
        "衡水市科技创新“十三五”规划（3803 字，SHA-256 "
        "34721d021ee1b938b81c06ba1affbbfbbda623bb87cfe73a4b5495474a2e0f90）",
        f"云狸省科技创新规划（1019 字，SHA-256 {sha256(SECOND / 'text.txt')}）",
        f"  没有文件夹 {FIXTURES.parent / 'yunli-sti-14'}，只与原文核对；文件夹在别处的，请用 --from 指明",
    ]
    Baseline.objects.filter(value=7777).update(value=7778)
    assert refusal("verify_plan") == [
        "基期值 I09（云狸省）的数值记为 7778，原文为“7777家”",
        "共 1 处有误。",
    ]
    call_command("verify_plan", "sti-13", stdout=StringIO())


def test_a_plan_handed_over_is_verified_against_its_text_alone_and_says_who_took_it(second):
    load(second)
    boss = get_user_model().objects.create_superuser("boss", last_name="王科")
    review.hand_over(Plan.objects.get(code="yunli-sti-14"), by=boss)
    out = StringIO()
    call_command("verify_plan", "yunli-sti-14", folder=second, stdout=out)
    [line] = [line for line in out.getvalue().splitlines() if "维护方式" in line]
    assert re.fullmatch(
        "  维护方式：后台（王科：由文件移交后台维护，[^）]+），没有文件夹，只与原文核对", line
    )


def test_a_keeper_changed_without_a_handing_over_is_a_fault(second):
    load(second)
    models.QuerySet(Plan).filter(code="yunli-sti-14").update(keeper="desk")
    [fault, _] = refusal("verify_plan", "yunli-sti-14", folder=second)
    assert fault == (
        "plan.jsonl 第 1 行：规划 yunli-sti-14 的“维护方式”应为“文件”，库中为“后台”，历史中没有这一改动"
    )


def test_verify_plan_names_an_unknown_plan_and_a_folder_for_several():
    load(FIXTURES, SECOND)
    assert refusal("verify_plan", "sti-99") == ["数据库中没有规划 sti-99，请核对代码。"]
    assert refusal("verify_plan", folder=SECOND) == ["--from 只能用于一个规划，请写明规划代码。"]
