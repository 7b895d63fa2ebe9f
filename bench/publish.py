"""Publishes an accepted value of the demonstration for each line it reads: python bench/inside.py publish

Tells first, as JSON, the addresses at which the values will be seen, and then when each was committed, by the
clock that all processes of the machine share.
"""

import json
import sys
import time
from urllib.parse import urlencode

from django.contrib.auth.models import User

from targets import review
from targets.models import Observation, ReportStatus


def address(row: Observation) -> str:
    asked = {"indicator": row.indicator.code, "area": row.area.code, "period": row.period.code}
    return f"/api/v1/observations/?{urlencode(asked)}"


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
