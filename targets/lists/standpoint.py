from functools import cached_property
from urllib.parse import urlencode

from django import forms

from targets.engine import periods
from targets.models import Area, Period
from targets.standing.coverage import Coverage, default_as_of
from targets.standing.shared import coverage_today


def query_string(**chosen) -> str:
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"?{query}" if query else ""


class StandpointForm(forms.Form):
    """A year of the plan, or a reported half or quarter, and an area. Invalid choices become defaults."""

    period = forms.ChoiceField(label="报告期", required=False)
    area = forms.ChoiceField(label="县市区", required=False)

    def __init__(self, data, *, plan):
        super().__init__(data)
        self.plan = plan
        self._reported = list(plan.periods.within_plan())
        codes = {str(year) for year in plan.years} | {period.code for period in self._reported}
        spans = sorted(map(periods.span, codes), key=lambda span: (span.end, -span.start.toordinal()))
        self.areas = {area.code: area for area in Area.objects.of_plan(plan).select_related("parent")}
        self.city = next(filter(plan.is_top, self.areas.values()))
        self.choices = {
            "period": [(span.code, span.label) for span in spans],
            "area": [(area.code, area.short_name) for area in self.areas.values()],
        }
        for name, choices in self.choices.items():
            self.fields[name].choices = choices

    @cached_property
    def covered(self) -> dict[str, Coverage]:
        return coverage_today(self.plan)

    @cached_property
    def default(self) -> str:
        return default_as_of(self.plan, self.covered)

    @property
    def as_of(self) -> str:
        return self._choice("period") or self.default

    @property
    def span(self) -> periods.Span:
        return periods.span(self.as_of)

    @property
    def coverage(self) -> Coverage | None:
        return self._coverage_of(self.as_of)

    @property
    def newer(self) -> list[tuple[periods.Span, Coverage]]:
        """Years after the chosen period that are not yet whole, with what is published of them."""
        after = max(self.span.end, periods.span(self.default).end)
        years = [periods.span(str(year)) for year in self.plan.years if periods.year_end(year) > after]
        known = [(span, self._coverage_of(span.code)) for span in years]
        return [(span, own) for span, own in known if own and own.published]

    @property
    def periods(self) -> list[Period]:
        """Reported periods inside `span`, ended."""
        return [period for period in self._reported if period.is_ended and period.is_within(self.span)]

    @property
    def here(self) -> Area:
        return self.areas.get(self._choice("area"), self.city)

    @property
    def is_whole(self) -> bool:
        """Whether the plan's top area is chosen."""
        return self.here == self.city

    @property
    def period_choices(self) -> list[tuple[str, str, bool, Coverage | None]]:
        """Code, label, whether chosen, and how much is published of what was due."""
        return [(*choice, self._coverage_of(choice[0])) for choice in self.choices_of("period")]

    def _coverage_of(self, code: str) -> Coverage | None:
        """None where nothing was due."""
        covered = self.covered.get(code)
        return covered if covered and covered.due else None

    @property
    def area_choices(self) -> list[tuple[str, str, bool]]:
        return self.choices_of("area")

    def choices_of(self, name: str) -> list[tuple[str, str, bool]]:
        """Code, label, whether chosen."""
        chosen = {self.as_of, self.here.code}
        return [(code, label, code in chosen) for code, label in self.choices[name]]

    @property
    def other_parameters(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.data.items() if name not in self.fields]

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400

    def keep(self, area: Area) -> str:
        """The query string of a link to an area at the same period."""
        is_choice = area.code in self.areas and not self.plan.is_top(area)
        return query_string(period=self.data.get("period"), area=area.code if is_choice else None)

    def _choice(self, name: str) -> str:
        self.is_valid()
        return self.cleaned_data.get(name, "")
