"""Bus routes that a council pays for: journeys made and lost, and what they cost, when routes stop, thin out or get dearer.

journeys = today's x runs x frequency^e / fare^f; a share g of the change is people (users follow journeys^g), the rest is
journeys that each makes. A route's cost follows its buses but for a fixed share; its income follows journeys and fare.
"""

from pathlib import Path

import numpy as np

from withless.assumptions import Register
from withless.outcomes import Outcomes
from withless.place import Column, TableSpec, by_group
from withless.plan import Lever, Settings
from withless.service import BaseModel, BaseService, Floats, Quantity
from withless.units import Unit, declare

JOURNEYS = declare(Unit("journeys/year", "journeys/time", 1.0, "journeys a year", ("journeys", "journeys a year"))).name
declare(Unit("pounds/journey", "money/journey", 1.0, "pounds a journey", ("a journey",)))
NUMBERS = {
    "users": ("people", "who uses it"),
    "journeys": (JOURNEYS, "how many are made on it"),
    "cost": ("pounds/year", "what it costs, before fares"),
    "fares": ("pounds/year", "what passengers pay on it"),
    "fixed_share": ("share", "part of its cost that stays while it runs at all"),
}


class Model(BaseModel):
    """The routes of one instance on some draws."""

    def change(self, settings: Settings) -> Floats:
        """Journeys against today's, float[draw, quarter, route]."""
        runs, frequency, fare = (settings.by_quarter(lever.name) for lever in Buses.levers)
        more, dearer = (self.draws[f"buses.{name}"][:, None, None] for name in ("frequency", "fare"))
        return np.asarray(runs * frequency**more / fare**dearer)

    def journeys(self, settings: Settings) -> Floats:
        """Journeys a year on all routes, float[draw, quarter]."""
        return np.asarray(self.change(settings) @ self.instance.tables["routes"].numbers("journeys"))

    def run(self, settings: Settings) -> Outcomes:
        """See `withless.service.Model`."""
        users, journeys, cost, fares, fixed = (self.instance.tables["routes"].numbers(name) for name in NUMBERS)
        runs, frequency, fare = (settings.by_quarter(lever.name) for lever in Buses.levers)
        gives_up, otherwise, dearer = (
            self.draws[f"buses.{n}"][:, None] for n in ("gives_up", "made_otherwise", "dearer")
        )
        change, residents = self.change(settings), by_group(self.place, self.place.areas.people)
        n, quarters = change.shape[:2]
        overhead = max(np.nan_to_num(self.instance.budget - (cost - fares).sum()), 0.0)
        people = {
            "need": residents.sum(),
            "served": (users * change ** gives_up[:, :, None]).sum(axis=2),
            "quality": (users * change).sum(axis=2),
        }
        money = {
            "gross_cost": (cost * runs * (fixed + (1 - fixed) * frequency)).sum(axis=2) + overhead,
            "income": (fares * change * fare).sum(axis=2),
        }
        lost = (journeys * np.maximum(1 - change, 0.0)).sum(axis=2) * otherwise * dearer
        return Outcomes(
            strata=("all",),
            people={k: np.broadcast_to(np.asarray(v / 4)[..., None], (1, n, quarters, 1)) for k, v in people.items()},
            money={k: np.broadcast_to(v / 4, (1, n, quarters)) for k, v in money.items()},
            moved={"users": lost[:, :, None] / 4},
            series={"journeys": journeys * change},
            spread=np.broadcast_to(residents / residents.sum(), (n, len(residents))),
        )


class Buses(BaseService):
    """See the module."""

    kind, nouns, unit_lever, extras = "buses", ("route", "passengers"), "runs", ("journeys",)
    words = (Column("id", "id", "short name, used in plans"), Column("name", "text", "what it is called"))
    numbers = (Column(name, "number", meaning, unit, low=0) for name, (unit, meaning) in NUMBERS.items())
    tables = (TableSpec("routes", "bus routes that the council pays for", (*words, *numbers), key=("id",)),)
    model = Model
    levers = (
        Lever("runs", "runs (1) or is stopped (0)", "switch", "routes", 0, 1, direction=1, closes=True),
        Lever("frequency", "buses against today's", "ratio", "routes", 0, 3, direction=1),
        Lever("fare", "fare against today's", "ratio", "routes", 0.2, 5, direction=-1),
    )
    assumptions = Register.load(Path(__file__).with_name("assumptions.toml"))
    quantities = {"journeys": Quantity(JOURNEYS, "journeys on all routes", {}, Model.journeys)}


SERVICE = Buses()
