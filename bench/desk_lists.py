"""How the lists of the desk bear 100,000 reports: `python bench/desk_lists.py [rows]`.

On a database of its own, which is dropped afterwards: a file of SQLite, or one beside that of DATABASE_URL.
Its plan is marked as a demonstration, its areas are made up, and its reports are written past `review`, for
they are to be many and nothing else. Each page is opened at 1,000 rows and at all of them; told are its
queries, and the time as a ratio to that at 1,000 rows.
"""

import os
import sys
from itertools import islice, product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengshui_plan.settings")
os.environ |= {"DEBUG": "1", "SECRET_KEY": "a key for the bench alone, of no use anywhere else"}

import django

django.setup()

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from measures import loading
from targets import periods
from targets.models import (
    Area,
    Indicator,
    Observation,
    Period,
    Plan,
    ReportingDuty,
    ReportStatus,
    RollUp,
)
from targets.roles import Role

FEW, MANY = 1_000, 100_000
TIMES = 5
# Of each hundred reports these wait, the rest is published.
WAITING = {7: ReportStatus.SUBMITTED, 23: ReportStatus.DRAFT, 61: ReportStatus.ACCEPTED}


def prepare(rows: int):
    """The plan with all its periods, and as many made-up areas as the rows take."""
    loading.load(ROOT / "fixtures")
    plan = Plan.objects.get()
    Plan.objects.update(is_demo=True)
    codes = [code for months in (6, 3) for code in periods.within(plan.start_year, plan.end_year, months)]
    Period.objects.bulk_create([Period.of(plan, code) for code in codes])
    Indicator.objects.filter(kind="stock").update(roll_up=RollUp.SUM)
    city = Area.objects.cities().get()
    in_each = Indicator.objects.tracked().count() * Period.objects.count()
    made_up = [
        Area(code=f"9{number:05}", code_system="stats", name=f"虚构{number}县", kind="county", parent=city)
        for number in range(-(-rows // in_each))
    ]
    Area.objects.bulk_create(made_up)
    ReportingDuty.objects.bulk_create(
        ReportingDuty(indicator=indicator, area=area, frequency=12)
        for indicator in Indicator.objects.tracked()
        for area in made_up
    )
    boss = User.objects.create_superuser("boss")
    reporter = User.objects.create_user("reporter", is_staff=True)
    reporter.groups.set([Group.objects.get(name=Role.REPORTER)])
    reporter.area_assignments.create(area=made_up[0])
    reviewer = User.objects.create_user("reviewer", is_staff=True)
    reviewer.groups.set([Group.objects.get(name=Role.REVIEWER)])
    return boss, reporter, reviewer


def reports(author):
    """One report of each area, indicator and period, an area after the other."""
    series = product(
        Area.objects.filter(code__startswith="9"), Indicator.objects.tracked(), Period.objects.all()
    )
    for number, (area, indicator, period) in enumerate(series):
        status = WAITING.get(number % 100, ReportStatus.PUBLISHED)
        yield Observation(
            indicator=indicator,
            area=area,
            period=period,
            value=number % 97,
            grade="demo",
            status=status,
            published_at=timezone.now() if status == ReportStatus.PUBLISHED else None,
            entered_by=author,
            changed_by=author,
        )


def pages(boss: Client, reporter: Client, reviewer: Client):
    """What is opened, by whom. Of a short list the last page is the hundredth."""
    listed = "/admin/targets/observation/"
    first = Observation.objects.exclude(entered_by=None).earliest("pk").pk
    return {
        "列表": (boss, listed),
        "列表，第 100 页": (boss, f"{listed}?p={min(100, Observation.objects.count() // 50)}"),
        "列表，按状态": (boss, f"{listed}?status__exact=submitted"),
        "列表，按报告期": (boss, f"{listed}?period__id__exact={Period.objects.latest('pk').pk}"),
        "列表，按分类": (boss, f"{listed}?indicator__category__exact=firm"),
        "列表，查找": (boss, f"{listed}?q=虚构1县"),
        "列表，查无": (boss, f"{listed}?q=没有这样的县"),
        "列表，填报员": (reporter, listed),
        "历史": (boss, f"{listed}{first}/history/"),
        "审核与发布": (boss, "/admin/review/"),
        "审核与发布，待发布": (boss, "/admin/review/?status=accepted&period=2018"),
        "填报表": (boss, "/admin/entry/?area=900000&period=2018"),
        "工作台，填报员": (reporter, "/admin/"),
        "工作台，审核员": (reviewer, "/admin/"),
    }


def measured(opened) -> dict[str, tuple[int, float]]:
    found = {}
    for name, (client, url) in opened.items():
        answer = client.get(url)
        if answer.status_code != 200:
            raise SystemExit(f"{name}（{url}）：{answer.status_code}")
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        found[name] = len(captured), median(timed(client, url) for _ in range(TIMES))
    return found


def timed(client: Client, url: str) -> float:
    began = perf_counter()
    client.get(url)
    return perf_counter() - began


def analyze():
    """As the database does by itself in time: without knowing its tables it plans badly."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def run(rows: int):
    users = prepare(rows)
    clients = [Client() for _ in users]
    for client, user in zip(clients, users, strict=True):
        client.force_login(user)
    left = reports(users[0])
    QuerySet(Observation).bulk_create(islice(left, FEW), 500)
    analyze()
    few = measured(pages(*clients))
    QuerySet(Observation).bulk_create(islice(left, rows - FEW), 500)
    analyze()
    many = measured(pages(*clients))
    print(f"{connection.display_name}，完成值 {FEW:,} 条和 {rows:,} 条（时间为前者的倍数）")
    for name, (queries, seconds) in many.items():
        print(f"{name}\t查询 {few[name][0]} → {queries}\t时间 × {seconds / few[name][1]:.1f}")


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    with TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = f"{folder}/bench.sqlite3"
        settings.ALLOWED_HOSTS = ["testserver"]
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            run(rows)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
