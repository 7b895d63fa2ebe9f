"""The chart as a file: complete, valid, and with its sources."""

from xml.etree import ElementTree

import pytest

from tests.make import JINGXIAN, aim, bring_to, enter, open_desk
from tests.pages import raw

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def desk(plan):
    return open_desk()


def drawing(client, address: str) -> ElementTree.Element:
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    return ElementTree.fromstring(answer.content)


def texts(root) -> list[str]:
    return [element.text for element in root.iter(f"{SVG}text")]


def test_the_file_is_a_complete_drawing_with_title_description_and_source(client, demo):
    root = drawing(client, "/sti-13/indicators/I09/chart.svg?period=2018")
    assert root.tag == f"{SVG}svg"
    assert "Noto Sans CJK SC" in root.get("font-family")
    assert (root.get("width"), root.get("role")) == ("640", "img")
    assert root.find(f"{SVG}rect").get("fill") == "#fff"
    assert root.find(f".//{SVG}desc").text == (
        "2016年—2018年由 107家升至 137家，基期 92家，2020年目标 155家，2018年末序时应达 136家。"
    )
    shown = texts(root)
    assert shown[0] == "I09 有效期内高新技术企业（家）· 衡水市"
    assert shown[-3:] == [
        "来源：衡水市科技创新“十三五”规划 · 衡政字〔2016〕21号 · 来源等级：原文、演示 · 截至2018年末",
        "演示数据，随机生成，不得引用",
        "http://testserver/sti-13/indicators/I09/?period=2018",
    ]
    assert {"完成值", "目标", "序时应达", "基期", "截至2018年末", "137", "155"} <= set(shown)


def test_the_file_needs_no_external_style(client, demo):
    root = drawing(client, "/sti-13/indicators/I09/chart.svg?period=2018")
    assert [element.tag for element in root.iter() if element.get("class") or element.get("style")] == []


def test_real_figures_are_not_marked_as_demonstration(client, desk):
    aim(JINGXIAN, 2020, 10)
    bring_to(desk, "published", enter(desk, "4"))
    shown = texts(drawing(client, f"/sti-13/indicators/I13/chart.svg?period=2018&area={JINGXIAN}"))
    assert shown[0] == "I13 省级科技企业孵化器（家）· 景县"
    assert shown[-2:] == [
        "来源：衡水市科技创新“十三五”规划 · 衡政字〔2016〕21号 · 来源等级：官方发布、填报 · 截至2018年末",
        f"http://testserver/sti-13/indicators/I13/?period=2018&area={JINGXIAN}",
    ]


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "accepted"])
def test_unpublished_values_are_not_drawn(client, desk, status):
    aim(JINGXIAN, 2020, 10)
    address = f"/sti-13/indicators/I13/chart.svg?period=2018&area={JINGXIAN}"
    assert client.get(address).status_code == 404
    bring_to(desk, status, enter(desk, "977"))
    answer = client.get(address)
    assert (answer.status_code, "977" in answer.content.decode()) == (404, False)


@pytest.mark.parametrize("code", ["I13", "I23"])
def test_an_indicator_without_a_chart_says_so_in_a_sentence(client, plan, code):
    answer = client.get(f"/sti-13/indicators/{code}/chart.svg?period=2018&area={JINGXIAN}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert "景县截至2018年末不足两个数，没有图可画" in answer.content.decode()


def test_an_unknown_indicator_has_no_chart(client, plan):
    assert client.get("/sti-13/indicators/I99/chart.svg").status_code == 404


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("period=2031", "报告期（period）无法识别，请写作 2018、2018-H1 或 2018-Q3。"),
        ("area=景县", "县市区（area）无法识别，请写区划代码，如 131100。"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_answered_400_with_the_reason(client, demo, query, sentence):
    answer = client.get(f"/sti-13/indicators/I09/chart.svg?{query}")
    assert (answer.status_code, answer.content.decode()) == (400, sentence)


def test_the_page_shows_the_same_drawing_and_leads_to_the_file(client, demo):
    html = raw(client, "/sti-13/indicators/I09/?period=2018")
    assert '<a href="/sti-13/indicators/I09/chart.svg?period=2018">图可单独取用' in html
    inline = html[html.index('<svg class="chart"') :].split("</svg>")[0]
    file = client.get("/sti-13/indicators/I09/chart.svg?period=2018").content.decode()
    drawn = inline[inline.index("<title") :].strip()
    assert drawn in file
