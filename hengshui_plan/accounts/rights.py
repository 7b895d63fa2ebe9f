from typing import NamedTuple

from targets.desk.access_log import record
from targets.models import AccessKind, Area


class Rights(NamedTuple):
    is_active: bool
    roles: list[str]
    areas: list[str]


def rights_of(user) -> Rights:
    """As stored now, whatever was set on the instance."""
    row = type(user)._base_manager.get(pk=user.pk)
    roles = ["超级管理员"] if row.is_superuser else []
    return Rights(
        row.is_active,
        [*roles, *row.groups.order_by("pk").values_list("name", flat=True)],
        list(Area.objects.filter(area_assignments__user=row).order_by("code").values_list("name", flat=True)),
    )


def record_change(user, before: Rights | None) -> None:
    """`before` is None for a new account."""
    now = rights_of(user)
    if before is None:
        record(AccessKind.CREATED, user)
        before = Rights(True, [], [])
    if before.is_active != now.is_active:
        record(AccessKind.REACTIVATED if now.is_active else AccessKind.DEACTIVATED, user)
    for kind, old, new in (
        (AccessKind.ROLES, before.roles, now.roles),
        (AccessKind.AREAS, before.areas, now.areas),
    ):
        if old != new:
            record(kind, user, detail=f"{'、'.join(old) or '无'} → {'、'.join(new) or '无'}")
