"""The words of the plan: its text, the tree and the slips of it, and the records that it speaks of.

Offsets are code points of SourceText.text, half-open [start, end). The text itself never changes;
what is read into it points at it.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from targets.models import (
    Area,
    Baseline,
    BaselineFact,
    Goal,
    Indicator,
    Level,
    Organization,
    Plan,
    one_of,
)


def span_in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(start__lt=F("end")), name=name, violation_error_message="起点应小于终点。"
    )


class SourceText(models.Model):
    plan = models.OneToOneField(Plan, models.CASCADE, related_name="source_text", verbose_name="规划")
    text = models.TextField("原文")
    sha256 = models.CharField("校验值 SHA-256", max_length=64)
    provenance = models.CharField("来历", max_length=300)
    # What the reviewed reading found, by name; verify_plan counts again and compares.
    tally = models.JSONField("核定数目")

    class Meta:
        verbose_name = verbose_name_plural = "规划原文"
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="source_text_once"),
            models.CheckConstraint(condition=~Q(text=""), name="source_text_not_empty"),
        ]

    def __str__(self):
        return f"{self.plan} 原文"


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


class SectionQuerySet(models.QuerySet):
    def containing(self, start: int, end: int):
        """The sections around a span, the innermost first."""
        return self.filter(start__lte=start, end__gte=end).order_by("-position")


class Section(models.Model):
    """A node of the text's tree. `start` to `end` spans its subtree; `text` holds the words of its own."""

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
    # The words from `start` to the next section's start, line breaks and indents included.
    text = models.TextField("本级文字", blank=True)
    is_truncated = models.BooleanField("到此截断", default=False)

    objects = SectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "章节"
        ordering = ["source", "position"]
        constraints = [
            one_of("kind", SectionKind, "section_kind_known"),
            span_in_order("section_span_in_order"),
            models.UniqueConstraint(fields=["source", "code"], name="section_code_once"),
            models.UniqueConstraint(fields=["source", "position"], name="section_position_once"),
            # NULL never equals NULL, so that the top node needs a rule of its own.
            models.UniqueConstraint(fields=["source"], condition=Q(parent=None), name="section_one_root"),
        ]

    def __str__(self):
        return " ".join(filter(None, [self.code, f"{self.number}{self.heading}"]))

    def get_absolute_url(self):
        return f"{reverse('plan')}#s-{self.code}"

    @property
    def own_end(self) -> int:
        return self.start + len(self.text)

    @property
    def words_start(self) -> int:
        """Where the sentences begin, behind number and heading."""
        return self.body_start or self.heading_end or self.start

    @property
    def label(self) -> str:
        """How an official would point at it: 一、发展基础与面临形势; without a heading the kind."""
        return f"{self.number}{self.heading}" or self.get_kind_display()

    @property
    def short_label(self) -> str:
        """For the outline: what the database and the notice call themselves is too long there."""
        is_front = self.kind in {SectionKind.DATABASE_HEADER, SectionKind.NOTICE}
        return self.get_kind_display() if is_front else self.label

    @property
    def depth(self) -> int:
        """How far below the plan's title, for the indent of an outline: 1.1.3 stands at 3."""
        return self.code.count(".") + 1 if self.code[0].isdigit() else 0


class CorrectionKind(models.TextChoices):
    DROPPED = "dropped", "漏字"
    TITLE = "title", "文件名有误"
    WORD = "word", "用字有误"
    TERM = "term", "用语不全"
    GRAMMAR = "grammar", "语法"
    SPACE = "space", "多余空格"
    TERM_DOUBT = "term_doubt", "用语存疑"
    SENSE_DOUBT = "sense_doubt", "文意存疑"


class Confidence(models.TextChoices):
    HIGH = "high", "高"
    MEDIUM = "medium", "中"
    LOW = "low", "低"


class CorrectionQuerySet(models.QuerySet):
    def reviewed(self):
        """Those that came with the reading of the text, not entered by staff."""
        return self.filter(entered_by=None)


class Correction(models.Model):
    """A slip of the text and how it should probably read. Shown on demand; the text is never changed."""

    source = models.ForeignKey(
        SourceText, models.CASCADE, related_name="corrections", verbose_name="规划原文"
    )
    section = models.ForeignKey(Section, models.PROTECT, related_name="corrections", verbose_name="章节")
    code = models.CharField("代码", max_length=10, unique=True)
    kind = models.CharField("类别", max_length=12, choices=CorrectionKind)
    start = models.PositiveIntegerField("起点")
    end = models.PositiveIntegerField("终点")
    as_printed = models.CharField("原文所印", max_length=100)
    suggested = models.CharField("建议读作", max_length=100, blank=True)
    confidence = models.CharField("把握", max_length=6, choices=Confidence)
    reason = models.CharField("理由", max_length=300)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, verbose_name="填写人"
    )
    entered_at = models.DateTimeField("填写时间", null=True, blank=True, editable=False)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "勘误"
        ordering = ["start", "code"]
        constraints = [
            one_of("kind", CorrectionKind, "correction_kind_known"),
            one_of("confidence", Confidence, "correction_confidence_known"),
            span_in_order("correction_span_in_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_has_reason"),
            models.CheckConstraint(
                condition=~Q(as_printed=F("suggested")),
                name="correction_changes_something",
                violation_error_message="建议读法与原文所印相同。",
            ),
            models.CheckConstraint(
                condition=Q(entered_by=None, entered_at=None)
                | Q(entered_by__isnull=False, entered_at__isnull=False),
                name="correction_entered_by_someone_at_some_time",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.as_printed} → {self.suggested or '(删)'}"

    def get_absolute_url(self):
        return f"{reverse('plan')}?corrected=1#{self.code}"


class Principle(models.Model):
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="principles", verbose_name="规划")
    section = models.OneToOneField(Section, models.PROTECT, related_name="principle", verbose_name="章节")
    code = models.CharField("代码", max_length=10, unique=True)
    number = models.PositiveSmallIntegerField("序号")
    title = models.CharField("原则", max_length=100)
    keyword = models.CharField("关键词", max_length=20, help_text="整理者所取,非原文标题")
    weaknesses = models.ManyToManyField(
        "Weakness",
        related_name="principles",
        blank=True,
        verbose_name="针对的问题",
        help_text="整理者推断,非原文",
    )

    class Meta:
        verbose_name = verbose_name_plural = "原则"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="principle_number_once"),
        ]

    def __str__(self):
        return f"{self.number}、{self.title}"

    def get_absolute_url(self):
        return reverse("principle", args=[self.number])


class WeaknessGroup(models.TextChoices):
    INDUSTRY = "industry", "产业"
    ABILITY = "ability", "能力"
    TALENT = "talent", "人才"
    PLATFORM = "platform", "平台"


class Weakness(models.Model):
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="weaknesses", verbose_name="规划")
    code = models.CharField("代码", max_length=10, unique=True)
    text = models.CharField("问题", max_length=100, help_text="承前省略的谓语已补,原文见引文")
    group = models.CharField("类别", max_length=10, choices=WeaknessGroup)
    goals = models.ManyToManyField(
        Goal, related_name="weaknesses", blank=True, verbose_name="对应目标", help_text="整理者推断,非原文"
    )

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        ordering = ["code"]
        constraints = [one_of("group", WeaknessGroup, "weakness_group_known")]

    def __str__(self):
        return f"{self.code} {self.text}"

    def get_absolute_url(self):
        return f"{reverse('principles')}#{self.code}"


class IssuerBasis(models.TextChoices):
    TEXT = "text", "原文"
    TITLE = "title", "文件名"
    INFERRED = "inferred", "据文号推断,非原文"
    UNKNOWN = "unknown", "原文未写明"


class PolicyQuerySet(models.QuerySet):
    def others(self):
        """The documents that the plan cites, without the plan itself."""
        return self.filter(is_this_plan=False)


class Policy(models.Model):
    """A document that the text names. Its mentions are the citations that point at it."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="policies", verbose_name="规划")
    code = models.CharField("代码", max_length=10, unique=True)
    title = models.CharField("文件名", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    year = models.PositiveSmallIntegerField("年份", null=True, blank=True)
    level = models.CharField("层级", max_length=12, choices=Level)
    issuer = models.CharField("制定机关", max_length=100, blank=True)
    issuer_basis = models.CharField("制定机关依据", max_length=10, choices=IssuerBasis)
    is_this_plan = models.BooleanField("即本规划", default=False)
    note = models.CharField("说明", max_length=300, blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "政策文件"
        ordering = ["code"]
        constraints = [
            one_of("level", Level, "policy_level_known"),
            one_of("issuer_basis", IssuerBasis, "policy_issuer_basis_known"),
            models.CheckConstraint(
                condition=Q(issuer="", issuer_basis="unknown") | (~Q(issuer="") & ~Q(issuer_basis="unknown")),
                name="policy_issuer_has_basis",
            ),
            # A year is read from the document's number, nowhere else.
            models.CheckConstraint(
                condition=Q(number="", year=None) | (~Q(number="") & Q(year__isnull=False)),
                name="policy_year_from_number",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="policy_number_once"),
        ]

    def __str__(self):
        return f"《{self.title}》{self.number}"

    def get_absolute_url(self):
        return reverse("policy", args=[self.code])


class MeasureCategory(models.TextChoices):
    COOPERATION = "cooperation", "产学研"
    PARK = "park", "园区"
    INCUBATOR = "incubator", "载体"
    FIRM = "firm", "主体"
    PROPERTY = "property", "知识产权"
    AGRICULTURE = "agriculture", "农业"
    FUNDING = "funding", "投入"
    SERVICE = "service", "科技服务"
    TRANSFER = "transfer", "成果转化"
    TALENT = "talent", "人才"
    STARTUP = "startup", "双创"
    COORDINATION = "coordination", "协同"
    REFORM = "reform", "改革"


class MeasureStatus(models.TextChoices):
    """The word that the text itself gives; not a judgement of progress."""

    DONE = "done", "已完成"
    CARRIED_OUT = "carried_out", "已实施"
    UNDER_WAY = "under_way", "已开展"
    PILOT = "pilot", "试点"
    EXPLORED = "explored", "探索"
    PREPARED = "prepared", "筹备"
    RELIED_ON = "relied_on", "依托"
    POLICY = "policy", "政策"
    PLANNED = "planned", "规划"


class Measure(models.Model):
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="measures", verbose_name="规划")
    code = models.CharField("代码", max_length=10, unique=True)
    name = models.CharField("措施", max_length=100)
    category = models.CharField("分类", max_length=15, choices=MeasureCategory)
    status = models.CharField("原文状态", max_length=15, choices=MeasureStatus)
    indicators = models.ManyToManyField(
        Indicator, related_name="measures", blank=True, verbose_name="同句所载指标"
    )
    principle = models.ForeignKey(
        Principle, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name="所属原则"
    )
    policy = models.ForeignKey(
        Policy, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name="政策文件"
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name="主体单位"
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name="所在地"
    )
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="其中项,属于"
    )
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "措施"
        ordering = ["code"]
        constraints = [
            one_of("category", MeasureCategory, "measure_category_known"),
            one_of("status", MeasureStatus, "measure_status_known"),
            models.CheckConstraint(condition=~Q(part_of=F("id")), name="measure_not_part_of_itself"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_absolute_url(self):
        return reverse("measure", args=[self.code])


# The kinds of record that a citation can support: field name -> model.
CITED = {
    "goal": Goal,
    "baseline": Baseline,
    "baseline_fact": BaselineFact,
    "organization": Organization,
    "principle": Principle,
    "weakness": Weakness,
    "policy": Policy,
    "measure": Measure,
}


def _exactly_one_cited() -> Q:
    rule = Q()
    for chosen in CITED:
        rule |= Q(**{f"{field}__isnull": field != chosen for field in CITED})
    return rule


class CitationQuerySet(models.QuerySet):
    def with_records(self):
        return self.select_related("section", *CITED, "baseline__indicator", "baseline__area", "goal__parent")

    def with_pages(self):
        """Those whose record has a page or a place on one, figures aside."""
        return self.filter(baseline=None, organization=None).exclude(policy__is_this_plan=True)


class Citation(models.Model):
    """A verbatim span of a section and the one record that it supports."""

    source = models.ForeignKey(SourceText, models.CASCADE, related_name="citations", verbose_name="规划原文")
    section = models.ForeignKey(Section, models.PROTECT, related_name="citations", verbose_name="章节")
    start = models.PositiveIntegerField("起点")
    end = models.PositiveIntegerField("终点")
    quote = models.TextField("引文")
    position = models.PositiveSmallIntegerField("次序", default=1, help_text="同一记录的第几处引文")
    goal = models.ForeignKey(
        Goal, models.CASCADE, null=True, blank=True, related_name="citations", verbose_name="目标"
    )
    baseline = models.ForeignKey(
        Baseline, models.CASCADE, null=True, blank=True, related_name="citations", verbose_name="基期值"
    )
    baseline_fact = models.ForeignKey(
        BaselineFact, models.CASCADE, null=True, blank=True, related_name="citations", verbose_name="定性事实"
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, null=True, blank=True, related_name="citations", verbose_name="单位"
    )
    principle = models.ForeignKey(
        Principle, models.CASCADE, null=True, blank=True, related_name="citations", verbose_name="原则"
    )
    weakness = models.ForeignKey(
        Weakness, models.CASCADE, null=True, blank=True, related_name="citations", verbose_name="问题"
    )
    policy = models.ForeignKey(
        Policy, models.CASCADE, null=True, blank=True, related_name="citations", verbose_name="政策文件"
    )
    measure = models.ForeignKey(
        Measure, models.CASCADE, null=True, blank=True, related_name="citations", verbose_name="措施"
    )

    objects = CitationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "引文"
        ordering = ["start", "end"]
        constraints = [
            span_in_order("citation_span_in_order"),
            models.CheckConstraint(condition=_exactly_one_cited(), name="citation_supports_one_record"),
            *(
                models.UniqueConstraint(fields=[field, "position"], name=f"citation_of_{field}_once")
                for field in CITED
            ),
        ]

    def __str__(self):
        return f"{self.section.code} [{self.start}, {self.end})"

    @property
    def cited(self) -> models.Model:
        """The record that the words support."""
        return next(getattr(self, field) for field in CITED if getattr(self, f"{field}_id"))

    @property
    def joined(self) -> str:
        """The quotation without the line breaks that the source puts inside sentences."""
        return self.quote.replace("\n", "")


class NumberTokenQuerySet(models.QuerySet):
    def in_baselines(self):
        """Those that are an indicator's number, with that indicator."""
        return self.filter(baseline__isnull=False).select_related("baseline__indicator")


class NumberTokenKind(models.TextChoices):
    INDICATOR = "indicator", "指标数值"
    DOCUMENT_NUMBER = "document_number", "文号"
    DATE = "date", "日期"
    ORDINAL = "ordinal", "序号"
    PERIOD = "period", "规划期"
    PROPER_NAME = "proper_name", "专名"


class NumberToken(models.Model):
    """A number that the text prints, and what it is. Each digit of the text stands in exactly one."""

    source = models.ForeignKey(
        SourceText, models.CASCADE, related_name="number_tokens", verbose_name="规划原文"
    )
    section = models.ForeignKey(Section, models.PROTECT, related_name="number_tokens", verbose_name="章节")
    code = models.CharField("代码", max_length=10, unique=True)
    start = models.PositiveIntegerField("起点")
    end = models.PositiveIntegerField("终点")
    printed = models.CharField("原文所印", max_length=20)
    kind = models.CharField("类别", max_length=15, choices=NumberTokenKind)
    baseline = models.OneToOneField(
        Baseline, models.CASCADE, null=True, blank=True, related_name="number_token", verbose_name="基期值"
    )
    policy = models.ForeignKey(
        Policy, models.CASCADE, null=True, blank=True, related_name="number_tokens", verbose_name="政策文件"
    )
    note = models.CharField("说明", max_length=100, blank=True)

    objects = NumberTokenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "原文数字"
        ordering = ["start"]
        constraints = [
            one_of("kind", NumberTokenKind, "number_token_kind_known"),
            span_in_order("number_token_span_in_order"),
            models.UniqueConstraint(fields=["source", "start"], name="number_token_once"),
            models.CheckConstraint(
                condition=Q(kind="indicator", baseline__isnull=False)
                | (~Q(kind="indicator") & Q(baseline=None)),
                name="number_token_of_indicator",
            ),
            models.CheckConstraint(
                condition=Q(kind="document_number", policy__isnull=False)
                | (~Q(kind="document_number") & Q(policy=None)),
                name="number_token_of_policy",
            ),
        ]

    def __str__(self):
        return f"{self.printed} {self.get_kind_display()}"
