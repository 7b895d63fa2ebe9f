"""Statuses, their lights, and the rules that give them."""

from enum import StrEnum
from typing import Self

from targets.engine.labelled import LabelledCode


class Light(StrEnum):
    """From good to bad; `group` is the word for a count."""

    shape: str
    group: str

    def __new__(cls, value: str, shape: str, group: str) -> Self:
        light = str.__new__(cls, value)
        light._value_ = value
        light.shape, light.group = shape, group
        return light

    GREEN = "green", "●", "不滞后"
    YELLOW = "yellow", "▲", "略有滞后"
    RED = "red", "■", "滞后"
    GREY = "grey", "○", "未判断"

    @property
    def statuses(self) -> list["Status"]:
        return [status for status in Status if status.light is self]


class Status(StrEnum):
    """`criterion` (page on the method) and `condition` (period reports) say when it is given.

    The plan's thresholds stand in braces. The highest `severity` comes first in a list.
    """

    label: str
    light: Light
    criterion: str
    condition: str
    severity: int

    def __new__(
        cls,
        value: str,
        label: str,
        light: Light,
        criterion: str,
        condition: str | None = None,
        severity: int = 0,
    ) -> Self:
        status = str.__new__(cls, value)
        status._value_ = value
        status.label, status.light = label, light
        status.criterion, status.severity = criterion, severity
        status.condition = criterion if condition is None else condition
        return status

    ACHIEVED = "achieved", "已实现", Light.GREEN, "已达到目标"
    AHEAD = "ahead", "快于预期", Light.GREEN, "≥ {ahead}", "序时指数 ≥ {ahead}"
    ON_SCHEDULE = "on_schedule", "符合预期", Light.GREEN, "≥ {on_schedule}", "序时指数 ≥ {on_schedule}"
    SLIGHTLY_BEHIND = (
        *("slightly_behind", "略有滞后", Light.YELLOW),
        *("≥ {slightly_behind}", "序时指数 ≥ {slightly_behind}", 1),
    )
    BEHIND = "behind", "滞后", Light.RED, "< {slightly_behind}", "序时指数 < {slightly_behind}", 3
    WORSENING = "worsening", "较基期倒退", Light.RED, "比基期还差", "比基期还差，或没有守住序时应达", 4
    MET = "met", "达标", Light.GREEN, "保持类指标", "保持类，达到"
    NOT_MET = (
        "not_met",
        "未达标",
        Light.RED,
        "保持类指标，超过上限的累计",
        "保持类，没有达到；累计超过上限",
        2,
    )
    NO_TARGET = (
        *("no_target", "未设目标", Light.GREY),
        "没有目标值；目标为 0 的增长写“目标为0，不评”，当时还没有目标的写“当时未设目标”",
    )
    NO_BASELINE = "no_baseline", "缺基期", Light.GREY, "没有基期值，只看完成率"
    NO_DATA = "no_data", "未填报", Light.GREY, "从来没有已发布的数"
    OUTDATED = "outdated", "未更新", Light.GREY, "没有应报一期的数，只有更早的"
    PARTIAL = (
        "partial",
        "数据不全",
        Light.GREY,
        "到应报一期为止的数不全，或约数恰在分界上，还不能判断",
    )
    UNAVAILABLE = "unavailable", "无法取得", Light.GREY, "应报一期的填报说明无法取得"
    NOT_DUE = "not_due", "未到期", Light.GREY, "没有数，也还没有到应报的时候"
    NOT_TRACKED = "not_tracked", "不监测", Light.GREY, "测算系数、推算值，已停止监测的指标", ""

    @property
    def shape(self) -> str:
        return self.light.shape

    @property
    def is_judged(self) -> bool:
        return self.light is not Light.GREY

    @property
    def is_behind(self) -> bool:
        return self.light in {Light.YELLOW, Light.RED}

    @property
    def is_unavailable(self) -> bool:
        return self is Status.UNAVAILABLE

    @property
    def lacks_current_value(self) -> bool:
        return self in {Status.NO_DATA, Status.OUTDATED, Status.PARTIAL, Status.UNAVAILABLE}

    @property
    def order(self) -> tuple[int, int]:
        """From good to bad."""
        return list(Light).index(self.light), list(Status).index(self)


def labels_under(*lights: str, last: str) -> str:
    """滞后、逆向变化或未达标 for the red light with `last` 或."""
    *labels, final = [status.label for status in Status if status.light in lights]
    return f"{'、'.join(labels)}{last}{final}" if labels else final


class Rule(LabelledCode):
    RISE = "rise", "增长类"
    FALL = "fall", "下降类"
    KEEP = "keep", "保持类"
    FLOW = "flow", "期间累计类"
    CEILING = "ceiling", "期间累计，不超过上限"
    NO_BASELINE = "no_baseline", "无基期，只看完成率"
    NOT_TRACKED = "not_tracked", "不监测"

    @property
    def goes_by_schedule(self) -> bool:
        return self in {Rule.RISE, Rule.FALL, Rule.FLOW}
