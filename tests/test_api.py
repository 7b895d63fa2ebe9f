import json
from urllib.parse import unquote, urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengshui_plan.api.root import OF_A_PLAN
from targets.api.indicators import INDICATOR_EXAMPLE
from targets.models import Area, Baseline, GoalLink, Grade, Indicator, Standing
from tests.api import EMPTY, WITHOUT_CODE, address, ask, codes, fault, rows
from tests.shipped import shipped

pytestmark = pytest.mark.django_db

# Those that plans share are the rows of both plans.
COUNTS = {
    "plans": 2,
    "areas": 19,
    "organizations": 20,
    "sections": 28,
    "corrections": 14,
    "citations": 123,
    "principles": 4,
    "weaknesses": 7,
    "policies": 10,
    "measures": 35,
    "goals": 12,
    "indicators": 26,
    "baselines": 26,
    "baseline-facts": 6,
    "periods": 5,
    "duties": 0,
    "targets": 0,
    "thresholds": 0,
    "observations": 2,
    "assessments": 0,
}


# Endpoints


def labels(answer: dict) -> dict[str, str]:
    return {place["name"]: place["label"] for place in answer["endpoints"]}


def test_the_root_lists_what_plans_share_with_chinese_names(client):
    answer = ask(client, "")
    assert answer["title"] == settings.SPECTACULAR_SETTINGS["TITLE"]
    assert labels(answer) == {
        "plans": "规划",
        "areas": "县市区",
        "organizations": "单位",
        "policies": "政策文件",
        "changes": "公开数据的变动",
        "schema": "接口描述（OpenAPI）",
        "docs": "接口说明",
    }


def test_a_plan_lists_its_own_endpoints_with_chinese_names(client, plan):
    assert labels(ask(client, "plans/sti-13/")) == {
        "sections": "章节",
        "corrections": "勘误",
        "citations": "引文",
        "principles": "原则",
        "weaknesses": "问题",
        "measures": "措施",
        "goals": "目标",
        "indicators": "指标",
        "baselines": "基期值",
        "baseline-facts": "基期定性事实",
        "periods": "报告期",
        "duties": "填报任务",
        "targets": "目标值",
        "thresholds": "状态分界",
        "observations": "完成值",
        "assessments": "定性评价",
        "progress": "进展",
        "datapackage.json": "数据包（Frictionless Data Package）",
        "stratml.xml": "规划和进展（StratML）",
    }


@pytest.mark.parametrize("path", ["", "plans/sti-13/"])
def test_every_address_that_is_listed_answers(client, plan, path):
    addresses = [place["url"] for place in ask(client, path)["endpoints"]]
    assert {client.get(one).status_code for one in addresses} == {200}


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_a_list_has_all_records_of_the_plan(client, plan, name, count):
    answer = ask(client, f"{name}/?page_size=1000")
    assert (answer["count"], len(answer["results"])) == (count, count)


@pytest.mark.parametrize("name", sorted(COUNTS.keys() - WITHOUT_CODE - {"plans"}))
def test_every_row_of_a_list_can_be_looked_up_by_its_code(client, plan, name):
    for row in rows(client, f"{name}/"):
        assert ask(client, f"{name}/{row['code']}/") == row


def test_a_plan_is_its_row_with_its_endpoints(client, plan):
    [row, _] = rows(client, "plans/")
    one = ask(client, "plans/sti-13/")
    assert {name: value for name, value in one.items() if name != "endpoints"} == row


@pytest.mark.parametrize("name", ["plans", "areas", "organizations", "policies"])
def test_a_shared_list_is_empty_before_a_plan_is_loaded(client, name):
    assert ask(client, f"{name}/") == EMPTY


@pytest.mark.parametrize("name", OF_A_PLAN)
def test_the_lists_of_an_unknown_plan_are_not_found_and_the_plan_is_named(client, plan, name):
    assert fault(client, f"plans/sti-99/{name}/", 404) == (
        "not_found",
        None,
        "没有代码为“sti-99”的规划，请在列表中查看全部代码。",
    )


def names_in(node):
    if isinstance(node, list):
        return {name for item in node for name in names_in(item)}
    if isinstance(node, dict):
        return node.keys() | {name for value in node.values() for name in names_in(value)}
    return set()


def test_no_answer_contains_a_database_id(client, plan):
    names = {name for endpoint in COUNTS for name in names_in(rows(client, f"{endpoint}/"))}
    assert {name for name in names if name in ("id", "pk") or name.endswith("_id")} == set()


# Single records in full


def test_an_indicator_has_its_baseline_and_its_quotation(client, plan):
    assert ask(client, "indicators/I09/", headers={"host": "127.0.0.1:8000"}) == INDICATOR_EXAMPLE


def test_a_baseline_of_98_percent_and_above_keeps_its_comparator_and_its_words(client, plan):
    assert ask(client, "indicators/I16/") == {
        "plan": "sti-13",
        "code": "I16",
        "name": "主要农作物良种覆盖率",
        "family": None,
        "level": "municipal",
        "level_scope": "exact",
        "level_scope_label": "本级",
        "level_label": "市级",
        "level_inferred": True,
        "category": "农业科技",
        "unit": "%",
        "decimals": 2,
        "kind": "ratio",
        "kind_label": "比率",
        "direction": "at_least",
        "direction_label": "不低于",
        "roll_up": "none",
        "roll_up_label": "不汇总",
        "is_tracked": True,
        "is_headline": False,
        "part_of": None,
        "retired_on": None,
        "retired_reason": None,
        "successor": None,
        "nature": None,
        "nature_label": None,
        "continues": [],
        "goals": [],
        "goal_links": [],
        "definition": None,
        "definition_source": None,
        "note": "“稳定在”表明是保持性要求。",
        "baseline": {
            "area": "131100",
            "value": 98,
            "comparator": "ge",
            "comparator_label": "以上(含)",
            "printed": "98%以上",
            "basis": "十二五期间",
            "basis_code": "previous_period",
            "basis_inherited": True,
            "year": 2015,
            "formula": None,
            "grade": "text",
            "grade_label": "原文",
            "source": None,
            "note": None,
            "citation": {
                "section": "1.1.2",
                "quote": "主要农作物良种覆盖率稳定在98%以上",
                "start": 1151,
                "end": 1169,
            },
        },
        "url": "http://testserver/sti-13/indicators/I16/",
    }


def test_a_baseline_of_nearly_600_million_keeps_its_comparator_and_its_formula(client, plan):
    assert ask(client, "indicators/I23/") == {
        "plan": "sti-13",
        "code": "I23",
        "name": "拉动项目单位科技研发投入",
        "family": None,
        "level": "municipal",
        "level_scope": "exact",
        "level_scope_label": "本级",
        "level_label": "市级",
        "level_inferred": True,
        "category": "科技投入",
        "unit": "亿元",
        "decimals": 2,
        "kind": "derived",
        "kind_label": "推算",
        "direction": "rise",
        "direction_label": "越高越好",
        "roll_up": "none",
        "roll_up_label": "不汇总",
        "is_tracked": False,
        "is_headline": False,
        "part_of": None,
        "retired_on": None,
        "retired_reason": None,
        "successor": None,
        "nature": None,
        "nature_label": None,
        "continues": [],
        "goals": ["G11"],
        "goal_links": [
            {
                "goal": "G11",
                "standing": "suggested",
                "standing_label": "推断，待确认",
                "source": "整理者据文意推断，原文未写明",
            }
        ],
        "definition": None,
        "definition_source": None,
        "note": "由 I21 × I22 推算。",
        "baseline": {
            "area": "131100",
            "value": 6,
            "comparator": "near_below",
            "comparator_label": "近",
            "printed": "近6亿元",
            "basis": "近几年",
            "basis_code": "recent_years",
            "basis_inherited": False,
            "year": None,
            "formula": "I21 × I22",
            "grade": "text",
            "grade_label": "原文",
            "source": None,
            "note": None,
            "citation": {
                "section": "1.1.2",
                "quote": "近几年共拉动项目单位科技研发投入近6亿元",
                "start": 1360,
                "end": 1380,
            },
        },
        "url": "http://testserver/sti-13/indicators/I23/",
    }


def transformation(code, statement, start, end, *, quote=None, weaknesses=(), note=None):
    quote = quote or statement
    return {
        "code": code,
        "kind": "转变",
        "statement": statement,
        "degree": None,
        "deadline_year": None,
        "deadline_inherited": False,
        "note": note,
        "weaknesses": list(weaknesses),
        "citations": [{"section": "2.3.p1", "quote": quote, "start": start, "end": end}],
        "url": f"http://testserver/sti-13/goals/G05/#{code}",
    }


def test_the_fifth_goal_contains_the_six_transformations(client, plan):
    assert ask(client, "goals/G05/") == {
        "plan": "sti-13",
        "code": "G05",
        "kind": "路径",
        "statement": "推进“六大转变”",
        "degree": None,
        "deadline_year": None,
        "deadline_inherited": False,
        "note": None,
        "weaknesses": ["W1", "W2", "W6"],
        "citations": [
            {
                "section": "2.3.p1",
                "quote": "推进发展方式、发展要素、产业分工、创\n新能力、资源配置、创新体“六大转变”",
                "start": 3645,
                "end": 3682,
            }
        ],
        "url": "http://testserver/sti-13/goals/G05/",
        "parent": None,
        "indicators": [],
        "indicator_links": [],
        "transformations": [
            transformation("T1", "发展方式", 3647, 3651, weaknesses=["W1"]),
            transformation("T2", "发展要素", 3652, 3656),
            transformation("T3", "产业分工", 3657, 3661, weaknesses=["W1", "W2"]),
            transformation("T4", "创新能力", 3662, 3667, quote="创\n新能力", weaknesses=["W3"]),
            transformation("T5", "资源配置", 3668, 3672),
            transformation(
                "T6",
                "创新群体",
                3673,
                3676,
                quote="创新体",
                weaknesses=["W6"],
                note="原文作“创新体”，见勘误 SL04。",
            ),
        ],
    }


def test_a_transformation_is_found_by_its_own_code(client, plan):
    below = {
        "plan": "sti-13",
        "parent": "G05",
        "indicators": [],
        "indicator_links": [],
        "transformations": [],
    }
    assert ask(client, "goals/T2/") == transformation("T2", "发展要素", 3652, 3656) | below


def test_a_policy_has_its_mentions_and_null_for_facts_missing_from_the_text(client, plan):
    assert ask(client, "policies/PO09/") == {
        "plans": ["sti-13", "yunli-sti-14"],
        "code": "PO09",
        "title": "国家创新驱动发展战略纲要",
        "number": None,
        "year": None,
        "level": "national",
        "level_label": "国家级",
        "issuer": None,
        "issuer_basis": "unknown",
        "issuer_basis_label": "原文未写明",
        "issued_plan": None,
        "note": "第二次提及印作《国家创新驱动发展纲要》（勘误 SL05）。原文未写制定机关和年份。",
        "measures": [],
        "mentions": [
            {
                "plan": "sti-13",
                "section": "2.1.p1",
                "quote": "《国家创新驱动发展战略纲要》",
                "start": 2864,
                "end": 2878,
            },
            {
                "plan": "sti-13",
                "section": "2.3.p1",
                "quote": "《国家创新驱动发展纲要》",
                "start": 3549,
                "end": 3561,
            },
            {
                "plan": "yunli-sti-14",
                "section": "2.1.p1",
                "quote": "《国家创新驱动发展战略纲要》",
                "start": 703,
                "end": 717,
            },
        ],
        "pages": [
            {"plan": code, "url": f"http://testserver/{code}/policies/PO09/"}
            for code in ("sti-13", "yunli-sti-14")
        ],
    }


def test_the_document_of_a_plan_names_the_plan(client, plan):
    issued = {row["code"]: row["issued_plan"] for row in rows(client, "policies/")}
    assert {code: issued_plan for code, issued_plan in issued.items() if issued_plan} == {
        "PO01": "sti-13",
        "PO02": "yunli-sti-14",
    }


def test_a_policy_names_the_measures_that_carry_it_out_with_their_plan(client, plan):
    [policy] = [row for row in rows(client, "policies/") if row["measures"]][:1]
    listed = codes(client, f"measures/?policy={policy['code']}")
    assert policy["measures"] == [{"plan": "sti-13", "code": code} for code in listed]


def test_a_measure_has_the_status_word_of_the_text(client, plan):
    assert ask(client, "measures/M19/") == {
        "plan": "sti-13",
        "code": "M19",
        "name": "科技大市场",
        "category": "成果转化",
        "status": "筹备",
        "indicators": [],
        "principle": None,
        "policy": None,
        "organization": None,
        "area": None,
        "part_of": None,
        "note": None,
        "citations": [
            {"section": "1.1.3.3", "quote": "构建科技大市场工作", "start": 1770, "end": 1779},
            {"section": "1.1.3.3", "quote": "全方位服务模式的科技大市场", "start": 1944, "end": 1957},
        ],
        "url": "http://testserver/sti-13/measures/M19/",
    }


def test_a_district_names_its_predecessor_and_the_month_of_the_change(client, plan):
    assert ask(client, "areas/131103/") == {
        "plans": ["sti-13"],
        "code": "131103",
        "code_system": "gb2260",
        "code_system_label": "GB/T 2260",
        "name": "冀州区",
        "printed_name": None,
        "kind": "district",
        "kind_label": "市辖区",
        "parent": "131100",
        "predecessor": "131181",
        "successor": None,
        "valid_from": "2016-07",
        "valid_to": None,
        "source": "民政部县以上行政区划代码 2016年6月、7月两期（经 cn/GB2260 @1173e8b5 汇编）",
        "note": "2016年7月由冀州市改设；基期值属冀州市，规划年份属冀州区。",
        "url": "http://testserver/areas/131103/",
    }


def test_the_former_city_names_its_successor_and_its_last_month(client, plan):
    area = ask(client, "areas/131181/")
    assert (area["successor"], area["valid_from"], area["valid_to"]) == ("131103", None, "2016-06")


def test_the_section_where_the_text_ends_early_is_marked(client, plan):
    assert ask(client, "sections/2.3/") == {
        "plan": "sti-13",
        "code": "2.3",
        "parent": "2",
        "position": 26,
        "kind": "section",
        "kind_label": "节",
        "number": "(三)",
        "heading": "发展目标",
        "start": 3535,
        "end": 3803,
        "text": "(三)发展目标\n\u00a0 ",
        "is_truncated": True,
        "url": "http://testserver/sti-13/text/#s-2.3",
    }


def test_the_plan_is_marked_as_incomplete_with_the_missing_part(client, plan):
    [row, _] = rows(client, "plans/")
    assert row == {
        "code": "sti-13",
        "top_area": "131100",
        "is_public": True,
        "is_current": True,
        "title": "衡水市科技创新“十三五”规划",
        "document_title": "衡水市人民政府关于印发衡水市科技创新“十三五”规划(2016-2020年)的通知",
        "number": "衡政字〔2016〕21号",
        "document": "PO01",
        "issuer": "衡水市人民政府",
        "published_on": "2016-08-23",
        "effective_on": "2016-08-23",
        "start_year": 2016,
        "end_year": 2020,
        "baseline_year": 2015,
        "completeness": "truncated",
        "completeness_label": "不完整",
        "completeness_note": "所据文本止于二（三）发展目标的定性表述，"
        "其后的具体目标、重点任务、保障措施原文缺。",
        "provenance": "法规数据库所载文本（含数据库题注），文本不完整",
        "sha256": "34721d021ee1b938b81c06ba1affbbfbbda623bb87cfe73a4b5495474a2e0f90",
        "unowned_numbers": 0,
        "url": "http://testserver/sti-13/",
    }


def test_a_correction_that_deletes_suggests_the_empty_string(client, plan):
    assert ask(client, "corrections/SL10/") == {
        "plan": "sti-13",
        "code": "SL10",
        "kind": "space",
        "kind_label": "多余空格",
        "section": "2.3.p1",
        "start": 3698,
        "end": 3699,
        "as_printed": " ",
        "suggested": "",
        "confidence": "high",
        "confidence_label": "高",
        "reason": "句中唯一的空格。",
        "entered_at": None,
    }


def test_the_inverse_fact_is_marked_and_has_no_number(client, plan):
    assert ask(client, "baseline-facts/Q3/") == {
        "plan": "sti-13",
        "code": "Q3",
        "subject": "县级财政科技投入为零的县数",
        "reading": "接近 0（“基本”）",
        "level": "county",
        "level_label": "县级",
        "basis": None,
        "basis_code": None,
        "is_inverse": True,
        "note": "全文唯一越低越好的事实；“基本解决”，原文无数字。",
        "citations": [
            {
                "section": "1.1.4",
                "quote": "县级财政科技零投入问题基本解决",
                "start": 2194,
                "end": 2209,
            }
        ],
    }


def test_a_weakness_names_goals_and_principles(client, plan):
    assert ask(client, "weaknesses/W4/") == {
        "plan": "sti-13",
        "code": "W4",
        "text": "技术成果转化能力不足",
        "group": "能力",
        "goals": ["G08", "G09"],
        "principles": ["PR2"],
        "citations": [{"section": "1.2.p2", "quote": "技术成果转化能力", "start": 2721, "end": 2729}],
    }


def test_a_principle_names_its_section_weaknesses_and_measures(client, plan):
    principle = ask(client, "principles/PR2/")
    assert {name: value for name, value in principle.items() if name != "citations"} == {
        "plan": "sti-13",
        "code": "PR2",
        "number": 2,
        "title": "把协同创新作为提升我市创新能力的重要手段",
        "keyword": "协同创新",
        "section": "2.2.2",
        "weaknesses": ["W4"],
        "measures": ["M31", "M32", "M33"],
        "url": "http://testserver/sti-13/principles/2/",
    }


def test_an_organization_has_its_mentions_in_the_text(client, plan):
    assert ask(client, "organizations/O05/") == {
        "plans": ["sti-13"],
        "code": "O05",
        "name": "工业新区管委会",
        "top_area": "131100",
        "kind": "zone",
        "kind_label": "功能区管委会",
        "is_collective": False,
        "is_in_text": True,
        "note": "原文为并列语“工业新区、滨湖新区管委会”。",
        "citations": [
            {
                "plan": "sti-13",
                "section": "NOTICE",
                "quote": "工业新区、滨湖新区管委会",
                "start": 225,
                "end": 237,
            }
        ],
    }


# Numbers


def test_a_value_is_a_plain_json_number(client, plan):
    text = client.get("/api/v1/plans/sti-13/baselines/").content.decode()
    values = {row["indicator"]: row["value"] for row in json.loads(text, parse_float=str)["results"]}
    assert (values["I21"], values["I09"], values["I16"]) == ("1.48", 92, 98)


def test_the_baselines_are_exactly_the_26_figures_of_the_text(client, plan):
    """12396 and 1+3 are names; document numbers and ordinals are no baselines either."""
    printed = "2个 6个 1个 14家 10家 18项 12933件 9086件 92家 10家 30家 11家 4家 2260家 126家 98%以上 6家"
    printed += " 39家 177项 467项 1.48亿元 4倍 近6亿元 9家 3家 4家"
    assert [row["printed"] for row in rows(client, "baselines/")] == printed.split()


def test_an_open_level_has_its_scope(client, plan):
    indicator = ask(client, "indicators/I20/")
    assert (indicator["level"], indicator["level_scope"], indicator["level_label"]) == (
        "provincial",
        "and_above",
        "省级及以上",
    )


def test_every_quotation_is_verbatim_at_its_offsets(client, plan):
    text = "".join(section["text"] for section in rows(client, "sections/"))
    assert len(text) == 3803
    for citation in rows(client, "citations/?page_size=1000"):
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_baseline_of_a_county_is_only_in_the_flat_list(client, plan):
    Baseline.objects.create(
        indicator=shipped(Indicator).get(code="I09"),
        area=Area.objects.get(code="131127"),
        value="12.5",
        basis="previous_end",
        grade=Grade.REPORTED,
        source="景县科技局填报",
    )
    assert rows(client, "baselines/?area=131127") == [
        {
            "plan": "sti-13",
            "indicator": "I09",
            "area": "131127",
            "value": 12.5,
            "comparator": "eq",
            "comparator_label": "等于",
            "printed": None,
            "basis": "十二五末",
            "basis_code": "previous_end",
            "basis_inherited": False,
            "year": None,
            "formula": None,
            "grade": "reported",
            "grade_label": "填报",
            "source": "景县科技局填报",
            "note": None,
            "citation": None,
        }
    ]
    assert ask(client, "indicators/I09/")["baseline"] == INDICATOR_EXAMPLE["baseline"]


def test_a_rejected_link_is_not_shown_on_either_record(client, plan):
    shipped(GoalLink).filter(indicator__code="I09").update(standing=Standing.REJECTED)
    indicator = ask(client, "indicators/I09/")
    assert (indicator["goals"], indicator["goal_links"]) == ([], [])
    assert "I09" not in ask(client, "goals/G08/")["indicators"]


def test_a_citation_names_the_record_that_it_supports(client, plan):
    found = {row["supports"]: row for row in rows(client, "citations/?page_size=1000")}
    assert found.keys() == {
        "goal",
        "baseline",
        "baseline_fact",
        "organization",
        "principle",
        "weakness",
        "policy",
        "measure",
    }
    assert found["baseline"] == {
        "plan": "sti-13",
        "section": "1.1.3.1",
        "quote": "省级示范中心4家",
        "start": 1505,
        "end": 1513,
        "supports": "baseline",
        "supports_label": "基期值",
        "code": "I26",
        "area": "131100",
        "year": None,
    }


# The tree


def reading_order(section):
    return [section["code"]] + [code for child in section["children"] for code in reading_order(child)]


def test_the_tree_nests_all_sections_in_reading_order(client, plan):
    (root,) = rows(client, "sections/?tree=1")
    assert reading_order(root) == codes(client, "sections/")


def test_a_node_of_the_tree_is_the_section_with_its_children(client, plan):
    (root,) = rows(client, "sections/?tree=1")
    flat = ask(client, f"sections/{root['code']}/")
    assert {name: value for name, value in root.items() if name != "children"} == flat


def test_a_filtered_tree_starts_at_the_matching_sections(client, plan):
    chapters = rows(client, "sections/?tree=1&kind=chapter")
    assert [chapter["code"] for chapter in chapters] == ["1", "2"]
    assert [child["code"] for child in chapters[1]["children"]] == ["2.1", "2.2", "2.3"]


# Filters


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("areas/?kind=zone", ["131171", "131172", "990371"]),
        ("areas/?kind=zone&plan=sti-13", ["131171", "131172"]),
        ("organizations/?kind=provincial", ["O08", "O17", "O18"]),
        ("sections/?kind=chapter", ["1", "2"]),
        ("corrections/?kind=space", ["SL10"]),
        ("weaknesses/?goal=T4", ["W3"]),
        ("policies/?year=2016", ["PO01", "PO07"]),
        ("goals/?kind=2020年结果", ["G08", "G09", "G10", "G11", "G12"]),
        ("indicators/?kind=ratio", ["I16"]),
        ("indicators/?goal=G09&category=创新载体", ["I13"]),
        ("indicators/?text=高新", ["I09"]),
        ("measures/?principle=PR4", ["M35"]),
        ("indicators/?kind=ratio&level=", ["I16"]),
    ],
)
def test_a_list_is_filtered_by(client, plan, path, expected):
    assert codes(client, path) == expected


def test_citations_are_filtered_by_section_and_kind_of_record(client, plan):
    found = rows(client, "citations/?section=1.1.3.1&supports=baseline")
    assert [row["code"] for row in found] == ["I24", "I25", "I26"]


def test_baselines_are_filtered_by_indicator(client, plan):
    assert [row["printed"] for row in rows(client, "baselines/?indicator=I21")] == ["1.48亿元"]


# Pages


def test_a_page_of_a_list_links_to_the_next_and_previous_one(client, plan):
    page = ask(client, "indicators/?page_size=10&page=2&kind=")
    assert page["next"] == "http://testserver/api/v1/plans/sti-13/indicators/?kind=&page=3&page_size=10"
    assert page["previous"] == "http://testserver/api/v1/plans/sti-13/indicators/?kind=&page_size=10"
    assert [row["code"] for row in page["results"]] == [f"I{number}" for number in range(11, 21)]


def test_a_list_has_100_rows_a_page_by_default(client, plan):
    assert len(rows(client, "citations/")) == 100


def test_the_pages_of_the_citations_neither_overlap_nor_leave_gaps(client, plan):
    pages = [rows(client, f"citations/?page_size=10&page={number}") for number in range(1, 14)]
    assert [row for page in pages for row in page] == rows(client, "citations/?page_size=1000")


def test_citations_are_in_the_order_of_the_text(client, plan):
    spans = [(row["start"], row["end"]) for row in rows(client, "citations/?page_size=1000")]
    assert spans == sorted(spans)


def test_a_page_beyond_the_last_is_not_found(client, plan):
    assert fault(client, "indicators/?page=2", 404) == (
        "not_found",
        "page",
        "没有这一页。请从 page=1 起，按答复中的 next 依次取。",
    )


@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.5", "last", "１", "9" * 20])
@pytest.mark.parametrize(("parameter", "default"), [("page", 1), ("page_size", 100)])
def test_a_page_that_is_not_a_number_is_refused(client, plan, parameter, default, value):
    assert fault(client, f"indicators/?{parameter}={value}") == (
        "invalid_parameter",
        parameter,
        f"{parameter} 应为正整数，如 {parameter}={default}。",
    )


def test_a_page_of_more_than_1000_rows_is_refused(client, plan):
    assert fault(client, "indicators/?page_size=1001") == (
        "invalid_parameter",
        "page_size",
        "page_size 最大为 1000，请分页取。",
    )


# Faults


def test_an_unknown_choice_is_refused_with_the_known_ones(client, plan):
    assert fault(client, "goals/?kind=转变") == (
        "invalid_parameter",
        "kind",
        "类别没有“转变”，可用：2020年结果、路径。",
    )


@pytest.mark.parametrize(
    ("path", "parameter", "message"),
    [
        ("indicators/?goal=G99", "goal", "可选的目标中没有“G99”，请核对代码。"),
        ("baselines/?area=130100", "area", "可选的县市区中没有“130100”，请核对代码。"),
        ("measures/?policy=PO02", "policy", "可选的政策文件中没有“PO02”，请核对代码。"),
    ],
)
def test_an_unknown_code_in_a_parameter_is_refused(client, plan, path, parameter, message):
    assert fault(client, path) == ("invalid_parameter", parameter, message)


@pytest.mark.parametrize("value", ["abc", "2015.5", "1e40", "NaN", "0", "-1", "10000"])
def test_an_invalid_year_is_refused(client, plan, value):
    assert fault(client, f"policies/?year={value}")[:2] == ("invalid_parameter", "year")


@pytest.mark.parametrize("parameter", ["sort", "tree", "id"])
def test_an_unknown_parameter_is_refused_with_the_known_ones(client, plan, parameter):
    assert fault(client, f"indicators/?{parameter}=1") == (
        "unknown_parameter",
        parameter,
        f"不认识的参数“{parameter}”，可用：category、level、kind、nature、goal、text、search、updated_since、ordering、fields、"
        "page、page_size。",
    )


def test_a_single_record_accepts_only_the_fields_parameter(client, plan):
    assert fault(client, "indicators/I09/?kind=stock") == (
        "unknown_parameter",
        "kind",
        "不认识的参数“kind”，可用：fields。",
    )


@pytest.mark.parametrize("path", ["", "schema/"])
def test_an_address_without_parameters_refuses_every_parameter(client, plan, path):
    assert fault(client, f"{path}?kind=stock") == (
        "unknown_parameter",
        "kind",
        "不认识的参数“kind”，这里不用参数。",
    )


def test_the_underscore_parameter_of_some_clients_is_accepted(client, plan):
    assert ask(client, "indicators/I09/?_=1700000000") == ask(client, "indicators/I09/")


def test_json_can_be_requested_by_name(client, plan):
    assert ask(client, "indicators/I09/?format=json") == ask(client, "indicators/I09/")


@pytest.mark.parametrize("path", ["areas/", "indicators/I09/", ""])
def test_a_format_that_is_not_offered_is_refused(client, plan, path):
    assert fault(client, f"{path}?format=csv", 406) == (
        "not_acceptable",
        "format",
        "这里没有“csv”格式，可用：json。",
    )


def test_a_repeated_parameter_is_refused(client, plan):
    assert fault(client, "indicators/?kind=flow&kind=stock") == (
        "repeated_parameter",
        "kind",
        "kind 出现了多次，请只留一个。",
    )


@pytest.mark.parametrize("parameter", ["text", "goal", "kind", "page", "_"])
def test_a_nul_byte_in_a_parameter_is_refused(client, plan, parameter):
    assert fault(client, f"indicators/?{parameter}=%00") == (
        "invalid_parameter",
        parameter,
        f"{parameter} 含有不可用的空字符，请去掉。",
    )


def test_more_parameters_than_can_be_read_are_refused(client, plan):
    many = "&".join(f"p{number}=1" for number in range(1001))
    assert fault(client, f"indicators/?{many}") == ("bad_request", None, "请求无法读取，请减少参数后再试。")


@pytest.mark.parametrize("value", ["a" * 10_000, "绿" * 10_000, "%" * 60_000])
@pytest.mark.parametrize("parameter", ["text", "goal", "kind", "ordering", "page", "_"])
def test_a_value_of_many_kilobytes_is_refused(client, plan, parameter, value):
    assert fault(client, f"indicators/?{urlencode({parameter: value})}") == (
        "invalid_parameter",
        parameter,
        f"{parameter} 太长，请不超过 1000 字。",
    )


def test_a_long_value_within_the_limit_is_searched_for(client, plan):
    assert codes(client, f"indicators/?text={'a' * 1000}") == []


@pytest.mark.parametrize("name", sorted(COUNTS.keys() - WITHOUT_CODE))
@pytest.mark.parametrize("code", ["X99", "i09", "%00", "%E7%BB%BF"])
def test_an_unknown_code_is_not_found(client, plan, name, code):
    problem, parameter, message = fault(client, f"{name}/{code}/", 404)
    assert (problem, parameter) == ("not_found", None)
    assert message.startswith(f"没有代码为“{unquote(code)}”的")
    assert message.endswith("，请在列表中查看全部代码。")


@pytest.mark.parametrize("path", ["nothing/", "indicators/I09/nothing/", "citations/1/", "../v2/"])
def test_an_unknown_address_is_not_found_in_json(client, plan, path):
    assert fault(client, path, 404) == ("not_found", None, "没有这个地址。请从 /api/v1/ 查看全部接口。")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "indicators/",
        "indicators/I09/",
        "datapackage.json",
        "csv/targets.csv",
        "stratml.xml",
        "schema/",
        "docs/",
    ],
)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client, plan, method, path):
    response = getattr(client, method)(address(path))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert response.json() == {
        "error": {"code": "method_not_allowed", "message": "接口只读，请改用 GET。", "parameter": None}
    }


def test_an_unsupported_accept_header_is_refused_in_json(client, plan):
    answer = ask(client, "areas/", 406, headers={"accept": "text/csv"})
    assert answer == {
        "error": {
            "code": "not_acceptable",
            "message": "不支持所要的格式。请去掉 Accept 请求头，或改为这里可用的：application/json。",
            "parameter": None,
        }
    }


@pytest.mark.parametrize("path", ["", "indicators/", "indicators/I09/", "schema/", "docs/"])
def test_head_and_options_answer_without_a_body(client, plan, path):
    head, options = client.head(address(path)), client.options(address(path))
    assert (head.status_code, head.content) == (200, b"")
    assert (options.status_code, options.content) == (204, b"")
    assert options["Allow"] == "GET, HEAD, OPTIONS"


# Queries of a list. Each chosen page has a row with every relation that the list shows.


@pytest.mark.parametrize("rows_shown", ["page_size=1", "page_size=3", "page_size=1000"])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("plans/?", 5),
        ("areas/?kind=county_city&", 8),
        ("areas/?kind=district&ordering=-code&", 8),
        ("organizations/?", 6),
        ("sections/?", 4),
        ("sections/?tree=1&", 5),
        ("corrections/?", 4),
        ("citations/?", 4),
        ("principles/?", 8),
        ("weaknesses/?", 8),
        ("policies/?", 8),
        ("measures/?", 7),
        ("indicators/?", 9),
        ("baselines/?", 6),
        ("baseline-facts/?", 6),
    ],
)
def test_a_list_costs_the_same_queries_at_any_length(client, plan, path, queries, rows_shown):
    """The last page knows the number of rows without a COUNT query."""
    with CaptureQueriesContext(connection) as asked:
        answer = ask(client, f"{path}{rows_shown}")
    assert len(asked) == queries - (answer["next"] is None)


@pytest.mark.parametrize("rows_shown", ["page_size=1&page=5", "page_size=3&page=2", "page_size=1000"])
def test_goals_with_transformations_cost_the_same_queries(client, plan, rows_shown):
    with CaptureQueriesContext(connection) as asked:
        answer = ask(client, f"goals/?{rows_shown}")
    assert len(asked) == 12 - (answer["next"] is None)
