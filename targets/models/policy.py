from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from targets.models.choices import Level, one_of
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet
from targets.records.ownership import code_of


class IssuerBasis(models.TextChoices):
    TEXT = "text", "原文"
    TITLE = "title", "文件名"
    INFERRED = "inferred", "据文号推断，非原文"
    UNKNOWN = "unknown", "原文未写明"


class PolicyQuerySet(RecordQuerySet):
    def of_plan(self, plan):
        """The documents that a plan's text names, and its own."""
        return self.filter(plans__code=code_of(plan))

    def cited_by(self, plan):
        """The documents that a plan's text names, without its own."""
        return self.of_plan(plan).exclude(issued_plan__code=code_of(plan))

    def used_by(self, plans):
        """The documents of any of these plans."""
        return self.filter(Exists(plans.filter(policies=OuterRef("pk"))))


class Policy(Record):
    """A document that the text names; its citations are the mentions."""

    exposures = [Exposure("policy", ["code"])]

    code = models.CharField("代码", max_length=10, unique=True)
    title = models.CharField("文件名", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    year = models.PositiveSmallIntegerField("年份", null=True, blank=True)
    level = models.CharField("层级", max_length=12, choices=Level)
    issuer = models.CharField("制定机关", max_length=100, blank=True)
    issuer_basis = models.CharField("制定机关依据", max_length=10, choices=IssuerBasis)
    note = models.CharField("说明", max_length=300, blank=True)

    objects: ClassVar = PolicyQuerySet.as_manager()

    class Meta:
        # Moved here from `measures` with its table.
        db_table = "measures_policy"
        verbose_name = verbose_name_plural = "政策文件"
        ordering = ["code"]
        constraints = [
            one_of("level", Level, "policy_level_known"),
            one_of("issuer_basis", IssuerBasis, "policy_issuer_basis_known"),
            models.CheckConstraint(
                condition=Q(issuer="", issuer_basis="unknown") | (~Q(issuer="") & ~Q(issuer_basis="unknown")),
                name="policy_issuer_has_basis",
            ),
            # The year is part of the document's number.
            models.CheckConstraint(
                condition=Q(number="", year=None) | (~Q(number="") & Q(year__isnull=False)),
                name="policy_year_from_number",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="policy_number_once"),
        ]

    def __str__(self):
        return f"《{self.title}》{self.number}"

    def address_in(self, plan: str) -> str:
        """The document's page in a plan, given by its code."""
        return reverse("policy", args=[plan, self.code])

    @property
    def issuer_is_inferred(self) -> bool:
        return self.issuer_basis == IssuerBasis.INFERRED
