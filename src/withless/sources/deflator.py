"""Real terms: pounds of one financial year in the prices of another, by one stated deflator (gdp_deflator.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Deflator:
    """Prices by financial year (any base) and where they are from, as a sentence."""

    level: dict[str, float]
    source: str

    def factor(self, year: str, prices: str) -> float:
        """What pounds of `year` are multiplied by to stand in the prices of another year; raises LookupError."""
        for asked in (year, prices):
            if asked not in self.level:
                first, last = min(self.level), max(self.level)
                raise LookupError(f"the deflator has no {asked}; it goes from {first} to {last}")
        return self.level[prices] / self.level[year]


@cache
def deflator() -> Deflator:
    """The GDP deflator at market prices by financial year."""
    read: dict[str, Any] = tomllib.loads(files(__package__).joinpath("gdp_deflator.toml").read_text(encoding="utf-8"))
    level = {year: sum(quarters) / len(quarters) for year, quarters in read["quarters"].items()}
    return Deflator(level, f"{read['title']}; {read['publisher']}, {read['where']}")
