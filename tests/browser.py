"""Checks of a page in a browser: markup faults, transferred size."""

from html.parser import HTMLParser

# Report only violations: listing the rules that passed takes most of the time.
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


class Markup(HTMLParser):
    """Collects faults of a page's markup that no browser reports."""

    def __init__(self, html: str):
        super().__init__()
        self.faults, self.tables, self.ids = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "style" in attrs or tag in {"style", "script"} or any(name.startswith("on") for name in attrs):
            self.faults.append(f"inline: {tag} {attrs}")
        if attrs.get("id") in self.ids:
            self.faults.append(f"id twice: {attrs['id']}")
        self.ids += [attrs["id"]] if "id" in attrs else []
        if tag == "table":
            self.tables.append(set())
        if tag == "th" and attrs.get("scope") not in {"col", "row", "colgroup", "rowgroup"}:
            self.faults.append(f"header without scope: {self.getpos()}")
        if self.tables:
            self.tables[-1].add(tag)

    def handle_endtag(self, tag):
        if tag == "table":
            lacking = {"caption", "th"} - self.tables.pop()
            self.faults += [f"table without {', '.join(sorted(lacking))}: {self.getpos()}"] if lacking else []


def weights(browser, site, paths) -> dict[str, int]:
    """Return the kilobytes transferred for each page with all that it loads, without a browser cache."""
    found = {}
    for path in paths:
        page = browser.new_page()
        wire = page.context.new_cdp_session(page)
        sizes = []
        wire.send("Network.enable")
        wire.on(
            "Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"])
        )
        page.goto(site + path)
        found[path] = sum(sizes) / 1000
        page.close()
    return found
