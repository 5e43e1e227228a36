"""Draw the map of docs/england.md: every library, by how many of its users would give up if it alone closed.

python examples/england/draw.py --place england --closures closures.json --out england.svg
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

from withless.writing import write_whole

CLASSES = (
    (0.65, "more than 65 in 100", "#801650", 3.2),
    (0.55, "55 to 65", "#F46A25", 2.4),
    (0.0, "fewer than 55", "#28A197", 1.4),
)
"""From what share on, its words, its colour and the size of its dot: never the colour alone."""
CELL = 5000
"""Metres a side of the squares in which somebody lives."""
WEST, NORTH, METRES = 80_000, 665_000, 1000
"""Corner of the map on the British National Grid, and metres to a unit of the drawing."""


def main() -> None:
    """Write the map."""
    parser = argparse.ArgumentParser(description="Draw the map of docs/england.md.")
    parser.add_argument("--place", type=Path, required=True, metavar="FOLDER", help="the place that was built")
    parser.add_argument("--closures", type=Path, required=True, metavar="FILE", help="what closures --json wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the map to write, as SVG")
    given = parser.parse_args()
    with (given.place / "areas.csv").open(newline="") as file:
        lived_in = sorted({(int(float(r["x"])) // CELL, int(float(r["y"])) // CELL) for r in csv.DictReader(file)})
    venues = json.loads(given.closures.read_text())["venues"]
    write_whole(given.out, svg(lived_in, venues))


def svg(lived_in: list[tuple[int, int]], venues: list[dict[str, object]]) -> str:
    """The drawing: grey where people live, a dot a library, those with most to lose on top."""
    size = CELL // METRES
    land = "".join(f"M{x} {y}h{size}v{size}h-{size}z" for x, y in (corner(c) for c in lived_in))
    dots: dict[int, list[str]] = {k: [] for k in range(len(CLASSES))}
    for v in venues:
        k = next(i for i, c in enumerate(CLASSES) if v["give_up"]["mean"] >= c[0])  # type: ignore[index]
        x, y = (float(v["x"]) - WEST) / METRES, (NORTH - float(v["y"])) / METRES  # type: ignore[arg-type]
        dots[k].append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{CLASSES[k][3]}"/>')
    marks = "".join(f'<g fill="{CLASSES[k][2]}">{"".join(dots[k])}</g>' for k in reversed(dots))
    key = "".join(
        f'<circle cx="20" cy="{58 + 17 * k}" r="{1.5 * c[3]}" fill="{c[2]}"/>'
        f'<text x="34" y="{62 + 17 * k}">{c[1]}: {len(dots[k]):,} libraries</text>'
        for k, c in enumerate(CLASSES)
    )
    told = f"{len(venues):,} libraries of England by how many of their users would give up if that library alone closed"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 590 665" font-family="Arial, sans-serif" font-size="11">'
        f'<title>{told}</title><rect width="590" height="665" fill="#fff"/><path fill="#e3e3e3" d="{land}"/>{marks}'
        '<text x="14" y="14" font-weight="bold">If a library alone closed:</text>'
        f'<text x="14" y="28">of 100 of its users,</text><text x="14" y="41">how many would give up</text>{key}</svg>\n'
    )


def corner(cell: tuple[int, int]) -> tuple[int, int]:
    """Upper left corner of a square on the drawing."""
    return (cell[0] * CELL - WEST) // METRES, (NORTH - (cell[1] + 1) * CELL) // METRES


if __name__ == "__main__":
    main()
