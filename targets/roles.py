"""Who may do what: five roles, each a group of Django's, and the areas that a reporter speaks for.

A superuser holds every role; the rule of two persons binds superusers too (see `targets.review`).
"""

from django.db import models

from targets.models import Area


class Role(models.TextChoices):
    """The groups, by the names that a migration gives them."""

    REPORTER = "填报员"
    REVIEWER = "审核员"
    PUBLISHER = "发布员"
    AUDITOR = "审计员"
    PLAN_EDITOR = "规划管理员"


def has(user, *roles: Role) -> bool:
    """Whether an active user holds one of the roles."""
    if not user.is_active:
        return False
    return user.is_superuser or user.groups.filter(name__in=roles).exists()


def areas_of(user) -> models.QuerySet:
    """The areas that a user reports for: a superuser's are all, a stranger's none."""
    if not has(user, Role.REPORTER):
        return Area.objects.none()
    return Area.objects.all() if user.is_superuser else Area.objects.filter(area_assignments__user=user)


def may_report(user, area: Area) -> bool:
    return areas_of(user).filter(pk=area.pk).exists()
