"""Publishes an accepted value of the demonstration for each line of its input: python bench/inside.py publish

Prints the URLs of the values as JSON, then the `time.monotonic()` of each commit.
"""

import json
import sys
import time
from urllib.parse import urlencode

from django.contrib.auth.models import User

from targets import review
from targets.models import Observation, ReportStatus


def address(row: Observation) -> str:
    query = {"indicator": row.indicator.code, "area": row.area.code, "period": row.period.code}
    return f"/api/v1/observations/?{urlencode(query)}"


def main(arguments: list[str]):
    rows = list(
        Observation.objects.waiting_for(ReportStatus.ACCEPTED)
        .filter(revision=1)
        .select_related("indicator", "area", "period")
    )
    publisher = User.objects.get(username="fabu")
    print(json.dumps([address(row) for row in rows]), flush=True)
    for row, _ in zip(rows, sys.stdin, strict=False):
        review.publish([row], by=publisher)
        print(time.monotonic(), flush=True)
