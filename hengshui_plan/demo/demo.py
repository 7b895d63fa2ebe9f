"""Filling a database with made-up figures, so that everything the site does can be looked at.

Every figure has grade 演示 and the plan is marked `is_demo`; what the plan's text and the media say stays.
`invention` says which figures, `rehearsal` takes them through `targets.review`, so that events and versions
are real. docs/demo.md says which special cases are in it.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import models, transaction

from hengshui_plan.accounts import accounts, passwords
from hengshui_plan.demo.invention import CITY, OF_CITY, Counted, Invention, months
from hengshui_plan.demo.rehearsal import Rehearsal
from measures.loading import loader
from measures.models import Correction
from targets import review
from targets.engine import periods
from targets.models import (
    Area,
    AreaAssignment,
    AreaKind,
    Assessment,
    Baseline,
    Basis,
    Comparator,
    Frequency,
    Goal,
    GoalLink,
    Grade,
    Indicator,
    IndicatorKind,
    Observation,
    Organization,
    OrganizationKind,
    Period,
    Plan,
    ReportingDuty,
    Responsibility,
    ResponsibilityRole,
    ReviewEvent,
    RollUp,
    Standing,
    Target,
)
from targets.records.history import written_by
from targets.review.kinds import ANY_VERSION
from targets.review.roles import Role

SOURCE = "演示数据，随机生成"
REASON = "演示"

# Username, name and role; the first speaks for 景县, the second for the whole city.
ACCOUNTS = [
    ("tianbao_jingxian", "景县填报员", Role.REPORTER),
    ("tianbao_hengshui", "全市填报员", Role.REPORTER),
    ("shenhe", "审核员", Role.REVIEWER),
    ("fabu", "发布员", Role.PUBLISHER),
    ("shenji", "审计员", Role.AUDITOR),
    ("guihua", "规划管理员", Role.PLAN_EDITOR),
]
# Speaks for the other areas; nobody can log in with it.
OTHERS = ("tianbao_qita", "其他县市区填报员", Role.REPORTER)

DECIDED_ON = date(2016, 12, 20)
# Of what the city reports itself, that which is no sum of the counties'.
NOT_SUMMED = {"I01", "I03", "I25"}
REVISED = "I09"


class RealDataError(Exception):
    """The database holds what staff entered; nothing was changed."""


@transaction.atomic
def fill(folder: Path) -> dict[str, str]:
    """Fill the database, loading the plan from `folder` where it is not there yet.

    Returns the passwords of the new accounts, and nothing where the demonstration is there already: then it
    is left as it is. Raises RealDataError.
    """
    if Plan.objects.filter(is_demo=True).exists():
        return {}
    if found := [rows for rows in _real_rows() if rows.exists()]:
        what = "、".join(f"{rows.model._meta.verbose_name} {rows.count()} 条" for rows in found)
        raise RealDataError(
            f"库中已有工作人员的内容（{what}），不能装入演示数据。"
            "请用 DATABASE_URL 另指一个库。未作任何改动。"
        )
    if not Plan.objects.exists():
        loader.load(folder)
    with written_by(None, REASON):
        return _Filling().run()


def _real_rows() -> list[models.QuerySet]:
    """What nobody but staff can have entered."""
    loaded = {"entered_by": None, "grade__in": review.OUTSIDE, "status__in": ["published", "superseded"]}
    usernames = [username for username, _, _ in [*ACCOUNTS, OTHERS]]
    return [
        Observation.objects.exclude(**loaded),
        Assessment.objects.all(),
        ReviewEvent.objects.all(),
        Target.objects.all(),
        Baseline.objects.exclude(grade=Grade.TEXT),
        Indicator.objects.exclude(definition="", roll_up=RollUp.NONE),
        GoalLink.objects.exclude(standing=Standing.SUGGESTED),
        Period.objects.exclude(due_on=None),
        Correction.objects.exclude(entered_by=None),
        Organization.objects.exclude(is_in_text=True),
        ReportingDuty.objects.all(),
        Responsibility.objects.all(),
        AreaAssignment.objects.all(),
        get_user_model().objects.filter(username__in=usernames),
    ]


class _Filling:
    """One pass: the frame, then what is invented, then the way of each report through review."""

    def __init__(self):
        self.plan = Plan.objects.first()
        self.city = Area.objects.cities().get()
        self.parts = list(Area.objects.parts().select_related("predecessor"))
        self.areas = {area.code: area for area in [self.city, *self.parts]}
        self.indicators = {row.code: row for row in Indicator.objects.tracked().filter(plan=self.plan)}

    def run(self) -> dict[str, str]:
        # What media published stands for itself, and nobody reports it.
        found = self._found()
        Plan.objects.filter(pk=self.plan.pk).update(is_demo=True)
        new_passwords = self._make_accounts()
        with written_by(self.users["guihua"], REASON):
            self._enter_all(found)
        return new_passwords

    def _enter_all(self, found: dict[tuple[str, str, str], Decimal]):
        self._make_periods()
        self._set_duties()
        self._share_out_responsibilities()
        invention = Invention(self._counted(), [part.code for part in self.parts], self.plan.years, found)
        self._enter_baselines(invention)
        self._enter_targets(invention)
        Rehearsal(
            indicators=self.indicators,
            areas=self.areas,
            periods=self.periods,
            users=self.users,
            reporters=self.reporters,
            figures={key: values for key, values in invention.figures.items() if key not in found},
            source=SOURCE,
        ).run()

    def _found(self) -> dict[tuple[str, str, str], Decimal]:
        rows = Observation.objects.published().select_related("indicator", "area", "period")
        return {(row.indicator.code, row.area.code, row.period.code): row.value for row in rows}

    def _counted(self) -> list[Counted]:
        rows = Baseline.objects.of_text().filter(area=self.city).select_related("indicator")
        totals = {row.indicator.code: row.value for row in rows}
        return [Counted(code, row.kind, row.decimals, totals[code]) for code, row in self.indicators.items()]

    # The frame

    def _make_accounts(self) -> dict[str, str]:
        new_passwords = {username: passwords.make() for username, _, _ in ACCOUNTS}
        self.users = {}
        for username, name, role in [*ACCOUNTS, OTHERS]:
            user = get_user_model().objects.create_user(
                username, password=new_passwords.get(username), last_name=name, is_staff=True
            )
            user.groups.set(Group.objects.filter(name=role))
            self.users[username] = user
        self.reporters = dict.fromkeys(self.areas, self.users["tianbao_qita"])
        self.reporters |= {"131127": self.users["tianbao_jingxian"], CITY: self.users["tianbao_hengshui"]}
        for code, user in self.reporters.items():
            AreaAssignment.objects.create(user=user, area=self.areas[code])
        for user in self.users.values():
            accounts.record_change(user, before=None)
        return new_passwords

    def _make_periods(self):
        self.periods = {period.code: period for period in self.plan.periods.all()}
        for code in periods.within(self.plan.start_year, self.plan.end_year, Frequency.HALF_YEARLY):
            self.periods.setdefault(code, Period.of(self.plan, code))
        for period in self.periods.values():
            # Both July and January have 31 days.
            period.due_on = period.end + timedelta(days=31)
            period.save()

    def _set_duties(self):
        kinds = {AreaKind.CITY: OrganizationKind.MUNICIPAL, AreaKind.ZONE: OrganizationKind.ZONE}
        bureaus = {
            area: Organization.objects.create(
                code=f"D{code}",
                name=f"{area}科技部门（演示）",
                kind=kinds.get(area.kind, OrganizationKind.COUNTY),
                note=SOURCE,
            )
            for code, area in self.areas.items()
        }
        for code, indicator in self.indicators.items():
            indicator.roll_up = RollUp.NONE if code in NOT_SUMMED else RollUp.SUM
            if indicator.kind == IndicatorKind.RATIO:
                indicator.roll_up = RollUp.RATIO
            indicator.save(update_fields=["roll_up"])
            for area, bureau in bureaus.items():
                if area != self.city or code in OF_CITY:
                    ReportingDuty.objects.create(
                        indicator=indicator,
                        area=area,
                        frequency=months(code),
                        organization=bureau,
                    )

    def _share_out_responsibilities(self):
        lead, support = Organization.objects.get(code="O01"), Organization.objects.get(code="O07")
        things = [{"indicator": row} for row in self.indicators.values()]
        things += [{"goal": row} for row in Goal.objects.clauses().filter(plan=self.plan)]
        for thing in things:
            for body, role in ((lead, ResponsibilityRole.LEAD), (support, ResponsibilityRole.SUPPORT)):
                Responsibility.objects.create(organization=body, role=role, source="演示", **thing)

    # What was planned

    def _enter_baselines(self, invention: Invention):
        for code, area, value in invention.baselines():
            Baseline.objects.create(
                indicator=self.indicators[code],
                area=self.areas[area].predecessor or self.areas[area],
                value=value,
                basis=Basis.END_OF_12TH,
                year=self.plan.baseline_year,
                grade=Grade.DEMO,
                source=SOURCE,
                entered_by=self.users["guihua"],
            )

    def _enter_targets(self, invention: Invention):
        for code, area, year, value in invention.targets():
            self._enter_target(code, area, year, value)
        self._enter_target(
            REVISED,
            CITY,
            self.plan.end_year,
            invention.goals[REVISED, CITY] - 10,
            decided_on=date(2018, 11, 20),
            reason="中期评估后按实际进度下调（演示）",
        )

    def _enter_target(self, code: str, area: str, year: int, value: Decimal, **others):
        indicator = self.indicators[code]
        is_ratio = indicator.kind == IndicatorKind.RATIO
        values = {
            "value": value,
            "comparator": Comparator.GE if is_ratio else Comparator.EQ,
            "decided_on": DECIDED_ON,
            "grade": Grade.DEMO,
            "source": SOURCE,
        }
        entry = review.Entry((indicator, self.areas[area], year), ANY_VERSION, values | others)
        review.Batch(review.TargetKind, [entry], by=self.users["guihua"]).write()
