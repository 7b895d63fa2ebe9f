"""The numbers of the plan and the bodies and areas that they belong to.

Every rule that a row can break is a named constraint, so that imports, shell and admin obey it too.
Offsets and quotations live in `measures`; its Citation rows point here, never the reverse.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from . import quantities


def one_of(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """Django checks `choices` in forms only; this holds them in the database."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": choices.values}), name=name)


class Level(models.TextChoices):
    """Who recognises or runs the thing that is counted."""

    NATIONAL = "national", "国家级"
    PROVINCIAL = "provincial", "省级"
    MUNICIPAL = "municipal", "市级"
    COUNTY = "county", "县级"
    ANY = "any", "各级"


class Grade(models.TextChoices):
    """Where a figure comes from, best known first."""

    TEXT = "text", "原文"
    OFFICIAL = "official", "官方发布"
    MEDIA = "media", "媒体"
    DERIVED = "derived", "推算"
    REPORTED = "reported", "填报"
    DEMO = "demo", "演示"


class Basis(models.TextChoices):
    """The time that a baseline stands for; the text knows four, and they are not the same."""

    DURING_12TH = "during_12th", "十二五期间"
    END_OF_12TH = "end_of_12th", "十二五末"
    AT_DRAFTING = "at_drafting", "编制时(现已)"
    RECENT_YEARS = "recent_years", "近几年"


class Completeness(models.TextChoices):
    COMPLETE = "complete", "完整"
    TRUNCATED = "truncated", "不完整"


class Plan(models.Model):
    code = models.SlugField("代码", max_length=40, unique=True)
    title = models.CharField("名称", max_length=200)
    document_title = models.CharField("印发文件标题", max_length=200)
    number = models.CharField("文号", max_length=60)
    issuer = models.CharField("制定机关", max_length=100)
    published_on = models.DateField("公布日期")
    effective_on = models.DateField("施行日期")
    start_year = models.PositiveSmallIntegerField("起始年")
    end_year = models.PositiveSmallIntegerField("结束年")
    baseline_year = models.PositiveSmallIntegerField("基期年")
    completeness = models.CharField("文本完整性", max_length=10, choices=Completeness)
    completeness_note = models.CharField("文本缺失说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "规划"
        ordering = ["code"]
        constraints = [
            one_of("completeness", Completeness, "plan_completeness_known"),
            models.CheckConstraint(
                condition=Q(baseline_year__lt=F("start_year"), start_year__lte=F("end_year")),
                name="plan_years_in_order",
                violation_error_message="基期年应早于起始年,起始年不晚于结束年。",
            ),
            # A text that is cut off must say what is missing.
            models.CheckConstraint(
                condition=~Q(completeness="truncated") | ~Q(completeness_note=""),
                name="plan_truncation_explained",
                violation_error_message="文本不完整时须写明缺什么。",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def years(self) -> range:
        return range(self.start_year, self.end_year + 1)


class AreaQuerySet(models.QuerySet):
    def cities(self):
        return self.filter(parent=None, kind=AreaKind.CITY)

    def parts(self):
        """The counties, districts and zones below a city that the plan years belong to."""
        return self.filter(parent__isnull=False, successor=None)

    def with_baselines(self, indicator):
        """With each area's own baseline of an indicator, or its predecessor's; see `Area.baseline_shown`."""
        rows = Baseline.objects.filter(indicator=indicator).select_related("indicator", "area")
        return self.select_related("predecessor").prefetch_related(
            models.Prefetch("baselines", rows, to_attr="own_baselines"),
            models.Prefetch("predecessor__baselines", rows, to_attr="own_baselines"),
        )


class AreaKind(models.TextChoices):
    CITY = "city", "地级市"
    DISTRICT = "district", "市辖区"
    COUNTY_CITY = "county_city", "县级市"
    COUNTY = "county", "县"
    ZONE = "zone", "功能区"


class CodeSystem(models.TextChoices):
    GB2260 = "gb2260", "GB/T 2260"
    STATS = "stats", "统计用区划代码(非 GB/T 2260)"


class Area(models.Model):
    code = models.CharField("区划代码", max_length=12, unique=True)
    code_system = models.CharField("代码体系", max_length=10, choices=CodeSystem)
    name = models.CharField("名称", max_length=50)
    printed_name = models.CharField("原文用名", max_length=50, blank=True, help_text="规划原文中的称呼")
    kind = models.CharField("类别", max_length=12, choices=AreaKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="所属市"
    )
    predecessor = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="successor", verbose_name="前身"
    )
    # The code lists are monthly: the first day of the first month and the last day of the last.
    valid_from = models.DateField("启用", null=True, blank=True)
    valid_to = models.DateField("停用", null=True, blank=True)
    source = models.CharField("代码出处", max_length=300)
    note = models.CharField("说明", max_length=300, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "县市区"
        ordering = ["code"]
        constraints = [
            one_of("kind", AreaKind, "area_kind_known"),
            one_of("code_system", CodeSystem, "area_code_system_known"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lt=F("valid_to")),
                name="area_validity_in_order",
                violation_error_message="启用应早于停用。",
            ),
            # Only a city stands on its own.
            models.CheckConstraint(
                condition=Q(kind="city", parent=None) | (~Q(kind="city") & Q(parent__isnull=False)),
                name="area_below_a_city",
                violation_error_message="县、区、功能区须有所属市,地级市没有。",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("area", args=[self.code])

    @property
    def short_name(self) -> str:
        """What the plan and the people call it: 工业新区, not its full registered name."""
        return self.printed_name or self.name

    @property
    def baseline_shown(self):
        """The baseline of the series: one's own, else the predecessor's. Needs `with_baselines`."""
        rows = self.own_baselines or (self.predecessor.own_baselines if self.predecessor else [])
        return rows[0] if rows else None


class OrganizationQuerySet(models.QuerySet):
    def in_text(self):
        return self.filter(is_in_text=True)


class OrganizationKind(models.TextChoices):
    CENTRAL = "central", "中央"
    PROVINCIAL = "provincial", "省级机关"
    MUNICIPAL = "municipal", "市级机关"
    COUNTY = "county", "县级机关"
    ZONE = "zone", "功能区管委会"
    UNIVERSITY = "university", "高校"
    INSTITUTE = "institute", "科研院所"
    SOCIETY = "society", "社会组织"
    PARK = "park", "园区"
    AGENCY = "agency", "机构"


class Organization(models.Model):
    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类别", max_length=12, choices=OrganizationKind)
    is_collective = models.BooleanField("泛指多家", default=False, help_text="如“市直各部门”,原文未逐一列名")
    is_in_text = models.BooleanField("原文提及", default=False, editable=False)
    note = models.CharField("说明", max_length=300, blank=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["code"]
        constraints = [
            one_of("kind", OrganizationKind, "organization_kind_known"),
            models.UniqueConstraint(fields=["name"], name="organization_named_once"),
        ]

    def __str__(self):
        return self.name


class GoalQuerySet(models.QuerySet):
    def clauses(self):
        """The atomic clauses of 发展目标, without the transformations that stand under the fifth."""
        return self.filter(parent=None)

    def with_links(self):
        """With the indicators that speak for each goal, and how sure that is."""
        links = GoalLink.objects.in_use().select_related("indicator")
        return self.prefetch_related(models.Prefetch("indicator_links", links))


class GoalKind(models.TextChoices):
    PATH = "path", "路径"
    OUTCOME = "outcome", "2020年结果"
    TRANSFORMATION = "transformation", "转变"


class Goal(models.Model):
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="goals", verbose_name="规划")
    code = models.CharField("代码", max_length=10, unique=True)
    kind = models.CharField("类别", max_length=15, choices=GoalKind)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="transformations", verbose_name="所属目标"
    )
    statement = models.CharField("表述", max_length=200, help_text="已按勘误整理,原文见引文")
    degree = models.CharField("程度词", max_length=20, blank=True)
    deadline_year = models.PositiveSmallIntegerField("期限年", null=True, blank=True)
    deadline_is_inherited = models.BooleanField("期限承前句", default=False)
    note = models.CharField("说明", max_length=300, blank=True)

    objects = GoalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "目标"
        ordering = ["code"]
        constraints = [
            one_of("kind", GoalKind, "goal_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="transformation", parent__isnull=False)
                | (~Q(kind="transformation") & Q(parent=None)),
                name="goal_transformation_has_parent",
                violation_error_message="“转变”须列在一个目标之下,其他目标不从属于别的目标。",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.statement}"

    def get_absolute_url(self):
        if self.kind == GoalKind.TRANSFORMATION:
            return f"{reverse('goal', args=[self.parent.code])}#{self.code}"
        return reverse("goal", args=[self.code])


class IndicatorQuerySet(models.QuerySet):
    def tracked(self):
        return self.filter(is_tracked=True)

    def headline(self):
        return self.filter(is_headline=True)

    def with_baselines(self):
        return self.prefetch_related(
            models.Prefetch("baselines", Baseline.objects.select_related("area", "indicator"))
        )

    def with_baselines_for(self, area):
        """With an area's own baseline, or its predecessor's, and the city's."""
        rows = Baseline.objects.filter(
            Q(area=area) | Q(area__successor=area) | Q(area__kind=AreaKind.CITY)
        ).select_related("area", "indicator")
        return self.prefetch_related(models.Prefetch("baselines", rows))

    def relatives(self, indicator):
        """The other levels of the same thing."""
        if not indicator.family:
            return self.none()
        return self.filter(family=indicator.family).exclude(pk=indicator.pk)

    def with_goals(self):
        return self.prefetch_related(
            models.Prefetch("goal_links", GoalLink.objects.in_use().select_related("goal"))
        )


class IndicatorKind(models.TextChoices):
    STOCK = "stock", "时点数"
    FLOW = "flow", "期间累计"
    RUNNING_TOTAL = "running_total", "累计(起点未写明)"
    RATIO = "ratio", "比率"
    COEFFICIENT = "coefficient", "测算系数"
    DERIVED = "derived", "推算"


class LevelScope(models.TextChoices):
    EXACT = "exact", "本级"
    AND_ABOVE = "and_above", "及以上"


class Direction(models.TextChoices):
    RISE = "rise", "越高越好"
    FALL = "fall", "越低越好"
    AT_LEAST = "at_least", "不低于"
    AT_MOST = "at_most", "不高于"


class Category(models.TextChoices):
    PLATFORM = "platform", "创新平台"
    OUTPUT = "output", "创新产出"
    FIRM = "firm", "创新主体"
    PROPERTY = "property", "知识产权"
    INCUBATOR = "incubator", "创新载体"
    AGRICULTURE = "agriculture", "农业科技"
    PROJECT = "project", "科技项目"
    FUNDING = "funding", "科技投入"
    SERVICE = "service", "科技服务"


class Indicator(models.Model):
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="indicators", verbose_name="规划")
    code = models.CharField("代码", max_length=10, unique=True)
    name = models.CharField("名称", max_length=60)
    family = models.CharField("指标族", max_length=60, blank=True, help_text="同一事物不同层级的指标归为一族")
    level = models.CharField("层级", max_length=12, choices=Level)
    level_scope = models.CharField("层级范围", max_length=10, choices=LevelScope, default=LevelScope.EXACT)
    level_is_inferred = models.BooleanField("层级系推断", default=False)
    category = models.CharField("分类", max_length=12, choices=Category)
    unit = models.CharField("单位", max_length=10)
    decimals = models.PositiveSmallIntegerField("小数位", default=0)
    kind = models.CharField("数值类型", max_length=15, choices=IndicatorKind)
    direction = models.CharField("方向", max_length=10, choices=Direction, default=Direction.RISE)
    is_tracked = models.BooleanField("纳入监测", default=True)
    is_headline = models.BooleanField("总览页展示", default=False)
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="其中项,属于"
    )
    goals = models.ManyToManyField(
        Goal, through="GoalLink", related_name="indicators", verbose_name="对应目标"
    )
    definition = models.TextField("口径", blank=True, help_text="由科技局填写;原文未给出口径")
    definition_source = models.CharField("口径出处", max_length=300, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "指标"
        ordering = ["code"]
        constraints = [
            one_of("kind", IndicatorKind, "indicator_kind_known"),
            one_of("level", Level, "indicator_level_known"),
            one_of("level_scope", LevelScope, "indicator_level_scope_known"),
            one_of("category", Category, "indicator_category_known"),
            one_of("direction", Direction, "indicator_direction_known"),
            models.CheckConstraint(condition=~Q(unit=""), name="indicator_has_unit"),
            models.CheckConstraint(condition=Q(decimals__lte=4), name="indicator_decimals_fit"),
            models.CheckConstraint(condition=~Q(part_of=F("id")), name="indicator_not_part_of_itself"),
            # A coefficient or a derived value is an assumption, never a thing to track.
            models.CheckConstraint(
                condition=Q(is_tracked=False) | ~Q(kind__in=["coefficient", "derived"]),
                name="indicator_assumption_not_tracked",
                violation_error_message="测算系数和推算值不能纳入监测。",
            ),
            models.CheckConstraint(
                condition=Q(definition="") | ~Q(definition_source=""),
                name="indicator_definition_has_source",
                violation_error_message="填写口径时须注明出处。",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_absolute_url(self):
        return reverse("indicator", args=[self.code])

    @property
    def level_label(self) -> str:
        """省级, or 省级及以上 where the level itself is open upwards."""
        scope = self.get_level_scope_display() if self.level_scope == LevelScope.AND_ABOVE else ""
        return f"{self.get_level_display()}{scope}"

    @property
    def city_baseline(self):
        """The city's baseline, or None. Reads the prefetched rows; see `with_baselines`."""
        return next((row for row in self.baselines.all() if row.area.kind == AreaKind.CITY), None)

    @property
    def part_baseline(self):
        """A county's baseline, or None. Reads the prefetched rows; see `with_baselines_for`."""
        return next((row for row in self.baselines.all() if row.area.kind != AreaKind.CITY), None)


class GoalLinkQuerySet(models.QuerySet):
    def in_use(self):
        return self.exclude(standing=Standing.REJECTED)


class Standing(models.TextChoices):
    SUGGESTED = "suggested", "推断,待确认"
    CONFIRMED = "confirmed", "已确认"
    REJECTED = "rejected", "不采用"


class GoalLink(models.Model):
    """That an indicator speaks for a goal. The text never says so: a reading until the bureau confirms it."""

    goal = models.ForeignKey(Goal, models.CASCADE, related_name="indicator_links", verbose_name="目标")
    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="goal_links", verbose_name="指标")
    standing = models.CharField("状态", max_length=10, choices=Standing, default=Standing.SUGGESTED)
    source = models.CharField("依据", max_length=300)

    objects = GoalLinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "目标与指标的对应(非原文)"
        ordering = ["goal__code", "indicator__code"]
        constraints = [
            one_of("standing", Standing, "goal_link_standing_known"),
            models.UniqueConstraint(fields=["goal", "indicator"], name="goal_link_once"),
            models.CheckConstraint(condition=~Q(source=""), name="goal_link_has_source"),
        ]

    def __str__(self):
        return f"{self.goal.code} ← {self.indicator.code}"


class BaselineQuerySet(models.QuerySet):
    def of_text(self):
        return self.filter(grade=Grade.TEXT)


class Comparator(models.TextChoices):
    EQ = "eq", "等于"
    GE = "ge", "以上(含)"
    LE = "le", "以下(含)"
    GT = "gt", "超过"
    LT = "lt", "不足"
    NEAR_BELOW = "near_below", "近"
    NEAR_ABOVE = "near_above", "略超"


class Baseline(models.Model):
    """An indicator's value before the plan: the city's from the text, a county's entered with a source."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="baselines", verbose_name="指标")
    area = models.ForeignKey(Area, models.PROTECT, related_name="baselines", verbose_name="县市区")
    value = models.DecimalField("数值", max_digits=18, decimal_places=4)
    comparator = models.CharField("比较词", max_length=10, choices=Comparator, default=Comparator.EQ)
    printed = models.CharField("原文表述", max_length=40, blank=True)
    basis = models.CharField("时期", max_length=12, choices=Basis)
    basis_is_inherited = models.BooleanField("时期承前句", default=False)
    year = models.PositiveSmallIntegerField("年份", null=True, blank=True, help_text="未写明则空")
    formula = models.CharField("推算公式", max_length=60, blank=True, help_text="指标代码以 × 相连")
    grade = models.CharField("来源等级", max_length=10, choices=Grade)
    source = models.CharField("出处", max_length=300, blank=True, help_text="文件名、文号或网址;原文之外必填")
    note = models.CharField("说明", max_length=300, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, verbose_name="填写人"
    )

    objects = BaselineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "基期值"
        ordering = ["indicator__code", "area__code"]
        constraints = [
            one_of("comparator", Comparator, "baseline_comparator_known"),
            one_of("basis", Basis, "baseline_basis_known"),
            one_of("grade", Grade, "baseline_grade_known"),
            models.UniqueConstraint(
                fields=["indicator", "area"],
                name="baseline_once_per_area",
                violation_error_message="该县市区的这项指标已有基期值。",
            ),
            # The first law: each figure is the plan's own words, or carries its source.
            models.CheckConstraint(
                condition=Q(grade="text", entered_by=None) & ~Q(printed="")
                | ~Q(grade="text") & ~Q(source=""),
                name="baseline_has_origin",
                violation_error_message="请填写出处;“原文”等级只用于规划原文中的数,由系统载入。",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="baseline_not_negative"),
        ]

    def __str__(self):
        return f"{self.indicator.code} {self.area} {self.shown}"

    @property
    def shown(self) -> str:
        """The printed phrase; for an entered value the number, its comparator's sign and the unit."""
        if self.printed:
            return self.printed
        return f"{quantities.SIGNS[self.comparator]}{quantities.plain(self.value)}{self.indicator.unit}"

    @property
    def worked_formula(self) -> str:
        """A derived value's formula with its numbers, 1.48 × 4 = 5.92; empty without one. Costs a query."""
        if not self.formula:
            return ""
        inputs = Baseline.objects.of_text().filter(area=self.area).select_related("indicator")
        return quantities.worked(self.formula, {row.indicator.code: row.value for row in inputs})


class BaselineFact(models.Model):
    """A statement about the time before the plan that holds no digit; never a number, never in a chart."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="baseline_facts", verbose_name="规划")
    code = models.CharField("代码", max_length=10, unique=True)
    subject = models.CharField("对象", max_length=60)
    reading = models.CharField("释读", max_length=60, help_text="整理者的理解,非原文")
    level = models.CharField("层级", max_length=12, choices=Level)
    basis = models.CharField("时期", max_length=12, choices=Basis, blank=True)
    is_inverse = models.BooleanField("越低越好", default=False)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "基期定性事实"
        ordering = ["code"]
        constraints = [
            one_of("level", Level, "baseline_fact_level_known"),
            models.CheckConstraint(
                condition=Q(basis="") | Q(basis__in=Basis.values), name="baseline_fact_basis_known"
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.subject}"

    def get_absolute_url(self):
        return f"{reverse('indicators')}#{self.code}"
