"""Portfolios small enough to work by hand, made without files: the published reference case among them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from places import Area, tiny_place

from withless.place import AGE_BANDS, Instance, Place, Table

PEOPLE = 12_000.0


def table(kind: str, /, **columns: Sequence[object]) -> Table:
    """A table from columns of words or numbers."""

    def column(values: Sequence[object]) -> np.ndarray:
        words = any(isinstance(v, str) for v in values)
        return np.array(list(values), dtype=object if words else np.float64)

    return Table(kind, {k: column(v) for k, v in columns.items()})


def portfolio_instance(
    programmes: Mapping[str, Sequence[object]],
    young: Mapping[str, Sequence[object]],
    reach: Sequence[tuple[str, str, float]],
    values: Sequence[tuple[str, str, float, float]],
    worth: Sequence[tuple[str, float, float]] = (),
    budget: float = np.nan,
    name: str = "youth",
) -> Instance:
    """An instance of the programmes service; `values` are (programme, outcome, low, high)."""
    a, b, share = zip(*reach, strict=True)
    programme, outcome, low, high = zip(*values, strict=True)
    tables = {
        "programmes": table("programmes", name=programmes["id"], **programmes),
        "young": table("young", **young),
        "reach": table("reach", programme=a, young=b, share=share),
        "values": table(
            "values", programme=programme, outcome=outcome, low=low, high=high, source=["a test"] * len(low)
        ),
    }
    if worth:
        what, least, most = zip(*worth, strict=True)
        tables["worth"] = table("worth", outcome=what, low=least, high=most, source=["a test"] * len(what))
    return Instance(name, "programmes", name.title(), "council", budget, tables)


def place_with(
    instance: Instance, quarters: int = 8, overrides: Mapping[str, Mapping[str, object]] | None = None
) -> Place:
    """A place of two areas whose young people are enough for it."""
    ages = tuple(PEOPLE if band in ("0-15", "16-24") else 1000.0 for band in AGE_BANDS)
    place = tiny_place((Area(0.0, ages=ages, decile=1), Area(5.0, ages=ages, decile=9)), quarters=quarters)
    return replace(place, instances={instance.name: instance}, overrides=dict(overrides or {}))


def reference(case: Mapping[str, Any], spend: Sequence[float]) -> Instance:
    """The published reference problem, with `spend` (fixed costs included) as today's budgets."""
    names, most = case["programmes"], float(max(case["N"]))
    return portfolio_instance(
        {"id": names, "fixed_cost": case["F"], "unit_cost": case["u"], "saturation": case["s"], "spend": list(spend)},
        {"id": ["all"], "age_band": ["16-24"], "risk": [0.1], "people": [most]},
        [(i, "all", n / most) for i, n in zip(names, case["N"], strict=True)],
        [(i, "back", v, v) for i, v in zip(names, case["v"], strict=True)],
        [("back", 1.0, 1.0)],
    )


FIXED = {
    f"programmes.{k}": {"value": v, "source": "a test"}
    for k, v in {"saturation": 1.0, "unit_cost": 1.0, "overlap": 0.0, "depth": 0.65, "closing": 0.3}.items()
}
"""Overrides that hold every assumption of the service at one value."""
