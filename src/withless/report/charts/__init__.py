"""Charts as SVG text: a title that says what is found, axes with round ticks, ranges, and a table of the same.

Drawn by hand so that one file works in light and dark, on a phone and on paper, without a script: colours are the page's CSS
variables (those of the Government Analysis Function), and text is text. Nothing is shown by colour alone.
"""

from .areas import Mark, loss_map
from .bars import Step, ranges, waterfall
from .lines import over_time
from .svg import BLUE, ORANGE, PATTERNS, WIDE, Chart, svg, text

__all__ = [
    "BLUE",
    "ORANGE",
    "PATTERNS",
    "WIDE",
    "Chart",
    "Mark",
    "Step",
    "loss_map",
    "over_time",
    "ranges",
    "svg",
    "text",
    "waterfall",
]
