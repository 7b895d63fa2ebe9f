"""How long a sheet takes: written, read, judged, brought in, and judged again unchanged.

    python bench/sheets.py [rows …]

Works on a database of its own beside the one that DATABASE_URL names, and drops it at the end. Each figure is
of one run of one machine: compare them with each other, and with those of 1,000 rows, not with another day's.
"""

import os
import resource
import sys
import time
from collections import Counter
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengshui_plan.settings")
os.environ.setdefault("DEBUG", "1")

import django

django.setup()

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction

from targets import tables
from targets.models import Area, AreaKind, CodeSystem, Frequency, Indicator, Period, Plan, ReportingDuty
from targets.sheets import KINDS, Verdict

QUARTERS = [f"{year}-Q{quarter}" for year in range(2016, 2021) for quarter in (1, 2, 3, 4)]
# Of townships that there are not: enough areas for more rows than the city has.
INVENTED_AREAS = 7


def fill():
    call_command("load_plan", stdout=StringIO())
    plan, city = Plan.objects.get(), Area.objects.cities().get()
    for number in range(INVENTED_AREAS):
        values = {"kind": AreaKind.ZONE, "code_system": CodeSystem.STATS, "parent": city}
        Area.objects.create(code=f"9900{number:02}", name=f"试验区{number}", **values)
    for code in QUARTERS:
        Period.of(plan, code).save()
    ReportingDuty.objects.bulk_create(
        ReportingDuty(indicator=indicator, area=area, frequency=Frequency.QUARTERLY)
        for indicator in Indicator.objects.tracked()
        for area in Area.objects.current()
    )
    return User.objects.create_superuser("bench")


@contextmanager
def timed(label: str, times: dict):
    queries = Counter()

    def count(execute, *args):
        queries["all"] += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        start = time.perf_counter()
        yield
        times[label] = time.perf_counter() - start, queries["all"]


def run(user, number: int) -> dict:
    kind, times = KINDS["reports"], {}
    choice = {
        "periods": list(Period.objects.filter(code__in=QUARTERS).select_related("plan")),
        "areas": list(Area.objects.current()),
    }
    with timed("taken out", times):
        sheet = kind(user)
        rows = list(sheet.cells(choice))[:number]
    value = [column.label for column in sheet.columns].index("完成值")
    for place, row in enumerate(rows):
        row[value] = place % 90
    with timed("written as xlsx", times):
        content = tables.as_xlsx(sheet.columns, rows, "完成值", [])
    with timed("read from xlsx", times):
        table = tables.read("表.xlsx", content, sheet.columns, sheet.needed)
    with timed("judged, all new", times):
        judged = list(kind(user).judge(table))
    assert {row.verdict for row in judged} == {Verdict.NEW}, [row.faults for row in judged if row.faults][:3]
    with timed("brought in", times):
        kind(user).write(judged)
    rows = list(kind(user).cells(choice))[:number]
    for row in rows:
        row[value] += 1
    table = tables.read("表.csv", tables.as_csv(sheet.columns, rows), sheet.columns, sheet.needed)
    with timed("judged, all changed", times):
        judged = list(kind(user).judge(table))
    with timed("brought in, changed", times):
        kind(user).write(judged)
    return times


def main():
    numbers = [int(number) for number in sys.argv[1:]] or [1000, 10_000]
    name = connection.creation.create_test_db(verbosity=0)
    try:
        user = fill()
        found = {}
        for number in numbers:
            # What a run brought in is gone before the next.
            with transaction.atomic():
                found[number] = run(user, number)
                transaction.set_rollback(True)
        print(f"{settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}, {name}")
        print(f"{'':22}" + "".join(f"{number:>22,} rows" for number in numbers))
        for label in found[numbers[0]]:
            cells = "".join(
                f"{seconds:>12.2f} s {queries:>6} queries"
                for seconds, queries in (found[n][label] for n in numbers)
            )
            print(f"{label:22}{cells}   × {found[numbers[-1]][label][0] / found[numbers[0]][label][0]:.1f}")
        print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    finally:
        connection.creation.destroy_test_db("", verbosity=0)


if __name__ == "__main__":
    main()
