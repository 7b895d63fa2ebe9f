"""The ledger of thresholds: who decides, the rules of a decision, and where it is shown."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.utils import timezone

from targets import review
from targets.engine.thresholds import DecidedThresholds, Thresholds, thresholds_on
from targets.models import ThresholdDecision
from targets.review.kinds import ANY_VERSION
from targets.review.roles import Role
from tests.api import ask, rows
from tests.database import database, settle
from tests.make import person, write
from tests.outcomes import faults, lines, refusal
from tests.pages import cells, page, tidy, words
from tests.shipped import OF_IT, shipped, shipped_plan
from tests.stored import set_thresholds

pytestmark = pytest.mark.usefixtures("plan")

LIST = "/admin/targets/thresholddecision/"
ADD = f"{LIST}add/{OF_IT}"
PLAN = "衡水市科技创新“十三五”规划"
ORDER = "三个起点应依次变小：快于预期最大，略有滞后最小，不能相等。请核对后重新填写。"
POSITIVE = "略有滞后起点应大于 0，请重新填写。"
ONCE_A_DAY = (
    "这一天已有一个决定，不能再记。请核对决定日期；"
    "原来填错的，请以后一天为决定日期再记一次，在理由中写明更正。"
)


@pytest.fixture
def boss(plan):
    return User.objects.create_superuser("超管")


def decide(by, **values) -> ThresholdDecision:
    """Raise the threshold of `ahead` on 2018-06-30, unless `values` says otherwise."""
    what = {
        "plan": shipped_plan(),
        "ahead_from": "1.2",
        "on_schedule_from": "1",
        "slightly_behind_from": "0.9",
        "decided_on": date(2018, 6, 30),
        "source": " 衡科字〔2018〕6号 ",
        "reason": "中期评估",
    }
    return write(review.ThresholdKind, ANY_VERSION, what | values, by)


# In force


def test_without_a_decision_the_default_is_in_force():
    assert shipped_plan().decided_thresholds() == []
    assert thresholds_on(date(2018, 12, 31), []) == Thresholds(Decimal("1.1"), Decimal(1), Decimal("0.9"))


def test_a_decision_is_in_force_from_its_day_until_the_next(boss):
    decide(boss, ahead_from="1.3", decided_on=date(2019, 6, 30))
    decide(boss)
    decided = shipped_plan().decided_thresholds()
    first, second = (Thresholds(Decimal(ahead), Decimal(1), Decimal("0.9")) for ahead in ("1.2", "1.3"))
    assert decided == [
        DecidedThresholds(date(2018, 6, 30), first),
        DecidedThresholds(date(2019, 6, 30), second),
    ]
    days = [date(2018, 6, 29), date(2018, 6, 30), date(2019, 6, 29), date(2019, 6, 30)]
    assert [thresholds_on(day, decided) for day in days] == [Thresholds(), first, first, second]


# The door


def test_a_decision_is_recorded_in_the_ledger_and_in_the_history(boss):
    first = decide(boss)
    second = decide(boss, ahead_from="1.3", decided_on=date(2019, 6, 30), reason="年度检查")
    assert (first.source, first.entered_by) == ("衡科字〔2018〕6号", boss)
    assert list(shipped(ThresholdDecision).in_force(date(2018, 12, 31))) == [first]
    assert list(shipped(ThresholdDecision).in_force(date(2019, 6, 30))) == [second]
    assert lines(ThresholdDecision) == [("+", "超管", "中期评估"), ("+", "超管", "年度检查")]


def test_only_a_superuser_decides_thresholds():
    for user in (
        AnonymousUser(),
        person("路人"),
        person("其余", *Role, areas=["131127"]),
        person("停用", is_superuser=True, is_active=False),
    ):
        assert refusal(decide, user).sentence == "只有超级管理员可以这样做；如需权限请与管理员联系。"


FAULTS = {
    "not in order": ({"on_schedule_from": "1.3"}, "__all__", ORDER),
    "two alike": ({"slightly_behind_from": "1"}, "__all__", ORDER),
    "zero": ({"slightly_behind_from": "0"}, "__all__", POSITIVE),
    "nothing": ({"ahead_from": ""}, "ahead_from", "这个值不能为 null。"),
    "three decimals": ({"ahead_from": "1.125"}, "ahead_from", "确认小数不超过 2 位."),
    "no day": ({"decided_on": None}, "decided_on", "这个值不能为 null。"),
    "no source": ({"source": "\u200b"}, "source", "此字段不能为空。"),
    "no reason": ({"reason": ""}, "reason", "调整默认值或原有的分界，请写明理由。"),
}


@pytest.mark.parametrize(("values", "field", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_decision_is_refused_with_what_to_do(boss, values, field, sentence):
    assert faults(decide, boss, **values) == {field: [sentence]}


def test_a_future_day_of_decision_is_refused(boss):
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert faults(decide, boss, decided_on=tomorrow) == {"decided_on": ["决定日期不能晚于今天。"]}


def test_a_second_decision_of_the_same_day_is_refused(boss):
    decide(boss)
    assert faults(decide, boss, ahead_from="1.3") == {"__all__": [ONCE_A_DAY]}


def test_the_first_decision_needs_no_reason_if_it_repeats_the_default_and_the_next_does(boss):
    assert decide(boss, ahead_from="1.1", reason="").reason == ""
    again = {"ahead_from": "1.1", "reason": "", "decided_on": date(2019, 6, 30)}
    assert faults(decide, boss, **again) == {"reason": ["调整默认值或原有的分界，请写明理由。"]}


CHANGES = {
    "save": lambda row: row.save(),
    "delete": lambda row: row.delete(),
    "update": lambda row: shipped(ThresholdDecision).update(ahead_from=2),
    "delete all": lambda row: shipped(ThresholdDecision).all().delete(),
    "update of a plan's": lambda row: row.plan.threshold_decisions.update(ahead_from=2),
}


@pytest.mark.parametrize("act", CHANGES.values(), ids=CHANGES)
def test_a_decision_is_neither_changed_nor_deleted(act):
    row = set_thresholds()
    row.ahead_from = 2
    before = database()
    with pytest.raises(NotImplementedError, match=r"^rows of targets\.ThresholdDecision are only added"):
        act(row)
    assert database() == before


# The desk


def posted(**values) -> dict:
    return {
        "plan": shipped_plan().pk,
        "ahead_from": "1.2",
        "on_schedule_from": "1",
        "slightly_behind_from": "0.9",
        "decided_on": "2018-06-30",
        "source": "衡科字〔2018〕6号",
        "reason": "中期评估",
    } | values


def in_force(client) -> str:
    """Return what the list says of today."""
    html = tidy(client.get(LIST).content.decode())
    return words(html[html.index(f"<li>{PLAN}") :].split("</li>")[0])


def test_a_superuser_enters_a_decision_and_the_list_says_which_is_in_force(boss, logged_in):
    here = logged_in(boss)
    assert in_force(here) == (
        f"{PLAN}今日有效的分界：快于预期 ≥ 1.1，符合预期 ≥ 1，略有滞后 ≥ 0.9（默认值）。"
    )
    assert here.post(ADD, posted(ahead_from="1.3", decided_on="2019-06-30")).status_code == 302
    assert here.post(ADD, posted()).status_code == 302
    assert in_force(here) == (
        f"{PLAN}今日有效的分界：快于预期 ≥ 1.3，符合预期 ≥ 1，略有滞后 ≥ 0.9"
        "（2019-06-30 决定，出处：衡科字〔2018〕6号）。"
    )
    listed = here.get(LIST).context["cl"].result_list
    assert [(str(row.decided_on), row.in_force) for row in listed] == [
        ("2018-06-30", False),
        ("2019-06-30", True),
    ]
    assert {row.entered_by for row in shipped(ThresholdDecision).all()} == {boss}


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"on_schedule_from": "1.2"}, "__all__", ORDER),
        ({"slightly_behind_from": "-1"}, "__all__", POSITIVE),
        ({"source": "\u200b"}, "source", "请注明出处。"),
        ({"reason": ""}, "reason", "调整默认值或原有的分界，请写明理由。"),
        ({"decided_on": "2099-01-01"}, "decided_on", "决定日期不能晚于今天。"),
        ({"decided_on": "2017-06-30"}, "__all__", ONCE_A_DAY),
    ],
)
def test_a_faulty_decision_is_refused_at_the_desk(boss, logged_in, values, field, sentence):
    set_thresholds(decided_on="2017-06-30")
    here = logged_in(boss)
    before = database()
    answer = here.post(ADD, posted(**values))
    assert answer.context["adminform"].form.errors == {field: [sentence]}
    assert sentence in answer.content.decode()
    assert database() == before


def test_a_decision_at_the_desk_can_be_read_but_not_changed_deleted_or_restored(boss, logged_in):
    row = set_thresholds()
    here = logged_in(boss)
    for action, status in {"change": 200, "history": 200, "delete": 403}.items():
        assert here.get(f"{LIST}{row.pk}/{action}/").status_code == status
    assert here.post(f"{LIST}{row.pk}/change/", posted(ahead_from="2")).status_code == 403
    line = row.history.get()
    assert here.get(f"{LIST}restore/{line.pk}/").status_code == 403


def test_an_auditor_reads_the_ledger_and_only_a_superuser_adds_to_it(logged_in):
    row = set_thresholds()
    clerk = person("有全部权限", is_staff=True)
    clerk.user_permissions.set(Permission.objects.all())
    reader = person("审计丁", Role.AUDITOR, is_staff=True)
    for user in (reader, person("规划戊", Role.PLAN_EDITOR, is_staff=True), clerk):
        here = logged_in(user)
        assert [here.get(url).status_code for url in (LIST, f"{LIST}{row.pk}/change/", ADD)] == [
            200,
            200,
            403,
        ]
        assert here.post(ADD, posted(decided_on="2019-06-30")).status_code == 403
    for user, status in {person("路人", is_staff=True): 403, None: 302}.items():
        assert logged_in(user).get(LIST).status_code == status
    assert list(shipped(ThresholdDecision).all()) == [row]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_a_fixed_number_of_queries(boss, logged_in, django_assert_num_queries, number):
    for year in range(2016, 2016 + number):
        set_thresholds(decided_on=f"{year}-06-30", entered_by=boss)
    here = logged_in(boss)
    here.get(LIST)
    with django_assert_num_queries(7):
        assert here.get(LIST).context["cl"].result_count == number


# The API


def test_the_list_has_each_decision_in_order(client):
    set_thresholds("1.25", decided_on="2019-06-30", reason="")
    set_thresholds()
    assert rows(client, "thresholds/") == [
        {
            "plan": "sti-13",
            "decided_on": "2018-06-30",
            "ahead_from": 1.2,
            "on_schedule_from": 1,
            "slightly_behind_from": 0.8,
            "source": "衡科字〔2018〕6号",
            "reason": "中期评估",
        },
        {
            "plan": "sti-13",
            "decided_on": "2019-06-30",
            "ahead_from": 1.25,
            "on_schedule_from": 1,
            "slightly_behind_from": 0.8,
            "source": "衡科字〔2018〕6号",
            "reason": None,
        },
    ]


def test_a_decision_is_a_change_of_the_public_data(client, boss):
    settle()
    poll = ask(client, "changes/?page_size=1000")["poll"]
    decide(boss)
    settle()
    [change] = client.get(poll).json()["results"]
    assert {name: change[name] for name in ("type", "type_label", "code", "deleted")} == {
        "type": "threshold",
        "type_label": "状态分界",
        "code": "sti-13/2018-06-30",
        "deleted": False,
    }


# The page on the method


def conditions(html: str) -> list[str]:
    table = html[html.index("状态与现行分界") :].split("</table>")[0]
    found = [cells(row) for row in table.split("<tr>")[2:]]
    return [condition for _, condition in found if "≥" in condition or "&lt;" in condition]


def test_the_page_shows_the_default_where_nothing_was_decided(client):
    html = page(client, "/sti-13/method/")
    assert conditions(html) == ["≥ 1.1", "≥ 1", "≥ 0.9", "&lt; 0.9"]
    assert "现行分界：默认值。每个数按它那一期结束之日有效的分界判断。" in html
    assert "以前的分界" not in html


def test_the_page_shows_the_thresholds_in_force_with_day_and_source_and_the_earlier_ones(client):
    set_thresholds()
    set_thresholds("1.25", "1.05", decided_on="2019-06-30", source="衡科字〔2019〕3号", reason="")
    # Not in force yet.
    set_thresholds("9", decided_on=timezone.localdate() + timedelta(days=1))
    html = page(client, "/sti-13/method/")
    assert conditions(html) == ["≥ 1.25", "≥ 1.05", "≥ 0.8", "&lt; 0.8"]
    assert "现行分界：2019-06-30 决定，出处：衡科字〔2019〕3号。" in html
    table = html[html.index("以前的分界</caption>") :].split("</table>")[0]
    assert [cells(row) for row in table.split("<tr>")[2:]] == [
        ["2018-06-30", "≥ 1.2", "≥ 1", "≥ 0.8", "衡科字〔2018〕6号"],
        ["默认值", "≥ 1.1", "≥ 1", "≥ 0.9", ""],
    ]


def test_the_page_gives_the_reason_of_the_decision_in_force(client):
    set_thresholds()
    assert "出处：衡科字〔2018〕6号；理由：中期评估。" in page(client, "/sti-13/method/")
