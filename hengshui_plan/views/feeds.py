import re
from datetime import datetime
from typing import NamedTuple

from django.contrib.syndication.views import Feed
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import linebreaks

from targets.lists.standpoint import query_string
from targets.models import Area, Assessment, Observation, PeriodReport, Plan

# Per kind: one period brings hundreds of values, which would displace the judgements and reports.
LENGTH = 50
# Forms refuse these characters, but files and the shell may have stored them.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class FeedItem(NamedTuple):
    """One publication. A correction is an item of its own: its `guid` holds the revision."""

    title: str
    words: str
    link: str
    at: datetime | None
    guid: str


class FeedScope(NamedTuple):
    """What a request asks for. Without `area` the feed covers all; `host` is part of every `guid`."""

    plan: Plan
    area: Area | None
    host: str
    address: str

    def guid(self, key: str) -> str:
        return f"tag:{self.host},2016:{self.plan.code}/{key}"


class Publications(Feed):
    """Atom feed of a plan. `?area=` limits it to the values of one area."""

    feed_type = Atom1Feed
    language = "zh-CN"
    subtitle = "已发布的完成值、定性评价和期间报告，新的在前；更正、再版另成一条。"

    def get_object(self, request):
        code = request.GET.get("area")
        # Compared in Python: PostgreSQL raises an error for a NUL in a parameter.
        areas = Area.objects.of_plan(request.plan) if code else ()
        area = next((area for area in areas if area.code == code), None)
        if code and area is None:
            raise BadRequest(f"县市区（area）无法识别，请用区划代码，如 {request.plan.top_area.code}。")
        host = request.get_host().partition(":")[0]
        return FeedScope(request.plan, area, host, request.get_full_path())

    def title(self, scope):
        marks = "" if scope.plan.is_public else "【未公开】"
        marks += "【演示数据】" if scope.plan.is_demo else ""
        where = f"：{scope.area.short_name}" if scope.area else ""
        return f"{marks}{scope.plan.title}最新发布{where}"

    def author_name(self, scope):
        return scope.plan.title

    def link(self, scope):
        return scope.area.address_in(scope.plan.code) if scope.area else scope.plan.get_absolute_url()

    def feed_url(self, scope):
        return scope.address

    def items(self, scope):
        values = Observation.objects.of_plan(scope.plan).published()
        values = values.select_related("indicator", "area", "period")
        if scope.area:
            values = values.filter(area=scope.area)
        entries = [_of_value(row, scope) for row in _newest(values)]
        if not scope.area:
            judgements = Assessment.objects.of_plan(scope.plan).published().select_related("goal", "period")
            reports = PeriodReport.objects.of_plan(scope.plan).select_related("period").defer("content")
            entries += [_of_judgement(row, scope) for row in _newest(judgements)]
            entries += [_of_report(row, scope) for row in _newest(reports)]
        return sorted(entries, key=lambda entry: entry.at, reverse=True)

    def item_title(self, entry):
        return NOT_XML.sub("", entry.title)

    def item_description(self, entry):
        return linebreaks(NOT_XML.sub("", entry.words), autoescape=True)

    def item_link(self, entry):
        return entry.link

    def item_guid(self, entry):
        return entry.guid

    def item_pubdate(self, entry):
        return entry.at

    item_updateddate = item_pubdate


def _newest(rows: QuerySet) -> QuerySet:
    return rows.order_by("-published_at", "-pk")[:LENGTH]


def _of_value(row: Observation, scope: FeedScope) -> FeedItem:
    area = "" if scope.plan.is_top(row.area) else row.area.code
    key = f"{row.indicator.code}/{row.area.code}/{row.period.code}/r{row.revision}"
    return FeedItem(
        f"{row.area.short_name} {row.period} {row.indicator.name}：{row.shown}{_correction(row)}",
        f"来源等级：{row.get_grade_display()}。{row.source and f'出处：{row.source}。'}{row.note}",
        row.indicator.get_absolute_url() + query_string(period=row.period.code, area=area),
        row.published_at,
        scope.guid(f"observation/{key}"),
    )


def _of_judgement(row: Assessment, scope: FeedScope) -> FeedItem:
    return FeedItem(
        f"{row.goal.code} {row.goal.statement} {row.period}评价{_correction(row)}",
        row.text,
        row.goal.get_absolute_url() + query_string(period=row.period.code),
        row.published_at,
        scope.guid(f"assessment/{row.goal.code}/{row.period.code}/r{row.revision}"),
    )


def _of_report(row: PeriodReport, scope: FeedScope) -> FeedItem:
    return FeedItem(
        str(row),
        f"{row.reason and f'再版理由：{row.reason}。'}校验值（SHA-256）：{row.sha256}",
        row.get_absolute_url() + query_string(edition=row.edition),
        row.published_at,
        scope.guid(f"period-report/{row.period.code}/{row.edition}"),
    )


def _correction(row: Observation | Assessment) -> str:
    return f"（第 {row.revision} 版，更正）" if row.revision > 1 else ""
