"""Loads the demonstration; docs/demo.md says what is in it. All its figures have the grade 演示."""

from datetime import date
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import models, transaction

from hengshui_plan.accounts import passwords, rights
from hengshui_plan.demo import tables
from hengshui_plan.demo.reporting import REASON, SOURCE, Records, report_all
from hengshui_plan.demo.tables import Line
from measures.loading import loader as plan_loader
from measures.models import Correction
from targets import review
from targets.models import (
    Area,
    AreaAssignment,
    Assessment,
    Baseline,
    Basis,
    Goal,
    GoalLink,
    Grade,
    Indicator,
    Observation,
    Organization,
    Period,
    Plan,
    ReportingDuty,
    Responsibility,
    ResponsibilityRole,
    ReviewEvent,
    RollUp,
    Standing,
    Target,
    ThresholdDecision,
)
from targets.records.history import written_by
from targets.review.kinds import ANY_VERSION
from targets.review.roles import Role

# Username, name and role.
ACCOUNTS = [
    ("tianbao_jingxian", "景县填报员", Role.REPORTER),
    ("tianbao_hengshui", "全市填报员", Role.REPORTER),
    ("shenhe", "审核员", Role.REVIEWER),
    ("fabu", "发布员", Role.PUBLISHER),
    ("shenji", "审计员", Role.AUDITOR),
    ("guihua", "规划管理员", Role.PLAN_EDITOR),
]
# Without a password: nobody can log in.
OTHERS = ("tianbao_qita", "其他县市区填报员", Role.REPORTER)
# The plan that the demonstration is about.
PLAN = "sti-13"
# The role of two organizations for every indicator and goal.
RESPONSIBLE = {"衡水市人民政府": ResponsibilityRole.LEAD, "市直各部门": ResponsibilityRole.SUPPORT}


class RealDataError(Exception):
    """The database holds what staff entered; nothing was changed."""


@transaction.atomic
def load(folder: Path) -> dict[str, str]:
    """`folder` holds the plan, which is loaded unless there is one.

    Returns the passwords of the new accounts; empty if the demonstration was there already. Raises
    RealDataError.
    """
    if Plan.objects.filter(code=PLAN, is_demo=True).exists():
        return {}
    if entered := [rows for rows in _real_rows() if rows.exists()]:
        counts = "、".join(f"{rows.model._meta.verbose_name} {rows.count()} 条" for rows in entered)
        raise RealDataError(
            f"库中已有工作人员的内容（{counts}），不能装入演示数据。"
            "请用 DATABASE_URL 另指一个库。未作任何改动。"
        )
    if not Plan.objects.filter(code=PLAN).exists():
        plan_loader.load(folder)
    with written_by(None, REASON):
        Plan.objects.filter(code=PLAN).update(is_demo=True)
        new_passwords = {username: passwords.make() for username, _, _ in ACCOUNTS}
        records = _make_accounts(new_passwords)
    editor = records.users["guihua"]
    with written_by(editor, REASON):
        _set_periods(records)
        _set_duties(records)
        _name_responsible(records)
        _enter_baselines(records, editor)
        _enter_targets(records, editor)
        report_all(records)
    return new_passwords


def _real_rows() -> list[models.QuerySet]:
    """Rows that only staff can have entered."""
    loaded = {"entered_by": None, "grade__in": review.OUTSIDE, "status__in": ["published", "superseded"]}
    usernames = [username for username, _, _ in [*ACCOUNTS, OTHERS]]
    return [
        Observation.objects.of_all_plans().exclude(**loaded),
        Assessment.objects.of_all_plans(),
        ReviewEvent.objects.of_all_plans(),
        Target.objects.of_all_plans().exclude(grade=Grade.TEXT),
        ThresholdDecision.objects.of_all_plans(),
        Baseline.objects.of_all_plans().exclude(grade=Grade.TEXT),
        Indicator.objects.of_all_plans().exclude(definition="", roll_up=RollUp.NONE),
        GoalLink.objects.of_all_plans().exclude(standing=Standing.SUGGESTED),
        Period.objects.of_all_plans().exclude(due_on=None),
        Correction.objects.of_all_plans().exclude(entered_by=None),
        Organization.objects.exclude(is_in_text=True),
        ReportingDuty.objects.of_all_plans(),
        Responsibility.objects.of_all_plans(),
        AreaAssignment.objects.all(),
        get_user_model().objects.filter(username__in=usernames),
    ]


def _make_accounts(new_passwords: dict[str, str]) -> Records:
    users = {}
    for username, name, role in [*ACCOUNTS, OTHERS]:
        user = get_user_model().objects.create_user(
            username, password=new_passwords.get(username), last_name=name, is_staff=True
        )
        user.groups.set(Group.objects.filter(name=role))
        users[username] = user
    plan = Plan.objects.get(code=PLAN)
    records = Records(
        plan=plan,
        areas={area.code: area for area in Area.objects.named_in(plan)},
        indicators={row.code: row for row in plan.indicators.tracked()},
        goals={row.code: row for row in plan.goals.clauses()},
        periods={period.code: period for period in plan.periods.all()},
        users=users,
        reporters={line["area"]: users[line["reporter"]] for line in tables.read("areas")},
    )
    AreaAssignment.objects.bulk_create(
        AreaAssignment(user=user, area=records.areas[code]) for code, user in records.reporters.items()
    )
    for user in users.values():
        rights.record_change(user, before=None)
    return records


def _set_periods(records: Records):
    for line in tables.read("periods"):
        code = line["period"]
        period = records.periods.setdefault(code, Period.of(records.plan, code))
        period.due_on = date.fromisoformat(line["due_on"])
        period.save()


def _set_duties(records: Records):
    bureaus = {
        line["area"]: Organization(
            code=f"D{line['area']}",
            name=line["organization"],
            top_area=records.plan.top_area,
            kind=line["kind"],
            note=SOURCE,
        )
        for line in tables.read("areas")
    }
    records.plan.organizations.add(*Organization.objects.bulk_create(bureaus.values()))
    for line in tables.read("indicators"):
        indicator = records.indicators[line["indicator"]]
        indicator.roll_up = line["roll_up"]
        indicator.save(update_fields=["roll_up"])
        ReportingDuty.objects.bulk_create(
            ReportingDuty(
                indicator=indicator,
                area=records.areas[code],
                frequency=int(line["frequency"]),
                organization=bureau,
            )
            for code, bureau in bureaus.items()
            if line["city_reports"] == "yes" or not records.plan.is_top(records.areas[code])
        )


def _name_responsible(records: Records):
    named = records.plan.organizations.filter(name__in=RESPONSIBLE)
    organizations = {organization.name: organization for organization in named}
    subjects: list[tuple[Indicator | None, Goal | None]] = [
        *((indicator, None) for indicator in records.indicators.values()),
        *((None, goal) for goal in records.goals.values()),
    ]
    Responsibility.objects.bulk_create(
        Responsibility(
            organization=organizations[name], role=role, source=REASON, indicator=indicator, goal=goal
        )
        for indicator, goal in subjects
        for name, role in RESPONSIBLE.items()
    )


def _enter_baselines(records: Records, editor):
    Baseline.objects.bulk_create(
        Baseline(
            indicator=records.indicators[line["indicator"]],
            area=records.areas[line["area"]],
            value=line["value"],
            basis=Basis.PREVIOUS_END,
            year=records.plan.baseline_year,
            grade=Grade.DEMO,
            source=SOURCE,
            entered_by=editor,
        )
        for line in tables.read("baselines")
    )


def _enter_targets(records: Records, editor):
    """The first decisions, then their revisions: a batch takes each series once."""
    lines = tables.read("targets")
    for is_revision in (False, True):
        entries = [_decision(records, line) for line in lines if bool(line["reason"]) == is_revision]
        review.Batch(review.TargetKind, entries, by=editor).write()


def _decision(records: Records, line: Line) -> review.Entry:
    values = {
        "value": line["value"],
        "comparator": line["comparator"],
        "decided_on": date.fromisoformat(line["decided_on"]),
        "grade": Grade.DEMO,
        "source": SOURCE,
        "reason": line["reason"],
    }
    key = records.indicators[line["indicator"]], records.areas[line["area"]], int(line["year"])
    return review.Entry(key, ANY_VERSION, values)
