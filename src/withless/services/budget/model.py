"""One run of a budget's lines on some draws: what is done, how well, for what money.

With G a line's gross cost, f its fixed share, e its elasticity and q its quality share,
    output = (max(G1 - f*G0, 0) / ((1 - f)*G0)) ^ e,   volume = output ^ (1 - q),   quality = output ^ q.
Money below the fixed part is not saved: it goes on being spent. A line that only brings money in has no output: council tax and
grants are *raised* and reserves *drawn*, all of it, today's as well as what a plan adds. Neither is income, for neither is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Register
from ...outcomes import Outcomes, repeated
from ...place import Instance, Table, by_group
from ...plan import Settings
from ...service import BaseModel, Unworkable
from .tables import COUNCIL_TAX, GRANT, RESERVES, SPENDING, gross, of_kind, spends
from .tables import income as today_s_income

Floats = NDArray[np.float64]

REGISTER = Register.load(Path(__file__).with_name("assumptions.toml"))


@dataclass(frozen=True)
class Lines:
    """Every line in every quarter, [draw, quarter, line]: volume and quality against today's, and pounds a year spent and
    brought in, of the table's prices.
    """

    volume: Floats
    quality: Floats
    spent: Floats
    income: Floats


class BudgetModel(BaseModel):
    """A budget's lines on some draws."""

    def of(self, name: str) -> Floats:
        """An assumption of the service: float[draw]."""
        return self.draws.of(f"budget.{name}", self.instance.name)

    @property
    def table(self) -> Table:
        """The lines."""
        return self.instance.tables["lines"]

    def row(self, line: str) -> int:
        """The row of a line; raises `Unworkable` where there is none of that id."""
        ids = self.table.words("id")
        if line not in ids:
            raise Unworkable(f"there is no line {line!r}; there are {', '.join(ids)}")
        return ids.index(line)

    def lines(self, settings: Settings) -> Lines:
        """What becomes of every line under the settings."""
        before, own, spending = gross(self.instance), today_s_income(self.instance), spends(self.instance)
        net = settings.by_quarter("net")
        planned = np.zeros((*net.shape[:2], len(self.table)))
        planned[..., spending] = np.maximum(net + own[spending], 0.0)
        f, e, q = (self._by_line(name)[:, None, :] for name in ("fixed_share", "elasticity", "quality_share"))
        spent = np.where(spending, np.maximum(planned, np.minimum(f * before, before)), 0.0)
        can_change, moved = (1 - f) * before, planned != before
        quarter, line = np.nonzero(moved.any(axis=0))
        room = can_change[:, 0, line]
        rate = np.where(room > 0, (spent - f * before)[:, quarter, line] / np.where(room > 0, room, 1.0), 1.0)
        output = np.where(moved[:, quarter, line], np.maximum(rate, 0.0), 1.0) ** e[:, 0, line]
        volume, quality = np.ones((2, *spent.shape))
        volume[:, quarter, line], quality[:, quarter, line] = output ** (1 - q[:, 0, line]), output ** q[:, 0, line]
        return Lines(volume, quality, spent, self._income(settings, volume))

    def run(self, settings: Settings) -> Outcomes:
        """The outcomes under some settings. All residents are served, by as much as is done."""
        if settings.quarters > 1 and all((v == v[:, :, :1]).all() for v in settings.values.values()):
            once = Settings(settings.units, {k: v[:, :, :1].copy() for k, v in settings.values.items()})
            return repeated(self._outcomes(self.lines(once)), settings.quarters)
        return self._outcomes(self.lines(settings))

    def stake(self, touched: Mapping[str, frozenset[str]]) -> Floats:
        """Gross pounds a year, today, of the lines that a plan moves: float[draw]. What only brings money in costs nothing."""
        moved = frozenset().union(*touched.values())
        rows = [i in moved for i in self.table.words("id")]
        return np.asarray(self.of("prices") * float(gross(self.instance)[rows].sum()))

    def _by_line(self, name: str) -> Floats:
        """One of the three shares by draw and line: the table's, more or less the doubt about it; else the register's.

        One draw holds for all lines: whoever misjudges one is likely to misjudge the others the same way.
        """
        given = self.table.numbers(name) if name in self.table else np.full(len(self.table), np.nan)
        high = 3.0 if name == "elasticity" else 0.999
        stated = np.clip(np.nan_to_num(given) * (1 + self.of("doubt")[:, None]), 0.0, high)
        return np.where(np.isfinite(given), stated, np.minimum(self.of(name)[:, None], high))

    def _income(self, settings: Settings, volume: Floats) -> Floats:
        """Pounds a year brought in: fees follow what is done, and not all of a rise in council tax is paid."""
        own, asked = today_s_income(self.instance), settings.by_quarter("income")
        lost = self.of("income_lost")[:, None, None] * np.maximum(1 - volume, 0.0)
        fees = np.where(spends(self.instance) & (own > 0), asked * (1 - lost), asked)
        tax = np.where(asked > own, own + (asked - own) * self.of("collected")[:, None, None], asked)
        return np.where(of_kind(self.instance, COUNCIL_TAX), tax, fees)

    def _outcomes(self, found: Lines) -> Outcomes:
        n, quarters = found.spent.shape[:2]
        before, spending = gross(self.instance), spends(self.instance)
        residents = by_group(self.place, self.place.areas.people)
        all_of_them = np.full((n, quarters), residents.sum() / 4)
        shares = residents / residents.sum() if residents.any() else np.full(len(residents), 1 / len(residents))
        people = {
            "need": all_of_them,
            "served": all_of_them * weighed(found.volume, before),
            "quality": all_of_them * weighed(found.volume * found.quality, before),
        }
        return Outcomes(
            strata=("all",),
            people={name: v[None, :, :, None] for name, v in people.items()},
            money={name: v[None] for name, v in self._money(found).items()},
            spread=np.broadcast_to(shares, (n, len(shares))),
            series={
                "spent": self.of("prices")[:, None, None] * found.spent[:, :, spending],
                "output": (found.volume * found.quality)[:, :, spending],
            },
        )

    def _money(self, found: Lines) -> dict[str, Floats]:
        """Pounds of every quarter by name of `outcomes.MONEY`: float[draw, quarter]."""
        prices = self.of("prices")[:, None]
        left = np.broadcast_to(overhead(self.instance, prices), found.spent.shape[:2])

        def brought_in(*kinds: str) -> Floats:
            rows = np.any([of_kind(self.instance, kind) for kind in kinds], axis=0)
            return np.asarray(prices * found.income[:, :, rows].sum(axis=2) / 4)

        return {
            "gross_cost": (prices * found.spent.sum(axis=2) + left) / 4,
            "overhead": left / 4,
            "income": brought_in(SPENDING),
            "raised": brought_in(COUNCIL_TAX, GRANT),
            "drawn": brought_in(RESERVES),
        }


def weighed(values: Floats, before: Floats) -> Floats:
    """Mean of values[draw, quarter, line] weighed by today's cost, [draw, quarter]; 1 where nothing is spent."""
    total = float(before.sum())
    return (values * before).sum(axis=2) / total if total > 0 else np.ones(values.shape[:2])


def overhead(instance: Instance, prices: Floats) -> Floats:
    """Pounds a year that no line carries, at prices[...]: the service's net budget beyond its lines."""
    beyond = instance.budget - prices * float(instance.tables["lines"].numbers("net").sum())
    return np.maximum(np.nan_to_num(beyond), 0.0)
