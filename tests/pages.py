"""Pages as a reader gets them: their addresses and their texts."""

import re
from html import unescape
from html.parser import HTMLParser

from tests.database import FIXTURES

TEXT = (FIXTURES / "text.txt").read_bytes().decode()


# Path -> number of queries on the whole plan.
PAGES = {
    "/sti-13/": 18,
    "/sti-13/text/": 9,
    "/sti-13/text/?corrected=1": 9,
    "/sti-13/principles/": 14,
    "/sti-13/principles/1/": 11,
    "/sti-13/goals/": 17,
    "/sti-13/goals/G05/": 27,
    "/sti-13/goals/G08/": 23,
    "/sti-13/indicators/": 22,
    "/sti-13/indicators/I09/": 23,
    "/sti-13/indicators/I23/": 23,
    "/sti-13/compare/": 12,
    "/sti-13/compare/?indicator=I09": 12,
    "/sti-13/measures/": 13,
    "/sti-13/measures/M19/": 10,
    "/sti-13/policies/": 6,
    "/sti-13/policies/PO09/": 6,
    "/sti-13/areas/": 13,
    "/sti-13/areas/131100/": 16,
    "/sti-13/areas/131103/": 16,
    "/sti-13/areas/131127/": 16,
    "/search/": 2,
    "/search/?q=绿色": 14,
    "/search/?q=科技&kind=measure": 14,
    "/search/?q=量子计算 园区": 14,
    "/search/?q=i09": 14,
    "/data/": 3,
    "/sti-13/method/": 4,
    "/sti-13/reports/": 3,
    "/areas/131127/": 11,
    "/organizations/O01/": 7,
}


INLINE = "a|button|code|del|em|i|img|input|ins|label|mark|progress|q|select|small|span|strong|svg|textarea"
BLOCK = re.compile(rf" ?(</?(?!(?:{INLINE})\b)\w[^<>]*>) ?")


class Words(HTMLParser):
    """Collects the text inside the first element of a class, without markup, and the ids in it."""

    VOID = {"br", "link", "meta", "input"}

    def __init__(self, html: str, css: str):
        super().__init__()
        self.css, self.depth, self.parts, self.ids = css, 0, [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if self.depth or self.css in attrs.get("class", "").split():
            self.depth += tag not in self.VOID
            self.ids += [attrs["id"]] if "id" in attrs else []

    def handle_endtag(self, tag):
        self.depth -= self.depth > 0

    def handle_data(self, data):
        self.parts += [data] if self.depth else []

    @property
    def text(self) -> str:
        return "".join(self.parts)


def raw(client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def tidy(html: str) -> str:
    """Fold white space as a browser does: one space for a run, none beside a block element."""
    return BLOCK.sub(r"\1", re.sub(r"[ \t\r\n]+", " ", html))


def page(client, path: str, status: int = 200) -> str:
    return tidy(raw(client, path, status))


def rows(html: str) -> list[str]:
    """Return the text of each row of a page's first table, with spaces folded."""
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.S)[1]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr.*?</tr>", body, re.S)]


def part(html: str, heading: str) -> str:
    """Return the section below the heading with this id, without markup, in one line."""
    inside = html[html.index(f'id="{heading}"') :].split("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", inside.partition(">")[2]).split())


def cells(row: str) -> list[str]:
    return [
        " ".join(re.sub(r"<[^>]+>", " ", cell).split())
        for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
    ]


def words(html: str) -> str:
    """Return the visible text of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def told(answer) -> list[str]:
    """Return the messages of the desk after an act, from the page that it redirects to."""
    return [words(str(message)) for message in answer.context["messages"]]


PATHS = [
    "/sti-13/",
    "/sti-13/text/",
    "/sti-13/text/?corrected=1",
    "/sti-13/principles/",
    "/sti-13/principles/2/",
    "/sti-13/goals/",
    "/sti-13/goals/G05/",
    "/sti-13/goals/G08/",
    "/sti-13/indicators/",
    "/sti-13/indicators/?kind=unknown",
    "/sti-13/indicators/I09/",
    "/sti-13/indicators/I23/",
    "/sti-13/measures/",
    "/sti-13/measures/M19/",
    "/sti-13/policies/",
    "/sti-13/policies/PO09/",
    "/sti-13/areas/",
    "/sti-13/areas/131100/",
    "/sti-13/areas/131103/",
    "/sti-13/compare/",
    "/sti-13/compare/?indicator=I09&sort=-2018",
    "/sti-13/compare/?sort=x",
    "/search/?q=绿色",
    "/search/?q=科技&kind=measure",
    "/search/?q=孵化园区",
    "/search/?q=M19",
    "/search/?q=科技&kind=unknown",
    "/data/",
    "/sti-13/method/",
    "/sti-13/reports/",
    "/sti-13/reports/2018/",
    "/areas/131127/",
    "/organizations/O01/",
    "/indicators/I09/",
    "/nowhere/",
]


DEMO_PATHS = [
    "/sti-13/?period=2018",
    "/sti-13/goals/?period=2019",
    "/sti-13/goals/G08/?period=2019",
    "/sti-13/indicators/?period=2019",
    "/sti-13/indicators/I09/?period=2018",
    "/sti-13/indicators/I16/?period=2018",
    "/sti-13/areas/131127/?period=2018",
    "/sti-13/areas/131100/?period=2020",
    "/sti-13/compare/?period=2018&sort=131127",
    "/sti-13/compare/?indicator=I08&period=2019&area=131127",
    "/sti-13/goals/?period=unknown",
    "/sti-13/reports/",
    "/sti-13/reports/2018/",
    "/sti-13/method/",
]
