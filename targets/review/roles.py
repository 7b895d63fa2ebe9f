"""Who may do what: five roles, each a group of Django's, and the areas that a reporter speaks for.

A superuser holds every role; the rule of two persons binds superusers too (see `targets.review`).
"""

from django.db import models
from django.db.models import Q

from targets.models import Area, Assessment, Observation, ReportStatus


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


def sees_all_reports(user) -> bool:
    return has(user, Role.REVIEWER, Role.PUBLISHER, Role.AUDITOR)


def reports_seen_by(user, rows: models.QuerySet) -> models.QuerySet:
    """Of observations or assessments those that a user may see at the desk, whatever their status.

    Who reviews, publishes or audits sees all; a reporter those of their own areas, judgements being the
    city's; everybody else what is published.
    """
    if sees_all_reports(user):
        return rows
    return rows.filter(Q(status=ReportStatus.PUBLISHED) | rows.model.in_areas(areas_of(user)))


def evidence_seen_by(user, rows: models.QuerySet) -> models.QuerySet:
    """The evidence of those reports: whoever may not see a report sees no file of it either."""
    of_values = Q(observation__in=reports_seen_by(user, Observation.objects.all()))
    return rows.filter(of_values | Q(assessment__in=reports_seen_by(user, Assessment.objects.all())))


def may_fill_in(user, report) -> bool:
    """Whether a report is of one of the user's areas; judgements are the city's."""
    return type(report).objects.filter(type(report).in_areas(areas_of(user)), pk=report.pk).exists()


def may_follow(user, report) -> bool:
    """Whether a user may see how a report came about: earlier values, returns and reasons."""
    return sees_all_reports(user) or may_fill_in(user, report)


def events_seen_by(user, rows: models.QuerySet) -> models.QuerySet:
    """The acts on reports that a user may see while they are on their way, and on periods."""
    if sees_all_reports(user):
        return rows
    if not has(user, Role.REPORTER):
        return rows.none()
    own = areas_of(user)
    seen = Q(observation__area__in=own) | Q(period__isnull=False)
    if own.cities().exists():
        seen |= Q(assessment__isnull=False)
    return rows.filter(seen)


def may_report(user, area: Area) -> bool:
    return areas_of(user).filter(pk=area.pk).exists()
