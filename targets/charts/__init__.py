"""The geometry of charts: from an indicator's numbers to places on a canvas, for a template to draw as SVG.

Pure. All places are in the units of the drawing, y downwards. A gap is a gap, and what is not known is
not drawn.
"""

from targets.charts.bullet import Bullet, bullet
from targets.charts.multiples import Multiples, multiples
from targets.charts.series import Chart, series
from targets.charts.sheet import Sheet, sheet
from targets.charts.strip import Cell, strip

__all__ = [
    "Bullet",
    "Cell",
    "Chart",
    "Multiples",
    "Sheet",
    "bullet",
    "multiples",
    "series",
    "sheet",
    "strip",
]
