"""Numbers of a text that states targets: whose each is, and that the records say what the text says."""

import json
import re
import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from measures.models import NumberToken
from targets.models import Indicator, Target
from tests.database import SECOND
from tests.pages import page
from tests.shipped import shipped

pytestmark = pytest.mark.django_db

CODE = "yunli-sti-14"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the plan whose text states targets, loaded and still to be changed."""
    copied = shutil.copytree(SECOND, tmp_path / "second")
    load(copied)
    return copied


def load(folder: Path) -> list[str]:
    out = StringIO()
    call_command("load_plan", folder, stdout=out)
    return out.getvalue().splitlines()


def faults(folder: Path) -> list[str]:
    """Those that the text shows, without those that the files show."""
    with pytest.raises(CommandError) as refusal:
        call_command("verify_plan", CODE, folder=folder, stdout=StringIO())
    return [line for line in str(refusal.value).split("\n")[:-1] if ".jsonl" not in line]


def rewrite(folder: Path, name: str, number: int, **changes):
    """Change fields of a line; None removes one."""
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    values = json.loads(lines[number - 1]) | changes
    line = {name: value for name, value in values.items() if value is not None}
    lines[number - 1] = json.dumps(line, ensure_ascii=False)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def target(code: str):
    return Target.objects.of_plan(CODE).filter(indicator__code=code)


# What the text says


def test_a_stated_target_is_shown_with_its_words_and_their_place(client, folder):
    html = page(client, f"/{CODE}/indicators/I13/?period=2022")
    rows = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "2022年 77770000家 比基期增减数量（与2017年比） 2018-07-07 有效" in rows
    assert "獭系省级科技企业孵化器比2017年增加77770000家 原句" in rows
    assert "比基期增减数量：77777 + 77770000 = 77847777" in rows


def test_a_number_of_several_records_names_them_all_in_the_text(client, folder):
    html = page(client, f"/{CODE}/text/")
    assert re.findall(r'href="([^"]+)" title="([^"]+)">7777家</a>', html) == [
        (f"/{CODE}/indicators/I09/", "指标 I09 狸系高新技术企业"),
        (f"/{CODE}/indicators/I17/", "指标 I17 狸獭示范小镇、指标 I18 獭狸示范基地"),
    ]


def test_the_words_of_a_target_are_found_by_search_and_listed_as_its_citation(client, folder):
    answer = client.get(f"/api/v1/plans/{CODE}/citations/?supports=target&search=翻一番").json()
    assert [(row["code"], row["area"], row["year"]) for row in answer["results"]] == [("I19", "990000", 2022)]
    assert "I19" in page(client, "/search/?q=翻一番")


def test_a_number_that_nobody_classified_is_told(client, folder):
    assert "原文中有 1 个数尚未归类" in page(client, f"/{CODE}/text/")
    assert client.get(f"/api/v1/plans/{CODE}/").json()["unowned_numbers"] == 1
    NumberToken.objects.of_plan(CODE).filter(kind="horizon").delete()
    assert client.get(f"/api/v1/plans/{CODE}/").json()["unowned_numbers"] == 2


def test_a_plan_whose_numbers_are_all_classified_says_nothing_of_it(client, plan):
    assert "尚未归类" not in page(client, "/sti-13/text/")
    assert client.get("/api/v1/plans/sti-13/").json()["unowned_numbers"] == 0


def test_numbers_of_an_internal_indicator_are_no_links_to_it_for_a_visitor(client, folder):
    Indicator.objects.of_plan(CODE).filter(code="I17").update(is_internal=True)
    html = page(client, f"/{CODE}/text/")
    assert "I17" not in html
    assert 'title="指标 I18 獭狸示范基地">7777家</a>' in html
    answer = client.get(f"/api/v1/plans/{CODE}/citations/?supports=target").json()
    assert [row["code"] for row in answer["results"]] == ["I09", "I13", "I18", "I16", "I19"]


# What the records must say


@pytest.mark.parametrize(
    ("code", "changes", "fault"),
    [
        ("I09", {"value": 7}, "目标值 I09 云狸省 2022年 87777家以上 记为“≥7”，原文为“87777家以上”"),
        ("I09", {"comparator": "eq"}, "记为“87777”，原文为“87777家以上”"),
        ("I09", {"printed": "87777家"}, "的原文表述应为“87777家以上”，记为“87777家”"),
        ("I13", {"form": "every_year"}, "的形式记为“每年的数”，引文没有“每年”"),
        ("I13", {"form": "value"}, "的形式记为“数值”，原文写的是“增加”"),
        ("I09", {"form": "increment"}, "的形式记为“比基期增减数量”，原文写的是达到多少"),
        ("I09", {"form": "percent"}, "无法核对：“87777家以上”的单位不是“%”"),
        ("I09", {"decided_on": date(2018, 7, 8)}, "自规划公布之日起算，决定日期应为 2018-07-07"),
        ("I09", {"year": 2023}, "不在规划期之内；规划期以后的数是远景"),
        ("I09", {"year": 2020}, "引文所在的章节没有写明2020年"),
        ("I13", {"base_year": 2016}, "引文所在的章节没有写明与2016年相比"),
        ("I19", {"value": 4}, "记为“4”，原文为“翻一番”"),
        ("I19", {"printed": "翻两番"}, "的表述“翻两番”不在它的引文之内"),
    ],
)
def test_a_target_that_differs_from_its_words_is_named(folder, code, changes, fault):
    target(code).read_again(**changes)
    assert fault in "\n".join(faults(folder))


def test_a_target_of_another_area_than_the_sentence_names_is_named(folder):
    target("I09").read_again(
        area=Indicator.objects.of_plan(CODE).get(code="I09").plan.areas.get(code="990100")
    )
    assert [fault for fault in faults(folder) if "没有写明狸州市" in fault] != []


def test_a_number_of_a_record_that_does_not_state_it_is_named(folder):
    NumberToken.objects.of_plan(CODE).get(code="N22").targets.set(target("I19"))
    assert faults(folder) == [
        "目标值 I09 云狸省 2022年 87777家以上 没有对应的原文数字",
        "数字标注 N22“87777家”不是目标值 I19 云狸省 2022年 翻一番 的数或比较的年份",
    ]


@pytest.mark.parametrize(
    ("code", "kind", "note"),
    [
        ("N28", "deadline", ""),
        ("N21", "horizon", ""),
        ("N29", "amount", ""),
        ("N27", "proper_name", "专项"),
        ("N21", "target", ""),
        ("N22", "date", ""),
    ],
)
def test_a_number_of_the_wrong_kind_is_named(folder, code, kind, note):
    NumberToken.objects.of_plan(CODE).filter(code=code).update(kind=kind, note=note)
    assert [fault for fault in faults(folder) if fault.startswith(f"数字标注 {code}")] != []


# The files


def test_a_target_read_again_is_corrected_in_its_row_and_told_in_the_history(folder):
    [before] = target("I09")
    rewrite(folder, "targets.jsonl", 1, comparator=None, printed="87777家")
    assert "目标值：新增 0，更改 1，删去 0，未变 5" in load(folder)
    [after] = target("I09")
    assert (after.pk, after.comparator, after.printed) == (before.pk, "eq", "87777家")
    assert [line.comparator for line in after.history.all()] == ["eq", "ge"]


def test_records_of_a_number_changed_in_the_file_are_changed_in_the_database(folder):
    rewrite(folder, "number_tokens.jsonl", 25, targets=["I18 2022"])
    assert "更改 原文数字 7777家 目标值：目标值" in load(folder)
    [token] = NumberToken.objects.of_plan(CODE).filter(code="N25")
    assert [str(row.indicator.code) for row in token.targets.all()] == ["I18"]


@pytest.mark.parametrize(
    ("number", "changes", "reason"),
    [
        (22, {"targets": None}, "类别是目标值，请在 targets 写明是哪一项的"),
        (22, {"targets": ["I09"]}, "targets：没有代码为 I09 的目标值"),
        (22, {"targets": ["I99 2022"]}, "targets：没有代码为 I99 2022 的目标值"),
        (27, {"targets": ["I09 2022"]}, "targets 只用于类别 target；请改 kind，或删去 targets"),
        (13, {"baselines": ["I09", "I13"]}, "已有数字标注 N13"),
        (22, {"kind": "indicator"}, "kind：值 'indicator' 不是有效选项。"),
    ],
)
def test_a_number_whose_records_are_not_told_rightly_is_refused(folder, number, changes, reason):
    rewrite(folder, "number_tokens.jsonl", number, **changes)
    with pytest.raises(CommandError) as refusal:
        load(folder)
    assert reason in str(refusal.value)


def test_a_target_of_the_text_without_its_quotation_is_refused(folder):
    rewrite(folder, "targets.jsonl", 1, cite=None)
    with pytest.raises(CommandError, match=r"targets\.jsonl 第 1 行：缺少引文 cite"):
        load(folder)


def test_a_nature_that_the_text_does_not_name_is_named(plan):
    shipped(Indicator).filter(code="I09").update(nature="binding")
    out = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("verify_plan", "sti-13", stdout=out)
    assert "指标 I09 有效期内高新技术企业 记为约束性，原文没有写明" in str(refusal.value)


def test_a_text_without_a_date_states_targets_that_have_no_day(tmp_path):
    folder = shutil.copytree(SECOND, tmp_path / "second")
    for number in range(1, 7):
        rewrite(folder, "targets.jsonl", number, decided_on=None)
    rewrite(folder, "plan.jsonl", 1, published_on=None)
    load(folder)
    assert {row.decided_on for row in Target.objects.of_plan(CODE)} == {None}
    out = StringIO()
    call_command("verify_plan", CODE, folder=folder, stdout=out)
    assert out.getvalue().endswith("核对无误。\n")
