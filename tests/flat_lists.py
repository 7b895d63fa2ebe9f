"""The flat lists of the API, read once, with exact numbers."""

import json
from decimal import Decimal

from targets.models import Indicator, ReportingDuty


def read_list(client, name: str) -> list[dict]:
    """All rows of a list, in its own order."""
    rows, address = [], f"/api/v1/{name}/?page_size=1000"
    while address:
        answer = exact(client.get(address))
        rows += answer["results"]
        address = answer["next"]
    return rows


def exact(response) -> dict:
    assert response.status_code == 200, response.content
    return json.loads(response.getvalue(), parse_float=Decimal)


def lists_of(client) -> dict[str, list[dict]]:
    """The lists that the oracle reads, with what the API does not show yet."""
    offered = {endpoint["name"] for endpoint in exact(client.get("/api/v1/"))["endpoints"]}
    names = ["plans", "areas", "indicators", "baselines", "targets", "observations", "thresholds"]
    lists = {name: read_list(client, name) if name in offered else [] for name in names}
    roll_ups = dict(Indicator.objects.values_list("code", "roll_up"))
    for row in lists["indicators"]:
        row["roll_up"] = roll_ups[row["code"]]
    return lists | {"duties": [_listed(row) for row in ReportingDuty.objects.select_related()]}


def _listed(duty: ReportingDuty) -> dict:
    return {
        "indicator": duty.indicator.code,
        "area": duty.area.code,
        "frequency": duty.frequency,
        "valid_from": duty.valid_from and str(duty.valid_from),
        "valid_to": duty.valid_to and str(duty.valid_to),
    }
