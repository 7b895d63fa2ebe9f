"""The flat lists of the API, read once, with exact numbers."""

import json
from decimal import Decimal

from tests.api import address


def read_list(client, name: str) -> list[dict]:
    """All rows of a list, in its own order."""
    rows, page = [], address(f"{name}{'&' if '?' in name else '/?'}page_size=1000")
    while page:
        answer = exact(client.get(page))
        rows += answer["results"]
        page = answer["next"]
    return rows


def exact(response) -> dict:
    assert response.status_code == 200, response.content
    return json.loads(response.getvalue(), parse_float=Decimal)


def lists_of(client) -> dict[str, list[dict]]:
    """The lists of the shipped plan that the oracle reads; duties are listed by period."""
    names = ["periods", "indicators", "baselines", "targets", "observations", "thresholds"]
    lists = {name: read_list(client, name) for name in names}
    lists["plans"] = [row for row in read_list(client, "plans") if row["code"] == "sti-13"]
    lists["areas"] = read_list(client, "areas/?plan=sti-13")
    duties = [row for one in lists["periods"] for row in read_list(client, f"duties/?period={one['code']}")]
    once = {(row["indicator"], row["area"], row["frequency"], row["valid_from"]): row for row in duties}
    return lists | {"duties": list(once.values())}
