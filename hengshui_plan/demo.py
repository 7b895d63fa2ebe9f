"""Filling a database with made-up figures, so that everything the site does can be looked at.

Every figure has grade 演示 and the plan is marked `is_demo`; what the plan's text and the media say stays.
Reports go through `targets.review`, each act by an account of the demonstration, so that events and versions
are real. docs/demo.md says which special cases are in it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import models, transaction

from hengshui_plan import accounts, passwords, synthetic
from measures import loading
from measures.models import Correction
from targets import periods, review
from targets.history import written_by
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
    Report,
    ReportingDuty,
    ReportStatus,
    Responsibility,
    ResponsibilityRole,
    ReviewEvent,
    RollUp,
    Standing,
    Target,
)
from targets.roles import Role

SEED = 2016
SOURCE = "演示数据，随机生成"
REASON = "演示"

CITY = "131100"
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

CLOSED_YEARS = (2016, 2017, 2018)
HALF_REPORTED = 2019
BEGUN = 2020
TARGET_YEARS = (2018, 2020)
DECIDED_ON = date(2016, 12, 20)
ASSESSED_YEARS = (2017, 2018, 2019)

HALF_YEARLY = {"I08", "I20"}
# Those that the city reports itself, and of them those that are no sum of the counties'.
OF_CITY = {"I01", "I03", "I09", "I13", "I25"}
NOT_SUMMED = {"I01", "I03", "I25"}
# How many times its baseline an indicator is meant to reach, where not 1.3 to 2.2.
GROWTH = {"I13": Decimal("3.25")}

# In 2019 these have reported and the next one is accepted; of 2020 the begun ones are on their way.
REPORTED_2019 = ("131102", "131103", "131121", "131122", "131123", "131124", "131125")
ACCEPTED_2019 = "131126"
BEGUN_BY = ("131102", "131121", "131127", CITY)

# The special cases.
NO_TARGET = "I24"
NO_BASELINE = ("I07", "131171")
NO_DATA = ("I03", CITY)
WORSENING = ("I09", "131126")
NOT_MET = ("I16", "131128")
OVER_100_PERCENT = ("I15", "131127")
FLOW_WITH_A_HOLE = ("I19", "131125", "2017")
UNAVAILABLE = ("I12", "131124", "2018")
CORRECTED = ("I14", "131102", "2018")
# The city counts three firms that no county does.
CITY_COUNTS_MORE = {"I09": 3}
# The city's target is one more than those of the counties together.
CITY_AIMS_HIGHER = {"I13": 1}
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
        loading.load(folder)
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
    """One pass: first what is invented, as plain values by codes, then the acts that enter it."""

    def __init__(self):
        self.random = Random(SEED)
        self.plan = Plan.objects.first()
        self.city = Area.objects.cities().get()
        self.parts = list(Area.objects.parts().select_related("predecessor"))
        self.areas = {area.code: area for area in [self.city, *self.parts]}
        self.indicators = {row.code: row for row in Indicator.objects.tracked().filter(plan=self.plan)}
        self.city_baselines = {
            row.indicator.code: row.value
            for row in Baseline.objects.of_text().filter(area=self.city).select_related("indicator")
        }
        # What media published stands for itself.
        self.found = {
            (row.indicator.code, row.area.code, row.period.code): row.value
            for row in Observation.objects.published().select_related("indicator", "area", "period")
        }
        self.bases: dict[tuple[str, str], Decimal] = {}
        self.goals: dict[tuple[str, str], Decimal] = {}
        self.figures: dict[tuple[str, str, str], dict] = {}

    def run(self) -> dict[str, str]:
        Plan.objects.filter(pk=self.plan.pk).update(is_demo=True)
        new_passwords = self._make_accounts()
        with written_by(self.users["guihua"], REASON):
            self._enter_all()
        return new_passwords

    def _enter_all(self):
        self._make_periods()
        self._set_duties()
        self._share_out_responsibilities()
        for indicator in self.indicators.values():
            self._invent(indicator)
        self._bend()
        self._add_up()
        self._enter_baselines()
        self._enter_targets()
        for year in CLOSED_YEARS:
            self._report_whole(year)
        self._report_half()
        self._begin()

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
        for code in self._codes(Frequency.HALF_YEARLY):
            self.periods.setdefault(code, Period.of(self.plan, code))
        for period in self.periods.values():
            # Both July and January have 31 days.
            period.due_on = period.end + timedelta(days=31)
            period.save()

    def _codes(self, frequency: int) -> list[str]:
        return periods.within(self.plan.start_year, self.plan.end_year, frequency)

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
                        frequency=_frequency(indicator),
                        organization=bureau,
                    )

    def _share_out_responsibilities(self):
        lead, support = Organization.objects.get(code="O01"), Organization.objects.get(code="O07")
        things = [{"indicator": row} for row in self.indicators.values()]
        things += [{"goal": row} for row in Goal.objects.clauses().filter(plan=self.plan)]
        for thing in things:
            for body, role in ((lead, ResponsibilityRole.LEAD), (support, ResponsibilityRole.SUPPORT)):
                Responsibility.objects.create(organization=body, role=role, source="演示", **thing)

    # What is invented

    def _invent(self, indicator: Indicator):
        if indicator.kind == IndicatorKind.RATIO:
            self._invent_ratio(indicator)
            return
        step = Decimal(10) ** -indicator.decimals
        code, total = indicator.code, self.city_baselines[indicator.code]
        growth = GROWTH.get(code, Decimal(self.random.randint(130, 220)) / 100)
        aim = synthetic.on_step(total * growth, step)
        weights = [self.random.randint(50, 200) for _ in self.parts]
        known = [
            0 if (code, area.code) == NO_BASELINE else w for area, w in zip(self.parts, weights, strict=True)
        ]
        bases = synthetic.shares(total, known, step)
        is_flow = indicator.kind == IndicatorKind.FLOW
        gains = synthetic.shares(aim if is_flow else aim - total, weights, step)
        for area, base, gain in zip(self.parts, bases, gains, strict=True):
            self.bases[code, area.code] = base
            self.goals[code, area.code] = gain if is_flow else base + gain
            self._invent_years(indicator, area, step)

    def _invent_years(self, indicator: Indicator, area: Area, step: Decimal):
        key = (indicator.code, area.code)
        base, goal, count = self.bases[key], self.goals[key], len(self.plan.years)
        is_flow = indicator.kind == IndicatorKind.FLOW
        if is_flow:
            values = synthetic.amounts(self.random, goal, count, step)
        else:
            values = synthetic.climb(self.random, base, goal, count, step)
        if _frequency(indicator) == Frequency.HALF_YEARLY:
            values = list(_halves(values, base, is_flow))
        for code, value in zip(self._codes(_frequency(indicator)), values, strict=True):
            self.figures[(*key, code)] = {"value": value}

    def _invent_ratio(self, indicator: Indicator):
        """A share that is to be kept: each county is about it, one stays below."""
        for area in self.parts:
            key = (indicator.code, area.code)
            self.bases[key] = Decimal(self.random.randint(9780, 9890)) / 100
            self.goals[key] = self.city_baselines[indicator.code]
            for code in self._codes(_frequency(indicator)):
                percent = 97.2 if key == NOT_MET else self.random.uniform(98.3, 99.4)
                value, numerator, denominator = synthetic.fraction(self.random, percent)
                self.figures[(*key, code)] = {
                    "value": value,
                    "numerator": numerator,
                    "denominator": denominator,
                }

    def _bend(self):
        """The special cases, in place of what chance gave."""
        for year in map(str, self.plan.years):
            self.figures[(*WORSENING, year)] = {"value": self.bases[WORSENING] - 1}
            half_the_goal = synthetic.on_step(self.goals[OVER_100_PERCENT] / 2, Decimal(1))
            self.figures[(*OVER_100_PERCENT, year)] = {"value": half_the_goal}
        del self.figures[FLOW_WITH_A_HOLE]
        self.figures[UNAVAILABLE] = {"unavailable_reason": "名单尚在核定，暂无法取得（演示）"}
        for key, value in self.found.items():
            self.figures[key] = {"value": value}

    def _add_up(self):
        """The city's goals and, where it reports itself, its figures."""
        for code in self.indicators:
            goals = [self.goals[code, area.code] for area in self.parts]
            is_ratio = self.indicators[code].kind == IndicatorKind.RATIO
            whole = self.city_baselines[code] if is_ratio else sum(goals)
            self.goals[code, CITY] = whole + CITY_AIMS_HIGHER.get(code, 0)
            self.bases[code, CITY] = self.city_baselines[code]
        for code in sorted(OF_CITY - {NO_DATA[0]}):
            for period in self._codes(_frequency(self.indicators[code])):
                values = [self.figures[code, area.code, period]["value"] for area in self.parts]
                more = CITY_COUNTS_MORE.get(code, 0)
                self.figures.setdefault((code, CITY, period), {"value": sum(values) + more})

    # What is entered

    def _enter_baselines(self):
        for (code, area), value in self.bases.items():
            if area != CITY and (code, area) != NO_BASELINE:
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

    def _enter_targets(self):
        for (code, area), goal in self.goals.items():
            if code == NO_TARGET:
                continue
            indicator = self.indicators[code]
            base = Decimal(0) if indicator.kind == IndicatorKind.FLOW else self.bases[code, area]
            step = Decimal(10) ** -indicator.decimals
            midway = synthetic.on_step(base + (goal - base) * 3 / 5, step)
            is_ratio = indicator.kind == IndicatorKind.RATIO
            comparator = Comparator.GE if is_ratio else Comparator.EQ
            for year, value in zip(TARGET_YEARS, (goal if is_ratio else midway, goal), strict=True):
                self._enter_target(indicator, area, year, value, comparator=comparator)
        lowered = self.goals[REVISED, CITY] - 10
        self._enter_target(
            self.indicators[REVISED],
            CITY,
            2020,
            lowered,
            decided_on=date(2018, 11, 20),
            reason="中期评估后按实际进度下调（演示）",
        )

    def _enter_target(self, indicator: Indicator, area: str, year: int, value: Decimal, **others):
        values = {"decided_on": DECIDED_ON, "grade": Grade.DEMO, "source": SOURCE} | others
        Target.objects.create(
            indicator=indicator,
            area=self.areas[area],
            year=year,
            value=value,
            entered_by=self.users["guihua"],
            **values,
        )

    # What is reported

    def _report_whole(self, year: int):
        """All report, all is published, one is corrected, and the year is closed."""
        for key in self._due(year, self.areas):
            self._report(key, ReportStatus.ACCEPTED)
        self._assess(year, ReportStatus.ACCEPTED)
        self._publish(year)
        if CORRECTED[2] == str(year):
            self._correct()
        for period in self._periods_of(year):
            review.close_period(period, by=self.users["fabu"], note="已全部发布（演示）")

    def _report_half(self):
        for key in self._due(HALF_REPORTED, [*REPORTED_2019, CITY]):
            self._report(key, ReportStatus.ACCEPTED)
        self._publish(HALF_REPORTED)
        for key in self._due(HALF_REPORTED, [ACCEPTED_2019]):
            self._report(key, ReportStatus.ACCEPTED)
        self._assess(HALF_REPORTED, ReportStatus.DRAFT)

    def _begin(self):
        """Some drafts, some handed in, some returned, and some not begun."""
        stops = [ReportStatus.DRAFT, ReportStatus.SUBMITTED, ReportStatus.RETURNED, None]
        for place, key in enumerate(self._due(BEGUN, BEGUN_BY)):
            if stop := stops[place % len(stops)]:
                self._report(key, stop)

    def _due(self, year: int, areas) -> list[tuple[str, str, str]]:
        """What areas have to report for a year and its halves, without what was published before."""
        return [
            key
            for key in sorted(self.figures)
            if key[1] in areas and key[2].startswith(str(year)) and key not in self.found
        ]

    def _report(self, key: tuple[str, str, str], stop: ReportStatus):
        indicator, area, period = key
        row = review.enter(
            indicator=self.indicators[indicator],
            area=self.areas[area],
            period=self.periods[period],
            by=self.reporters[area],
            grade=Grade.DEMO,
            source=SOURCE,
            **self.figures[key],
        )
        self._bring(row, stop, self.reporters[area])

    def _assess(self, year: int, stop: ReportStatus):
        if year not in ASSESSED_YEARS:
            return
        for goal in Goal.objects.clauses().filter(plan=self.plan):
            row = review.assess(
                goal=goal,
                period=self.periods[str(year)],
                text=f"演示文字，不是真实评价：{year}年“{goal.statement}”各项工作按计划推进。",
                by=self.reporters[CITY],
            )
            review.attach(row, title="演示材料，不是真实文件", source="演示", by=self.reporters[CITY])
            self._bring(row, stop, self.reporters[CITY])

    def _bring(self, row: Report, stop: ReportStatus, by) -> Report:
        """Take a draft as far as `stop`."""
        if stop == ReportStatus.DRAFT:
            return row
        row = review.submit(row, by=by)
        if stop == ReportStatus.RETURNED:
            note = "请核对口径后重新报送（演示）"
            return review.return_for_revision(row, note=note, by=self.users["shenhe"])
        return review.accept(row, by=self.users["shenhe"]) if stop == ReportStatus.ACCEPTED else row

    def _publish(self, year: int):
        for period in self._periods_of(year):
            review.publish_period(period, by=self.users["fabu"])

    def _correct(self):
        code, area, period = CORRECTED
        old = Observation.objects.published().get(indicator__code=code, area__code=area, period__code=period)
        by = self.reporters[area]
        new = review.correct(old, value=old.value + 2, reason="漏计两家，补上（演示）", by=by)
        review.publish([self._bring(new, ReportStatus.ACCEPTED, by)], by=self.users["fabu"])

    def _periods_of(self, year: int) -> Iterator[Period]:
        return (period for code, period in self.periods.items() if code.startswith(str(year)))


def _frequency(indicator: Indicator) -> int:
    return Frequency.HALF_YEARLY if indicator.code in HALF_YEARLY else Frequency.YEARLY


def _halves(values: list[Decimal], start: Decimal, is_flow: bool) -> Iterator[Decimal]:
    """The values of whole years as those of their halves."""
    before = start
    for value in values:
        half = value // 2 if is_flow else (before + value) // 2
        yield half
        yield value - half if is_flow else value
        before = value
