"""Evidence: who may add it to which report and when; the public sees only that of published rows."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from targets import review
from targets.models import Evidence, Observation
from targets.review.roles import Role
from tests.api import address, rows
from tests.make import accept, assess, bring_to, enter, open_desk, person, submit
from tests.outcomes import conflict, faults, let_through, refusal, state
from tests.shipped import shipped

FILL = {"observation": enter, "assessment": assess}
BOTH = pytest.mark.parametrize("fill", FILL.values(), ids=FILL)
ALL_STATUSES = ["draft", "submitted", "returned", "accepted", "published", "superseded"]

PAPER = {"title": "认定文件", "source": "冀科高〔2018〕5号", "url": "https://kjt.example.gov.cn/5.html"}


@pytest.fixture
def desk(plan):
    return open_desk()


def attach(desk, row, *, by=None, version=None, **values):
    return review.attach(row, by=by or desk.reporter, version=version, **PAPER | values)


def detach(desk, evidence, *, by=None, version=None):
    return review.detach(evidence, by=by or desk.reporter, version=version)


def beside(row) -> list[dict]:
    return list(row.evidence.values("title", "source", "url"))


def bring_with_evidence(desk, status, row):
    """Bring a report to a status, with evidence added while it was a draft."""
    evidence = attach(desk, row)
    return bring_to(desk, status, row), evidence


# Adding and removing


@BOTH
def test_adding_evidence_counts_as_a_change_of_the_report(desk, fill):
    row = fill(desk)
    other = person("填报丁", Role.REPORTER, areas=["131127", "131100"])
    evidence = attach(desk, row, by=other, title=" 认定文件 ", source=" 冀科高〔2018〕5号\n", version=1)
    assert (beside(row), evidence.report, evidence.added_by) == ([PAPER], row, other)
    assert timezone.now() - evidence.added_at < timedelta(minutes=1)
    assert state(row) == ("draft", 1, 2)
    assert (row.entered_by, row.changed_by) == (desk.reporter, other)
    assert row.updated_at > evidence.added_at


@BOTH
def test_removing_evidence_counts_as_a_change_of_the_report(desk, fill):
    row = fill(desk)
    evidence = attach(desk, row)
    other = person("填报丁", Role.REPORTER, areas=["131127", "131100"])
    detach(desk, evidence, by=other, version=2)
    assert (beside(row), state(row), row.changed_by) == ([], ("draft", 1, 3), other)


def test_a_report_lists_its_evidence_in_the_order_of_adding(desk):
    row = enter(desk)
    for title in ("乙", "甲"):
        attach(desk, row, title=title, url="")
    assert [(found["title"], found["url"]) for found in beside(row)] == [("乙", ""), ("甲", "")]


def test_only_the_chosen_evidence_is_removed(desk):
    other, row = attach(desk, enter(desk)), enter(desk, area=desk.city)
    kept, named = (attach(desk, row, title=title) for title in ("统计年鉴", "公告"))
    detach(desk, named)
    assert (list(other.report.evidence.all()), list(row.evidence.all())) == ([other], [kept])


def test_a_user_who_added_evidence_cannot_accept_the_report(desk):
    chief = person("超管", is_superuser=True)
    row = enter(desk)
    attach(desk, row, by=chief)
    submit(row, by=desk.reporter)
    assert refusal(accept, row, chief).sentence == ("不能审核自己填报或报送的内容，请由另一位审核员审核。")


# Every status, every actor, the period


@pytest.mark.parametrize("status", ALL_STATUSES)
@BOTH
def test_evidence_changes_only_while_its_report_can_be_edited(desk, status, fill):
    row, evidence = bring_with_evidence(desk, status, fill(desk))
    assert state(row)[0] == status
    acts = {"attach": lambda: attach(desk, row), "detach": lambda: detach(desk, evidence)}
    assert let_through(acts) == (set(acts) if status in {"draft", "returned"} else set())


def test_the_refusal_names_the_report_and_its_status(desk):
    row, evidence = bring_with_evidence(desk, "published", enter(desk))
    sentence = "“I13 省级科技企业孵化器 景县 2018年”现为“已发布”，不能增减证明材料。请刷新后查看。"
    assert refusal(attach, desk, row).sentence == sentence
    assert refusal(detach, desk, evidence).sentence == sentence


@pytest.mark.parametrize("act", ["attach", "detach"])
def test_only_the_reporter_of_the_area_changes_evidence(desk, act):
    row = enter(desk)
    evidence = attach(desk, row)
    people = {
        "nobody": AnonymousUser(),
        "stranger": person("路人"),
        "inactive": person("停用", *Role, areas=["131127"], is_active=False),
        "reporter without areas": person("填报丁", Role.REPORTER),
        "reporter of another area": person("填报戊", Role.REPORTER, areas=["131128", "131100"]),
        "assigned without the role": person("填报己", areas=["131127"]),
        "reporter": desk.reporter,
        "reviewer": desk.reviewer,
        "publisher": desk.publisher,
        "auditor": person("审计", Role.AUDITOR, areas=["131127"]),
        "plan editor": person("规划", Role.PLAN_EDITOR, areas=["131127"]),
        "superuser": person("超管", is_superuser=True),
    }
    acts = {
        "attach": lambda user: attach(desk, row, by=user),
        "detach": lambda user: detach(desk, evidence, by=user),
    }
    tries = {who: lambda user=user: acts[act](user) for who, user in people.items()}
    assert let_through(tries) == {"reporter", "superuser"}


def test_only_the_city_s_reporter_changes_evidence_of_an_assessment(desk):
    row = assess(desk)
    of_county = person("县填报员", Role.REPORTER, areas=["131127"])
    sentence = "您不是衡水市的填报员，不能填报；如需权限请与管理员联系。"
    assert refusal(attach, desk, row, by=of_county).sentence == sentence
    assert refusal(detach, desk, attach(desk, row), by=of_county).sentence == sentence


@BOTH
def test_evidence_of_a_closed_period_cannot_be_changed(desk, fill):
    row = fill(desk)
    evidence = attach(desk, row)
    review.close_period(desk.year, by=desk.publisher)
    for refused in (refusal(attach, desk, row), refusal(detach, desk, evidence)):
        assert (refused.field, refused.sentence) == (
            "period",
            "2018年已关闭，不再接受填报；确需补报请由发布员重开。",
        )


# Two people on one report


@BOTH
def test_a_form_opened_before_new_evidence_is_stale(desk, fill):
    row = fill(desk)
    evidence = attach(desk, row)
    kept, nothing_typed = "您填写的内容还在，请核对后重新保存。", "请核对现在的内容后再办。"
    for act, advice in (
        (lambda: fill(desk, "9", version=1), kept),
        (lambda: review.submit([row], by=desk.reporter), nothing_typed),
        (lambda: attach(desk, row, version=1), kept),
        (lambda: detach(desk, evidence, version=1), nothing_typed),
    ):
        refused = conflict(act)
        when = f"{timezone.localtime(refused.current.updated_at):%Y-%m-%d %H:%M}"
        assert refused.sentence == f"填报甲 已于 {when} 对“{row}”作了“修改”（现为“草稿”）。{advice}"


def test_evidence_already_removed_by_another_user_is_not_removed_twice(desk):
    evidence = attach(desk, enter(desk))
    detach(desk, shipped(Evidence).get())
    assert refusal(detach, desk, evidence).sentence == "这份证明材料已被移除，请刷新后查看。"


# Bad input

URL = "请填以 http:// 或 https:// 开头的完整网址。"
FAULTS = {
    "no title": ({"title": " "}, "title", "此字段不能为空。"),
    "no source": ({"source": "\n"}, "source", "此字段不能为空。"),
    "a title too long": (
        {"title": "长" * 201},
        "title",
        "确保该变量包含不超过 200 字符 (目前字符数 201)。",
    ),
    "a script": ({"url": "javascript:alert(1)"}, "url", URL),
    "a file": ({"url": "file:///etc/passwd"}, "url", URL),
    "another protocol": ({"url": "ftp://example.com/a.pdf"}, "url", URL),
    "no address": ({"url": "见附件"}, "url", URL),
    "an address without its scheme": ({"url": "//example.com/a"}, "url", URL),
}


@pytest.mark.parametrize(("values", "field", "sentence"), FAULTS.values(), ids=FAULTS)
def test_faulty_evidence_is_refused_at_its_field(desk, values, field, sentence):
    assert faults(attach, desk, enter(desk), **values) == {field: [sentence]}


@pytest.mark.parametrize("url", ["", " http://example.com ", "HTTPS://例子.cn/公告?年=2018"])
def test_a_web_address_or_an_empty_one_is_accepted(desk, url):
    assert attach(desk, enter(desk), url=url).url == url.strip()


# Corrections


@BOTH
def test_a_correction_copies_the_evidence_with_its_author_and_time(desk, fill):
    row, evidence = bring_with_evidence(desk, "published", fill(desk))
    chief = person("超管", is_superuser=True)
    new = review.correct(row, by=chief, reason="重新核定")
    (copy,) = new.evidence.all()
    assert (beside(new), copy.added_by, copy.added_at) == ([PAPER], desk.reporter, evidence.added_at)
    assert (beside(row), state(row), state(new)) == ([PAPER], ("published", 1, 5), ("draft", 2, 6))


@BOTH
def test_changing_evidence_of_a_correction_leaves_the_published_row_alone(desk, fill):
    row, _ = bring_with_evidence(desk, "published", fill(desk))
    new = review.correct(row, by=desk.reporter, reason="重新核定")
    detach(desk, new.evidence.get(), version=new.version)
    attach(desk, new, title="更正说明", version=new.version + 1)
    assert (beside(row), [found["title"] for found in beside(new)]) == ([PAPER], ["更正说明"])


def test_a_refused_correction_copies_nothing(desk):
    row, _ = bring_with_evidence(desk, "published", enter(desk))
    assert faults(review.correct, row, by=desk.reporter, reason="重核", value="-1") == {
        "value": ["请填 0 或正数。"]
    }


# Public rows


@pytest.mark.parametrize(
    ("kind", "path"), [("observation", "observations/?grade=reported"), ("assessment", "assessments/")]
)
def test_a_published_row_shows_its_evidence_with_a_link_or_null(desk, client, kind, path):
    row = FILL[kind](desk)
    attach(desk, row)
    attach(desk, row, title="统计年鉴", source="2019年卷", url="")
    bring_to(desk, "published", row)
    assert [found["evidence"] for found in rows(client, path)] == [
        [PAPER, {"title": "统计年鉴", "source": "2019年卷", "url": None}]
    ]


def test_a_published_row_without_evidence_has_an_empty_list(desk, client):
    assert {tuple(row["evidence"]) for row in rows(client, "observations/")} == {()}
    assert shipped(Observation).published().exists()


@pytest.mark.parametrize("status", ALL_STATUSES)
@BOTH
def test_the_public_never_sees_the_evidence_of_a_row_that_is_not_published(desk, client, status, fill):
    row = fill(desk)
    attach(desk, row, title="不公开的材料")
    row = bring_to(desk, status, row)
    if status == "superseded":
        new = type(row).objects.published().exclude(entered_by=None).get()
        assert new.evidence.update(title="公开的材料") == 1
    paths = ["observations/", "assessments/", "goals/G01/", "indicators/I13/", "progress/I13/?period=2018"]
    answers = "".join(client.get(address(path)).content.decode() for path in paths)
    assert ("不公开的材料" in answers) is (status == "published")


def test_evidence_of_a_correction_in_review_is_not_public(desk, client):
    row, _ = bring_with_evidence(desk, "published", enter(desk))
    new = review.correct(row, by=desk.reporter, reason="重新核定", value="6")
    attach(desk, new, title="不公开的材料")
    assert [found["evidence"] for found in rows(client, "observations/?grade=reported")] == [[PAPER]]


# In the database


def test_the_database_refuses_evidence_of_two_reports(desk):
    evidence = attach(desk, enter(desk))
    judgement = assess(desk)
    with pytest.raises(IntegrityError, match="evidence_about_one_report"), transaction.atomic():
        Evidence.objects.filter(pk=evidence.pk).update(assessment=judgement)
