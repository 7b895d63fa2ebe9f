from django.db import models
from django.db.models import F, Q

from targets.models.plan import Plan


class PublicChangeQuerySet(models.QuerySet):
    def numbered(self):
        """The committed changes; a transaction's own get their number when it commits."""
        return self.filter(revision__isnull=False).order_by("revision")

    def of_plan(self, plan):
        """The changes of a plan's rows and of what plans share."""
        return self.filter(plan__in=["", plan.code])

    def announced(self):
        """The changes of public plans and of what plans share, and that a plan was withdrawn."""
        plans = Plan.objects.public().values("code")
        withdrawn = Plan.objects.exclude(withdrawn_on=None).values("code")
        of_withdrawn = Q(type=PublicChange.EVERYTHING, plan__in=withdrawn)
        return self.filter(Q(plan="") | Q(plan__in=plans) | of_withdrawn)

    def since(self, revision: int):
        return self.numbered().filter(revision__gt=revision)

    def newest(self) -> "PublicChange | None":
        return self.numbered().last()


class PublicChange(models.Model):
    """A change of a public record, written by database triggers (`targets.records.change_triggers`).

    `revision` numbers the changes in commit order without gaps; the newest is the data revision. `plan` is
    the code of the plan that the changed row belongs to, empty for rows that plans share. Type EVERYTHING
    means that any record may have changed, with a plan any of it.
    """

    EVERYTHING = "all"

    revision = models.BigIntegerField("数据版次", null=True, unique=True)
    at = models.DateTimeField("时间", null=True, db_index=True)
    type = models.CharField("记录种类", max_length=20)
    code = models.CharField("记录代码", max_length=200)
    plan = models.CharField("规划", max_length=40, blank=True, default="")
    is_deleted = models.BooleanField("是否已不公开")

    objects = PublicChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开数据的变动"
        ordering = [F("revision").asc(nulls_last=True)]
        default_permissions = []
        # The newest change of a plan: the state that its answers are kept for.
        indexes = [models.Index(fields=["plan", "revision"], name="public_change_of_plan")]

    def __str__(self):
        return f"{self.revision} {self.type}/{self.code}"
