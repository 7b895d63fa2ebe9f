"""The content of a period report, as plain data: its page shows nothing else.

Numbers are strings, rounded as pages show them.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from copy import copy
from fractions import Fraction
from hashlib import sha256

from django.db.models import Count, Q

from targets.engine import periods, progress, verdict
from targets.engine.figures import Figure
from targets.engine.known import Partial
from targets.engine.progress import Result
from targets.engine.quantities import SIGNS, plain, rounded
from targets.engine.shares import Share
from targets.engine.status import Light, Status
from targets.engine.thresholds import thresholds_on
from targets.engine.verdict import Turn
from targets.models import (
    Area,
    Assessment,
    Baseline,
    Evidence,
    Goal,
    Grade,
    Indicator,
    Observation,
    Period,
    ReportingDuty,
    Target,
)
from targets.models.period_report import title_of
from targets.standing.standings import Standings

# The version of the content's shape: pages of old editions are still rendered from it.
FORMAT = 3
NO_SOURCE = "未注明出处"
THE_TEXT = "规划原文"
RULES = (
    "只用已发布的数：时点数、比率取期末或以前最新的，期间累计取规划期以来各期之和，到第一个缺的期为止。",
    "每个数按它自己那一期的期末判断，用当日有效的目标和起点；应报的一期没有数的不亮灯，只用文字写明上次的判断。",
    "累计已达到目标或已超过上限的不再更新也保持；不全的合计只在缺的数不论多少都不改变灯色时判断，标“至少”。",
    "完成率 = 完成值 ÷ 目标值；进度 =（完成值 − 基期值）÷（目标值 − 基期值），向相反方向变化时为负；"
    "标“累计”的自规划起始年累计，基期以 0 计。",
    "序时应达：在基期（规划起始之日）和各年目标之间，按月份在相邻两点间取直线，最后一年以后不变；"
    "序时指数 =（完成值 − 基期值）÷（序时应达 − 基期值）。",
    "目标值取期末之日已决定的，以后的调整不计；保持类（不低于、不高于）和有上限的累计只看达标与否。",
    "规划地区有自己的数的用自己的；没有的由县市区汇总，有一处未报即为数据不全。",
    "规划的目标都没有数值，只列出对应指标（对应关系非原文）各状态的项数和已发布的评价，不求平均。",
)


def content_of(period: Period, *, kind: str, edition: int) -> str:
    """The content as it would be published now, in the form that is stored and hashed."""
    head = {
        "format": FORMAT,
        "title": title_of(period, kind),
        "kind": kind,
        "period": period.code,
        "edition": edition,
    }
    content = {"report": head} | _PeriodContent(period).content()
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def checksum(content: str) -> str:
    return sha256(content.encode()).hexdigest()


def is_published(period: Period) -> bool:
    """Whether anything was published for a period or for a shorter one in it."""
    within = period.plan.periods.ended_within(periods.span(period.code))
    rows = Observation.objects.published().filter(period__in=within)
    return rows.exists() or Assessment.objects.published().filter(period__in=within).exists()


class _PeriodContent:
    """Each method returns a chapter."""

    def __init__(self, period: Period):
        self.period, self.plan = period, copy(period.plan)
        # Everybody reads a report.
        self.plan.hides_internal = True
        self.span = periods.span(period.code)
        self.city, *self.parts = self.areas = list(Area.objects.of_plan(self.plan))
        self.standings = Standings(self.plan, period.code, self.areas)
        self.results = {area: self.standings.results(area) for area in self.areas}
        earlier = periods.previous(period.code)
        has_earlier = periods.span(earlier).year >= self.plan.start_year
        self.earlier = self.standings.at(earlier) if has_earlier else None
        within = self.plan.periods.ended_within(self.span)
        self.expected = ReportingDuty.objects.of_plan(self.plan).for_periods(within)
        judgements = Assessment.objects.published().filter(period=period).prefetch_related("evidence")
        self.judgements = {row.goal_id: row for row in judgements}

    def content(self) -> dict:
        goals = self._goals()
        changes = self._changes()
        return {
            "plan": self._plan(),
            "label": self.span.label,
            "verdict": self._verdict(goals, changes),
            "counts": _counts(self.results[self.city].values()),
            "changes": changes,
            "goals": goals,
            "indicators": self._indicators(),
            "areas": [_area(area) | {"counts": _counts(self.results[area].values())} for area in self.areas],
            "behind": self._behind(),
            "missing": self._missing(),
            "unavailable": self._unavailable(),
            "method": self._method(),
            "sources": self._sources(),
        }

    def _plan(self) -> dict:
        plan = self.plan
        names = ("code", "title", "number", "issuer", "start_year", "end_year", "completeness_note")
        return {name: getattr(plan, name) for name in names} | {"is_demo": plan.is_demo}

    def _verdict(self, goals: list[dict], changes: dict | None) -> list[str]:
        of_parts = [(area, result) for area in self.parts for result in self.results[area].values()]
        red = Counter(area.short_name for area, result in of_parts if result.status.light == Light.RED)
        judged = sum(result.status.is_judged for _, result in of_parts)
        owed = sum(not due.is_published for due in self.expected)
        return [
            verdict.sentence(
                f"{self.city.short_name}监测的", self.span.label, self.results[self.city].values()
            ),
            changes["said"] if changes else "规划期从本期开始，没有上一期可比。",
            verdict.sentence_of_parts(red, judged),
            verdict.sentence_of_reports(len(self.expected), owed),
            verdict.sentence_of_goals(len(goals), sum(bool(goal["assessment"]) for goal in goals)),
        ]

    def _changes(self) -> dict | None:
        """The city's indicators that turned since the previous period; None where there is none."""
        if self.earlier is None:
            return None
        turned: dict[Turn | None, list[dict]] = {turn: [] for turn in (*Turn, None)}
        before_by_indicator = self.earlier.results(self.city)
        for indicator, now in self.results[self.city].items():
            before = before_by_indicator[indicator]
            row = _named(indicator) | {"before": standing_content(before), "now": standing_content(now)}
            turned[verdict.turn(before, now)].append(row)
        since = self.earlier.moment.label
        turns = [turn for turn, rows in turned.items() for _ in rows]
        groups = [{"turn": turn.label, "rows": turned[turn]} for turn in Turn if turned[turn]]
        return {"since": since, "said": verdict.sentence_of_turns(since, turns), "groups": groups}

    def _goals(self) -> list[dict]:
        results = self.results[self.city]
        return [
            {
                "code": goal.code,
                "statement": goal.statement,
                "indicators": [link.indicator.code for link in links],
                "counts": _counts(results[link.indicator] for link in links),
                "assessment": self._judgement(goal),
            }
            for goal in Goal.objects.of_plan(self.plan).clauses().with_links(self.plan)
            for links in [[link for link in goal.indicator_links.all() if link.indicator in results]]
        ]

    def _judgement(self, goal: Goal) -> dict | None:
        row = self.judgements.get(goal.pk)
        if row is None:
            return None
        papers = [{name: getattr(paper, name) for name in _PAPER} for paper in row.evidence.all()]
        return {"text": row.text, "evidence": papers}

    def _indicators(self) -> list[dict]:
        """Each with a standing for every area, in the order of the areas."""
        tracked = Indicator.objects.of_plan(self.plan).tracked_on(self.span.end)
        return [
            _named(indicator)
            | {
                "kind": indicator.get_kind_display(),
                "baseline": self._baseline(indicator.top_baseline),
                "standings": [standing_content(self.results[area][indicator]) for area in self.areas],
            }
            for indicator in tracked.with_baselines()
        ]

    def _baseline(self, row: Baseline | None) -> dict | None:
        if row is None:
            return None
        words = self.plan.basis_words[row.basis]
        return {"shown": row.shown, "basis": words, "origin": row.get_grade_display()}

    def _behind(self) -> list[dict]:
        """What is behind, by area, with the note of its report."""
        return [
            _named(indicator)
            | {"area": _area(area), "note": self.standings.note(indicator, area, result)}
            | standing_content(result)
            for area in self.areas
            for indicator, result in self.results[area].items()
            if result.status.is_behind
        ]

    def _missing(self) -> list[dict]:
        """What was due and is not published, by area."""
        expected, owed = Counter(due.area_id for due in self.expected), defaultdict(list)
        indicators = {row.pk: row for row in self.standings.indicators}
        for due in self.expected:
            if not due.is_published:
                owed[due.area_id].append(_named(indicators[due.indicator_id]) | {"period": str(due.period)})
        return [
            {"area": _area(area), "expected": expected[area.pk], "rows": owed[area.pk]}
            for area in Area.objects.filter(pk__in=owed).order_by("code")
        ]

    def _unavailable(self) -> list[dict]:
        """What was reported as "cannot be had" within the period, with the reason."""
        return [
            _named(indicator) | {"area": _area(area), "period": periods.span(code).label, "reason": reason}
            for area in self.areas
            for indicator in self.results[area]
            for code, reason in self.standings.case(indicator, area).unavailable.items()
            if self.span.start <= periods.span(code).start
        ]

    def _method(self) -> dict:
        thresholds = thresholds_on(self.span.end, self.standings.decided_thresholds).shown
        statuses = [
            _light(status) | {"when": status.condition.format(**thresholds)}
            for status in Status
            if status.condition
        ]
        return {"rules": RULES, "statuses": statuses}

    def _sources(self) -> dict:
        """The number of figures used, by grade and source, and the evidence."""
        named: dict[tuple[str, str], Counter] = {}
        for kind, rows in self._figures_used().items():
            counted = rows.order_by().values_list("grade", "source").annotate(number=Count("pk"))
            for grade, source, number in counted:
                named.setdefault((grade, source), Counter())[kind] += number
        order = {grade: place for place, grade in enumerate(Grade.values)}
        grades = sorted({grade for grade, _ in named}, key=order.__getitem__)
        return {
            "grades": [
                {
                    "grade": Grade(grade).label,
                    "numbers": sum((n for (own, _), n in named.items() if own == grade), Counter()),
                    "named": [
                        {"source": source or default, "number": numbers.total()}
                        for (own, source), numbers in sorted(named.items())
                        if own == grade
                    ],
                }
                for grade in grades
                for default in [THE_TEXT if grade == Grade.TEXT else NO_SOURCE]
            ],
            "evidence": self._evidence(),
        }

    def _figures_used(self) -> dict:
        baselines, targets, observations = (
            model.objects.of_plan(self.plan).filter(indicator__in=self.standings.tracked)
            for model in (Baseline, Target, Observation)
        )
        return {
            "baselines": baselines,
            "targets": targets.within_plan().in_force(self.span.end),
            "observations": observations.published().filter(period__end__lte=self.span.end),
        }

    def _evidence(self) -> list[dict]:
        values = self._figures_used()["observations"]
        rows = Evidence.objects.of_plan(self.plan).filter(
            Q(observation__in=values) | Q(assessment__in=[row.pk for row in self.judgements.values()])
        )
        counted = rows.order_by(*_PAPER).values(*_PAPER).annotate(number=Count("pk"))
        return list(counted)


_PAPER = ("title", "source", "url")


def _named(indicator: Indicator) -> dict:
    is_flow = indicator.is_flow
    return {"code": indicator.code, "name": indicator.name, "unit": indicator.unit, "is_flow": is_flow}


def _area(area: Area) -> dict:
    return {"code": area.code, "name": area.short_name}


def _light(status: Status) -> dict:
    return {"status": status.value, "label": status.label, "light": status.light, "shape": status.shape}


def _counts(results: Iterable[Result]) -> list[dict]:
    return [_light(status) | {"number": number} for status, number in progress.status_counts(results)]


def _number(value: Fraction | None) -> str | None:
    return None if value is None else rounded(value)


def _share(share: Share | None) -> dict | None:
    """Both roundings: rounded twice, 0.99949 would read 100 %."""
    return None if share is None else {"share": plain(share.rounded), "percent": plain(share.percent)}


def _figure(figure: Figure | None) -> dict | None:
    return {"sign": SIGNS[figure.comparator], "value": plain(figure.rounded)} if figure else None


def _partial(part: Partial) -> dict:
    counts = {"period": part.figure.period, "reported": part.reported, "expected": part.expected}
    return counts | {"figure": _figure(part.figure), "missing": [cell._asdict() for cell in part.missing]}


def standing_content(result: Result) -> dict:
    actual, part = result.actual, result.partial
    return _light(result.status) | {
        "label": result.label,
        "unavailable_reason": result.unavailable_reason,
        "last": result.last_in_words,
        "is_at_least": result.is_at_least,
        "basis": result.note_on_progress,
        "judged_at": result.judged_at,
        "baseline": _figure(result.baseline),
        "target": _figure(result.target),
        "target_year": result.target_year,
        "actual": _figure(actual),
        "actual_period": actual and actual.period,
        "origin": actual and actual.origin,
        "caveat": actual and actual.caveat,
        "is_old": result.is_old,
        "partial": part and _partial(part),
        "completion": _share(result.completion),
        "progress": _share(result.progress),
        "expected": _number(result.expected),
        "index": _number(result.index),
    }
