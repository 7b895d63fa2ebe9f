"""The geometry of charts, for templates to draw as SVG: pixels, y downwards. Unknown values are gaps."""

from targets.engine.charts.bullet import Bullet, bullet
from targets.engine.charts.chart_file import drawing
from targets.engine.charts.multiples import Multiples, multiples
from targets.engine.charts.series import Chart, series
from targets.engine.charts.strip import strip

__all__ = [
    "Bullet",
    "Chart",
    "Multiples",
    "bullet",
    "drawing",
    "multiples",
    "series",
    "strip",
]
