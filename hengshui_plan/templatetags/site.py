import re
from decimal import Decimal

from django import template
from django.template.base import TextNode

from targets.engine import charts, status
from targets.engine.progress import Result
from targets.engine.quantities import plain, rounded
from targets.engine.status import Status
from targets.lists.standpoint import StandpointForm
from targets.models import Area

register = template.Library()

BREAK_OR_BRACKET = re.compile(r"[<>]|[ \t]*\n[ \t\n]*")

# Route of the entry, its label, and the routes of the pages below it.
ENTRIES = (
    ("overview", "总览", ()),
    ("plan", "规划原文", ()),
    ("principles", "原则", ("principle",)),
    ("goals", "目标", ("goal",)),
    ("indicators", "指标", ("indicator",)),
    ("measures", "措施", ("measure",)),
    ("policies", "政策文件", ("policy",)),
    ("areas", "县市区", ("area",)),
    ("reports", "报告", ("report",)),
    ("compare", "比较", ()),
    ("data", "数据开放", ()),
    ("method", "监测办法", ()),
)


@register.filter
def percent(share: Decimal | str) -> str:
    """A fraction as officials write it: 0.637 -> 63.7%."""
    return f"{plain(round(Decimal(share) * 100, 1))}%".replace("-", "−")


@register.filter
def ratio(value: Decimal) -> str:
    return plain(round(value, 2))


@register.filter
def number(value: Decimal | str) -> str:
    return rounded(Decimal(value)).replace("-", "−")


@register.filter
def at(standpoint: StandpointForm, area: Area) -> str:
    """The query of a link that leads on to an area."""
    return standpoint.keep(area)


@register.filter
def bullet(result: Result) -> charts.Bullet | None:
    """The bar of a result, for a row of a list."""
    return charts.bullet(result)


@register.filter
def partly_reported(standing: dict) -> list[int] | None:
    """How many parts of how many a standing in a period report rests on, where some are missing."""
    return standing["reported"] if standing["status"] == Status.PARTIAL else None


@register.simple_tag
def labels_under(*lights: str, last: str) -> str:
    return status.labels_under(*lights, last=last)


@register.filter
def signed(value: Decimal) -> str:
    """A change: +3, −2 with a minus as long as the plus, 0."""
    return ("+" if value > 0 else "") + rounded(value).replace("-", "−")


class OneLine(template.Node):
    def __init__(self, nodelist: template.NodeList):
        self.nodelist = nodelist

    def render(self, context) -> str:
        return self.nodelist.render(context)


@register.tag
def oneline(parser, token) -> OneLine:
    """Drop the template's own line breaks: in Chinese text a reader would see each of them as a blank.

    Inside an HTML tag a break is one blank. Values are left as they are. Costs nothing once compiled.
    """
    nodelist = parser.parse(["endoneline"])
    parser.delete_first_token()
    is_in_tag = False

    def mended(match: re.Match) -> str:
        nonlocal is_in_tag
        if match[0] in "<>":
            is_in_tag = match[0] == "<"
            return match[0]
        return " " if is_in_tag else ""

    for node in nodelist.get_nodes_by_type(TextNode):
        node.s = BREAK_OR_BRACKET.sub(mended, node.s)
    return OneLine(nodelist)


@register.inclusion_tag("site/_neighbours.html", takes_context=True)
def neighbours(context, row, rows):
    """The records before and after one in the order of their list; nothing where it is not in it."""
    rows = list(rows)
    place = rows.index(row) if row in rows else None
    return {
        "before": rows[place - 1] if place else None,
        "after": rows[place + 1] if place is not None and place + 1 < len(rows) else None,
        "keep": context.get("keep", ""),
    }


@register.inclusion_tag("site/_nav.html", takes_context=True)
def nav(context):
    match = getattr(context.get("request"), "resolver_match", None)
    here = match.url_name if match else ""
    entries = [(route, label, route == here, here in below) for route, label, below in ENTRIES]
    return {"entries": entries, "keep": context.get("keep", "")}
