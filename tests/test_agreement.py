"""Page, API and file agree on each record."""

import csv
import re

import pytest

from targets.engine import periods
from targets.engine.quantities import SIGNS
from tests.api import address
from tests.pages import page, rows, words

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]


def api(client, path: str) -> list[dict]:
    paged = "" if path == "progress" else "?page_size=1000"
    answer = client.get(address(f"{path}/{paged}")).json()
    assert answer["next"] is None
    return answer["results"]


def test_26_indicators_with_value_unit_comparator_kind_level_period_and_quotation(client, plan):
    actual = {
        row["indicator"]: f"{row['actual']:g} 媒体 {row['actual_day']}"
        for row in api(client, "progress")
        if row["actual"] is not None
    }
    listed = [
        " ".join(
            filter(
                None,
                [
                    row["code"],
                    row["name"],
                    row["baseline"]["citation"]["quote"],
                    row["category"],
                    row["level_label"] + (" 推断" if row["level_inferred"] else ""),
                    row["kind_label"],
                    row["baseline"]["printed"],
                    row["baseline"]["basis"] + (" 承上下文" if row["baseline"]["basis_inherited"] else ""),
                    f"— {actual.get(row['code'], '—')} — ○ {'未设目标' if row['is_tracked'] else '不监测'}",
                ],
            )
        )
        for row in api(client, "indicators")
    ]
    assert listed == rows(page(client, "/sti-13/indicators/"))
    assert len(listed) == 26


def test_each_indicator_page_shows_the_comparator_of_the_api(client, plan):
    for row in api(client, "indicators"):
        html = page(client, f"/sti-13/indicators/{row['code']}/")
        assert f"<dt>比较词</dt><dd>{row['baseline']['comparator_label']}</dd>" in html
        assert f'<span class="big">{row["baseline"]["printed"]}</span>' in html


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [
        ("goals", 12, "statement"),
        ("measures", 35, "name"),
        ("policies", 7, "title"),
        ("areas", 15, "name"),
    ],
)
def test_each_record_of_an_api_list_is_on_the_page_too(client, plan, name, number, words):
    records = [row for row in api(client, name) if "sti-13" in [row.get("plan"), *row.get("plans", [])]]
    listed = rows(page(client, f"/sti-13/{name}/"))
    # The plan's own document has no page of its own.
    records = [row for row in records if not row.get("issued_plan")]
    assert len(records) == len(listed) == number
    for record, row in zip(records, listed, strict=True):
        assert record["code"] in row
        assert record[words] in row


def test_four_principles(client, plan):
    html = page(client, "/sti-13/principles/")
    records = api(client, "principles")
    assert [f"{row['number']}、{row['title']}" for row in records] == re.findall(
        r'href="/sti-13/principles/\d/">(\d、[^<]+)<', html
    )
    assert len(records) == 4


def test_14_corrections(client, plan):
    html = page(client, "/sti-13/text/?corrected=1")
    shown = {
        (code, re.sub(r"<[^>]+>", "", printed), meant)
        for code, printed, meant in re.findall(
            r'class="correction" id="(\w+)"><(?:del|span)>(.*?)</(?:del|span)><ins>(.*?)</ins>', html, re.S
        )
    }
    doubt = {"low": "〔疑作“{}”〕", "medium": "{}", "high": "{}"}
    assert shown == {
        (row["code"], row["as_printed"], doubt[row["confidence"]].format(row["suggested"] or "（删）"))
        for row in api(client, "corrections")
    }
    assert len(shown) == 14


# The files


def file(client, path: str) -> list[dict[str, str]]:
    text = client.get(address(f"{path}&format=csv")).getvalue().decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def table(html: str, caption: str) -> list[list[str]]:
    """Return the cells of the table with a caption."""
    [body] = re.findall(rf"<caption[^>]*>{caption}</caption>.*?<tbody>(.*?)</tbody>", html, re.DOTALL)
    lines = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    return [[words(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", line, re.DOTALL)] for line in lines]


def shown(row: dict[str, str], unit: str) -> str:
    return row.get("printed") or f"{SIGNS[row['comparator']]}{row['value']}{unit}"


@pytest.mark.parametrize(("code", "unit"), [("I09", "家"), ("I16", "%")])
def test_the_page_of_an_indicator_lists_the_figures_of_the_files(client, demo, code, unit):
    html = page(client, f"/sti-13/indicators/{code}/?period=2020&area=131127")
    asked = f"?indicator={code}&area=131127"
    targets, values = file(client, f"targets/{asked}"), file(client, f"observations/{asked}")
    baselines = file(client, f"baselines/?indicator={code}")
    assert [cells[:3] for cells in table(html, "景县的目标值")] == [
        [f"{row['year']}年", shown(row, unit), row["decided_on"]] for row in targets
    ]
    assert [cells[:3] for cells in table(html, "景县已发布的完成值")] == [
        [periods.span(row["period"]).label, shown(row, unit), row["as_of_date"]] for row in values
    ]
    listed = {cells[0]: cells[6] for cells in table(html, "县市区基期值与进展")}
    held = {row["area"]: shown(row, unit) for row in baselines}
    # The values of 冀州市 are shown on the page of the district that replaced it.
    assert held.pop("131181")
    assert held.items() <= listed.items()
    assert len(targets) > 1 < len(values)


@pytest.mark.parametrize(("area", "name"), [("131127", "景县"), ("131102", "桃城区")])
def test_the_sheet_of_a_county_has_the_figures_of_the_file(client, demo, area, name):
    listed = table(page(client, f"/sti-13/areas/{area}/?period=2018"), f"{name}各项指标[^<]*")
    held = file(client, f"progress/?area={area}&period=2018")
    # A media figure has its grade and day behind it.
    assert [(cells[0].split()[0], cells[2], cells[4].split()[0]) for cells in listed] == [
        (row["indicator"], row["baseline"] or "—", row["actual"] or "—") for row in held
    ]
    # 未设, 2018: ≥98: the cell also has the comparator and the year.
    targets = [re.search(r"[\d.]*$", cells[6])[0] for cells in listed]
    assert targets == [row["target"] for row in held]
    percent = [float(cells[7].rstrip("%")) if "%" in cells[7] else None for cells in listed]
    completion = [float(row["completion"]) * 100 if row["completion"] else None for row in held]
    assert percent == [value and pytest.approx(value, abs=0.06) for value in completion]
    assert len(held) == 24
