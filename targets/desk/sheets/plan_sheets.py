"""The sheets of targets, baselines and definitions."""

from targets.desk.sheets.field import CellKind, SheetField, options_of, year_of
from targets.desk.sheets.sheet import Sheet
from targets.models import Area, Basis, Comparator, Grade, Indicator
from targets.review import BaselineKind, DefinitionKind, TargetKind, roles
from targets.review.kinds import NOT_THERE, STALE
from targets.spreadsheets import Column

INDICATOR, AREA = Column("指标代码", 10, is_shown=True), Column("县市区代码", 12, is_shown=True)
COMPARATOR = SheetField(
    "comparator", "比较词", CellKind.CHOICE, 10, options_of(Comparator.choices), Comparator.EQ
)
GRADE = SheetField("grade", "来源等级", CellKind.CHOICE, 10, options_of(Grade.choices))
SOURCE = SheetField("source", "出处", width=24)


class PlanSheet(Sheet):
    @classmethod
    def may_export(cls, user):
        return roles.has(user, *roles.Role)

    @classmethod
    def may_import(cls, user):
        return roles.has(user, roles.Role.PLAN_EDITOR)


class TargetSheet(PlanSheet):
    """A changed row is a new decision."""

    kind = TargetKind
    name, title = "targets", "目标值"
    a_row_is = "一个县市区在一年的一项目标"
    keys = {"indicator": INDICATOR, "area": AREA, "year": Column("年份", 8, is_shown=True)}
    shown = [Sheet.indicator_name, Sheet.area_name, Sheet.unit]
    fields = [
        SheetField("value", "目标值", CellKind.NUMBER, 14),
        COMPARATOR,
        SheetField("decided_on", "决定日期", CellKind.DAY),
        GRADE,
        SOURCE,
        SheetField("reason", "调整理由", width=24),
    ]
    hints = [
        "灰色的列供核对，请勿改动；没有填的行导入时跳过。",
        "期间累计类指标填自规划起始年至该年末的累计数。须填决定日期和出处。",
        "改动已有的目标值即作一次新的决定：请填新的决定日期，并写明调整理由。原来的决定留有记录。",
    ]

    def known_indicators(self):
        return super().known_indicators().tracked()

    def look_up(self, name, text):
        if name != "year":
            return super().look_up(name, text)
        year, years = year_of(text), self.plan.years
        if year not in years:
            raise ValueError(f"年份应在 {years[0]} 至 {years[-1]} 之间。")
        return year

    def faults(self, entry, outcome):
        if outcome.stored is None and entry.version is not None:
            return {"version": [NOT_THERE]}
        if outcome.stored and outcome.stored.version != entry.version:
            return {"version": [STALE]}
        faults = super().faults(entry, outcome)
        # The only fault of a whole row is a second decision on the same day.
        return {name or "decided_on": sentences for name, sentences in faults.items()}

    def rows(self, choice):
        for indicator in self.indicators.values():
            for area in choice["areas"]:
                for year in choice["years"]:
                    stored = self.rules.stored((indicator, area, year))
                    yield _named(self, indicator, area) | {"年份": year} | self.cells_of(stored)


class BaselineSheet(PlanSheet):
    kind = BaselineKind
    name, title = "baselines", "县市区基期值"
    a_row_is = "一个县市区的一项基期值"
    keys = {"indicator": INDICATOR, "area": AREA}
    shown = [Sheet.indicator_name, Sheet.area_name, Sheet.unit]
    fields = [
        SheetField("value", "数值", CellKind.NUMBER, 14),
        COMPARATOR,
        SheetField("basis", "时期", CellKind.CHOICE, 14, options_of(Basis.choices)),
        SheetField("year", "年份", CellKind.YEAR, 8),
        GRADE,
        SOURCE,
        SheetField("note", "说明", width=24),
    ]
    hints = [
        "灰色的列供核对，请勿改动；没有填的行导入时跳过。",
        "填基期当时的区划：后来更名、撤并的，填在当时的名下。须填时期、来源等级和出处；年份没有写明的不填。",
    ]

    def __init__(self, by, plan):
        super().__init__(by, plan)
        times = options_of((code, plan.basis_words[code]) for code in Basis.values)
        self.fields = [
            field._replace(options=times) if field.name == "basis" else field for field in self.fields
        ]

    def known_indicators(self):
        return super().known_indicators().tracked()

    def known_areas(self):
        return Area.objects.named_in(self.plan)

    def rows(self, choice):
        for indicator in self.indicators.values():
            for area in choice["areas"]:
                yield _named(self, indicator, area) | self.cells_of(self.rules.stored((indicator, area)))


class DefinitionSheet(PlanSheet):
    kind = DefinitionKind
    name, title, main = "definitions", "指标口径", "definition"
    a_row_is = "一项指标的口径和出处"
    keys = {"indicator": INDICATOR}
    shown = [Sheet.indicator_name, Sheet.unit]
    fields = [
        SheetField("definition", "口径", width=60),
        SheetField("definition_source", "口径出处", width=30),
    ]
    hints = ["灰色的列供核对，请勿改动；填写口径时须注明出处。"]

    def rows(self, choice):
        for indicator in self.indicators.values():
            yield _named(self, indicator) | self.cells_of(self.rules.stored((indicator,)))


def _named(sheet: Sheet, indicator: Indicator, area: Area | None = None) -> dict:
    row = {
        "指标代码": indicator.code,
        sheet.indicator_name.label: indicator.name,
        sheet.unit.label: indicator.unit,
    }
    return row | ({"县市区代码": area.code, sheet.area_name.label: area.short_name} if area else {})
