"""`stratml.xml`: the plan and its progress as StratML Part 2 (ISO 17469-2).

| StratML | here |
|---|---|
| Value | a principle |
| Goal | a section that holds goals, or the numbers of indicators that no goal is linked with |
| Objective | a goal; one without a name for those indicators |
| PerformanceIndicator | an indicator with the baseline, targets in force and values of the plan's area |

Vision, mission and stages of a value chain are left out: the text has none. The time of a baseline is in
words, because the text gives no dates. An indicator appears once, under the first of its goals.
"""

import re
from collections import defaultdict
from datetime import date
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from django.db.models import Prefetch
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer

from measures.models import Section
from targets.api.public import PublicData
from targets.engine.quantities import plain
from targets.models import Baseline, Goal, Indicator, IndicatorKind, Observation, Plan, Target

NAMESPACE = "urn:ISO:std:iso:17469:tech:xsd:PerformancePlanOrReport"
# Characters that XML does not allow.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Xml(BaseRenderer):
    media_type, format = "application/xml", "xml"
    schema = {"type": "string"}


class StratML(PublicData):
    label = "规划和进展（StratML）"
    about = (
        "StratML 第 2 部分（ISO 17469-2）：原则、目标、指标，"
        "及规划地区的基期值、今日有效的目标值和已发布的完成值。"
    )
    renderer_classes = [Xml]

    @extend_schema(responses={(200, Xml.media_type): Xml.schema})
    def get(self, request):
        address = request.build_absolute_uri(request.plan.get_absolute_url())
        content = document(request.plan, address, timezone.localdate())
        return HttpResponse(content, content_type="application/xml; charset=utf-8")


def document(plan: Plan, address: str, on: date) -> bytes:
    """`address` is that of the plan's page; targets are those in force on the day."""
    root = Element("PerformancePlanOrReport", {"xmlns": NAMESPACE, "Type": "Performance_Report"})
    _add(root, "Name", plan.title)
    _add(root, "Description", "，".join(filter(None, [plan.issuer, plan.number])))
    demo = "演示数据：随机生成，不得引用。" if plan.is_demo else ""
    _add(root, "OtherInformation", f"{demo}{plan.completeness_note}")
    core = SubElement(root, "StrategicPlanCore")
    _add(SubElement(core, "Organization"), "Name", plan.issuer)
    for principle in plan.principles.prefetch_related("citations"):
        value = SubElement(core, "Value")
        _add(value, "Name", principle.title)
        _add(value, "Description", _quoted(principle))
    _Goals(plan, on).write(core)
    about = SubElement(root, "AdministrativeInformation")
    _add(about, "Identifier", _identifier(plan, plan.code))
    _add(about, "StartDate", f"{plan.start_year}-01-01")
    _add(about, "EndDate", f"{plan.end_year}-12-31")
    _add(about, "PublicationDate", plan.published_on)
    _add(about, "Source", address)
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True)


class _Goals:
    """Sections with their goals and indicators, read in a fixed number of queries."""

    def __init__(self, plan: Plan, on: date):
        self.plan = plan
        of_top_area = {"area": plan.top_area_id}
        baselines = Baseline.objects.of_plan(plan).filter(**of_top_area).prefetch_related("citations")
        targets = Target.objects.of_plan(plan).filter(**of_top_area)
        in_force = targets.within_plan().in_force(on).order_by("year")
        observations = Observation.objects.of_plan(plan).filter(**of_top_area)
        published = observations.published().select_related("period")
        self.indicators = (
            Indicator.objects.of_plan(plan)
            .with_goals()
            .prefetch_related(
                # Without those that the asker does not see.
                Prefetch("part_of", Indicator.objects.of_plan(plan)),
                Prefetch("successor", Indicator.objects.of_plan(plan)),
                Prefetch("baselines", baselines),
                Prefetch("targets", in_force),
                Prefetch("observations", published.order_by("period__end", "-period__start")),
            )
        )

    def write(self, core: Element):
        goals = self.plan.goals.select_related("parent").prefetch_related("citations")
        below = defaultdict(list)
        for goal in goals:
            below[_place(goal)].append(goal)
        measured, unlinked = defaultdict(list), defaultdict(list)
        for indicator in self.indicators:
            if links := indicator.goal_links.all():
                measured[links[0].goal_id].append(indicator)
            else:
                unlinked[_place(next(iter(indicator.baselines.all()), None))].append(indicator)
        rows = Section.objects.of_plan(self.plan)
        sections: dict[int | None, Section] = {row.pk: row for row in rows}
        # Goals and indicators without a section come last, under a goal without a name.
        for place in [*sections, None]:
            if place in below or place in unlinked or (place is None and not (below or unlinked)):
                written = self._section(core, sections.get(place))
                for goal in below[place]:
                    self._objective(written, goal, measured[goal.pk])
                if unlinked[place]:
                    self._indicators(SubElement(written, "Objective"), unlinked[place])

    def _section(self, core: Element, section: Section | None) -> Element:
        goal = SubElement(core, "Goal")
        _add(goal, "Name", section.label if section else "")
        words = section.text[section.words_start - section.start :] if section else ""
        _add(goal, "Description", words.strip())
        if section:
            _add(goal, "Identifier", _identifier(self.plan, f"section/{section.code}"))
            _add(goal, "SequenceIndicator", section.code)
        return goal

    def _objective(self, above: Element, goal: Goal, indicators: list[Indicator]):
        objective = SubElement(above, "Objective")
        _add(objective, "Name", goal.statement)
        _add(objective, "Description", _quoted(goal))
        _add(objective, "Identifier", _identifier(self.plan, f"goal/{goal.code}"))
        _add(objective, "SequenceIndicator", goal.code)
        parent = f"属于 {goal.parent.code}。" if goal.parent else ""
        _add(objective, "OtherInformation", parent + goal.note)
        self._indicators(objective, indicators)

    def _indicators(self, objective: Element, indicators: list[Indicator]):
        for indicator in indicators:
            written = SubElement(objective, "PerformanceIndicator", PerformanceIndicatorType="Quantitative")
            _add(written, "SequenceIndicator", indicator.code)
            _add(written, "MeasurementDimension", indicator.name)
            _add(written, "UnitOfMeasurement", indicator.unit)
            _add(written, "Identifier", _identifier(self.plan, f"indicator/{indicator.code}"))
            if indicator.part_of:
                whole = SubElement(written, "Relationship", RelationshipType="Narrower_Than")
                identifier = _identifier(self.plan, f"indicator/{indicator.part_of.code}")
                _add(whole, "ReferentIdentifier", identifier)
            self._measurements(written, indicator)
            links = [f"与 {link.goal.code} 的对应：{link.source}。" for link in indicator.goal_links.all()]
            words = [_nature(indicator), *links, _retirement(indicator), indicator.definition]
            _add(written, "OtherInformation", "".join(words))

    def _measurements(self, written: Element, indicator: Indicator):
        for baseline in indicator.baselines.all():
            result = _result(written, "ActualResult")
            _add(result, "NumberOfUnits", plain(baseline.value))
            _describe(result, "时期", self.plan.basis_words[baseline.basis])
            words = f"基期值，{baseline.printed or baseline.shown}（{_origin(baseline)}）"
            _add(result, "Description", words)
        # The target of a flow counts from the first day of the plan.
        first = f"{self.plan.start_year}-01-01" if indicator.kind == IndicatorKind.FLOW else ""
        for target in indicator.targets.all():
            result = _result(written, "TargetResult")
            _add(result, "StartDate", first)
            _add(result, "EndDate", f"{target.year}-12-31")
            _figure(result, target, f"{_origin(target)}，{target.decided_on} 决定")
        for observation in indicator.observations.all():
            result = _result(written, "ActualResult")
            _add(result, "StartDate", observation.period.start)
            _add(result, "EndDate", observation.period.end)
            reason = observation.unavailable_reason
            origin = f"无法取得：{reason}" if reason else _origin(observation)
            day = observation.as_of_date
            is_of_its_end = day in (None, observation.period.end)
            _figure(result, observation, origin if is_of_its_end else f"{origin}，数据时点 {day}")


def _nature(indicator: Indicator) -> str:
    return f"{indicator.get_nature_display()}指标。" if indicator.nature else ""


def _retirement(indicator: Indicator) -> str:
    words = indicator.told_retirement(indicator.successor)
    return f"{words}：{indicator.retired_reason}。" if words else ""


def _add(above: Element, name: str, text: object):
    """Add an element if it has text; `Name` and `Description` are required."""
    if text or name in ("Name", "Description"):
        SubElement(above, name).text = ILLEGAL.sub("", str(text))


def _result(written: Element, name: str) -> Element:
    return SubElement(SubElement(written, "MeasurementInstance"), name)


def _figure(result: Element, row: Target | Observation, origin: str):
    if row.value is not None:
        _add(result, "NumberOfUnits", plain(row.value))
        if row.comparator != "eq":
            _describe(result, "比较词", row.get_comparator_display())
    _add(result, "Description", origin)


def _describe(result: Element, name: str, value: str):
    descriptor = SubElement(result, "Descriptor")
    _add(descriptor, "DescriptorName", name)
    _add(descriptor, "DescriptorValue", value)


def _origin(row: Baseline | Target | Observation) -> str:
    return "，".join(filter(None, [row.get_grade_display(), row.source]))


def _quoted(record) -> str:
    return "\n".join(citation.quote for citation in record.citations.all())


def _place(record) -> int | None:
    return next((citation.section_id for citation in record.citations.all()), None) if record else None


def _identifier(plan: Plan, name: str) -> str:
    """Begins with `_`: an XML name may not begin with a digit."""
    return f"_{uuid5(NAMESPACE_URL, f'{plan.code}/{name}')}"
