"""Measures the import of a sheet of reports; changes the database.

python bench/inside.py sheets make ROWS FILE   make a sheet with new values
python bench/inside.py sheets bring FILE       import it; seconds and peak memory
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from answers import DESK
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.test import Client
from serve import HOST

from targets import spreadsheets
from targets.desk.sheets import KINDS
from targets.engine import periods
from targets.models import Area, AreaKind, CodeSystem, Frequency, Indicator, Period, Plan, ReportingDuty

# With those in force and the quarters of the plan enough for 10,000 rows.
INVENTED_AREAS = 7


def main(arguments: list[str]) -> dict[str, float] | None:
    if arguments[0] == "make":
        return make(int(arguments[1]), Path(arguments[2]))
    return bring(Path(arguments[1]))


def make(number: int, path: Path):
    if not ReportingDuty.objects.filter(frequency=Frequency.QUARTERLY).exists():
        _prepare()
    plan = Plan.objects.get()
    sheet = KINDS["reports"](_boss(), plan)
    rows = list(sheet.cells({"periods": _quarters(), "areas": list(Area.objects.of_plan(plan))}))[:number]
    if len(rows) < number:
        raise SystemExit(f"no more than {len(rows)} rows")
    value = [column.label for column in sheet.columns].index("完成值")
    for place, row in enumerate(rows):
        row[value] = place % 90 if row[value] is None else row[value] + 1
    path.write_bytes(spreadsheets.as_xlsx(sheet.columns, rows, sheet.title, sheet.hints))


def _quarters() -> list[Period]:
    plan = Plan.objects.get()
    codes = periods.within(plan.start_year, plan.end_year, Frequency.QUARTERLY)
    return list(Period.objects.filter(code__in=codes).select_related("plan"))


def _prepare():
    """Make every indicator due each quarter."""
    plan = Plan.objects.get()
    city = plan.top_area
    for number in range(INVENTED_AREAS):
        values = {"kind": AreaKind.ZONE, "code_system": CodeSystem.STATS, "parent": city}
        plan.areas.add(Area.objects.create(code=f"8{number:05}", name=f"试验区{number}", **values))
    QuerySet(ReportingDuty).all().delete()
    QuerySet(ReportingDuty).bulk_create(
        ReportingDuty(indicator=indicator, area=area, frequency=Frequency.QUARTERLY)
        for indicator in Indicator.objects.tracked()
        for area in Area.objects.of_plan(plan)
    )


def _boss() -> User:
    return User.objects.filter(username="boss").first() or User.objects.create_superuser("boss")


def bring(path: Path) -> dict[str, float]:
    client = Client(headers={"host": HOST})
    client.force_login(_boss())
    # Not measured: what is made once per process.
    client.get(f"{DESK}/sheets/reports/")
    with path.open("rb") as file:
        preview, kept = _measured(lambda: _looked_through(client, file))
    commit, answer = _measured(lambda: client.post(kept))
    if answer.status_code != 302 or answer.headers["Location"] != f"{DESK}/sheets/":
        raise SystemExit(f"not brought in: {answer.status_code} {answer.headers}")
    return {f"preview {unit}": figure for unit, figure in preview.items()} | {
        f"commit {unit}": figure for unit, figure in commit.items()
    }


def _looked_through(client: Client, file) -> str:
    """Upload, read the whole preview, and return its URL."""
    answer = client.post(f"{DESK}/sheets/reports/", {"file": file})
    kept = answer.headers["Location"]
    for _ in client.get(kept).streaming_content:
        pass
    return kept


def _measured(work: Callable) -> tuple[dict[str, float], object]:
    """Return seconds and peak memory, and the result."""
    Path("/proc/self/clear_refs").write_text("5")
    began = perf_counter()
    found = work()
    seconds = perf_counter() - began
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    return {"s": seconds, "MB": int(peak.split()[1]) / 1024}, found
