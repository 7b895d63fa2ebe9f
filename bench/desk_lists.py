"""Times pages of the desk on the database of DATABASE_URL: python bench/inside.py desk_lists"""

from statistics import median
from time import perf_counter

from answers import DESK
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from serve import HOST

from targets.models import Observation, Period

TIMES = 3
LISTED = "/admin/targets/observation/"


def pages() -> dict[str, tuple[Client, str]]:
    boss = _logged_in(User.objects.create_superuser("boss"))
    reporter, reviewer = (
        _logged_in(User.objects.get(username=name)) for name in ("tianbao_jingxian", "shenhe")
    )
    period = Period.objects.of_plan("sti-13").get(code="2018").pk
    reported = Observation.objects.exclude(entered_by=None).earliest("pk").pk
    return {
        "list": (boss, LISTED),
        "list, page 100": (boss, f"{LISTED}?p=100"),
        "list by status": (boss, f"{LISTED}?status__exact=submitted"),
        "list by period": (boss, f"{LISTED}?period__id__exact={period}"),
        "list by category": (boss, f"{LISTED}?indicator__category__exact=创新主体"),
        "list, found by name": (boss, f"{LISTED}?q=景县"),
        "list, nothing found": (boss, f"{LISTED}?q=没有这样的县"),
        "list of a reporter": (reporter, LISTED),
        "history": (boss, f"{LISTED}{reported}/history/"),
        "queue": (boss, f"{DESK}/review/"),
        "queue, to be published": (boss, f"{DESK}/review/?status=accepted"),
        "entry grid": (boss, f"{DESK}/entry/?area=131127&period=2018"),
        "front page of a reporter": (reporter, "/admin/"),
        "front page of a reviewer": (reviewer, "/admin/"),
    }


def _logged_in(user: User) -> Client:
    client = Client(headers={"host": HOST})
    client.force_login(user)
    return client


def seconds_of(client: Client, url: str) -> float:
    began = perf_counter()
    answer = client.get(url)
    seconds = perf_counter() - began
    if answer.status_code != 200:
        raise SystemExit(f"{url}: {answer.status_code}")
    return seconds


def main(arguments: list[str]) -> dict[str, float]:
    """Return the seconds of each page. What logins write is rolled back."""
    with transaction.atomic():
        seconds = {}
        for name, (client, url) in pages().items():
            # Not timed.
            seconds_of(client, url)
            seconds[name] = median(seconds_of(client, url) for _ in range(TIMES))
        transaction.set_rollback(True)
    return seconds
