"""Who may do what: five roles, each a Django group, and the areas of a reporter.

A superuser holds every role.
"""

from typing import TypeVar

from django.db import models
from django.db.models import Q, Value

from targets.models import Area, AreaQuerySet, Assessment, Observation, Plan, PlanQuerySet, ReportStatus

Rows = TypeVar("Rows", bound=models.QuerySet)


class Role(models.TextChoices):
    REPORTER = "填报员"
    REVIEWER = "审核员"
    PUBLISHER = "发布员"
    AUDITOR = "审计员"
    PLAN_EDITOR = "规划管理员"


def has(user, *roles: Role) -> bool:
    if not user.is_active:
        return False
    return user.is_superuser or user.groups.filter(name__in=roles).exists()


def areas_of(user) -> AreaQuerySet:
    """The areas that a user reports for; all for a superuser."""
    if not has(user, Role.REPORTER):
        return Area.objects.none()
    return Area.objects.all() if user.is_superuser else Area.objects.filter(area_assignments__user=user)


def plans_seen_by(user) -> PlanQuerySet:
    """The public plans, without what is internal; all plans for whoever holds a role."""
    if has(user, *Role):
        return Plan.objects.all()
    return Plan.objects.public().annotate(hides_internal=Value(True))


def sees_all_reports(user) -> bool:
    return has(user, Role.REVIEWER, Role.PUBLISHER, Role.AUDITOR)


def reports_seen_by(user, rows: Rows) -> Rows:
    """All for reviewers, publishers and auditors; else those published and those of one's own areas."""
    if sees_all_reports(user):
        return rows
    return rows.filter(Q(status=ReportStatus.PUBLISHED) | rows.model.in_areas(areas_of(user)))


def evidence_seen_by(user, rows: models.QuerySet) -> models.QuerySet:
    of_values = Q(observation__in=reports_seen_by(user, Observation.objects.all()))
    return rows.filter(of_values | Q(assessment__in=reports_seen_by(user, Assessment.objects.all())))


def may_fill_in(user, report) -> bool:
    return type(report).objects.filter(type(report).in_areas(areas_of(user)), pk=report.pk).exists()


def may_follow(user, report) -> bool:
    """Whether a user may see earlier values, returns and reasons of a report."""
    return sees_all_reports(user) or may_fill_in(user, report)


def events_seen_by(user, rows: models.QuerySet) -> models.QuerySet:
    if sees_all_reports(user):
        return rows
    if not has(user, Role.REPORTER):
        return rows.none()
    own = areas_of(user)
    of_own = Q(observation__area__in=own) | Q(assessment__goal__plan__top_area__in=own)
    return rows.filter(of_own | Q(period__isnull=False))
