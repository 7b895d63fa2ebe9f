from targets.views.areas import area, areas
from targets.views.chart import indicator_chart
from targets.views.compare import compare
from targets.views.decorators import standing_page
from targets.views.embed import embedded_indicator
from targets.views.goals import counts_of_goal, goal, goals
from targets.views.indicators import indicator, indicators
from targets.views.period_reports import report, report_file, reports
