"""Invented names for the county's settlements, quarters and villages."""

from __future__ import annotations

import numpy as np

CITY_INNER = ("Millgate", "Foundry", "Canalside", "Castle", "University")
CITY_OUTER = ("Eastmead", "Orchard", "Hilltop", "Northfield", "Westmoor", "Parkside", "Abbey", "Southbank")
TOWN_SECTORS = ("East", "North", "West", "South")

_FIRST = (
    "Abber", "Brinkle", "Caddle", "Dunnel", "Elver", "Farrow", "Gorse", "Hobber", "Inkle", "Jarrel", "Kestle", "Larrow",
    "Mossel", "Sedgel", "Ottle", "Pebble", "Quarn", "Ravel", "Sallow", "Tansel", "Ummer", "Varrow", "Wimmel", "Yarrel",
    "Bramble", "Cobbel", "Dapple", "Fennel", "Hazzle", "Merrow", "Pinnel", "Skerrel", "Thrushel", "Withel",
)  # fmt: skip
_LAST = ("by", "wick", "thorpe", "holme", "stead", "combe", "den", "mere", "worth", "garth", "ford", "marsh")


def villages(count: int, rng: np.random.Generator) -> list[str]:
    """`count` different village names (at most 400)."""
    every = [first + last for first in _FIRST for last in _LAST]
    return [every[i] for i in rng.permutation(len(every))[:count]]
