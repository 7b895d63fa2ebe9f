"""The sheets of what is planned and of what was before: a row goes through the desk's own form."""

from abc import abstractmethod

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone

from targets import roles
from targets.forms import BaselineForm, DefinitionForm, TargetForm
from targets.models import Area, Baseline, Basis, Comparator, Grade, Indicator, Target
from targets.quantities import plain
from targets.review import Refused
from targets.sheets.field import Field, Kind, options_of, year_of
from targets.sheets.sheet import Judged, Sheet
from targets.tables import Column

INDICATOR, AREA = Column("指标代码", 10, is_shown=True), Column("县市区代码", 12, is_shown=True)
COMPARATOR = Field("comparator", "比较词", Kind.CHOICE, 10, options_of(Comparator.choices), Comparator.EQ)
GRADE = Field("grade", "来源等级", Kind.CHOICE, 10, options_of(Grade.choices))
STALE = "下载之后库中的内容已有变动，请重新下载、核对后再填。"
SOURCE = Field("source", "出处", width=24)


class FormSheet(Sheet):
    """Entered by whoever decides on the plan; whoever may look at the desk may take it out."""

    @classmethod
    def may_export(cls, user):
        return roles.has(user, *roles.Role)

    @classmethod
    def may_import(cls, user):
        return roles.has(user, roles.Role.PLAN_EDITOR)

    def __init__(self, by):
        super().__init__(by)
        self.is_editor = self.may_import(by)

    def form(self, judged: Judged) -> forms.ModelForm:
        given = {
            name: row.pk if hasattr(row, "pk") else row
            for name, row in zip(self.keys, judged.key, strict=True)
        }
        values = (judged.there.values if judged.there else {}) | judged.values
        return self.bound(given | {name: _typed(value) for name, value in values.items()}, judged)

    @abstractmethod
    def bound(self, data: dict, judged: Judged) -> forms.ModelForm:
        """The desk's form of this kind with the data of a row."""

    def fault(self, judged):
        if not self.is_editor:
            return Refused("只有规划管理员可以导入这种表；如需权限请与管理员联系。")
        now = judged.there.version if judged.there else None
        if judged.version != now:
            return Refused(STALE, "version")
        form = self.form(judged)
        return None if form.is_valid() else ValidationError(form.errors.as_data())

    def write(self, rows):
        """Raises Refused and ValidationError, for what changed since it was judged."""
        held = Indicator.objects.filter(pk__in={judged.key[0].pk for judged in rows})
        list(held.select_for_update(of=("self",)).order_by("pk"))
        now = type(self)(self.by)
        for judged in rows:
            there = now.there(judged.key)
            if judged.version != (there.version if there else None):
                raise Refused(f"{judged.about}：{STALE}")
            form = self.form(judged)
            if not form.is_valid():
                raise ValidationError(form.errors.as_data())
            form.enter(by=self.by)


def _typed(value) -> str:
    """As a form would get it."""
    if value is None:
        return ""
    return plain(value) if hasattr(value, "as_tuple") else str(value)


class TargetSheet(FormSheet):
    """A row that differs from the target in force is a new decision: no row of the ledger changes."""

    name, title = "targets", "目标值"
    a_row_is = "一个县市区在一年的一项目标"
    keys = {"indicator": INDICATOR, "area": AREA, "year": Column("年份", 8, is_shown=True)}
    shown = [Sheet.indicator_name, Sheet.area_name, Sheet.unit]
    fields = [
        Field("value", "目标值", Kind.NUMBER, 14),
        COMPARATOR,
        Field("decided_on", "决定日期", Kind.DAY),
        GRADE,
        SOURCE,
        Field("reason", "调整理由", width=24),
    ]
    hints = [
        "灰色的列供核对，请勿改动；没有填的行导入时跳过。",
        "期间累计类指标填自规划起始年至该年末的累计数。须填决定日期和出处。",
        "改动已有的目标值即作一次新的决定：请填新的决定日期，并写明调整理由。原来的决定留有记录。",
    ]

    def __init__(self, by):
        super().__init__(by)
        today = timezone.localdate()
        self.in_force = {
            (row.indicator_id, row.area_id, row.year): row for row in Target.objects.in_force(today)
        }

    def look_up(self, name, text):
        return year_of(text) if name == "year" else super().look_up(name, text)

    def there(self, key):
        indicator, area, year = key
        row = self.in_force.get((indicator.pk, area.pk, year))
        return row and self.stands(row, row.pk)

    def bound(self, data, judged):
        return TargetForm(data, replaces=judged.there.version if judged.there else 0)

    def rows(self, choice):
        for indicator in self.known_indicators().tracked():
            for area in choice["areas"]:
                for year in choice["years"]:
                    there = self.there((indicator, area, year))
                    yield _named(self, indicator, area) | {"年份": year} | self.cells_of(there)


class BaselineSheet(FormSheet):
    """The counties' own: the city's stand in the text and are loaded."""

    name, title = "baselines", "县市区基期值"
    a_row_is = "一个县市区的一项基期值"
    keys = {"indicator": INDICATOR, "area": AREA}
    shown = [Sheet.indicator_name, Sheet.area_name, Sheet.unit]
    fields = [
        Field("value", "数值", Kind.NUMBER, 14),
        COMPARATOR,
        Field("basis", "时期", Kind.CHOICE, 14, options_of(Basis.choices)),
        Field("year", "年份", Kind.YEAR, 8),
        GRADE,
        SOURCE,
        Field("note", "说明", width=24),
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

    def there(self, key):
        indicator, area = key
        row = self.known.get((indicator.pk, area.pk))
        return row and self.stands(row, self.versions[row.pk])

    def fault(self, judged):
        if judged.there and judged.there.row.entered_by_id is None:
            return Refused("这是据原文载入的基期值，不能改动。")
        return super().fault(judged)

    def bound(self, data, judged):
        return BaselineForm(data, instance=judged.there.row if judged.there else None)

    def rows(self, choice):
        for indicator in self.known_indicators().tracked():
            for area in choice["areas"]:
                yield _named(self, indicator, area) | self.cells_of(self.there((indicator, area)))


class DefinitionSheet(FormSheet):
    name, title, main = "definitions", "指标口径", "definition"
    a_row_is = "一项指标的口径和出处"
    keys = {"indicator": INDICATOR}
    shown = [Sheet.indicator_name, Sheet.unit]
    fields = [Field("definition", "口径", width=60), Field("definition_source", "口径出处", width=30)]
    hints = ["灰色的列供核对，请勿改动；填写口径时须注明出处。"]

    def __init__(self, by):
        super().__init__(by)
        self.versions = _versions(Indicator)

    def there(self, key):
        [row] = key
        return self.stands(row, self.versions[row.pk])

    def bound(self, data, judged):
        return DefinitionForm(data, instance=judged.there.row)

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
