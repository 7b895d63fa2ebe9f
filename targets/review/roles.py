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


# Whoever reads all reports.
SEEING_ALL = (Role.REVIEWER, Role.PUBLISHER, Role.AUDITOR)


def has(user, *roles: Role) -> bool:
    if not user.is_active:
        return False
    return user.is_superuser or user.groups.filter(name__in=roles).exists()


def held_by(user) -> set[Role]:
    """All roles of a user, for whoever asks about many."""
    if not user.is_active:
        return set()
    names = {group.name for group in user.groups.all()}
    return {role for role in Role if user.is_superuser or role in names}


def areas_of(user) -> AreaQuerySet:
    """The areas that a user reports for; all for a superuser."""
    if not has(user, Role.REPORTER):
        return Area.objects.none()
    return Area.objects.all() if user.is_superuser else Area.objects.filter(area_assignments__user=user)


def plans_seen_by(user) -> PlanQuerySet:
    """The public plans, without what is internal; all plans for whoever holds a role."""
    if has(user, *Role):
        return Plan.objects.of_all_plans()
    return Plan.objects.public().annotate(hides_internal=Value(True))


def sees_all_reports(user) -> bool:
    return has(user, *SEEING_ALL)


def reports_seen_by(user, rows: Rows) -> Rows:
    """All for reviewers, publishers and auditors; else those published and those of one's own areas."""
    if sees_all_reports(user):
        return rows
    return rows.filter(Q(status=ReportStatus.PUBLISHED) | rows.model.in_areas(areas_of(user)))


def evidence_seen_by(user, rows: models.QuerySet) -> models.QuerySet:
    values, judgements = (
        reports_seen_by(user, model.objects.of_all_plans()) for model in (Observation, Assessment)
    )
    return rows.filter(Q(observation__in=values) | Q(assessment__in=judgements))


def may_fill_in(user, report) -> bool:
    rows = type(report).objects.of_all_plans()
    return rows.filter(type(report).in_areas(areas_of(user)), pk=report.pk).exists()


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
