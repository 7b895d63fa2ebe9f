"""What each role may do at the desk, as Django's own permissions.

Which rows it sees is in `targets.review.roles`.

Kept here and not in the database: a permission changes with a release, its tests beside it, and no click can
widen it unseen. What is written is narrowed further by `targets.review` and the desk's own forms.
"""

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
    Organization,
    Period,
    ReportingDuty,
    Responsibility,
    Target,
)
from targets.review.roles import Role

# What the bureau decides about the plan: who reports what by when, what is aimed at, how the text is read.
PLANNING = {
    Organization: ("add", "change", "delete"),
    GoalLink: ("add", "change"),
    Indicator: ("change",),
    Baseline: ("add", "change", "delete"),
    Target: ("add",),
    Period: ("add", "change"),
    ReportingDuty: ("add", "change", "delete"),
    Responsibility: ("add", "change", "delete"),
    Correction: ("add", "change", "delete"),
}


def _named(model: type[Model], actions: Iterable[str]) -> set[str]:
    return {f"{model._meta.app_label}.{get_permission_codename(action, model._meta)}" for action in actions}


def permissions_of(roles: set[str]) -> set[str]:
    """Whoever has a role may look at every record of the plan; 规划管理员 writes what is planned."""
    if not roles & set(Role.values):
        return set()
    models = [model for label in ("targets", "measures") for model in apps.get_app_config(label).get_models()]
    found = {code for model in models for code in _named(model, ["view"])}
    if Role.PLAN_EDITOR in roles:
        found |= {code for model, actions in PLANNING.items() for code in _named(model, actions)}
    return found


class RoleBackend(ModelBackend):
    def get_group_permissions(self, user_obj, obj=None):
        """Those of Django's own tables, and those of the roles."""
        found = super().get_group_permissions(user_obj, obj)
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous:
            return found
        return found | permissions_of(set(user_obj.groups.values_list("name", flat=True)))
