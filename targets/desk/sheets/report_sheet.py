"""The sheet of reported values."""

from targets.desk.sheets.field import CellKind, SheetField, options_of
from targets.desk.sheets.sheet import Sheet
from targets.models import Comparator, Grade, Period, ReportingDuty, ReportStatus
from targets.review import Conflict, Refused, ValueKind, roles, value_rules
from targets.review.kinds import NOT_THERE
from targets.spreadsheets import Column
from targets.standing.standings import Standings


class ReportSheet(Sheet):
    kind = ValueKind
    name, title = "reports", "完成值"
    a_row_is = "一个县市区在一个报告期的一项指标"
    keys = {
        "indicator": Column("指标代码", 10, is_shown=True),
        "area": Column("县市区代码", 12, is_shown=True),
        "period": Column("报告期", 10, is_shown=True),
    }
    baseline, target = Column("基期", 12, is_shown=True), Column("目标", 14, is_shown=True)
    last, status = Column("上期", 12, is_shown=True), Column("状态", 10, is_shown=True)
    shown = [Sheet.indicator_name, Sheet.area_name, Sheet.unit, baseline, target, last, status]
    fields = [
        SheetField("value", "完成值", CellKind.NUMBER, 14),
        SheetField(
            "comparator", "比较词", CellKind.CHOICE, 10, options_of(Comparator.choices), Comparator.EQ
        ),
        SheetField("numerator", "分子", CellKind.NUMBER),
        SheetField("denominator", "分母", CellKind.NUMBER),
        SheetField("unavailable_reason", "无法取得的原因", width=20),
        SheetField("as_of_date", "数据时点", CellKind.DAY),
        SheetField("grade", "来源等级", CellKind.CHOICE, 10, options_of(Grade.choices), Grade.REPORTED),
        SheetField("source", "出处", width=20),
        SheetField("note", "说明", width=24),
    ]
    hints = [
        "灰色的列供核对，请勿改动；其余各列可填。",
        "数填在“完成值”一列，单位见“单位”一列；0 请填 0；确实无法取得的，不填数而写明原因。",
        "没有填的行导入时跳过。比较词、来源等级不填即为“等于”“填报”。",
        "数据时点不是期末时填写，写作 2018-12-31。",
        "导入后存为草稿，请在“填报完成值”页核对、报送。已发布的数有误，请在那里更正。",
    ]

    afterwards = "新填和改动的存为草稿，请在“填报完成值”页核对、报送。"

    def __init__(self, by, plan):
        super().__init__(by, plan)
        self.periods = {row.code: row for row in plan.periods.all()}

    @classmethod
    def may_export(cls, user):
        return roles.sees_all_reports(user) or cls.may_import(user)

    @classmethod
    def may_import(cls, user):
        return roles.areas_of(user).exists()

    def look_up(self, name, text):
        if name != "period":
            return super().look_up(name, text)
        code = "".join(text.split()).upper().removesuffix("年")
        if code not in self.periods:
            raise ValueError(f"没有“{text}”这一报告期，请写作 2018、2018-H1 或 2018-Q3。")
        return self.periods[code]

    def faults(self, entry, outcome):
        fault = outcome.fault
        if isinstance(fault, Conflict):
            return {"": [f"{fault.change}现在库中是 {fault.current.shown}。请重新下载、核对后再填。"]}
        if isinstance(fault, Refused) and not fault.field and entry.version and not outcome.stored:
            return {"version": [NOT_THERE]}
        return super().faults(entry, outcome)

    def rows(self, choice):
        periods, areas = choice["periods"], choice["areas"]
        around = value_rules.surroundings((area, period) for period in periods for area in areas)
        for period in periods:
            standings = Standings(period.plan, period.code)
            duties = ReportingDuty.objects.of_plan(self.plan).filter(area__in=areas).expected(period)
            for duty in duties.by_area():
                yield self._row(duty, period, standings, around[duty.area_id, period.pk])

    def _row(self, duty: ReportingDuty, period: Period, standings: Standings, around) -> dict:
        indicator, area = duty.indicator, self.areas[duty.area.code]
        result = standings.result(self.indicators[indicator.code], area)
        last = around.last.get(indicator.pk)
        stored = self.rules.stored((indicator, area, period))
        return {
            "指标代码": indicator.code,
            "县市区代码": area.code,
            "报告期": period.code,
            self.indicator_name.label: indicator.name,
            self.area_name.label: area.short_name,
            self.unit.label: indicator.unit,
            self.baseline.label: result.baseline.shown if result.baseline else None,
            self.target.label: f"{result.target.shown}（{result.target_year}年）" if result.target else None,
            self.last.label: last.shown if last else None,
            self.status.label: ReportStatus(stored.values["status"]).label if stored else "未报",
        } | self.cells_of(stored)
