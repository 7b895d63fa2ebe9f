"""The sheets of what is planned and of what was before: targets through the ledger, the rest by form."""

from abc import abstractmethod

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max

from targets.desk.sheets.field import CellKind, SheetField, options_of, year_of
from targets.desk.sheets.sheet import NOT_THERE, Judged, Sheet
from targets.desk.staff_forms import BaselineForm, DefinitionForm
from targets.engine.quantities import plain
from targets.models import Area, Baseline, Basis, Comparator, Grade, Indicator, Plan
from targets.review import Refused, ledger, roles
from targets.spreadsheets import Column

INDICATOR, AREA = Column("指标代码", 10, is_shown=True), Column("县市区代码", 12, is_shown=True)
COMPARATOR = SheetField(
    "comparator", "比较词", CellKind.CHOICE, 10, options_of(Comparator.choices), Comparator.EQ
)
GRADE = SheetField("grade", "来源等级", CellKind.CHOICE, 10, options_of(Grade.choices))
SOURCE = SheetField("source", "出处", width=24)
STALE = "下载之后库中的内容已有变动，请重新下载、核对后再填。"


class PlanSheet(Sheet):
    """Entered by whoever decides on the plan; whoever may look at the desk may take it out."""

    def __init__(self, by):
        super().__init__(by)
        self.is_editor = self.may_import(by)

    @classmethod
    def may_export(cls, user):
        return roles.has(user, *roles.Role)

    @classmethod
    def may_import(cls, user):
        return roles.has(user, roles.Role.PLAN_EDITOR)

    def fault(self, judged):
        if not self.is_editor:
            return Refused("只有规划管理员可以导入这种表；如需权限请与管理员联系。")
        if judged.there is None and judged.version is not None:
            return Refused(NOT_THERE, "version")
        if judged.there and judged.version != judged.there.version:
            return Refused(STALE, "version")
        return self.fault_of_values(judged)

    @abstractmethod
    def fault_of_values(self, judged: Judged) -> Refused | ValidationError | None: ...

    def given(self, judged: Judged) -> dict:
        """What the row comes to: a column that the file leaves out stays as it is."""
        return (judged.there.values if judged.there else {}) | judged.values


class TargetSheet(PlanSheet):
    """A row that differs from the target in force is a new decision: no row of the ledger changes."""

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

    def __init__(self, by):
        super().__init__(by)
        self.areas = {row.code: row for row in Area.objects.current().select_related("parent")}
        self.decisions = ledger.Decisions(by)
        self.plan = Plan.objects.first()

    def known_indicators(self):
        return super().known_indicators().tracked()

    def look_up(self, name, text):
        if name != "year":
            return super().look_up(name, text)
        year, years = year_of(text), self.plan.years
        if year not in years:
            raise ValueError(f"年份应在 {years[0]} 至 {years[-1]} 之间。")
        return year

    def there(self, key):
        indicator, area, year = key
        row = ledger.in_force(self.decisions.decided[indicator.pk, area.pk, year])
        return row and self.stands(row, row.pk)

    def fault_of_values(self, judged):
        try:
            self.decisions.target(self._decision(judged))
        except (Refused, ValidationError) as fault:
            return fault
        return None

    def write(self, rows):
        """Raises Refused and ValidationError, for what was decided since."""
        ledger.decide_all([self._decision(judged) for judged in rows], by=self.by)

    def _decision(self, judged: Judged) -> ledger.Decision:
        indicator, area, year = judged.key
        return ledger.Decision(indicator, area, judged.version or 0, {"year": year} | self.given(judged))

    def rows(self, choice):
        for indicator in self.indicators.values():
            for area in choice["areas"]:
                for year in choice["years"]:
                    there = self.there((indicator, area, year))
                    yield _named(self, indicator, area) | {"年份": year} | self.cells_of(there)


class FormSheet(PlanSheet):
    """A row goes through the form by which it is entered at the desk."""

    def __init__(self, by):
        super().__init__(by)
        # By the number of the row: what was judged is what is written.
        self.forms: dict[int, forms.ModelForm] = {}

    def fault_of_values(self, judged):
        data = {name: _typed(value) for name, value in self.given(judged).items()}
        form = self.forms[judged.line.number] = self.form(data, judged)
        return None if form.is_valid() else ValidationError(form.errors.as_data())

    @abstractmethod
    def form(self, data: dict, judged: Judged) -> forms.ModelForm:
        """The desk's form of this kind with the data of a row."""

    @abstractmethod
    def hold(self, rows: list[Judged]):
        """Lock what is to be written."""

    def write(self, rows):
        """Raises Refused for what changed since it was judged."""
        self.hold(rows)
        now = type(self)(self.by)
        for judged in rows:
            there = now.there(judged.key)
            if judged.version != (there.version if there else None):
                raise Refused(f"{judged.about}：{STALE}")
            self.forms[judged.line.number].enter(by=self.by)


def _typed(value) -> str:
    """As a form would get it."""
    if value is None:
        return ""
    return plain(value) if hasattr(value, "as_tuple") else str(value)


class BaselineRowForm(BaselineForm):
    """The form of a row whose indicator and area are known; what else the table holds is left to it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["indicator"], self.fields["area"]

    def validate_constraints(self):
        """Each would be a query, and the fields have asked them all."""


class BaselineSheet(FormSheet):
    """The counties' own: the city's stand in the text and are loaded."""

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
        "填基期当时的区划：今冀州区的基期值填在冀州市名下。须填时期、来源等级和出处；年份没有写明的不填。",
    ]

    def __init__(self, by):
        super().__init__(by)
        self.known = {
            (row.indicator_id, row.area_id): row
            for row in Baseline.objects.select_related("indicator__plan", "area", "entered_by")
        }
        self.versions = _versions(Baseline)

    def known_indicators(self):
        return super().known_indicators().tracked()

    def there(self, key):
        indicator, area = key
        row = self.known.get((indicator.pk, area.pk))
        return row and self.stands(row, self.versions[row.pk])

    def fault(self, judged):
        area = judged.key[1]
        if judged.there and judged.there.row.entered_by_id is None:
            return Refused("这是据原文载入的基期值，不能改动。")
        if area.parent_id is None or area.predecessor_id:
            return Refused("请填基期当时的县市区：今冀州区的基期值填在冀州市名下。", "area")
        return super().fault(judged)

    def form(self, data, judged):
        indicator, area = judged.key
        row = judged.there.row if judged.there else Baseline(indicator=indicator, area=area)
        return BaselineRowForm(data, instance=row)

    def hold(self, rows):
        held = [judged.there.row.pk for judged in rows if judged.there]
        list(Baseline.objects.filter(pk__in=held).select_for_update(of=("self",)).order_by("pk"))

    def rows(self, choice):
        for indicator in self.indicators.values():
            for area in choice["areas"]:
                yield _named(self, indicator, area) | self.cells_of(self.there((indicator, area)))


class DefinitionSheet(FormSheet):
    name, title, main = "definitions", "指标口径", "definition"
    a_row_is = "一项指标的口径和出处"
    keys = {"indicator": INDICATOR}
    shown = [Sheet.indicator_name, Sheet.unit]
    fields = [
        SheetField("definition", "口径", width=60),
        SheetField("definition_source", "口径出处", width=30),
    ]
    hints = ["灰色的列供核对，请勿改动；填写口径时须注明出处。"]

    def __init__(self, by):
        super().__init__(by)
        self.versions = _versions(Indicator)

    def there(self, key):
        [row] = key
        return self.stands(row, self.versions[row.pk])

    def form(self, data, judged):
        return DefinitionForm(data, instance=judged.there.row)

    def hold(self, rows):
        held = Indicator.objects.filter(pk__in=[judged.there.row.pk for judged in rows])
        list(held.select_for_update(of=("self",), no_key=True).order_by("pk"))

    def rows(self, choice):
        for indicator in self.indicators.values():
            yield _named(self, indicator) | self.cells_of(self.there((indicator,)))


def _named(sheet: Sheet, indicator: Indicator, area: Area | None = None) -> dict:
    row = {
        "指标代码": indicator.code,
        sheet.indicator_name.label: indicator.name,
        sheet.unit.label: indicator.unit,
    }
    return row | ({"县市区代码": area.code, sheet.area_name.label: area.short_name} if area else {})


def _versions(model) -> dict[int, int]:
    """The last line of each row's history, by the row: whoever writes the row adds one."""
    lines = model.history.order_by().values("id").annotate(last=Max("history_id"))
    return dict(lines.values_list("id", "last"))
