from django import template

register = template.Library()

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
    ("data", "数据开放", ()),
    ("method", "监测办法", ()),
)


@register.inclusion_tag("site/_nav.html", takes_context=True)
def nav(context):
    match = getattr(context.get("request"), "resolver_match", None)
    here = match.url_name if match else ""
    entries = [(route, label, route == here, here in below) for route, label, below in ENTRIES]
    return {"entries": entries}
