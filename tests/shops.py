"""A service small enough to work by hand, for tests of the core: advice shops, each with its people, its cost, its hours.

A shop that is open serves its people in proportion to its hours to the power `shops.pull`; its cost is half fixed.
"""

from collections.abc import Mapping

import numpy as np
import pytest

from withless import service
from withless.appraise import simulations
from withless.assumptions import Assumption, Draws, Register, Source
from withless.cache import Cache
from withless.outcomes import Outcomes
from withless.place import GROUPS, Areas, Calendar, Column, Instance, Place, Table, TableSpec
from withless.plan import Lever, Settings
from withless.service import BaseModel, BaseService, Quantity

SHOPS = TableSpec(
    "shops",
    "advice shops",
    (*(Column(name, "number", name, "people") for name in ("people", "cost")), Column("id", "id", "id")),
)
PULL = Assumption(
    "shops.pull", "what people make of hours", "ratio", "uniform", 0.4, 0.6, Source("the test", kind="judged")
)


class Model(BaseModel):
    """Some advice shops on some draws."""

    def __init__(self, place: Place, instance: Instance, draws: Draws, cache: Cache, rises: bool) -> None:
        super().__init__(place, instance, draws, cache)
        self.rises = rises

    def stake(self, touched):
        table = self.instance.tables["shops"]
        moved = set().union(*touched.values())
        cost = sum(c for i, c in zip(table.words("id"), table.numbers("cost"), strict=True) if i in moved)
        return np.full(len(self.draws), cost)

    def run(self, settings: Settings) -> Outcomes:
        table, n = self.instance.tables["shops"], len(self.draws)
        people, cost = table.numbers("people")[:, None] / 4, table.numbers("cost")[:, None] / 4
        opened, hours = (np.broadcast_to(settings[k], (n, *settings[k].shape[1:])) for k in ("open", "hours"))
        served = (people * opened * hours ** self.draws["shops.pull"][:, None, None]).sum(axis=1)
        spent = cost * opened * (0.5 + 0.5 * hours)
        shut = np.diff(1 - opened, axis=2, prepend=0.0).clip(0)
        groups = np.zeros(len(GROUPS))
        groups[0] = 1.0
        return Outcomes(
            strata=("all",),
            people={"need": (0 * served + people.sum())[None, ..., None] * groups, "served": served[None, ..., None] * groups,
                    "quality": served[None, ..., None] * groups},
            money={"gross_cost": spent.sum(axis=1)[None], "one_off": (0.4 * cost * shut).sum(axis=1)[None]},
            once={"open": (0.4 * cost * shut).transpose(0, 2, 1)},
            series={"wait": 10 / np.maximum(hours.mean(axis=1), 0.1)} if self.rises else {},
        )  # fmt: skip


def shops_open(model: Model, settings: Settings) -> np.ndarray:
    """How many are open."""
    return np.broadcast_to(settings["open"].sum(axis=1), (len(model.draws), settings.quarters))


class Shops(BaseService):
    """See the module. `wait_rises` adds a list whose wait grows as hours fall."""

    kind = "shops"
    tables = (SHOPS,)
    levers = (
        Lever("open", "open (1) or shut (0)", "switch", "shops", 0, 1, direction=1, closes=True),
        Lever("hours", "hours against today's", "ratio", "shops", 0, 2, direction=1),
    )
    unit_lever = "open"
    assumptions = Register({"shops.pull": PULL}, {})
    quantities: Mapping[str, Quantity] = {"shops_open": Quantity("venues", "shops that are open", {}, shops_open)}
    nouns = ("shop", "callers")

    def __init__(self, wait_rises: bool = False) -> None:
        self.wait_rises = wait_rises

    def units(self, place, instance, lever):
        return instance.tables["shops"].words("id")

    def baseline(self, place, instance):
        n = len(instance.tables["shops"])
        return {"open": np.ones(n), "hours": np.ones(n)}

    def build(self, place: Place, instance: Instance, draws: Draws, cache: Cache) -> Model:
        return Model(place, instance, draws, cache, self.wait_rises)

    def fates(self, place, instance, settings):
        (ends,) = settings["open"][:, :, -1]  # of a single draw: the plan to the letter
        return {u: "stays" if v > 0.5 else "shuts" for u, v in zip(self.units(place, instance, ""), ends, strict=True)}


def shop_place(
    shops: int = 10, quarters: int = 8, people: float = 1000.0, cost: float = 100_000.0, **more: object
) -> Place:
    """One area and so many shops alike, S1, S2, ..."""
    columns = {
        "id": np.array([f"S{i + 1}" for i in range(shops)], dtype=object),
        "people": np.full(shops, people),
        "cost": np.full(shops, cost),
    }
    residents = np.zeros((1, 6))
    residents[0, 2] = 50_000.0
    areas = Areas(
        ("A1",),
        ("A1",),
        np.zeros(1),
        np.zeros(1),
        np.array([1]),
        residents,
        np.zeros(1, dtype=bool),
        np.ones(1),
        np.zeros(1),
    )
    made = {
        name: Instance(name, "shops", name.title(), "council", np.nan, {"shops": Table("shops", columns)})
        for name in more.pop("names", ("shops",))
    }  # type: ignore[attr-defined]
    return Place("Shopton", True, Calendar(2026, 4, quarters), "2026-27", areas, made, **more)  # type: ignore[arg-type]


@pytest.fixture
def shops(monkeypatch: pytest.MonkeyPatch) -> Shops:
    """The service, found as if it were installed."""
    return install(monkeypatch, Shops())


def install(monkeypatch: pytest.MonkeyPatch, shops: Shops) -> Shops:
    found = {"shops": shops}
    monkeypatch.setattr(service, "discover", lambda: found)
    monkeypatch.setattr(simulations, "discover", lambda: found)
    return shops
