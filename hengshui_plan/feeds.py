"""The feed of publications: what was published last, for a reader program to follow."""

from datetime import datetime
from typing import NamedTuple

from django.contrib.syndication.views import Feed
from django.core.exceptions import BadRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import linebreaks

from targets.forms import kept
from targets.models import Area, Assessment, Observation, Plan

LENGTH = 50


class Entry(NamedTuple):
    """One publication; a correction is an entry of its own, with a `guid` that tells its revision."""

    title: str
    words: str
    link: str
    at: datetime
    guid: str


class Asked(NamedTuple):
    """For whom the feed is: an area or, with None, all; `host` stands in what identifies an entry."""

    area: Area | None
    host: str
    address: str


class Publications(Feed):
    """`?area=` narrows it to the values of one area. Raises BadRequest for an area that is none."""

    feed_type = Atom1Feed
    language = "zh-CN"

    def get_object(self, request):
        code = request.GET.get("area")
        area = Area.objects.current().filter(code=code).first() if code else None
        if code and area is None:
            raise BadRequest("县市区（area）无法识别，请用区划代码，如 131127。")
        return Asked(area, request.get_host(), request.get_full_path())

    def title(self, asked):
        plan = Plan.objects.first()
        mark = "【演示数据】" if plan and plan.is_demo else ""
        where = f"：{asked.area.short_name}" if asked.area else ""
        return f"{mark}衡水市科技创新“十三五”规划进展最新发布{where}"

    def subtitle(self, asked):
        return "已发布的完成值和定性评价，新的在前；更正另成一条。"

    def link(self, asked):
        return asked.area.get_absolute_url() if asked.area else reverse("overview")

    def feed_url(self, asked):
        return asked.address

    def author_name(self, asked):
        return "衡水市科技创新“十三五”规划进展"

    def items(self, asked):
        values = Observation.objects.published().select_related("indicator", "area", "period")
        judgements = Assessment.objects.published().select_related("goal", "period")
        if asked.area:
            values, judgements = values.filter(area=asked.area), judgements.none()
        entries = [_of_value(row, asked.host) for row in values.order_by("-published_at", "-pk")[:LENGTH]]
        entries += [
            _of_judgement(row, asked.host) for row in judgements.order_by("-published_at", "-pk")[:LENGTH]
        ]
        return sorted(entries, key=lambda entry: entry.at, reverse=True)[:LENGTH]

    def item_title(self, entry):
        return entry.title

    def item_description(self, entry):
        return linebreaks(entry.words, autoescape=True)

    def item_link(self, entry):
        return entry.link

    def item_guid(self, entry):
        return entry.guid

    def item_pubdate(self, entry):
        return entry.at

    def item_updateddate(self, entry):
        return entry.at


def _of_value(row: Observation, host: str) -> Entry:
    area = "" if row.area.is_city else row.area.code
    key = f"{row.indicator.code}/{row.area.code}/{row.period.code}/r{row.revision}"
    return Entry(
        f"{row.area.short_name} {row.period} {row.indicator.name}：{row.shown}{_correction(row)}",
        f"来源等级：{row.get_grade_display()}。{row.source and f'出处：{row.source}。'}{row.note}",
        row.indicator.get_absolute_url() + kept(period=row.period.code, area=area),
        row.published_at,
        f"tag:{host},2016:observation/{key}",
    )


def _of_judgement(row: Assessment, host: str) -> Entry:
    return Entry(
        f"{row.goal.code} {row.goal.statement} {row.period}评价{_correction(row)}",
        row.text,
        row.goal.get_absolute_url() + kept(period=row.period.code),
        row.published_at,
        f"tag:{host},2016:assessment/{row.goal.code}/{row.period.code}/r{row.revision}",
    )


def _correction(row: Observation | Assessment) -> str:
    return f"（第 {row.revision} 版，更正）" if row.revision > 1 else ""
