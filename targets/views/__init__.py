"""Pages of the numbers, a file a subject."""

from targets.views.areas import area, areas
from targets.views.goals import counts_of_goal, goal, goals
from targets.views.indicators import indicator, indicators
from targets.views.reports import report, report_file, reports
from targets.views.standpoint import counts, standing_page

__all__ = [
    "area",
    "areas",
    "counts",
    "counts_of_goal",
    "goal",
    "goals",
    "indicator",
    "indicators",
    "report",
    "report_file",
    "reports",
    "standing_page",
]
