import re
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.urls import reverse

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
from targets.models import (
    AccessEntry,
    Area,
    AreaAssignment,
    Assessment,
    Baseline,
    BaselineFact,
    Evidence,
    EvidenceFile,
    Goal,
    GoalLink,
    Indicator,
    IndicatorLink,
    Observation,
    Organization,
    Period,
    PeriodReport,
    Plan,
    Policy,
    PublicChange,
    ReportingDuty,
    Responsibility,
    ReviewEvent,
    SheetUpload,
    Target,
    ThresholdDecision,
)
from tests.database import is_history
from tests.make import another_plan
from tests.shipped import OF_IT, shipped

# Model -> number of queries of its list and of the page of one row.
COUNTS = {
    Plan: (5, 8),
    Area: (6, 5),
    Organization: (6, 6),
    Goal: (7, 6),
    Indicator: (7, 7),
    GoalLink: (7, 5),
    Baseline: (8, 6),
    BaselineFact: (6, 6),
    SourceText: (6, 5),
    Section: (6, 5),
    Correction: (6, 5),
    Citation: (7, 5),
    Principle: (6, 7),
    Weakness: (7, 7),
    Policy: (6, 6),
    Measure: (9, 7),
    NumberToken: (8, 7),
}
# Written through `targets.review`, which the plain forms of the admin would bypass; accounts: test_accounts.
REPORTING = {
    AccessEntry,
    AreaAssignment,
    Assessment,
    Evidence,
    EvidenceFile,
    IndicatorLink,
    Observation,
    Period,
    PeriodReport,
    ReportingDuty,
    Responsibility,
    ReviewEvent,
    SheetUpload,
    Target,
    ThresholdDecision,
}
# Only loading creates rows of these models; staff may add rows of the next three.
READ_ONLY = [
    Plan,
    Area,
    Goal,
    BaselineFact,
    SourceText,
    Section,
    Citation,
    Principle,
    Weakness,
    Policy,
    Measure,
    NumberToken,
]
ADDED_TO = [Organization, Baseline, Correction]
NOT_DELETED = [Indicator, GoalLink]

ORGANIZATION = {"code": "S01", "name": "衡水市科学技术局", "kind": "municipal", "note": ""}
CORRECTION = {
    "as_printed": "众创空间建设",
    "context": "",
    "suggested": "众创空间的建设",
    "kind": "word",
    "confidence": "low",
    "reason": "试填",
}


def door(target, action: str, *args) -> str:
    return reverse(f"admin:{target._meta.label_lower.replace('.', '_')}_{action}", args=args)


def new(model) -> str:
    """Return the address of the form of a new row of the shipped plan."""
    return door(model, "add") + OF_IT


def page(row) -> str:
    return door(row, "change", row.pk)


def doors(model) -> list[str]:
    pk = model.objects.first().pk
    actions = ("change", "delete", "history")
    return [door(model, "changelist"), door(model, "add"), *(door(model, name, pk) for name in actions)]


def own_models():
    models = [*apps.get_app_config("targets").get_models(), *apps.get_app_config("measures").get_models()]
    # Triggers of the database write the log of changes.
    others = {model for model in models if model._meta.auto_created or is_history(model)} | {PublicChange}
    return [model for model in models if model not in others]


def errors(response) -> dict:
    return response.context["adminform"].form.errors


@pytest.fixture
def boss(client):
    """The client of a superuser."""
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def clerk(client):
    """The client of a member of staff with every permission."""
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    return client


@pytest.fixture(params=["boss", "clerk"])
def anyone(request):
    """The client of a superuser, and that of staff with every permission."""
    return request.getfixturevalue(request.param)


def baseline(**changes) -> dict:
    values = {
        "indicator": shipped(Indicator).get(code="I09").pk,
        "area": Area.objects.get(name="景县").pk,
        "value": "12",
        "comparator": "eq",
        "basis": "previous_end",
        "year": "2015",
        "grade": "official",
        "source": "景县统计公报（试填）",
        "note": "",
    }
    return values | changes


# Access


def test_every_model_of_both_apps_has_a_page_at_the_desk():
    assert set(own_models()) - REPORTING == set(COUNTS)
    assert set(COUNTS) <= set(admin.site._registry)


@pytest.mark.parametrize("name", ["nobody", "reader"])
def test_every_page_of_the_desk_sends_a_visitor_to_the_login(plan, client, name):
    if name == "reader":
        client.force_login(User.objects.create_user(name))
    for model in COUNTS:
        for url in doors(model):
            for answer in (client.get(url), client.post(url)):
                assert (answer.status_code, answer.url) == (302, f"/admin/login/?next={url}")


def test_every_page_of_the_desk_refuses_staff_without_permissions(plan, client):
    client.force_login(User.objects.create_user("new", is_staff=True))
    for model in COUNTS:
        for url in doors(model):
            assert (client.get(url).status_code, client.post(url).status_code) == (403, 403), url


def test_staff_with_view_permission_can_change_nothing(plan, client):
    user = User.objects.create_user("auditor", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(user)
    for model in COUNTS:
        look, *rest = (client.get(url).status_code for url in doors(model))
        assert (look, rest) == (200, [403, 200, 403, 200]), model
        assert client.post(page(model.objects.first())).status_code == 403


# Read-only rows


def assert_untouchable(client, row):
    look = client.get(page(row))
    assert look.status_code == 200
    assert 'name="_save"' not in look.content.decode()
    assert client.post(page(row), {}).status_code == 403
    assert_refused(client, door(row, "delete", row.pk))


def assert_refused(client, url):
    assert (client.get(url).status_code, client.post(url, {"post": "yes"}).status_code) == (403, 403), url


def test_loaded_records_are_read_only_for_everybody(plan, anyone):
    for model in READ_ONLY:
        assert_refused(anyone, door(model, "add"))
        assert_untouchable(anyone, model.objects.first())


def test_loaded_rows_stay_unchanged_in_lists_that_staff_may_extend(plan, anyone):
    for model in ADDED_TO:
        assert_untouchable(anyone, model.objects.first())


def test_indicators_and_links_are_never_deleted(plan, anyone):
    for model in NOT_DELETED:
        assert_refused(anyone, door(model, "delete", model.objects.first().pk))


def test_no_list_offers_or_performs_a_bulk_deletion(plan, anyone):
    for model in COUNTS:
        before = list(model.objects.values())
        chosen = {
            "action": "delete_selected",
            "_selected_action": [row["id"] for row in before],
            "post": "yes",
        }
        assert 'name="action"' not in anyone.get(door(model, "changelist")).content.decode()
        anyone.post(door(model, "changelist"), chosen)
        assert list(model.objects.values()) == before


def test_an_indicator_cannot_be_added(plan, anyone):
    assert_refused(anyone, door(Indicator, "add"))


# Content of pages


def test_the_page_of_a_record_shows_its_supporting_quotations(plan, boss):
    for model, key, words, section in [
        (Goal, {"code": "G02"}, "以科技创新为核心带动全面创新", "2.3.p1"),
        (Baseline, {"indicator__code": "I01"}, "建成2个国家级", "1.1.1"),
        (BaselineFact, {"code": "Q1"}, "实现了衡水省级开发区零的突破", "1.1.2"),
        (Organization, {"code": "O03"}, "市委组织部", "1.1.4"),
        # The source breaks this sentence in the middle.
        (Principle, {"code": "PR2"}, "以积极加入京津冀战略性标志性科技成果转化平台", "2.2.2"),
        (Weakness, {"code": "W1"}, "产业转型升级缓慢", "1.2.p2"),
        (Policy, {"code": "PO03"}, "《衡水市众创空间管理暂行办法》", "1.1.3.2"),
        (Measure, {"code": "M03"}, "科技孵化器建设取得成效", "1.1.2"),
    ]:
        row = shipped(model).get(**key)
        html = boss.get(page(row)).content.decode()
        shown = re.findall(r'<div class="passage">“(.*?)” —— <a href="(.*?)">', html)
        assert len(shown) == row.citations.count()
        assert words in shown[0][0]
        assert shown[0][1] == page(shipped(Section).get(code=section))


def test_the_text_is_shown_with_its_line_breaks_and_not_as_html(plan, boss):
    shipped(Section).filter(code="1.0").update(text="<script>alert(1)</script>\n次行")
    shown = boss.get(page(shipped(Section).get(code="1.0"))).content.decode()
    assert '<div class="passage">&lt;script&gt;alert(1)&lt;/script&gt;\n次行</div>' in shown


def test_a_quotation_is_not_shown_as_html(plan, boss):
    citation = shipped(Citation).get(goal__code="G02")
    Citation.objects.filter(pk=citation.pk).update(quote="<b>甲</b>")
    for row in (citation, citation.goal):
        shown = boss.get(page(row)).content.decode()
        assert "&lt;b&gt;甲&lt;/b&gt;" in shown
        assert "<b>甲" not in shown


def test_the_page_says_in_words_that_the_text_is_silent(plan, boss):
    assert "原文未写明" in boss.get(page(Policy.objects.get(code="PO04"))).content.decode()
    assert "未写明" in boss.get(page(shipped(Baseline).get(indicator__code="I13"))).content.decode()


def test_citations_can_be_filtered_by_the_kind_of_supported_record(plan, boss):
    answer = boss.get(door(Citation, "changelist"), {"plan": "sti-13", "supports": "goal"})
    assert answer.context["cl"].result_count == shipped(Citation).filter(goal__isnull=False).count() == 18


# Request each page once before counting: Django then has its content types cached.
@pytest.mark.parametrize("number", [1, 3, None])
def test_each_list_costs_a_fixed_number_of_queries(plan, boss, django_assert_num_queries, number):
    for model, (queries, _) in COUNTS.items():
        pks = list(model.objects.values_list("pk", flat=True)[:number])
        query = {"id__in": ",".join(map(str, pks))}
        boss.get(door(model, "changelist"), query)
        with django_assert_num_queries(queries, info=model.__name__):
            answer = boss.get(door(model, "changelist"), query)
        assert answer.context["cl"].result_count == len(pks)


def test_each_page_of_a_record_costs_the_same_queries(plan, boss, django_assert_num_queries):
    for model, (_, queries) in COUNTS.items():
        rows = model.objects.all()[:40]
        boss.get(page(rows[0]))
        for row in rows:
            with django_assert_num_queries(queries, info=str(row)):
                boss.get(page(row))


def test_each_empty_form_costs_a_fixed_number_of_queries(plan, boss, django_assert_num_queries):
    for model, queries in {Organization: 4, GoalLink: 6, Baseline: 6, Correction: 4}.items():
        boss.get(new(model))
        with django_assert_num_queries(queries, info=model.__name__):
            boss.get(new(model))


# Rows that staff write


def test_staff_add_and_change_an_organization(plan, clerk):
    clerk.post(new(Organization), ORGANIZATION | {"is_in_text": "on"})
    row = Organization.objects.get(code="S01")
    assert (row.name, row.is_in_text) == ("衡水市科学技术局", False)
    clerk.post(page(row), ORGANIZATION | {"note": "牵头单位"})
    assert Organization.objects.get(code="S01").note == "牵头单位"


def test_staff_delete_only_organizations_that_staff_added(plan, clerk):
    clerk.post(new(Organization), ORGANIZATION)
    row = Organization.objects.get(code="S01")
    clerk.post(door(row, "delete", row.pk), {"post": "yes"})
    assert list(Organization.objects.filter(is_in_text=False)) == []


def test_staff_change_only_the_definition_of_an_indicator(plan, clerk):
    row = shipped(Indicator).get(code="I09")
    before = Indicator.objects.filter(pk=row.pk).values().get()
    written = {"definition": "有效期内的高新技术企业", "definition_source": "国科发火〔2016〕32号"}
    clerk.post(page(row), written | {"name": "改名", "unit": "个", "is_tracked": "", "decimals": "2"})
    assert Indicator.objects.filter(pk=row.pk).values().get() == before | written


def test_a_definition_needs_its_source(plan, clerk):
    answer = clerk.post(
        page(shipped(Indicator).get(code="I09")), {"definition": "有效期内", "definition_source": ""}
    )
    assert errors(answer) == {"__all__": ["填写口径时须注明出处。"]}


def test_staff_change_only_standing_and_source_of_a_link(plan, clerk):
    link = shipped(GoalLink).get(goal__code="G08", indicator__code="I03")
    other = shipped(Goal).get(code="G01").pk
    clerk.post(page(link), {"goal": other, "standing": "rejected", "source": "局务会议定"})
    found = GoalLink.objects.get(pk=link.pk)
    assert (found.goal.code, found.standing, found.source) == ("G08", "rejected", "局务会议定")


def test_staff_add_a_link_with_its_source(plan, clerk):
    goal, indicator = shipped(Goal).get(code="G12"), shipped(Indicator).get(code="I07")
    values = {"goal": goal.pk, "indicator": indicator.pk, "standing": "confirmed"}
    assert errors(clerk.post(new(GoalLink), values)) == {"source": ["该字段是必填项。"]}
    clerk.post(new(GoalLink), values | {"source": "局务会议定"})
    assert GoalLink.objects.get(goal=goal, indicator=indicator).source == "局务会议定"


def test_a_baseline_names_the_user_who_entered_it(plan, clerk):
    clerk.post(new(Baseline), baseline(entered_by="1", printed="12家"))
    row = shipped(Baseline).get(area__name="景县")
    assert (row.value, row.shown, row.printed, row.entered_by.username) == (Decimal(12), "12家", "", "clerk")


def test_a_baseline_belongs_to_a_part_of_the_city_or_its_predecessor(plan, clerk):
    city = clerk.post(new(Baseline), baseline(area=Area.objects.get(code="131100").pk))
    assert list(errors(city)) == ["area"]
    for name in ("冀州市", "衡水滨湖新区"):
        clerk.post(new(Baseline), baseline(area=Area.objects.get(name=name).pk))
    entered = shipped(Baseline).exclude(entered_by=None)
    assert [row.area.name for row in entered] == ["衡水滨湖新区", "冀州市"]


def test_an_impossible_baseline_is_refused_at_its_field(plan, clerk):
    for code, changes, said in [
        ("I09", {"value": "1.5"}, {"value": ["“有效期内高新技术企业”以“家”计，请填整数。"]}),
        ("I21", {"value": "1.485"}, {"value": ["“争取省以上财政性资金”以“亿元”计，最多填 2 位小数。"]}),
        ("I09", {"value": "-1"}, {"value": ["确保该值大于或等于0。"]}),
        ("I16", {"value": "100.5"}, {"value": ["百分比应在 0 到 100 之间。"]}),
        ("I09", {"value": ""}, {"value": ["该字段是必填项。"]}),
        ("I09", {"source": " "}, {"source": ["该字段是必填项。"]}),
        ("I09", {"grade": "text"}, {"grade": ["选择一个有效的选项。 text 不在可用的选项中。"]}),
        ("I09", {"grade": "demo"}, {"grade": ["选择一个有效的选项。 demo 不在可用的选项中。"]}),
        ("I09", {"grade": "derived"}, {"note": ["推算的数请在此写明算法和所用的各数。"]}),
    ]:
        values = baseline(indicator=shipped(Indicator).get(code=code).pk, **changes)
        assert errors(clerk.post(new(Baseline), values)) == said
    assert list(shipped(Baseline).exclude(entered_by=None)) == []


def words_of_staff() -> list[tuple[str, dict, list[str]]]:
    """Yield a URL, the values to post there, and its text fields; the required ones first."""
    indicator, goal = shipped(Indicator).get(code="I07"), shipped(Goal).get(code="G12")
    link = {"goal": goal.pk, "indicator": indicator.pk, "standing": "confirmed", "source": "局务会议定"}
    body = Organization.objects.first()
    responsible = {"organization": body.pk, "role": "lead", "goal": goal.pk, "source": "分工方案"}
    definition = {"definition": "有效期内", "definition_source": "某文"}
    correction = {
        "as_printed": "技术来源",
        "suggested": "技术",
        "kind": "wording",
        "confidence": "low",
        "reason": "疑误",
    }
    return [
        (new(Organization), ORGANIZATION, ["name", "note"]),
        (new(Baseline), baseline(), ["source", "note"]),
        (new(Responsibility), responsible, ["source"]),
        (new(GoalLink), link, ["source"]),
        (page(indicator), definition, ["definition", "definition_source"]),
        (new(Correction), correction, ["reason", "suggested"]),
    ]


def test_text_with_invalid_characters_is_refused_at_its_field(plan, clerk):
    for url, values, fields in words_of_staff():
        for name in fields:
            answer = clerk.post(url, values | {name: "a\x07b"})
            assert errors(answer)[name] == ["含有看不见的控制字符，请删去后重新填写。"], (url, name)
    for url, values, [name, *_] in words_of_staff():
        answer = clerk.post(url, values | {name: "\u200b"})
        if name == "definition":
            assert shipped(Indicator).get(code="I07").definition == ""
        else:
            assert errors(answer)[name] == ["该字段是必填项。"], url
    assert list(shipped(Baseline).exclude(entered_by=None)) == []


def test_a_calculation_note_of_invisible_characters_counts_as_empty(plan, clerk):
    answer = clerk.post(new(Baseline), baseline(grade="derived", note="\u2060"))
    assert errors(answer) == {"note": ["推算的数请在此写明算法和所用的各数。"]}


def test_a_valid_baseline_is_accepted(plan, clerk):
    for code, value in [("I09", "0"), ("I10", "5.00"), ("I16", "100"), ("I21", "1.48")]:
        values = baseline(indicator=shipped(Indicator).get(code=code).pk, value=value, year="")
        clerk.post(new(Baseline), values)
    entered = shipped(Baseline).exclude(entered_by=None)
    assert [(row.shown, row.year) for row in entered] == [
        ("0家", None),
        ("5家", None),
        ("100%", None),
        ("1.48亿元", None),
    ]


def test_one_county_has_one_baseline_of_an_indicator(plan, clerk):
    clerk.post(new(Baseline), baseline())
    answer = clerk.post(new(Baseline), baseline(value="13"))
    assert errors(answer) == {"__all__": ["该县市区的这项指标已有基期值。"]}


def test_staff_change_an_entered_baseline_and_its_author_stays(plan, clerk):
    clerk.post(new(Baseline), baseline())
    row = shipped(Baseline).get(area__name="景县")
    form = clerk.get(page(row)).context["adminform"].form
    assert form["value"].value() == "12"
    clerk.force_login(User.objects.create_superuser("second"))
    clerk.post(page(row), baseline(value="13"))
    found = Baseline.objects.get(pk=row.pk)
    assert (found.value, found.entered_by.username) == (Decimal(13), "clerk")


def test_lists_with_rows_entered_by_staff_cost_the_same_queries(plan, boss, django_assert_num_queries):
    for area in Area.objects.of_plan("sti-13").filter(predecessor=None)[1:4]:
        boss.post(new(Baseline), baseline(area=area.pk))
    for words in ("众创空间建设", "产业转型升级缓慢", "打造先发优势"):
        boss.post(new(Correction), CORRECTION | {"as_printed": words})
    assert (shipped(Baseline).count(), shipped(Correction).count()) == (29, 17)
    for model in (Baseline, Correction):
        boss.get(door(model, "changelist"))
        with django_assert_num_queries(COUNTS[model][0]):
            boss.get(door(model, "changelist"))


# Corrections


def correct(client, **changes):
    """Post a correction and return the errors of the form, or the new row."""
    answer = client.post(new(Correction), CORRECTION | changes)
    return errors(answer) if answer.status_code == 200 else shipped(Correction).order_by("pk").last()


def test_a_correction_finds_its_place_and_gets_code_author_and_time(plan, clerk):
    row = correct(clerk)
    text = shipped(SourceText).get().text
    assert text[row.start : row.end] == row.as_printed == "众创空间建设"
    assert (row.code, row.section.code, row.entered_by.username) == ("B01", "1.1.3.2", "clerk")
    assert row.entered_at is not None
    assert correct(clerk, as_printed="打造先发优势").code == "B02"


def test_the_code_of_a_deleted_correction_is_not_used_again(plan, clerk):
    first = correct(clerk)
    correct(clerk, as_printed="打造先发优势")
    clerk.post(door(first, "delete", first.pk), {"post": "yes"})
    assert correct(clerk, as_printed="产业转型升级缓慢").code == "B03"


@pytest.mark.parametrize("words", ["技术来源", "技\n术来源", " 技术来源\u3000"])
def test_line_breaks_inside_sentences_are_ignored(plan, clerk, words):
    row = correct(clerk, as_printed=words, suggested="技术的来源")
    assert row.as_printed == "技\n术来源" == shipped(SourceText).get().text[row.start : row.end]


def test_words_missing_from_the_text_are_refused_at_the_field(plan, clerk):
    assert correct(clerk, as_printed="人工智能") == {
        "as_printed": ["原文中没有“人工智能”。请照原文逐字抄写，不跨段落；句中的换行不影响查找，不必照抄。"]
    }


def test_ambiguous_words_ask_for_the_words_around_them(plan, clerk):
    assert correct(clerk, as_printed="战略性新兴产业") == {
        "context": ["“战略性新兴产业”有 2 处。请在此抄一段只含其中一处的原文，多抄几个前后的字。"]
    }


def test_the_words_around_select_the_place(plan, clerk):
    text = shipped(SourceText).get().text
    second = text.rindex("战略性新兴产业")
    around = text[second - 8 : second + 12]
    row = correct(clerk, as_printed="战略性新兴产业", suggested="新兴产业", context=around)
    assert (row.start, row.end) == (second, second + 7)


def test_the_words_around_may_contain_a_line_break_sent_by_a_browser(plan, clerk):
    row = correct(clerk, as_printed="创新", suggested="革新", context="产业分工、创\r\n新能力、资源配置")
    assert row.as_printed == "创\n新"


@pytest.mark.parametrize(
    ("context", "error"),
    [
        ("科技创新引领未来", "原文中没有这段话。请照原文逐字抄写，不跨段落。"),
        ("打造先发优势", "这段话里没有“创新”。请连同这几个字一起照抄。"),
        (
            "以科技创新为核心带动全面创新",
            "“创新”有 2 处。请在此抄一段只含其中一处的原文，多抄几个前后的字。",
        ),
    ],
)
def test_words_around_that_do_not_select_one_place_are_refused(plan, clerk, context, error):
    assert correct(clerk, as_printed="创新", context=context) == {"context": [error]}


def test_words_that_overlap_another_correction_are_refused_by_its_code(plan, clerk):
    assert correct(clerk, as_printed="省级区域特产业基地") == {
        "as_printed": ["与勘误 SL01（“区域特产业基地”）所指的字重叠。请改为同样的几个字，或避开它们。"]
    }


def test_a_second_correction_of_the_same_words_is_accepted_if_it_differs(plan, clerk):
    said = {"suggested": ["勘误 SL01 对这几个字已有同样的建议，不必重填。"]}
    assert correct(clerk, as_printed="区域特产业基地", suggested="区域特色产业基地") == said
    row = correct(clerk, as_printed="区域特产业基地", suggested="区域特种产业基地")
    assert (row.code, row.suggested) == ("B01", "区域特种产业基地")


def test_a_correction_can_name_a_surplus_space(plan, clerk):
    text = shipped(SourceText).get().text
    around = text[3695:3702]
    row = correct(clerk, as_printed=" ", context=around, suggested=",")
    assert (row.start, row.end, row.as_printed) == (3698, 3699, " ")


@pytest.mark.parametrize("words", ["众创空间建设", "技术来源"])
def test_a_suggestion_must_differ_from_the_printed_words(plan, clerk, words):
    said = {"suggested": ["与原文所印相同，请写出应当怎样读。"]}
    assert correct(clerk, as_printed=words, suggested=words) == said


def test_a_correction_needs_a_reason(plan, clerk):
    assert correct(clerk, reason=" ") == {"reason": ["该字段是必填项。"]}


def test_without_a_plan_the_form_of_a_correction_says_what_to_do(db, clerk):
    shown = clerk.get(door(Correction, "add")).content.decode()
    assert "还没有规划。请先请管理员载入规划。" in shown


def test_a_correction_of_a_plan_without_a_text_is_refused(plan, clerk):
    answer = clerk.post(f"{door(Correction, 'add')}?plan={another_plan().code}", CORRECTION)
    assert errors(answer) == {"__all__": ["这份规划尚未载入原文，不能填写勘误。请先请管理员载入原文。"]}


def test_a_saved_correction_keeps_its_printed_words(plan, clerk):
    row = correct(clerk)
    before = Correction.objects.filter(pk=row.pk).values().get()
    written = {"suggested": "众创空间之建设", "confidence": "high", "reason": "再议"}
    clerk.post(page(row), written | {"as_printed": "打造先发优势", "start": "1", "kind": "term", "code": "X"})
    assert Correction.objects.filter(pk=row.pk).values().get() == before | written


def test_a_changed_suggestion_must_differ_from_the_printed_words(plan, clerk):
    row = correct(clerk, as_printed="技术来源", suggested="技术的来源")
    answer = clerk.post(page(row), {"suggested": "技术来源", "confidence": "high", "reason": "再议"})
    assert errors(answer) == {"suggested": ["与原文所印相同，请写出应当怎样读。"]}


# Look of the desk


def test_the_desk_shows_its_name_and_links_to_the_public_pages(plan, boss):
    shown = boss.get(door(Plan, "changelist")).content.decode()
    assert "<title>选择规划查看 | 规划进展后台</title>" in shown
    assert '<a href="/">查看站点</a>' in shown
    assert 'href="/static/hengshui_plan/admin.css"' in shown


@pytest.mark.browser
@pytest.mark.one_database
def test_no_page_of_the_desk_violates_the_security_policy(plan_live, live_server, client, browser):
    client.force_login(User.objects.create_superuser("boss"))
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    said = []
    context = browser.new_context()
    tab = context.new_page()
    tab.on("console", lambda message: said.append((tab.url, message.text)))
    tab.on("pageerror", lambda error: said.append((tab.url, str(error))))
    tab.goto(f"{live_server.url}/admin/")
    context.add_cookies([session])
    lists = [door(model, "changelist") for model in COUNTS]
    forms = [new(model) for model in (Organization, GoalLink, Baseline, Correction)]
    rows = [page(model.objects.first()) for model in COUNTS]
    for url in ["/admin/", *lists, *forms, *rows]:
        tab.goto(f"{live_server.url}{url}")
    assert [line for line in said if "Content Security Policy" in line[1]] == []


def test_a_baseline_has_a_year_before_the_plan(plan, clerk):
    for year in ("1890", "2016"):
        answer = clerk.post(new(Baseline), baseline(year=year))
        assert errors(answer) == {"year": ["基期在规划之前，年份应在 2000 至 2015 之间。"]}


def test_a_county_has_no_baseline_of_a_coefficient(plan, clerk):
    answer = clerk.post(new(Baseline), baseline(indicator=shipped(Indicator).get(code="I22").pk))
    assert list(errors(answer)) == ["indicator"]


def test_a_figure_of_the_plan_is_not_changed_by_a_correction(plan, clerk):
    answer = clerk.post(new(Correction), CORRECTION | {"as_printed": "企业92家", "suggested": "企业93家"})
    assert errors(answer)["as_printed"] == [
        "“92家”是指标的数，不能用勘误改动；如有更可靠的数，请另报基期值并注明出处。"
    ]


SECOND_OPINION = {"as_printed": "区域特产业基地", "suggested": "区域特产基地", "confidence": "high"}


def test_the_page_shows_the_newer_of_two_corrections_of_the_same_words(plan, clerk, client):
    clerk.post(new(Correction), CORRECTION | SECOND_OPINION)
    html = client.get("/sti-13/text/?corrected=1").content.decode()
    assert 'id="B01"><del>区域特产业基地</del><ins>区域特产基地</ins>' in html
