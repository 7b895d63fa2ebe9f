"""What several kinds of record share: levels, grades of source, and times before the plan."""

from django.db import models
from django.db.models import Q


def one_of(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """Django checks `choices` in forms only; this holds them in the database."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": choices.values}),
        name=name,
        violation_error_message=f"{field} 的值不在可选范围之内。",
    )


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
