from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from targets.models.plan import Plan
from targets.records.ownership import OfPlan

# Per user.
MOST_WAITING = 5


class SheetUploadQuerySet(OfPlan):
    def make_room_for(self, user):
        """Delete uploads older than a day, and the user's oldest ones."""
        self.filter(at__lt=timezone.now() - timedelta(days=1)).delete()
        own = self.filter(user=user).order_by("-pk").values_list("pk", flat=True)
        self.filter(pk__in=list(own[MOST_WAITING - 1 :])).delete()


class SheetUpload(models.Model):
    """The rows of an uploaded sheet until its user confirms or cancels the import."""

    plan_paths = ("plan",)

    plan = models.ForeignKey(
        Plan, models.CASCADE, to_field="code", related_name="sheet_uploads", verbose_name="规划"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="导入人"
    )
    kind = models.CharField("表的种类", max_length=20)
    name = models.CharField("文件名", max_length=200)
    table = models.JSONField("各行")
    at = models.DateTimeField("时间", auto_now_add=True)

    objects = SheetUploadQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "待导入的表"
        ordering = ["-at"]
        default_permissions = ()

    def __str__(self):
        return self.name
