import re
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from measures.reading import sentences
from targets.models import Plan, one_of
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet

NUMBER = re.compile(r"\d+")


def span_in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(start__lt=F("end")), name=name, violation_error_message="起点应小于终点。"
    )


@models.TextField.register_lookup
class Joined(models.Transform):
    """Lookup of a text without its line breaks."""

    lookup_name = "joined"
    template = "REPLACE(%(expressions)s, '\n', '')"


class SourceText(Record):
    exposures = [Exposure("plan", ["plan__code"], is_part=True)]
    plan_paths = ("plan",)

    plan = models.OneToOneField(
        Plan, models.CASCADE, to_field="code", related_name="source_text", verbose_name="规划"
    )
    text = models.TextField("原文")
    sha256 = models.CharField("校验值 SHA-256", max_length=64)
    provenance = models.CharField("来历", max_length=300)
    # Reviewed counts by name; verify_plan compares them.
    tally = models.JSONField("核定数目", default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "规划原文"
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="source_text_once"),
            models.CheckConstraint(condition=~Q(text=""), name="source_text_not_empty"),
        ]

    def __str__(self):
        return f"{self.plan} 原文"

    @property
    def unowned_numbers(self) -> int:
        """How many numbers nobody has classified: those marked so, and those without any mark."""
        tokens = list(self.number_tokens.all())
        marked = {place for token in tokens for place in range(token.start, token.end)}
        unmarked = sum(marked.isdisjoint(range(*found.span())) for found in NUMBER.finditer(self.text))
        return unmarked + sum(token.kind == "unclassified" for token in tokens)

    def address_of(self, place: int, section: "Section | None") -> str:
        """The sentence at a place on the plan's page, or its section if there is no sentence."""
        page = reverse("text", args=[self.plan_id])
        if sentence := sentences.sentence_at(self.text, place):
            return f"{page}#c{sentence[0]}"
        return section.get_absolute_url() if section else page


class SectionKind(models.TextChoices):
    DOCUMENT = "document", "全文"
    DATABASE_HEADER = "database_header", "数据库题注"
    NOTICE = "notice", "印发通知"
    PLAN = "plan", "规划"
    PREFACE = "preface", "前言"
    CHAPTER = "chapter", "章"
    INTRO = "intro", "引言"
    SECTION = "section", "节"
    ITEM = "item", "条"
    SUBITEM = "subitem", "款"
    PARAGRAPH = "paragraph", "段"


FRONTS = {SectionKind.DOCUMENT, SectionKind.DATABASE_HEADER, SectionKind.NOTICE}
OPENINGS = {SectionKind.PREFACE, SectionKind.INTRO}


class SectionQuerySet(RecordQuerySet):
    def containing(self, start: int, end: int):
        """Innermost first."""
        return self.filter(start__lte=start, end__gte=end).order_by("-position")


class Section(Record):
    """A node of the outline; `start` to `end` includes all sections below, `text` does not."""

    exposures = [Exposure("section", ["code"])]
    plan_paths = ("source__plan",)

    source = models.ForeignKey(SourceText, models.CASCADE, related_name="sections", verbose_name="规划原文")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    position = models.PositiveSmallIntegerField("阅读次序")
    code = models.CharField("编号", max_length=20)
    kind = models.CharField("类别", max_length=15, choices=SectionKind)
    number = models.CharField("序号", max_length=10, blank=True)
    heading = models.CharField("标题", max_length=200, blank=True)
    start = models.PositiveIntegerField("起点")
    end = models.PositiveIntegerField("终点")
    heading_start = models.PositiveIntegerField("标题起点", null=True, blank=True)
    heading_end = models.PositiveIntegerField("标题终点", null=True, blank=True)
    body_start = models.PositiveIntegerField("正文起点", null=True, blank=True)
    # From `start` to the next section, with line breaks and indents.
    text = models.TextField("本级文字", blank=True)
    is_truncated = models.BooleanField("到此截断", default=False)

    objects: ClassVar = SectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "章节"
        ordering = ["source", "position"]
        constraints = [
            one_of("kind", SectionKind, "section_kind_known"),
            span_in_order("section_span_in_order"),
            models.UniqueConstraint(fields=["source", "code"], name="section_code_once"),
            models.UniqueConstraint(fields=["source", "position"], name="section_position_once"),
            # NULLs are distinct: the root needs its own rule.
            models.UniqueConstraint(fields=["source"], condition=Q(parent=None), name="section_one_root"),
        ]

    def __str__(self):
        return " ".join(filter(None, [self.code, f"{self.number}{self.heading}"]))

    def get_absolute_url(self):
        return f"{reverse('text', args=[self.source.plan_id])}#s-{self.code}"

    @property
    def own_end(self) -> int:
        return self.start + len(self.text)

    @property
    def words_start(self) -> int:
        """Where the sentences begin, after number and heading."""
        return self.body_start or self.heading_end or self.start

    @property
    def label(self):
        """As officials refer to it: (三)发展目标; without a heading, by its parent's."""
        if self.heading or self.kind in OPENINGS:
            return f"{self.number}{self.heading}" or self.get_kind_display()
        return f"{self.parent.label} {self.number or self.get_kind_display()}"

    @property
    def is_in_outline(self) -> bool:
        return bool(self.heading or self.number) or self.kind in OPENINGS

    @property
    def short_label(self) -> str:
        """For the outline, which shows the parents."""
        printed = "" if self.kind in FRONTS else f"{self.number}{self.heading}"
        return printed or self.get_kind_display()

    @property
    def depth(self) -> int:
        """Levels below the plan's title: 3 for 1.1.3."""
        return self.code.count(".") + 1 if self.code[0].isdigit() else 0
