"""What of an indicator is fixed once something was reported on it."""

from collections.abc import Mapping

from targets.models import Indicator
from targets.review.guards import Refused

FIXED_FIELDS = ("kind", "unit", "direction", "level", "level_scope")


def fixed_fields_changed(indicator: Indicator, wanted: Mapping) -> list[str]:
    """The labels of the fixed fields that `wanted` would change, though something was reported.

    `indicator` is as stored.
    """
    labels = {field.name: str(field.verbose_name) for field in Indicator._meta.fields}
    changed = [
        labels[name] for name in FIXED_FIELDS if name in wanted and wanted[name] != getattr(indicator, name)
    ]
    return changed if changed and indicator.observations.exists() else []


def must_keep_fixed_fields(indicator: Indicator, wanted: Mapping):
    if changed := fixed_fields_changed(indicator, wanted):
        raise Refused(
            f"“{indicator}”已有填报，{'、'.join(changed)}不能再改，以免往期的数变了意思；"
            "请停用这项指标，另立一项接续它。"
        )
