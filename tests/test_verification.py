"""verify_plan names every record that does not agree with the text.

tests/test_cells.py has the comparison with the files.
"""

import hashlib
import re
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from measures.models import (
    Citation,
    Correction,
    Measure,
    NumberToken,
    Principle,
    Section,
    SourceText,
    Weakness,
)
from targets.models import Area, Baseline, Goal, Indicator, Organization, Plan, Policy

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

FOUND_BY_FILE = re.compile(r"\w+\.jsonl")


def faults() -> list[str]:
    """Return the faults that verify_plan finds by the text; fails if it reports none at all."""
    with pytest.raises(CommandError) as refusal:
        call_command("verify_plan", "sti-13", stdout=StringIO())
    *sentences, last = str(refusal.value).split("\n")
    assert last == f"共 {len(sentences)} 处有误。"
    return [sentence for sentence in sentences if not FOUND_BY_FILE.match(sentence)]


def test_the_loaded_plan_passes_every_check(first_plan):
    out = StringIO()
    call_command("verify_plan", "sti-13", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[-1] == "核对无误。"
    assert [line.endswith("：无误") for line in lines[1:-1]] == [True] * 13


def test_without_a_plan_the_command_says_what_to_run(db):
    with pytest.raises(CommandError, match="load_plan"):
        call_command("verify_plan")


def test_a_changed_baseline_is_named(first_plan):
    Baseline.objects.filter(indicator__code="I09").update(value=Decimal("93"))
    assert faults() == ["基期值 I09（衡水市）的数值记为 93，原文为“92家”"]


def test_a_lost_comparator_is_named(first_plan):
    Baseline.objects.filter(indicator__code="I16").update(comparator="eq")
    assert faults() == ["基期值 I16（衡水市）的比较词记为“等于”，原文为“98%以上”"]


def test_a_printed_phrase_without_its_limiting_word_is_named(first_plan):
    Baseline.objects.filter(indicator__code="I16").update(printed="98%")
    assert faults() == ["基期值 I16 衡水市 98% 的原文表述应为“98%以上”，记为“98%”"]


def test_a_unit_that_differs_from_the_text_is_named(first_plan):
    Indicator.objects.filter(code="I09").update(unit="个")
    assert faults() == ["基期值 I09（衡水市）的单位记为“个”，原文为“92家”"]


def test_a_derived_value_that_differs_from_its_formula_is_named(first_plan):
    Baseline.objects.filter(indicator__code="I23").update(formula="I21 × I21")
    assert faults() == ["基期值 I23 衡水市 近6亿元：I21 × I21 = 2.1904，与“近6亿元”不符"]


def test_a_formula_with_an_unknown_code_is_named(first_plan):
    Baseline.objects.filter(indicator__code="I23").update(formula="I21 × I99")
    assert faults() == ["基期值 I23 衡水市 近6亿元 的公式 I21 × I99 中 I99 没有值"]


def test_a_shifted_citation_is_named(first_plan):
    Citation.objects.filter(goal__code="G10").update(start=3762, end=3772)
    assert faults() == [
        "G10 全市创新能力明显提高 的引文“全市创新能力明显提高”与原文第 3762 至 3772 字不符，"
        "原文此处为“市创新能力明显提高,”"
    ]


def test_a_citation_outside_its_section_is_named(first_plan):
    Citation.objects.filter(goal__code="G10").update(section=Section.objects.get(code="2.1"))
    assert faults() == [
        "G10 全市创新能力明显提高 的引文“全市创新能力明显提高”不在章节 2.1 之内，或另有更近的章节"
    ]


def test_a_record_without_a_citation_is_named(first_plan):
    Citation.objects.filter(measure__code="M07").delete()
    assert faults() == ["措施 M07 粮食丰产工程 没有引文", "数目不符：引文 核定 123，实有 122"]


def test_a_deleted_section_is_named(first_plan):
    Section.objects.filter(code="1.0").delete()
    found = faults()
    assert "缺少章节 1.0 " in found
    assert "原文第 539 至 704 字不属于任何章节（在章节 1.1 之前）" in found
    assert "数目不符：章节 核定 28，实有 27" in found


def test_a_section_whose_words_differ_from_the_text_is_named(first_plan):
    section = Section.objects.get(code="1.0")
    Section.objects.filter(code="1.0").update(text=section.text.replace("全市", "全省", 1))
    assert faults() == [
        "章节 1.0 的文字与原文第 539 至 704 字不符",
        "各章节的文字相连，与原文不一致",
    ]


def test_an_edited_text_is_named(first_plan):
    source = SourceText.objects.get()
    SourceText.objects.update(text=source.text.replace("92家", "93家"))
    found = faults()
    assert found[0].startswith(f"原文已被改动：SHA-256 应为 {source.sha256}，实为 ")
    assert "基期值 I09（衡水市）的数值记为 92，原文为“93家”" in found
    assert "章节 1.1.2 的文字与原文第 940 至 1401 字不符" in found


def test_a_text_edited_together_with_its_hash_is_still_named(first_plan):
    source = SourceText.objects.get()
    text = source.text.replace("92家", "93家")
    SourceText.objects.update(text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
    assert "数字标注 N22“92家”与原文第 974 至 977 字不符" in faults()


def test_a_digit_without_an_owner_is_named(first_plan):
    NumberToken.objects.filter(code="N41").delete()
    assert faults() == [
        *(
            f"原文第 {place} 字“{digit}”（…{around}…）有 0 个归属，应恰有一个"
            for place, digit, around in [
                (1531, "1", "全省星火科技12396信息"),
                (1532, "2", "省星火科技12396信息服"),
                (1533, "3", "星火科技12396信息服务"),
                (1534, "9", "火科技12396信息服务试"),
                (1535, "6", "科技12396信息服务试点"),
            ]
        ),
        "数目不符：原文数字 核定 52，实有 51",
        "数目不符：原文数字：专名 核定 2，实有 1",
    ]


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        ("N41", "period", "数字标注 N41“12396”标为规划期，与原文或记录不符"),
        ("N08", "date", "数字标注 N08“第45次”标为日期，与原文或记录不符"),
        ("N42", "ordinal", "数字标注 N42“1+3”标为序号，与原文或记录不符"),
    ],
)
def test_a_number_of_the_wrong_kind_is_named(first_plan, code, kind, sentence):
    NumberToken.objects.filter(code=code).update(kind=kind)
    named, *counted = faults()
    assert named == sentence
    assert [line.startswith("数目不符：原文数字：") for line in counted] == [True, True]


def test_a_document_number_that_the_text_does_not_print_is_named(first_plan):
    Policy.objects.filter(code="PO03").update(number="衡科字〔2015〕37号")
    assert faults() == [
        "政策文件 《衡水市众创空间管理暂行办法》衡科字〔2015〕37号 的文号不在它的名称之后",
        "数字标注 N43“〔2015〕36号”标为文号，与原文或记录不符",
    ]


def test_a_policy_year_that_differs_from_its_number_is_named(first_plan):
    Policy.objects.filter(code="PO03").update(year=2016)
    assert faults() == ["数字标注 N43“〔2015〕36号”标为文号，与原文或记录不符"]


def test_plan_years_that_differ_from_the_text_are_named(first_plan):
    Plan.objects.update(end_year=2021)
    named = [fault for fault in faults() if "标为规划期" in fault]
    assert len(named) == 5


def test_a_title_that_differs_from_the_text_is_named(first_plan):
    Plan.objects.update(title="衡水市科技创新规划")
    assert faults() == ["规划名称“衡水市科技创新规划”与原文标题“衡水市科技创新“十三五”规划”不符"]


def test_a_correction_of_words_missing_from_the_text_is_named(first_plan):
    Correction.objects.filter(code="SL02").update(as_printed="青")
    assert faults() == ["勘误 SL02 青 → 绿色 与原文不符，原文此处为“绿”"]


@pytest.mark.parametrize(
    ("model", "code", "sentence"),
    [
        (Measure, "M25", "数目不符：措施 核定 35，实有 34"),
        (Goal, "T6", "数目不符：转变 核定 6，实有 5"),
        (Organization, "O16", "数目不符：单位 核定 16，实有 15"),
    ],
)
def test_a_deleted_record_is_named(first_plan, model, code, sentence):
    model.objects.filter(code=code).delete()
    assert sorted(faults()) == sorted([sentence, "数目不符：引文 核定 123，实有 122"])


def test_a_figure_of_the_text_cannot_be_marked_as_entered_by_staff(first_plan):
    Baseline.objects.filter(indicator__code="I09").update(
        grade="official", source="x", value=Decimal("999"), printed="999家"
    )
    assert faults() == [
        "数字标注 N22“92家”标为基期值，与原文或记录不符",
        "指标 I09 有效期内高新技术企业 没有原文基期值或目标值，也没有写明口径出处",
    ]


def test_a_figure_of_the_whole_city_cannot_be_moved_to_a_county(first_plan):
    Baseline.objects.filter(indicator__code="I09").update(area=Area.objects.get(code="131102"))
    assert faults() == ["基期值 I09 桃城区 92家：引文所在的句子没有写明桃城区，不能记在桃城区名下"]


def test_a_figure_relabelled_as_a_proper_name_is_named(first_plan):
    Baseline.objects.filter(indicator__code="I09").update(grade="official", source="x")
    NumberToken.objects.filter(code="N22").update(kind="proper_name", note="x")
    assert "数字标注 N22“92家”标为专名，与原文或记录不符" in faults()


@pytest.mark.parametrize(
    ("model", "code", "change", "sentence"),
    [
        (Goal, "G10", {"statement": "全市创新能力提高50%"}, "G10 全市创新能力提高50% 的表述不是由原文"),
        (Goal, "T6", {"statement": "创新体系"}, "T6 创新体系 的表述不是由原文“创新体”一句"),
        (Goal, "G08", {"deadline_year": 2025}, "目标 G08 基本形成以企业为主体"),
        (Weakness, "W1", {"text": "产业转型升级很快"}, "W1 产业转型升级很快 的表述不是由原文"),
        (Principle, "PR1", {"title": "贯彻创新"}, "原则 1、贯彻创新 与章节 2.2.1"),
        (
            Policy,
            "PO03",
            {"title": "众创空间办法"},
            "政策文件 《众创空间办法》衡科字〔2015〕36号 的名称与首次",
        ),
        (Policy, "PO06", {"issuer": "河北省人民政府"}, "政策文件 《衡水市人民政府关于推进"),
        (
            Indicator,
            "I09",
            {"level_is_inferred": False},
            "指标 I09 有效期内高新技术企业 的层级“国家级”是否推断",
        ),
        (Indicator, "I19", {"level_scope": "exact"}, "指标 I19 市级以上农业攻关计划项目 的层级范围与引文"),
    ],
)
def test_words_that_are_not_in_the_text_are_named(first_plan, model, code, change, sentence):
    model.objects.filter(code=code).update(**change)
    named = faults()
    assert any(fault.startswith(sentence) for fault in named), named


def test_a_transformation_outside_its_goal_is_named(first_plan):
    Goal.objects.filter(code="T1").update(parent=Goal.objects.get(code="G10"))
    assert faults() == ["目标 T1 发展方式 的引文不在所属目标 G10 的引文之内"]


def test_corrections_that_overlap_are_named(first_plan):
    Correction.objects.filter(code="SL01").update(end=766, as_printed="区域特产业基地,")
    first = Correction.objects.get(code="SL01")
    Correction.objects.filter(code="SL06").update(start=760, end=770, as_printed=first.source.text[760:770])
    assert any("所指的字重叠" in fault for fault in faults())


def test_a_truncated_text_marked_as_complete_is_named(first_plan):
    Plan.objects.update(completeness="complete")
    assert faults() == ["文本完整性记为“完整”，标为到此截断的章节有 1 个"]


def test_a_date_that_the_heading_does_not_print_is_named(first_plan):
    Plan.objects.update(effective_on="2016-08-24")
    assert faults() == [
        "规划的施行日期与原文题注不符：原文没有“【施行日期】2016.08.24”",
    ]
