"""The rows of a series of reports: how one is written, moved and logged."""

from django.db.models import Max

from targets.models import Act, Area, Evidence, Observation, Report, ReportStatus, ReviewEvent
from targets.records.history import written_by
from targets.review.value_rules import check_values, fill

# What a reporter may fill in.
VALUES = (
    "value",
    "comparator",
    "numerator",
    "denominator",
    "unavailable_reason",
    "as_of_date",
    "grade",
    "source",
    "note",
)


def fillable(row: Report) -> tuple[str, ...]:
    return VALUES if isinstance(row, Observation) else ("text",)


def key_of(row: Report) -> dict:
    names = ("indicator", "area", "period") if isinstance(row, Observation) else ("goal", "period")
    return {f"{name}_id": getattr(row, f"{name}_id") for name in names}


def series_of(row: Report):
    return type(row).objects.filter(**key_of(row))


def next_version(series) -> int:
    """Of a new row: none of its series ever had it, so that a form of the one before is stale."""
    return (series.aggregate(last=Max("version"))["last"] or 0) + 1


def area_of(row: Report) -> Area:
    return row.area if isinstance(row, Observation) else city()


def city() -> Area:
    return Area.objects.cities().get()


def told(row: Report) -> tuple[list, list]:
    """All that a report says, its evidence included."""
    of_paper = ("title", "source", "url", "file__sha256")
    papers = row.evidence.order_by(*of_paper).values_list(*of_paper)
    return [getattr(row, name) for name in fillable(row)], list(papers)


def write(row: Report, by, values: dict, reason: str = "") -> Report:
    """Save what a reporter filled in, once it stands every check."""
    fill_in(row, by, values)
    with written_by(by, reason):
        row.save()
    return row


def fill_in(row: Report, by, values: dict) -> Report:
    """Set what a reporter filled in, unsaved. Raises ValidationError by field."""
    if unknown := values.keys() - set(fillable(row)):
        raise TypeError(f"no reporter fills in {sorted(unknown)}")
    fill(row, {name: values.get(name, getattr(row, name)) for name in fillable(row)})
    row.changed_by = by
    if isinstance(row, Observation):
        check_values(row)
    if row.pk:
        row.version += 1
    return row


def support(row: Report, evidence: Evidence):
    """Save evidence as this report's and no other's."""
    evidence.observation = row if isinstance(row, Observation) else None
    evidence.assessment = None if isinstance(row, Observation) else row
    evidence.save()


def count_change(row: Report, by, what: str) -> Report:
    """A change beside the row is one of the row: a form that does not show it is stale."""
    row.changed_by = by
    row.version += 1
    with written_by(by, what):
        row.save(update_fields=["changed_by", "version", "updated_at"])
    return row


def move(row: Report, act: Act, status: ReportStatus, by, note: str = "") -> Report:
    before, row.status = row.status, status
    row.version += 1
    with written_by(by, note):
        row.save(update_fields=["status", "version", "published_at", "updated_at"])
    log(row, act, by, before, status, note)
    return row


def log(row: Report, act: Act, by, before: str, after: str, note: str):
    record(**{row._meta.model_name: row}, act=act, actor=by, from_status=before, to_status=after, note=note)


def record(**values):
    event = ReviewEvent(**values)
    event.clean_fields(exclude=["observation", "assessment", "period", "actor"])
    event.save()
