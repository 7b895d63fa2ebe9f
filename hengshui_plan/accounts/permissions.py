"""The permissions of each role: in code, so that only a release changes them."""

from collections.abc import Iterable

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.contrib.auth.backends import ModelBackend
from django.db.models import Model

from measures.models import Correction
from targets.models import (
    Baseline,
    GoalLink,
    Indicator,
    IndicatorLink,
    Organization,
    Period,
    ReportingDuty,
    Responsibility,
    Target,
)
from targets.review.roles import Role

PLANNING = {
    Organization: ("add", "change", "delete"),
    GoalLink: ("add", "change"),
    Indicator: ("change",),
    IndicatorLink: ("add", "change", "delete"),
    Baseline: ("add", "change", "delete"),
    Target: ("add", "delete"),
    Period: ("add", "change"),
    ReportingDuty: ("add", "change", "delete"),
    Responsibility: ("add", "change", "delete"),
    Correction: ("add", "change", "delete"),
}


def _named(model: type[Model], actions: Iterable[str]) -> set[str]:
    return {f"{model._meta.app_label}.{get_permission_codename(action, model._meta)}" for action in actions}


def permissions_of(roles: set[str]) -> set[str]:
    """Any role may view all records; 规划管理员 may also write those of PLANNING."""
    if not roles & set(Role.values):
        return set()
    models = [model for model in apps.get_models() if model._meta.app_label in {"targets", "measures"}]
    found = {code for model in models for code in _named(model, ["view"])}
    if Role.PLAN_EDITOR in roles:
        found |= {code for model, actions in PLANNING.items() for code in _named(model, actions)}
    return found


class RoleBackend(ModelBackend):
    def get_group_permissions(self, user_obj, obj=None):
        found = super().get_group_permissions(user_obj, obj)
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous:
            return found
        return found | permissions_of(set(user_obj.groups.values_list("name", flat=True)))
