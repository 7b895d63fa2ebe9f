"""Takes the demonstration's reports through the review, each act by one of its accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from hengshui_plan.demo import tables
from hengshui_plan.demo.tables import Line
from targets import review
from targets.models import Area, Goal, Grade, Indicator, Observation, Period, Plan, Report, ReportStatus

SOURCE = "演示数据，随机生成"
REASON = "演示"
# A value that changes much from the year before needs a note; random values do.
NOTE_OF_REPORT = "数据系随机生成（演示）"
NOTE_OF_RETURN = "请核对口径后重新报送（演示）"
NOTE_OF_CLOSING = "已全部发布（演示）"

VALUES = ("value", "numerator", "denominator", "unavailable_reason", "note")
PUBLISHED = (ReportStatus.PUBLISHED, ReportStatus.SUPERSEDED)


@dataclass(frozen=True)
class Records:
    """Database rows by their codes in the tables; `reporters` by the code of their area."""

    plan: Plan
    areas: Mapping[str, Area]
    indicators: Mapping[str, Indicator]
    goals: Mapping[str, Goal]
    periods: dict[str, Period]
    users: Mapping
    reporters: Mapping

    @property
    def reporter_of_city(self):
        return next(user for code, user in self.reporters.items() if self.plan.is_top(self.areas[code]))


def report_all(records: Records):
    """Year by year: enter, review, publish, publish the period report, correct, close."""
    values, judgements, periods = map(tables.read, ("observations", "assessments", "periods"))
    for year in map(str, records.plan.years):
        values_of_year, judgements_of_year, periods_of_year = (
            [line for line in lines if line["period"].startswith(year)]
            for lines in (values, judgements, periods)
        )
        first = [line for line in values_of_year if not line["correction"]]
        corrections = [line for line in values_of_year if line["correction"]]
        reports = [*_entered(records, first), *_judged(records, judgements_of_year)]
        lines = [*first, *judgements_of_year]
        _review(records, dict(zip(reports, [line["status"] for line in lines], strict=True)))
        for line in periods_of_year:
            _publish_period_report(records, line)
        for line in corrections:
            _correct(records, line)
        for line in periods_of_year:
            _close(records, line)


def _entered(records, lines):
    """Enter the lines in their order, so that ids do not change: adjacent lines of one reporter at a time."""
    for user, group in groupby(lines, lambda line: records.reporters[line["area"]]):
        entries = [
            review.Entry(
                (
                    records.indicators[line["indicator"]],
                    records.areas[line["area"]],
                    records.periods[line["period"]],
                ),
                None,
                {name: line[name] for name in VALUES} | {"grade": Grade.DEMO, "source": SOURCE},
            )
            for line in group
        ]
        yield from review.Batch(review.ValueKind, entries, by=user).write()


def _judged(records, lines):
    user = records.reporter_of_city
    entries = [
        review.Entry(
            (records.goals[line["goal"]], records.periods[line["period"]]), None, {"text": line["text"]}
        )
        for line in lines
    ]
    rows = review.Batch(review.JudgementKind, entries, by=user).write()
    for row in rows:
        review.attach(row, title="演示材料，不是真实文件", source=REASON, by=user)
        row.refresh_from_db()
    return rows


def _review(records: Records, statuses: dict[Report, str]):
    """Bring drafts to the given statuses; publish period by period."""
    reviewer, publisher = records.users["shenhe"], records.users["fabu"]
    submitted = []
    for user in set(records.reporters.values()):
        drafts = [
            row
            for row, status in statuses.items()
            if row.entered_by_id == user.pk and status != ReportStatus.DRAFT
        ]
        submitted += review.submit(drafts, by=user, note=NOTE_OF_REPORT)
    # Publication follows the order of ids, whoever reported.
    submitted.sort(key=lambda row: (type(row).__name__, row.pk))
    returned = [row for row in submitted if statuses[row] == ReportStatus.RETURNED]
    review.return_for_revision(returned, by=reviewer, note=NOTE_OF_RETURN)
    decided = [row for row in submitted if statuses[row] in {ReportStatus.ACCEPTED, *PUBLISHED}]
    accepted = review.accept(decided, by=reviewer)
    for period in records.periods.values():
        if of_period := [
            row for row in accepted if row.key["period_id"] == period.pk and statuses[row] in PUBLISHED
        ]:
            review.publish(of_period, by=publisher)


def _publish_period_report(records: Records, line: Line):
    if kind := line["report"]:
        period = records.periods[line["period"]]
        shown = review.draw_up_period_report(period, kind=kind).sha256
        review.publish_period_report(period, by=records.users["fabu"], kind=kind, shown=shown)


def _correct(records: Records, line: Line):
    user = records.reporters[line["area"]]
    published = Observation.objects.published().get(
        indicator=records.indicators[line["indicator"]],
        area=records.areas[line["area"]],
        period=records.periods[line["period"]],
    )
    row = review.correct(published, value=line["value"], reason=line["correction"], by=user)
    _review(records, {row: line["status"]})


def _close(records: Records, line: Line):
    if line["is_open"] == "no":
        period = records.periods[line["period"]]
        review.close_period(period, by=records.users["fabu"], note=NOTE_OF_CLOSING)
