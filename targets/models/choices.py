"""Choices that several models share."""

from django.db import models
from django.db.models import Q


def one_of(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """Enforce `choices` in the database; Django checks them only in forms."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": choices.values}),
        name=name,
        violation_error_message=f"{field} 的值不在可选范围之内。",
    )


class Level(models.TextChoices):
    """The authority that recognises or runs what is counted."""

    NATIONAL = "national", "国家级"
    PROVINCIAL = "provincial", "省级"
    MUNICIPAL = "municipal", "市级"
    COUNTY = "county", "县级"
    ANY = "any", "各级"


class Grade(models.TextChoices):
    """Where a figure comes from, most reliable first."""

    TEXT = "text", "原文"
    OFFICIAL = "official", "官方发布"
    MEDIA = "media", "媒体"
    DERIVED = "derived", "推算"
    REPORTED = "reported", "填报"
    DEMO = "demo", "演示"


class Basis(models.TextChoices):
    """When a baseline was counted; `Plan.basis_words` has the words of a plan, such as 十二五期间."""

    PREVIOUS_PERIOD = "previous_period", "上一规划期间"
    PREVIOUS_END = "previous_end", "上一规划期末"
    AT_DRAFTING = "at_drafting", "编制时(现已)"
    RECENT_YEARS = "recent_years", "近几年"
