"""The geometry of charts: from an indicator's numbers to places on a canvas, for a template to draw as SVG.

Pure. All places are in the units of the drawing, y downwards. A gap is a gap, and what is not known is
not drawn.
"""

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
