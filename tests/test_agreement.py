"""Page and API say the same of each record."""

import re

import pytest

from tests.test_pages import page, rows

pytestmark = pytest.mark.django_db


def api(client, path: str) -> list[dict]:
    paged = "" if path == "progress" else "?page_size=1000"
    answer = client.get(f"/api/v1/{path}/{paged}").json()
    assert answer["next"] is None
    return answer["results"]


def test_26_indicators_with_value_unit_comparator_kind_level_period_and_quotation(client, plan):
    actual = {
        row["indicator"]: f"{row['actual']:g}" for row in api(client, "progress") if row["actual"] is not None
    }
    listed = [
        " ".join(
            filter(
                None,
                [
                    row["code"],
                    row["name"],
                    row["baseline"]["citation"]["quote"],
                    row["category_label"],
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
    assert listed == rows(page(client, "/indicators/"))
    assert len(listed) == 26


def test_each_indicator_page_shows_the_comparator_of_the_api(client, plan):
    for row in api(client, "indicators"):
        html = page(client, f"/indicators/{row['code']}/")
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
def test_each_record_of_a_list_stands_on_the_page_too(client, plan, name, number, words):
    records = api(client, name)
    listed = rows(page(client, f"/{name}/"))
    assert len(records) == len(listed) == number
    for record, row in zip(records, listed, strict=True):
        assert record["code"] in row
        assert record[words] in row


def test_four_principles(client, plan):
    html = page(client, "/principles/")
    records = api(client, "principles")
    assert [f"{row['number']}、{row['title']}" for row in records] == re.findall(
        r'href="/principles/\d/">(\d、[^<]+)<', html
    )
    assert len(records) == 4


def test_14_corrections(client, plan):
    html = page(client, "/plan/?corrected=1")
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
