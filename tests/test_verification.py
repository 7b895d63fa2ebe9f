"""verify_plan names whatever no longer says what the text says."""

import hashlib
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from measures.models import Citation, Correction, Measure, NumberToken, Policy, Section, SourceText
from targets.models import Baseline, Goal, Indicator, Organization, Plan

pytestmark = pytest.mark.django_db


def faults() -> list[str]:
    """What verify_plan says is wrong, a sentence each; fails the test where it finds nothing."""
    with pytest.raises(CommandError) as refusal:
        call_command("verify_plan", stdout=StringIO())
    *sentences, last = str(refusal.value).split("\n")
    assert last == f"共 {len(sentences)} 处有误。"
    return sentences


def test_the_plan_as_loaded_stands_every_check(plan):
    out = StringIO()
    call_command("verify_plan", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[-1] == "核对无误。"
    assert [line.endswith("：无误") for line in lines[1:-1]] == [True] * 9


def test_without_a_plan_it_says_what_to_run(db):
    with pytest.raises(CommandError, match="load_plan"):
        call_command("verify_plan")


def test_a_changed_baseline_is_named(plan):
    Baseline.objects.filter(indicator__code="I09").update(value=Decimal("93"))
    assert faults() == ["基期值 I09（衡水市）的数值记为 93，原文为“92家”"]


def test_a_lost_comparator_is_named(plan):
    Baseline.objects.filter(indicator__code="I16").update(comparator="eq")
    assert faults() == ["基期值 I16（衡水市）的比较词记为“等于”，原文为“98%以上”"]


def test_a_printed_phrase_without_its_limiting_word_is_named(plan):
    Baseline.objects.filter(indicator__code="I16").update(printed="98%")
    assert faults() == ["基期值 I16 衡水市 98% 的原文表述应为“98%以上”，记为“98%”"]


def test_another_unit_is_named(plan):
    Indicator.objects.filter(code="I09").update(unit="个")
    assert faults() == ["基期值 I09（衡水市）的单位记为“个”，原文为“92家”"]


def test_a_derived_value_that_its_formula_does_not_give_is_named(plan):
    Baseline.objects.filter(indicator__code="I23").update(formula="I21 × I21")
    assert faults() == ["基期值 I23 衡水市 近6亿元：I21 × I21 = 2.1904，与“近6亿元”不符"]


def test_a_formula_with_an_unknown_code_is_named(plan):
    Baseline.objects.filter(indicator__code="I23").update(formula="I21 × I99")
    assert faults() == ["基期值 I23 衡水市 近6亿元 的公式 I21 × I99 中 I99 没有值"]


def test_a_shifted_citation_is_named(plan):
    Citation.objects.filter(goal__code="G10").update(start=3762, end=3772)
    assert faults() == [
        "G10 全市创新能力明显提高 的引文“全市创新能力明显提高”与原文第 3762 至 3772 字不符，"
        "原文此处为“市创新能力明显提高,”"
    ]


def test_a_citation_outside_its_section_is_named(plan):
    Citation.objects.filter(goal__code="G10").update(section=Section.objects.get(code="2.1"))
    assert faults() == ["G10 全市创新能力明显提高 的引文“全市创新能力明显提高”不在章节 2.1 之内"]


def test_a_record_without_a_citation_is_named(plan):
    Citation.objects.filter(measure__code="M07").delete()
    assert faults() == ["措施 M07 粮食丰产工程 没有引文"]


def test_a_deleted_section_is_named(plan):
    Section.objects.filter(code="1.0").delete()
    found = faults()
    assert "缺少章节 1.0 " in found
    assert "原文第 539 至 704 字不属于任何章节（在章节 1.1 之前）" in found
    assert "数目不符：章节 核定 28，实有 27" in found


def test_a_section_with_other_words_is_named(plan):
    section = Section.objects.get(code="1.0")
    Section.objects.filter(code="1.0").update(text=section.text.replace("全市", "全省", 1))
    assert faults() == [
        "章节 1.0 的文字与原文第 539 至 704 字不符",
        "各章节的文字相连，与原文不一致",
    ]


def test_an_edited_text_is_named(plan):
    source = SourceText.objects.get()
    SourceText.objects.update(text=source.text.replace("92家", "93家"))
    found = faults()
    assert found[0].startswith(f"原文已被改动：SHA-256 应为 {source.sha256}，实为 ")
    assert "基期值 I09（衡水市）的数值记为 92，原文为“93家”" in found
    assert "章节 1.1.2 的文字与原文第 940 至 1401 字不符" in found


def test_a_text_edited_together_with_its_hash_is_still_named(plan):
    source = SourceText.objects.get()
    text = source.text.replace("92家", "93家")
    SourceText.objects.update(text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
    assert "数字标注 N22“92家”与原文第 974 至 977 字不符" in faults()


def test_a_digit_without_an_owner_is_named(plan):
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
    ]


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        ("N41", "period", "数字标注 N41“12396”标为规划期，与原文或记录不符"),
        ("N08", "date", "数字标注 N08“第45次”标为日期，与原文或记录不符"),
        ("N42", "ordinal", "数字标注 N42“1+3”标为序号，与原文或记录不符"),
    ],
)
def test_a_number_of_the_wrong_kind_is_named(plan, code, kind, sentence):
    NumberToken.objects.filter(code=code).update(kind=kind)
    assert faults() == [sentence]


def test_a_document_number_that_the_text_does_not_print_is_named(plan):
    Policy.objects.filter(code="PO03").update(number="衡科字〔2015〕37号")
    assert faults() == ["数字标注 N43“〔2015〕36号”标为文号，与原文或记录不符"]


def test_a_policy_of_another_year_than_its_number_is_named(plan):
    Policy.objects.filter(code="PO03").update(year=2016)
    assert faults() == ["数字标注 N43“〔2015〕36号”标为文号，与原文或记录不符"]


def test_other_plan_years_than_the_text_prints_are_named(plan):
    Plan.objects.update(end_year=2021)
    assert len(faults()) == 5


def test_another_title_is_named(plan):
    Plan.objects.update(title="衡水市科技创新规划")
    assert faults() == ["规划名称“衡水市科技创新规划”与原文标题“衡水市科技创新“十三五”规划”不符"]


def test_a_correction_of_words_that_are_not_there_is_named(plan):
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
def test_a_deleted_record_is_named(plan, model, code, sentence):
    model.objects.filter(code=code).delete()
    assert faults() == [sentence]
