"""The geometry of charts, for templates to draw as SVG: pixels, y downwards. Unknown values are gaps."""

from targets.engine.charts.bullet import Bullet, bullet
from targets.engine.charts.chart_file import ChartFile, sheet
from targets.engine.charts.multiples import Multiples, multiples
from targets.engine.charts.series import Chart, series
from targets.engine.charts.strip import StripCell, strip

__all__ = [
    "Bullet",
    "Chart",
    "ChartFile",
    "Multiples",
    "StripCell",
    "bullet",
    "multiples",
    "series",
    "sheet",
    "strip",
]
