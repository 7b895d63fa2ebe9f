"""What the engine can say: the statuses and the rules they are given by, each as a reader sees it."""

from enum import StrEnum


class Status(StrEnum):
    ACHIEVED = "achieved"
    AHEAD = "ahead"
    ON_SCHEDULE = "on_schedule"
    SLIGHTLY_BEHIND = "slightly_behind"
    BEHIND = "behind"
    WORSENING = "worsening"
    MET = "met"
    NOT_MET = "not_met"
    NO_TARGET = "no_target"
    NO_BASELINE = "no_baseline"
    NO_DATA = "no_data"
    PARTIAL = "partial"
    NOT_TRACKED = "not_tracked"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def light(self) -> str:
        return LIGHTS.get(self, "grey")

    @property
    def shape(self) -> str:
        return SHAPES[self.light]

    def condition(self, ahead: str, on_schedule: str, slightly_behind: str) -> str:
        """When it is given, in the words of the page on the method."""
        return CONDITIONS[self][0].format(ahead, on_schedule, slightly_behind)

    def reported_condition(self, ahead: str, on_schedule: str, slightly_behind: str) -> str:
        """When it is given, in the words of a period report."""
        return CONDITIONS[self][1].format(ahead, on_schedule, slightly_behind)


# What a reader sees: word, light, and the shape that stands beside the colour.
LABELS = {
    Status.ACHIEVED: "已实现",
    Status.AHEAD: "快于预期",
    Status.ON_SCHEDULE: "符合预期",
    Status.SLIGHTLY_BEHIND: "略有滞后",
    Status.BEHIND: "滞后",
    Status.WORSENING: "逆向变化",
    Status.MET: "达标",
    Status.NOT_MET: "未达标",
    Status.NO_TARGET: "未设目标",
    Status.NO_BASELINE: "缺基期",
    Status.NO_DATA: "未填报",
    Status.PARTIAL: "数据不全",
    Status.NOT_TRACKED: "不监测",
}
LIGHTS = {
    **dict.fromkeys([Status.ACHIEVED, Status.AHEAD, Status.ON_SCHEDULE, Status.MET], "green"),
    Status.SLIGHTLY_BEHIND: "yellow",
    **dict.fromkeys([Status.BEHIND, Status.WORSENING, Status.NOT_MET], "red"),
}
# The fields are the schedule indexes from which a status is ahead, on schedule, slightly behind.
CONDITIONS = {
    Status.ACHIEVED: ("已达到目标", "已达到目标"),
    Status.AHEAD: ("≥ {0}", "序时指数 ≥ {0}"),
    Status.ON_SCHEDULE: ("≥ {1}", "序时指数 ≥ {1}"),
    Status.SLIGHTLY_BEHIND: ("≥ {2}", "序时指数 ≥ {2}"),
    Status.BEHIND: ("< {2}", "序时指数 < {2}"),
    Status.WORSENING: ("进度为负", "进度为负"),
    Status.MET: ("保持类指标", "保持类，达到"),
    Status.NOT_MET: ("保持类指标", "保持类，没有达到"),
    Status.NO_TARGET: ("缺少相应的数", "没有目标值"),
    Status.NO_BASELINE: ("缺少相应的数", "没有基期值，只看完成率"),
    Status.NO_DATA: ("缺少相应的数", "没有已发布的数"),
    Status.PARTIAL: ("有的时期或县市区未填报", "有的时期或县市区没有数"),
    Status.NOT_TRACKED: ("测算系数、推算值", ""),
}
WORST_FIRST = [Status.WORSENING, Status.BEHIND, Status.NOT_MET, Status.SLIGHTLY_BEHIND]
UNAVAILABLE = "无法取得"
# The lights from good to bad, then the one for what is not judged.
SHAPES = {"green": "●", "yellow": "▲", "red": "■", "grey": "○"}


def labels_under(*lights: str, last: str) -> str:
    """The statuses of these lights as a sentence lists them, e.g. 滞后、逆向变化或未达标 with `last` 或."""
    *labels, final = [status.label for status in Status if status.light in lights]
    return f"{'、'.join(labels)}{last}{final}" if labels else final


class Rule(StrEnum):
    """By which of the rules an indicator is judged."""

    RISE = "rise"
    FALL = "fall"
    KEEP = "keep"
    FLOW = "flow"
    NO_BASELINE = "no_baseline"
    NOT_TRACKED = "not_tracked"

    @property
    def label(self) -> str:
        return RULE_LABELS[self]

    @property
    def goes_by_schedule(self) -> bool:
        """Whether the value has a place where it should stand by now."""
        return self in {Rule.RISE, Rule.FALL, Rule.FLOW}


RULE_LABELS = {
    Rule.RISE: "增长类",
    Rule.FALL: "下降类",
    Rule.KEEP: "保持类",
    Rule.FLOW: "期间累计类",
    Rule.NO_BASELINE: "无基期，只看完成率",
    Rule.NOT_TRACKED: "不监测",
}
