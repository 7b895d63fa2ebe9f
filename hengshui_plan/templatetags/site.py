import re
from decimal import Decimal
from fractions import Fraction

from django import template
from django.template.base import TextNode
from django.urls import reverse

from targets.engine import charts
from targets.engine.quantities import half_up, plain, rounded
from targets.engine.shares import Share
from targets.engine.status import Status, labels_under
from targets.lists.standpoint import StandpointForm

register = template.Library()
register.simple_tag(labels_under)
register.filter(charts.bullet)
register.filter("at", StandpointForm.keep)

BREAK_OR_BRACKET = re.compile(r"[<>]|[ \t]*\n[ \t\n]*")

# Of a plan's pages: route, label, and routes of the pages below.
ENTRIES = (
    ("overview", "总览", ()),
    ("text", "规划原文", ()),
    ("principles", "原则", ("principle",)),
    ("goals", "目标", ("goal",)),
    ("indicators", "指标", ("indicator",)),
    ("measures", "措施", ("measure",)),
    ("policies", "政策文件", ("policy",)),
    ("areas", "县市区", ("area",)),
    ("reports", "报告", ("report",)),
    ("compare", "比较", ()),
    ("method", "监测办法", ()),
)
# Of pages that all plans share.
SHARED_ENTRIES = (("front_door", "全部规划"), ("search", "搜索"), ("data", "数据开放"))


@register.simple_tag(takes_context=True)
def plan_url(context, route: str, *codes) -> str:
    """The address of a page below the plan of the page."""
    return reverse(route, args=[context["site_plan"].code, *codes])


@register.simple_tag(takes_context=True)
def address(context, row, keep: str = "") -> str:
    """The page of a record, of an area or a document the one in the plan of the page; `keep` is a query."""
    within = getattr(row, "address_in", None)
    page = within(context["site_plan"].code) if within else row.get_absolute_url()
    path, mark, fragment = page.partition("#")
    return f"{path}{'&' + keep[1:] if keep and '?' in path else keep}{mark}{fragment}"


@register.simple_tag(takes_context=True)
def basis(context, row) -> str:
    """When a baseline was counted, in the words of the plan; nothing without a baseline."""
    return context["request"].plan.basis_words[row.basis] if row else ""


@register.filter
def percent(share: Share | dict | str) -> str:
    """0.637 -> 63.7%. Period reports keep a share as text, the first ones before it was rounded."""
    if isinstance(share, str):
        number = round(Decimal(share) * 100, 1)
    else:
        number = Decimal(share["percent"]) if isinstance(share, dict) else share.percent
    return f"{plain(number)}%".replace("-", "−")


@register.filter
def ratio(value: Fraction) -> str:
    return plain(half_up(value, 2))


@register.filter
def number(value: Fraction | Decimal | str) -> str:
    return rounded(Fraction(value)).replace("-", "−")


@register.filter
def partly_reported(standing: dict) -> list[int] | None:
    """Reported and expected parts of a standing that lacks some, in a period report of format 1 or 2."""
    return standing.get("reported") if standing["status"] == Status.PARTIAL else None


@register.filter
def signed(value: Decimal) -> str:
    """+3, −2, 0."""
    return ("+" if value > 0 else "") + rounded(value).replace("-", "−")


class OneLine(template.Node):
    def __init__(self, nodelist: template.NodeList):
        self.nodelist = nodelist

    def render(self, context) -> str:
        return self.nodelist.render(context)


@register.tag
def oneline(parser, token) -> OneLine:
    """Drop the template's line breaks, which browsers show as blanks in Chinese text.

    Inside an HTML tag a break becomes one blank. Values keep their breaks. Done once, when compiled.
    """
    nodelist = parser.parse(["endoneline"])
    parser.delete_first_token()
    is_in_tag = False

    def replacement(match: re.Match) -> str:
        nonlocal is_in_tag
        if match[0] in "<>":
            is_in_tag = match[0] == "<"
            return match[0]
        return " " if is_in_tag else ""

    for node in nodelist.get_nodes_by_type(TextNode):
        node.s = BREAK_OR_BRACKET.sub(replacement, node.s)
    return OneLine(nodelist)


@register.inclusion_tag("site/_neighbours.html", takes_context=True)
def neighbours(context, row, rows):
    rows = list(rows)
    position = rows.index(row) if row in rows else None
    return {
        "before": rows[position - 1] if position else None,
        "after": rows[position + 1] if position is not None and position + 1 < len(rows) else None,
        "keep": context.get("keep", ""),
        "site_plan": context["site_plan"],
    }


@register.inclusion_tag("site/_nav.html", takes_context=True)
def nav(context):
    """The pages of the plan, and those that all plans share where they belong."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = match.url_name if match else ""
    plan, keep = context["site_plan"], context["keep"]
    entries = [(f"{reverse(route)}{keep}", label, route == here, False) for route, label in SHARED_ENTRIES]
    if plan:
        own = [
            (f"{reverse(route, args=[plan.code])}{keep}", label, route == here, here in below)
            for route, label, below in ENTRIES
        ]
        # The site's name and the search field lead to the other shared pages.
        entries = [*own, entries[-1]]
    return {"entries": entries}
