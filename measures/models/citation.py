from typing import Any

from django.db import models
from django.db.models import Q

from measures.models.measure import Measure
from measures.models.principle import Principle, Weakness
from measures.models.text import Section, SourceText, span_in_order
from measures.reading import sentences
from targets.models import Baseline, BaselineFact, Goal, Organization, Policy, Target
from targets.records.exposure import Exposure
from targets.records.ownership import OfPlan

CITED: dict[str, Any] = {
    "goal": Goal,
    "baseline": Baseline,
    "target": Target,
    "baseline_fact": BaselineFact,
    "organization": Organization,
    "principle": Principle,
    "weakness": Weakness,
    "policy": Policy,
    "measure": Measure,
}
# Cited for a number of an indicator, on whose page they stand.
FIGURES = ("baseline", "target")


def _exactly_one_cited() -> Q:
    rule = Q()
    for chosen in CITED:
        rule |= Q(**{f"{field}__isnull": field != chosen for field in CITED})
    return rule


def _cited(model: type[models.Model], label: str) -> models.ForeignKey:
    return models.ForeignKey(
        model, models.CASCADE, null=True, blank=True, related_name="citations", verbose_name=label
    )


class CitationQuerySet(OfPlan):
    def with_records(self):
        figures = (f"{name}__{part}" for name in FIGURES for part in ("indicator", "area"))
        return self.select_related("section", *CITED, *figures, "goal__parent")

    def with_places(self):
        """For `sentence_url` and the section's label."""
        return self.select_related("source", "section__parent")

    def with_pages(self):
        """Citations of records that have a page, without figures."""
        return self.filter(baseline=None, target=None, organization=None, policy__issued_plan=None)


class Citation(models.Model):
    """A verbatim span of a section that supports one record."""

    exposures = [
        Exposure("citation", ["section__code", "start", "end"]),
        *(Exposure(name, [f"{name}__code"], is_part=True) for name in CITED if name not in FIGURES),
        Exposure("goal", ["goal__parent__code"], is_part=True),
        *(CITED[name].exposures[0].as_part(name) for name in FIGURES),
        *(Exposure("indicator", [f"{name}__indicator__code"], is_part=True) for name in FIGURES),
    ]
    plan_paths = ("source__plan",)
    internal_paths = tuple(f"{name}__indicator__is_internal" for name in FIGURES)

    source = models.ForeignKey(SourceText, models.CASCADE, related_name="citations", verbose_name="规划原文")
    section = models.ForeignKey(Section, models.PROTECT, related_name="citations", verbose_name="章节")
    start = models.PositiveIntegerField("起点")
    end = models.PositiveIntegerField("终点")
    quote = models.TextField("引文")
    position = models.PositiveSmallIntegerField("次序", default=1, help_text="同一记录的第几处引文")
    goal = _cited(Goal, "目标")
    baseline = _cited(Baseline, "基期值")
    target = _cited(Target, "目标值")
    baseline_fact = _cited(BaselineFact, "定性事实")
    organization = _cited(Organization, "单位")
    principle = _cited(Principle, "原则")
    weakness = _cited(Weakness, "问题")
    policy = _cited(Policy, "政策文件")
    measure = _cited(Measure, "措施")

    objects = CitationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "引文"
        ordering = ["start", "end"]
        constraints = [
            span_in_order("citation_span_in_order"),
            models.CheckConstraint(condition=_exactly_one_cited(), name="citation_supports_one_record"),
            *(
                # Several texts may cite one shared unit or document.
                models.UniqueConstraint(
                    fields=["source", field, "position"], name=f"citation_of_{field}_once"
                )
                for field in CITED
            ),
        ]

    def __str__(self):
        return f"{self.section.code} [{self.start}, {self.end})"

    @property
    def supports(self) -> str:
        """The field that names the cited record."""
        return next(field for field in CITED if getattr(self, f"{field}_id"))

    @property
    def cited(self) -> models.Model:
        return getattr(self, self.supports)

    @property
    def sentence_url(self) -> str:
        """The sentence on the plan's page. Needs `with_places`."""
        return self.source.address_of(self.start, self.section)

    @property
    def joined(self) -> str:
        """The quotation without the source's line breaks."""
        return self.quote.replace("\n", "")

    @property
    def quoted(self) -> str:
        """The quotation for use between double quotation marks."""
        return sentences.quoted(self.joined)
