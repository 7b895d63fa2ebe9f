"""Staff in their groups, and reports brought to a status through `targets.review`."""

from datetime import date
from types import SimpleNamespace

from django.contrib.auth.models import Group, User

from targets import review
from targets.models import (
    Area,
    AreaAssignment,
    Assessment,
    Goal,
    Grade,
    Indicator,
    Observation,
    Period,
    Plan,
    ReportingDuty,
    Target,
)
from targets.review.kinds import ANY_VERSION
from targets.review.roles import Role
from tests.shipped import shipped, shipped_plan

# Status code of a draft's page for users who may not edit it: 404 for those who may not see it.
STRANGERS = {
    "reviewer": 403,
    "publisher": 403,
    "auditor": 403,
    "stranger": 404,
    "editor": 404,
    "nobody": 404,
}


def person(name: str, *roles: Role, areas=(), **kwargs) -> User:
    """Create a user in these groups, and any group that a flush deleted."""
    user = User.objects.create_user(name, **kwargs)
    user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    for code in areas:
        AreaAssignment.objects.create(user=user, area=area(code))
    return user


def area(code: str) -> Area:
    return Area.objects.get(code=code)


def period(code: str) -> Period:
    """Return a period: a loaded year of the plan, or else a new one."""
    row = shipped(Period).filter(code=code).first() or Period.of(shipped_plan(), code)
    row.save()
    return row


def duty(indicator: str, code: str, frequency: int = 12, **values) -> ReportingDuty:
    return ReportingDuty.objects.create(
        indicator=shipped(Indicator).get(code=indicator),
        area=area(code),
        frequency=frequency,
        **values,
    )


def open_desk() -> SimpleNamespace:
    """Create the main users; 景县 and the city report I13 (a count) and I16 (a ratio) yearly."""
    for code in ("131100", "131127"):
        duty("I13", code)
        duty("I16", code)
    return SimpleNamespace(
        reporter=person("填报甲", Role.REPORTER, areas=["131127", "131100"]),
        reviewer=person("审核乙", Role.REVIEWER),
        publisher=person("发布丙", Role.PUBLISHER),
        city=area("131100"),
        county=area("131127"),
        incubators=shipped(Indicator).get(code="I13"),
        coverage=shipped(Indicator).get(code="I16"),
        goal=shipped(Goal).get(code="G01"),
        year=period("2018"),
    )


def full_desk() -> SimpleNamespace:
    """Create users of every role, of another county and without a role; only 2018 is open."""
    desk = open_desk()
    shipped(Period).exclude(code="2018").update(is_open=False)
    desk.auditor = person("审计丁", Role.AUDITOR)
    desk.editor = person("规划戊", Role.PLAN_EDITOR)
    desk.stranger = person("外县己", Role.REPORTER, areas=["131121"])
    desk.nobody = person("无职庚")
    User.objects.update(is_staff=True)
    return desk


def reopened(code: str) -> Period:
    row = period(code)
    Period.objects.filter(pk=row.pk).update(is_open=True)
    return Period.objects.get(pk=row.pk)


def write(kind, version, values: dict, by):
    """Write a batch of one row and return it, or raise its refusal."""
    key = tuple(values.pop(name) for name in kind.key_fields)
    try:
        [row] = review.Batch(kind, [review.Entry(key, version, values)], by=by).write()
    except review.NotWritten as refused:
        raise refused.faults[0] from None
    return row


def enter(desk, value="5", *, by=None, version=None, **values):
    """Enter a draft: 景县's incubators in 2018, unless `values` says otherwise."""
    what = {"indicator": desk.incubators, "area": desk.county, "period": desk.year, "value": value} | values
    return write(review.ValueKind, version, what, by or desk.reporter)


def assess(desk, text="稳步推进。", *, by=None, version=None, **values):
    what = {"goal": desk.goal, "period": desk.year, "text": text} | values
    return write(review.JudgementKind, version, what, by or desk.reporter)


def bring_to(desk, status: str, row):
    """Bring a draft to a status."""
    if status not in {"draft", "withdrawn"}:
        row = submit(row, desk.reporter)
    if status == "returned":
        row = give_back(row, desk.reviewer)
    if status in {"accepted", "published", "superseded"}:
        row = accept(row, desk.reviewer)
    if status in {"published", "superseded"}:
        [row] = review.publish([row], by=desk.publisher)
    if status == "withdrawn":
        [row] = review.withdraw([row], by=desk.reporter, note="填错了")
    if status == "superseded":
        change = {"text": "好转。"} if isinstance(row, Assessment) else {"value": "6"}
        bring_to(desk, "published", review.correct(row, by=desk.reporter, reason="重新核定", **change))
        row.refresh_from_db()
    return row


def submit(row, by, note=""):
    """Submit a report in its current version."""
    row.refresh_from_db()
    return review.submit([row], by=by, note=note)[0]


def accept(row, by):
    """Accept a report in its current version."""
    row.refresh_from_db()
    return review.accept([row], by=by)[0]


def give_back(row, by, note="请核对"):
    """Return a report in its current version."""
    row.refresh_from_db()
    return review.return_for_revision([row], by=by, note=note)[0]


def publish(row, by):
    """Publish a report in its current version."""
    row.refresh_from_db()
    return review.publish([row], by=by)


def publish_period(period, by, shown=None):
    """Publish the accepted reports of a period, as they are now or as a page showed them."""
    return review.publish_period(period, by=by, shown=shown or shown_of(period))


def shown_of(period) -> str:
    """Return the mark of the accepted reports that a page shows for a period."""
    return review.mark_of(review.accepted_in([period]))


def reports():
    """Return the values that staff entered, without those that loading published."""
    return Observation.objects.exclude(entered_by=None)


def decide(by, version=ANY_VERSION, **values) -> Target:
    """Decide a target: 景县's incubators in 2020, unless `values` says otherwise; any version."""
    what = {
        "indicator": shipped(Indicator).get(code="I13"),
        "area": area("131127"),
        "year": 2020,
        "value": "9",
        "decided_on": date(2016, 8, 23),
        "grade": "official",
        "source": " 分解方案 ",
    }
    return write(review.TargetKind, version, what | values, by)


CITY, JINGXIAN, ZAOQIANG = "131100", "131127", "131121"


def aim(code, year, value, decided_on=date(2016, 12, 20), **values):
    """Create a target of I13 in an area."""
    return Target.objects.create(
        indicator=shipped(Indicator).get(code="I13"),
        area=area(code),
        year=year,
        value=value,
        decided_on=decided_on,
        **{"grade": Grade.OFFICIAL, "source": "衡科字〔2016〕1号"} | values,
    )


def another_plan(code: str = "beihe-sti-14", **values) -> Plan:
    """Create a private plan of another area that lists 景县 too, with an I13, a G01 and a 2018 of its own."""
    top = Area.objects.create(
        code=f"98{Plan.objects.count():02}00",
        code_system="gb2260",
        name="北河县",
        kind="county",
        source="虚构",
    )
    facts = {
        "title": f"北河县规划 {code}",
        "document_title": "关于印发规划的通知",
        "issuer": "北河县人民政府",
    }
    years = {"start_year": 2016, "end_year": 2020, "baseline_year": 2015, "completeness": "complete"}
    plan = Plan.objects.create(code=code, top_area=top, **{**facts, **years, **values})
    plan.areas.set([top, area("131127")])
    Period.of(plan, "2018").save()
    like = shipped(Indicator).filter(code="I13").values("level", "category", "unit", "kind").first()
    plan.indicators.create(code="I13", name="北河的孵化器", **like)
    plan.goals.create(code="G01", kind="path", statement="北河的目标")
    return plan
