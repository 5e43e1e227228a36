"""The report as one HTML file: no network, no script; every chart with its table and CSV.

`view.py` picks what is shown and in which order, `pictures.py` makes the charts, templates/report.html.j2 lays it out.
"""

from .view import render

__all__ = ["render"]
