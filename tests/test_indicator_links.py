"""指标沿革: an indicator continues one of an earlier plan; its nature; what the folder keeps."""

import json
import shutil
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import QuerySet

from measures.loading import loader
from targets import review
from targets.models import Goal, Indicator, IndicatorLink, Observation, Plan, Target
from targets.review.roles import Role
from tests.api import ask, codes
from tests.database import FIXTURES, SECOND, settle
from tests.make import CITY, JINGXIAN, another_plan, decide, person
from tests.pages import page, part, rows
from tests.stored import observe

FIRST, LATER = "sti-13", "beihe-sti-14"
EARLIER_PAGE, LATER_PAGE = f"/{FIRST}/indicators/I13/", f"/{LATER}/indicators/I13/"
DIFFERENCE, SOURCE = "新规划不含筹建的", "指标对照表"


@pytest.fixture
def later(plan) -> Plan:
    """A public plan of 2021-2025 whose I13 continues the one of sti-13, which has values of two areas."""
    QuerySet(Observation).delete()
    found = another_plan(LATER, start_year=2021, end_year=2025, baseline_year=2020, is_public=True)
    observe("I13", JINGXIAN, "2018", 4)
    observe("I13", JINGXIAN, "2019", 777777, status="draft")
    observe("I13", CITY, "2018", 12)
    IndicatorLink.objects.create(
        indicator=found.indicators.get(), earlier=earlier(), difference=DIFFERENCE, source=SOURCE
    )
    return found


def earlier() -> Indicator:
    return Indicator.objects.of_plan(FIRST).get(code="I13")


def editor() -> User:
    return person("规划戊", Role.PLAN_EDITOR, is_staff=True)


def test_the_later_page_shows_the_published_values_of_the_earlier_plan(client, later):
    shown = page(client, f"{LATER_PAGE}?area={JINGXIAN}")
    [_, section] = shown.split('id="h-history"')
    section = section.split("</section>")[0]
    assert (
        f'<a href="/{FIRST}/">衡水市科技创新“十三五”规划</a>的<a href="{EARLIER_PAGE}">{earlier()}</a>。'
        in section
    )
    assert f"口径有不同：{DIFFERENCE}" in section
    assert f"依据：{SOURCE}" in section
    assert rows(section) == ["2018年 4家 填报"]


def test_where_nothing_was_published_it_says_so(client, later):
    said = part(page(client, LATER_PAGE), "h-history")
    assert "北河县在那份规划中没有已发布的完成值。" in said


def test_the_earlier_page_names_the_indicator_that_continues_it(client, later):
    said = part(page(client, EARLIER_PAGE), "h-history")
    named = f"由 {later} 的 {later.indicators.get()} 接续。"
    assert said == f"指标沿革 非原文 {named}口径有不同：{DIFFERENCE} 依据：{SOURCE}"


def test_an_indicator_without_links_has_no_such_section(client, later):
    assert 'id="h-history"' not in page(client, f"/{FIRST}/indicators/I12/")


def test_a_private_plan_does_not_leak_through_a_link(client, later):
    Plan.objects.filter(pk=later.pk).update(is_public=False)
    assert "北河" not in page(client, EARLIER_PAGE)
    Plan.objects.filter(pk=later.pk).update(is_public=True)
    Plan.objects.filter(code=FIRST).update(is_public=False)
    shown = page(client, f"{LATER_PAGE}?area={JINGXIAN}")
    assert [word for word in ("十三五", DIFFERENCE, "4家", FIRST) if word in shown] == []
    client.force_login(editor())
    assert "4家" in page(client, f"{LATER_PAGE}?area={JINGXIAN}")


@pytest.mark.parametrize("hidden", [FIRST, LATER])
def test_an_internal_indicator_does_not_leak_through_a_link(client, later, hidden):
    Indicator.objects.of_plan(hidden).filter(code="I13").update(is_internal=True, name="密标指标")
    path = LATER_PAGE if hidden == FIRST else EARLIER_PAGE
    shown = page(client, f"{path}?area={JINGXIAN}")
    assert [word for word in ("密标指标", DIFFERENCE) if word in shown] == []
    assert client.get(EARLIER_PAGE if hidden == FIRST else LATER_PAGE).status_code == 404
    client.force_login(editor())
    assert "密标指标" in page(client, f"{path}?area={JINGXIAN}")


def test_the_tags_of_both_plans_move_with_the_link_and_the_earlier_one_s_not_with_a_later_value(
    client, later
):
    def tags():
        settle()
        return [client.get(path).headers["ETag"] for path in (EARLIER_PAGE, LATER_PAGE)]

    before = tags()
    IndicatorLink.objects.update(difference="另有不同")
    changed = tags()
    assert [old != new for old, new in zip(before, changed, strict=True)] == [True, True]
    Observation.objects.create(
        indicator=later.indicators.get(),
        area=later.top_area,
        period=later.periods.get(),
        value=3,
        status="published",
        published_at=later.history.first().history_date,
    )
    after = tags()
    assert [old != new for old, new in zip(changed, after, strict=True)] == [False, True]


def test_the_editor_enters_a_link_to_an_indicator_of_a_plan_that_ended_before(client, later):
    IndicatorLink.objects.all().delete()
    client.force_login(editor())
    own = later.indicators.get()
    change = page(client, f"/admin/targets/indicator/{own.pk}/change/")
    add = f"/admin/targets/indicatorlink/add/?plan={LATER}&indicator={own.pk}"
    assert f'<a href="{add.replace("&", "&amp;")}">增加指标沿革</a>' in change
    form = client.get(add).context["adminform"].form
    assert {row.plan_id for row in form.fields["earlier"].queryset} == {FIRST}
    assert {row.plan_id for row in form.fields["indicator"].queryset} == {LATER}
    values = {"indicator": own.pk, "earlier": earlier().pk, "difference": DIFFERENCE, "source": ""}
    assert client.post(add, values).context["adminform"].form.errors == {"source": ["该字段是必填项。"]}
    client.post(add, values | {"source": SOURCE})
    link = IndicatorLink.objects.get()
    assert (link.indicator, link.earlier, link.difference, link.source) == (
        own,
        earlier(),
        DIFFERENCE,
        SOURCE,
    )
    assert f"{FIRST} I13" in page(client, f"/admin/targets/indicator/{own.pk}/change/")
    assert f"{FIRST} {earlier()}" in page(client, "/admin/targets/indicatorlink/")


def test_an_indicator_of_a_plan_that_runs_beside_is_not_offered(client, later):
    beside = another_plan("nanhe-sti-14", start_year=2021, end_year=2025, baseline_year=2020)
    client.force_login(editor())
    values = {"indicator": later.indicators.get().pk, "earlier": beside.indicators.get().pk}
    answer = client.post(f"/admin/targets/indicatorlink/add/?plan={LATER}", values | {"source": SOURCE})
    assert list(answer.context["adminform"].form.errors) == ["earlier"]


@pytest.mark.parametrize("role", [Role.REPORTER, Role.REVIEWER, Role.PUBLISHER, Role.AUDITOR])
def test_no_other_role_enters_a_link(client, later, role):
    client.force_login(person("他人", role, is_staff=True))
    link = IndicatorLink.objects.get()
    paths = ["add/", f"{link.pk}/change/", f"{link.pk}/delete/"]
    answers = [client.post(f"/admin/targets/indicatorlink/{path}", {}).status_code for path in paths]
    assert answers == [403, 403, 403]


def test_a_plan_whose_indicators_another_continues_is_not_deleted(later):
    private = another_plan("nanhe-sti-12", start_year=2011, end_year=2015, baseline_year=2010)
    IndicatorLink.objects.create(
        indicator=later.indicators.get(), earlier=private.indicators.get(), source=SOURCE
    )
    with pytest.raises(review.Refused, match="“北河县规划 beihe-sti-14”的指标 I13 接续它的指标，不能删除"):
        review.must_be_deletable(private, editor())


# 约束性 and 预期性


@pytest.fixture
def binding(plan) -> Indicator:
    QuerySet(Indicator).filter(plan=FIRST, code="I13").update(nature="binding")
    return earlier()


def test_the_nature_stands_on_the_page_in_the_list_in_the_api_and_in_the_files(client, binding):
    assert "约束性或预期性 约束性" in part(page(client, EARLIER_PAGE), "h-facts")
    assert "约束性" not in part(page(client, f"/{FIRST}/indicators/I12/"), "h-facts")
    listed = page(client, f"/{FIRST}/indicators/?nature=binding")
    assert [row.split()[0] for row in rows(listed)] == ["I13"]
    row = ask(client, "indicators/I13/")
    assert (row["nature"], row["nature_label"]) == ("binding", "约束性")
    assert codes(client, "indicators/?nature=binding") == ["I13"]
    assert codes(client, "indicators/?nature=expected") == []
    assert "约束性" in client.get(f"/api/v1/plans/{FIRST}/indicators/?format=csv").getvalue().decode()
    fields = client.get(f"/api/v1/plans/{FIRST}/datapackage.json").json()["resources"]
    [table] = [one for one in fields if one["name"] == "indicators"]
    assert {"nature", "retired_on", "successor"} <= {one["name"] for one in table["schema"]["fields"]}


def test_a_plan_whose_text_says_nothing_of_it_has_no_such_filter(client, plan):
    assert "约束性" not in page(client, f"/{FIRST}/indicators/")
    assert codes(client, "indicators/?nature=binding") == []


def test_a_folder_states_the_nature_and_an_export_writes_it_only_there(plan, tmp_path):
    folder = shutil.copytree(FIXTURES, tmp_path / "folder")
    lines = [json.loads(line) for line in (folder / "indicators.jsonl").read_text("utf-8").splitlines()]
    for line in lines:
        line |= {"nature": "expected"} if line["code"] == "I09" else {}
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "indicators.jsonl").write_text(text, "utf-8")
    loader.load(folder)
    assert Indicator.objects.of_plan(FIRST).get(code="I09").nature == "expected"
    call_command("export_plan", FIRST, folder=tmp_path / "out", stdout=StringIO())
    written = (tmp_path / "out" / "indicators.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["code"] for line in written if "nature" in line] == ["I09"]


# What the folder keeps


def test_a_row_of_the_folder_says_so_until_the_plan_is_handed_over(client, plan):
    client.force_login(User.objects.create_superuser("站长"))
    said = f"来自 fixtures/{FIRST}，在此只读；要改请改文件后重新载入。"
    about = Plan.objects.get(code=FIRST)
    kept = [
        about,
        about.goals.first(),
        about.indicators.first().baselines.first(),
        about.measures.first(),
        about.source_text.sections.first(),
        about.principles.first(),
    ]
    paths = [f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/" for row in kept]
    assert [said in page(client, path) for path in paths] == [True] * len(paths)
    own = f"/admin/targets/indicator/{earlier().pk}/change/"
    assert f"来自 fixtures/{FIRST}：口径、停止监测和沿革在此填写，其余只读；要改请改文件后重新载入。" in page(
        client, own
    )
    review.hand_over(about, by=User.objects.get(username="站长"))
    assert ["来自 fixtures" in page(client, path) for path in [*paths, own]] == [False] * (len(paths) + 1)


def test_what_the_bureau_added_beside_it_says_nothing(client, plan):
    target = decide(editor())
    client.force_login(User.objects.create_superuser("站长"))
    link = Goal.objects.of_plan(FIRST).get(code="G08").indicator_links.first()
    for row in (target, link, Plan.objects.get(code=FIRST).periods.first()):
        path = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
        assert "来自 fixtures" not in page(client, path), path


def test_a_target_that_the_text_states_is_kept_by_the_folder(client, plan):
    loader.load(SECOND)
    stated = Target.objects.of_plan("yunli-sti-14").create(
        indicator=Indicator.objects.of_plan("yunli-sti-14").get(code="I09"),
        area=Plan.objects.get(code="yunli-sti-14").top_area,
        year=2022,
        value=9,
        printed="9家",
        grade="text",
    )
    client.force_login(User.objects.create_superuser("站长"))
    assert "来自 fixtures/yunli-sti-14，在此只读" in page(
        client, f"/admin/targets/target/{stated.pk}/change/"
    )
