"""Search in API lists: rows are found only by words that the public sees."""

from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from drf_spectacular.generators import SchemaGenerator

from hengshui_plan.api.root import SHARED
from targets.models import (
    Area,
    Baseline,
    Evidence,
    Goal,
    GoalLink,
    Grade,
    Indicator,
    Organization,
    Standing,
)
from tests.api import EMPTY, ENDPOINTS, address, ask, codes, fault, rows
from tests.make import CITY, JINGXIAN, duty
from tests.shipped import shipped, shipped_plan
from tests.stored import HIDDEN, aim, assess, observe, set_thresholds, support

pytestmark = pytest.mark.django_db

# The searched columns, as the answer names them; @ means the name of the record with that code.
COLUMNS = {
    "plans": "code title document_title number issuer completeness_note provenance",
    "areas": "code name printed_name source note",
    "organizations": "code name note citations.quote",
    "sections": "code heading text",
    "corrections": "code as_printed suggested reason",
    "citations": "quote",
    "principles": "code title keyword citations.quote",
    "weaknesses": "code text citations.quote",
    "policies": "code title number issuer note mentions.quote",
    "measures": "code name note citations.quote @principle @policy @organization @area",
    "goals": (
        "code statement note citations.quote transformations.code transformations.statement"
        " transformations.note transformations.citations.quote"
    ),
    "indicators": "code name family definition definition_source note",
    "baselines": "printed source note citation.quote @indicator @area",
    "baseline-facts": "code subject reading note citations.quote",
    "duties": "@indicator @area @organization",
    "targets": "printed source @indicator @area",
    "thresholds": "source reason",
    "observations": (
        "unavailable_reason source note evidence.title evidence.source evidence.url @indicator @area"
    ),
    "assessments": "text evidence.title evidence.source evidence.url @goal",
}
NAMES = {
    "principle": ("principles", "title"),
    "policy": ("policies", "title"),
    "organization": ("organizations", "name"),
    "area": ("areas", "name"),
    "indicator": ("indicators", "name"),
    "goal": ("goals", "statement"),
}


@pytest.fixture
def filled(plan):
    """Words in the columns that are empty after loading the plan."""
    bureau = Organization.objects.create(code="X1", name="景县科技局", kind="agency", note="设在县政府 A 座")
    Area.objects.filter(code=JINGXIAN).update(note="景州镇为驻地")
    shipped(Goal).filter(code="G01").update(note="分句之一")
    shipped(Goal).filter(code="G12.T1").update(note="转变之一")
    shipped(Indicator).filter(code="I16").update(
        definition="良种面积与播种面积之比", definition_source="统计制度"
    )
    set_thresholds()
    Baseline.objects.create(
        indicator=shipped(Indicator).get(code="I09"),
        area=Area.objects.get(code=JINGXIAN),
        value=3,
        basis="previous_end",
        grade=Grade.OFFICIAL,
        source="景县统计公报",
        note="含复审",
        entered_by=User.objects.create(username="secret-hand"),
    )
    shipped_plan().organizations.add(bureau)
    duty("I09", JINGXIAN, organization=bureau)
    duty("I16", CITY)
    aim("I09", JINGXIAN, 2020, 9, reason="secret-cause")
    aim("I16", CITY, 2020, 99)
    aim("I13", CITY, 2020, 9, grade=Grade.TEXT, source="", printed="9家以上")
    support(observe("I16", CITY, "2018", "98.5", note="初步数"), "夏粮简报")
    observe("I09", JINGXIAN, "2017", None, unavailable_reason="名册损毁", source="县局函")
    support(assess("G01", "2018", "平稳推进"), "座谈纪要")
    assess("G02", "2018", "进展 50% 左右")
    shipped(Evidence).update(url="https://example.org/jianbao")


@pytest.fixture
def names(client, filled):
    """Return the name of each code, for each kind of record."""
    return {
        kind: {row["code"]: row[column] for row in rows(client, f"{endpoint}/?page_size=1000")}
        for kind, (endpoint, column) in NAMES.items()
    }


def texts(names: dict, row: dict, column: str) -> list[str]:
    """Return the texts of a column of an answer, without the line breaks of the source."""
    if column.startswith("@"):
        name = column.removeprefix("@")
        return [names[name][row[name]]] if row[name] else []
    values = [row]
    for name in column.split("."):
        values = [value[name] for value in values if value[name]]
        values = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return [value.replace("\n", "") for value in values]


def holds(names: dict, endpoint: str, row: dict, words: list[str]) -> bool:
    def stands(word: str, column: str) -> bool:
        found = [text.lower() for text in texts(names, row, column)]
        is_code = column.endswith("code")
        return word.lower() in found if is_code else any(word.lower() in text for text in found)

    return all(any(stands(word, column) for column in COLUMNS[endpoint].split()) for word in words)


def found(client, path: str, asked: str) -> list[dict]:
    sign = "&" if "?" in path else "?"
    return rows(client, f"{path}{sign}page_size=1000&search={quote(asked)}")


@pytest.mark.parametrize("endpoint", COLUMNS)
def test_rows_are_found_by_words_of_each_visible_column(client, names, endpoint):
    as_ever = rows(client, f"{endpoint}/?page_size=1000")
    for column in COLUMNS[endpoint].split():
        having = [(row, text) for row in as_ever for text in texts(names, row, column) if text.strip()]
        assert having, column
        for row, text in (having[0], having[-1]):
            for asked in (text[:150], text.upper()[:150] if column.endswith("code") else text[-6:]):
                answer = found(client, f"{endpoint}/", asked)
                assert answer == [row for row in as_ever if holds(names, endpoint, row, asked.split())]
                assert row in answer, (column, asked)


OF_SERIES = ["=indicator__code", "=area__code"]


def test_every_list_with_a_search_is_tested():
    searched = {name for name, view in ENDPOINTS.items() if getattr(view, "search_fields", [])}
    assert searched == COLUMNS.keys()
    tried = {name: len(columns.split()) for name, columns in COLUMNS.items()}
    # Codes of other records are tested below.
    assert tried == {
        name: len([field for field in ENDPOINTS[name].search_fields if field not in OF_SERIES])
        for name in COLUMNS
    }


@pytest.mark.parametrize("endpoint", ["baselines", "targets", "observations", "duties"])
@pytest.mark.parametrize(("code", "column"), [("i09", "indicator"), ("131127", "area")])
def test_rows_are_found_by_the_complete_code_of_their_subject(client, demo, endpoint, code, column):
    path = f"{endpoint}/?period=2018&" if endpoint == "duties" else f"{endpoint}/?"
    narrowed = ask(client, f"{path}{column}={code.upper()}")["count"]
    assert ask(client, f"{path}search={code}")["count"] == narrowed > 0
    assert ask(client, f"{path}search={code[:-1]}")["count"] == 0


# Words of the text


def test_sections_are_found_by_their_own_words(client, plan):
    whole = rows(client, "sections/")
    assert found(client, "sections/", "高新技术企业") == [
        row for row in whole if "高新技术企业" in row["text"].replace("\n", "")
    ]
    assert "1.1.2" in codes(client, f"sections/?search={quote('高新技术企业')}")


@pytest.mark.parametrize("endpoint", ["sections", "citations", "measures"])
def test_words_are_found_across_the_line_breaks_of_the_source(client, plan, endpoint):
    asked = "大学和科研院所为技术来源"
    (row,) = found(client, f"{endpoint}/", asked)
    assert asked not in str(row)
    assert "大学和科研院所为技\\n术来源" in str(row)


def test_two_words_may_be_in_two_quotations_of_one_row(client, plan):
    (row,) = found(client, "measures/", "构建 全方位")
    assert [citation["quote"] for citation in row["citations"]] == [
        "构建科技大市场工作",
        "全方位服务模式的科技大市场",
    ]


def codes_below(row: dict) -> list[str]:
    return [row["code"], *(code for child in row["children"] for code in codes_below(child))]


def test_a_tree_search_returns_the_topmost_matches_and_no_section_twice(client, plan):
    """The words of 1.1 and of 1.1.3.1 contain it, those of 1.1.3 between them do not."""
    flat = codes(client, f"sections/?search={quote('发展')}")
    trees = found(client, "sections/?tree=1", "发展")
    shown = [code for row in trees for code in codes_below(row)]
    assert {row["code"] for row in trees} <= set(flat) <= set(shown)
    assert len(shown) == len(set(shown))


# Reading of the query


@pytest.mark.parametrize(
    "asked", ["景县 高新", "高新  景县", "高新\u3000景县", "\t高新\n景县 ", "高新 高新 景县"]
)
def test_a_row_must_contain_all_words_in_any_order(client, filled, asked):
    assert [(row["indicator"], row["area"]) for row in found(client, "targets/", asked)] == [
        ("I09", JINGXIAN)
    ]


@pytest.mark.parametrize("asked", ["", " ", "\u3000"])
def test_an_empty_search_returns_every_row(client, plan, asked):
    assert found(client, "indicators/", asked) == rows(client, "indicators/")


@pytest.mark.parametrize(
    ("asked", "goals"),
    [("50%", ["G02"]), ("%", ["G02"]), ("5_%", []), ("平_推进", []), ("平%", []), ("\\", [])],
)
def test_wildcard_characters_are_searched_literally(client, filled, asked, goals):
    assert [row["goal"] for row in found(client, "assessments/", asked)] == goals


@pytest.mark.parametrize(
    "asked",
    ['"', "'", '"平稳', "平稳,", "平稳，", '"平稳推进"', "^平稳", "=平稳推进", "$平稳", "(", "' OR 1=1 --"],
)
def test_special_characters_have_no_special_meaning(client, filled, asked):
    assert found(client, "assessments/", asked) == []


@pytest.mark.parametrize("asked", ["a座", "A座", "政府 a 座"])
def test_the_search_ignores_upper_and_lower_case(client, filled, asked):
    Organization.objects.filter(code="X1").update(note="设在县政府 A座 座")
    assert codes(client, f"organizations/?search={quote(asked)}") == ["X1"]


@pytest.mark.parametrize(
    ("asked", "known"), [("I09", ["I09"]), ("i09", ["I09"]), ("I0", []), ("I09 高新", ["I09"])]
)
def test_only_a_complete_code_is_found(client, plan, asked, known):
    assert codes(client, f"indicators/?search={quote(asked)}") == known


def test_a_search_has_at_most_a_hundred_words(client, plan):
    words = " ".join(chr(ord("一") + number) for number in range(100))
    assert ask(client, f"observations/?search={quote(words)}") == EMPTY
    assert fault(client, f"observations/?search={quote(words)}{quote(' 龙')}") == (
        "invalid_parameter",
        "search",
        "search 最长 200 个字，请减少要找的词。",
    )


def test_a_nul_byte_and_a_repeated_search_are_refused(client, plan):
    assert fault(client, "indicators/?search=a%00")[:2] == ("invalid_parameter", "search")
    assert fault(client, "indicators/?search=a&search=b")[:2] == ("repeated_parameter", "search")


# Together with other parameters


def test_a_search_combines_with_filters_order_fields_and_pages(client, plan):
    firms = f"category={quote('创新主体')}&ordering=-code"
    asked = f"indicators/?search={quote('企业')}&{firms}&page_size=2&fields=code"
    expected = [
        row["code"]
        for row in rows(client, f"indicators/?{firms}")
        if "企业" in "".join(row[name] or "" for name in COLUMNS["indicators"].split())
    ]
    first = ask(client, asked)
    assert len(expected) > 2
    assert (first["count"], first["results"]) == (len(expected), [{"code": code} for code in expected[:2]])
    assert client.get(first["next"]).json()["results"][0] == {"code": expected[2]}


def test_a_search_of_duties_stays_within_their_period(client, filled):
    assert found(client, "duties/?period=2017", "科技局") == [
        row for row in rows(client, "duties/?period=2017") if row["organization"] == "X1"
    ]
    assert len(found(client, "duties/?period=2017&is_published=true", "科技局")) == 1


@pytest.mark.parametrize("endpoint", COLUMNS)
def test_a_search_costs_no_extra_query(client, filled, django_assert_max_num_queries, endpoint):
    with django_assert_max_num_queries(9):
        ask(client, f"{endpoint}/?search={quote('的 衡水')}&page_size=1")


@pytest.mark.parametrize(
    "path", [*(f"{name}/" for name in ENDPOINTS if name not in COLUMNS), "", "schema/", "indicators/I09/"]
)
def test_a_list_without_texts_cannot_be_searched(client, plan, path):
    assert fault(client, f"{path}?search=x")[:2] == ("unknown_parameter", "search")


@pytest.mark.parametrize("endpoint", sorted(SHARED.keys() & COLUMNS.keys()))
def test_nothing_is_found_before_a_plan_is_loaded(client, endpoint):
    assert ask(client, f"{endpoint}/?search=x") == EMPTY


# Hidden columns and rows


def test_unpublished_rows_are_not_found(client, plan):
    for status, indicator, goal in zip(
        HIDDEN,
        ["I09", "I10", "I11", "I12", "I13", "I14"],
        ["G01", "G02", "G03", "G04", "G05", "G06"],
        strict=True,
    ):
        words = dict.fromkeys(("unavailable_reason", "source", "note"), "secret")
        support(observe(indicator, CITY, "2018", None, status, **words), "secret")
        support(assess(goal, "2018", "secret", status), "secret")
    for endpoint in COLUMNS:
        assert ask(client, f"{endpoint}/?search=secret") == EMPTY


def test_the_words_of_a_draft_do_not_find_its_published_row(client, filled):
    draft = observe(
        "I16", CITY, "2018", None, "draft", unavailable_reason="secret", note="secret", revision=2
    )
    support(draft, "secret")
    assert found(client, "observations/", "secret") == []
    assert len(found(client, "observations/", "夏粮")) == 1


def test_private_columns_are_not_searched(client, filled):
    """Among them: who entered a row, why a target was changed, why a link was rejected."""
    shipped(GoalLink).filter(indicator__code="I09").update(standing=Standing.REJECTED, source="secret-link")
    for endpoint in COLUMNS:
        assert ask(client, f"{endpoint}/?search=secret") == EMPTY


# The schema


def test_the_schema_describes_the_search_of_each_list():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    searches = {
        path: parameter
        for path, item in schema["paths"].items()
        for parameter in item["get"].get("parameters", [])
        if parameter["name"] == "search"
    }
    assert searches == {
        address(f"{endpoint}/", "{plan}"): {
            "in": "query",
            "name": "search",
            "description": "要找的词，多个用空格隔开，须全部出现；字母不分大小写，代码须写全",
            "schema": {"type": "string", "maxLength": 200},
            "allowEmptyValue": True,
        }
        for endpoint in COLUMNS
    }
