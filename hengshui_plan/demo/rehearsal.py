"""The demonstration's figures on their way through review, each act by an account of the demonstration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hengshui_plan.demo.invention import CITY
from targets import review
from targets.models import (
    Area,
    Goal,
    Grade,
    Indicator,
    Observation,
    Period,
    PeriodReportKind,
    Report,
    ReportStatus,
)

CLOSED_YEARS = (2016, 2017, 2018)
MID_TERM = 2018
HALF_REPORTED = 2019
BEGUN = 2020
ASSESSED_YEARS = (2017, 2018, 2019)

# In 2019 these have reported and the next one is accepted; of 2020 the begun ones are on their way.
REPORTED_2019 = ("131102", "131103", "131121", "131122", "131123", "131124", "131125")
ACCEPTED_2019 = "131126"
BEGUN_BY = ("131102", "131121", "131127", CITY)
# Chance makes values jump as real ones seldom do.
NOTE = "数据系随机生成（演示）"
CORRECTED = ("I14", "131102", "2018")


@dataclass(frozen=True)
class Rehearsal:
    """Who reports what: rows by code, accounts by name, and by area whoever speaks for it.

    `figures` are those to report, by indicator, area and period.
    """

    indicators: Mapping[str, Indicator]
    areas: Mapping[str, Area]
    periods: Mapping[str, Period]
    users: Mapping
    reporters: Mapping
    figures: Mapping[tuple[str, str, str], dict]
    source: str

    def run(self):
        for year in CLOSED_YEARS:
            self._report_whole(year)
        self._report_half()
        self._begin()

    def _report_whole(self, year: int):
        """All report, all is published, the year's report too; then one is corrected, and the year closed."""
        for key in self._due(year, self.areas):
            self._report(key, ReportStatus.ACCEPTED)
        self._assess(year, ReportStatus.ACCEPTED)
        self._publish(year)
        self._publish_report(year)
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
        """What areas have to report for a year and its halves."""
        return [key for key in sorted(self.figures) if key[1] in areas and key[2].startswith(str(year))]

    def _report(self, key: tuple[str, str, str], stop: ReportStatus):
        indicator, area, period = key
        subject = self.indicators[indicator], self.areas[area], self.periods[period]
        values = {"grade": Grade.DEMO, "source": self.source} | self.figures[key]
        entry = review.Entry(subject, None, values)
        [row] = review.Batch(review.ValueKind, [entry], by=self.reporters[area]).write()
        self._bring(row, stop, self.reporters[area])

    def _assess(self, year: int, stop: ReportStatus):
        if year not in ASSESSED_YEARS:
            return
        period = self.periods[str(year)]
        for goal in Goal.objects.clauses().filter(plan=period.plan):
            text = f"演示文字，不是真实评价：{year}年{goal.statement}，各项工作按计划推进。"
            entry = review.Entry((goal, period), None, {"text": text})
            [row] = review.Batch(review.JudgementKind, [entry], by=self.reporters[CITY]).write()
            review.attach(row, title="演示材料，不是真实文件", source="演示", by=self.reporters[CITY])
            row.refresh_from_db()
            self._bring(row, stop, self.reporters[CITY])

    def _bring(self, row: Report, stop: ReportStatus, by) -> Report:
        """Take a draft as far as `stop`."""
        if stop == ReportStatus.DRAFT:
            return row
        [row] = review.submit([row], by=by, note=NOTE)
        if stop == ReportStatus.RETURNED:
            note = "请核对口径后重新报送（演示）"
            [row] = review.return_for_revision([row], note=note, by=self.users["shenhe"])
        if stop == ReportStatus.ACCEPTED:
            [row] = review.accept([row], by=self.users["shenhe"])
        return row

    def _publish(self, year: int):
        for period in self._periods_of(year):
            shown = review.mark_of(review.accepted_in([period]))
            review.publish_period(period, shown=shown, by=self.users["fabu"])

    def _publish_report(self, year: int):
        kind = PeriodReportKind.MID_TERM if year == MID_TERM else PeriodReportKind.ANNUAL
        period = self.periods[str(year)]
        shown = review.draw_up_report(period, kind=kind).sha256
        review.publish_report(period, by=self.users["fabu"], kind=kind, shown=shown)

    def _correct(self):
        code, area, period = CORRECTED
        old = Observation.objects.published().get(indicator__code=code, area__code=area, period__code=period)
        by = self.reporters[area]
        new = review.correct(old, value=old.value + 2, reason="漏计两家，补上（演示）", by=by)
        review.publish([self._bring(new, ReportStatus.ACCEPTED, by)], by=self.users["fabu"])

    def _periods_of(self, year: int) -> Iterator[Period]:
        return (period for code, period in self.periods.items() if code.startswith(str(year)))
