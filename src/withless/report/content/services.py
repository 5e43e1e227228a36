"""One service in a `Result`: money, people, quality, waits, what is moved, its ledger, verdict, units and exhibits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...appraise import ServiceResult
from ...ledger import PARTS
from ...outcomes import PAYERS
from ...place import Table
from ...service import Exhibit, get
from ...verdict import Verdict
from . import models as m
from .ranges import Floats, defined, per, sides, spread

LEDGER = {
    "better": "efficiency",
    "fewer": "fewer_people",
    "lower": "lower_quality",
    "charged": "charged",
    "price": "price",
}
"""Our names of the five parts of a saving: the schema's."""


def service(s: ServiceResult, year: int, shown: Sequence[Exhibit]) -> m.Service:
    """One service in the target year."""
    y = {name: values[:, year] for name, values in s.yearly.items()}
    found = ledger([s.yearly], year)
    net = sides(y["gross_cost0"] - y["income0"], y["gross_cost1"] - y["income1"])
    return m.Service(
        id=s.instance.name,
        name=s.instance.title or s.instance.name,
        kind=s.instance.kind,
        payer=s.instance.payer,
        people=s.nouns[1],
        in_verdict=s.in_verdict,
        touched=bool(s.measures),
        use_by_group="measured" if "quintile" in s.measured else "assumed",
        cost=m.Cost(
            baseline=net.baseline,
            plan=net.plan,
            change=net.change,
            gross=sides(y["gross_cost0"], y["gross_cost1"]),
            income=sides(y["income0"], y["income1"]),
        ),
        need=spread(y["need0"]),
        served=sides(y["served0"], y["served1"]),
        quality=sides(*(per(y[f"quality{i}"], y[f"served{i}"]) for i in "01")),
        wait=_wait(y),
        moved=found.moved,
        ledger=found,
        verdict=m.Verdict(**verdict(s.verdict), by_year=year_verdicts(s.verdict_by_year)),
        by_year=_by_year(s),
        units=_units(s),
        stay_share=defined(s.extra.get("stay_share")),
        exhibits=_exhibits(shown),
    )


def verdict(v: Verdict) -> dict[str, Any]:
    """The fields of a verdict of one year: probabilities, words and what lies behind them."""
    errors = {c: None if math.isnan(e) else e for c, e in v.standard_error.items()}
    return {
        **v.probability,
        "word": v.word,
        "headline": v.headline,
        "beyond_doubt": v.beyond_doubt(v.word),
        "changes": v.changes,
        "standard_error": m.Errors(**errors),
        "before_guards": m.Classes(**v.before_guards),
        "money": m.MoneyClasses(**v.money),
        "less_for": list(v.less_for),
        "less_in": list(v.less_in),
        "by_charging": v.by_charging,
        "moved_to_others": v.moved_to_others,
        "pence": m.Pence(**v.pence) if v.pence is not None else None,
        "tolerance": m.Tolerance(**{name: m.Classes(**shares) for name, shares in v.tolerance.items()}),
    }


def year_verdicts(by_year: Mapping[str, Verdict]) -> list[m.YearVerdict]:
    """The verdicts of all years."""
    return [m.YearVerdict(year=y, **v.probability, headline=v.headline) for y, v in by_year.items()]


def ledger(yearly: Sequence[Mapping[str, Floats]], year: int) -> m.Ledger:
    """Where the saving of some services together comes from: the first five parts sum to `total` draw by draw."""

    def pounds(*names: str) -> Floats:
        return np.asarray(sum((y[n][:, year] for y in yearly for n in names), np.zeros(1)))

    moved = {payer: pounds(f"moved_{payer}") for payer in PAYERS}
    unpaid = moved["volunteers"] + moved["carers"]
    return m.Ledger(
        **{LEDGER[part]: spread(pounds(part)) for part in PARTS},
        total=spread(pounds("saving")),
        gained=spread(pounds("gained")),
        left_behind=spread(pounds("left")),
        hidden=spread(pounds("hidden")),
        efficiency_with_unpaid_labour_priced=spread(pounds("better") - unpaid),
        moved=m.Moved(
            **{payer: spread(values) for payer, values in moved.items()},
            total=spread(np.asarray(sum(moved.values()))),
        ),
    )


def _wait(y: Mapping[str, Floats]) -> m.Sides | None:
    """Days waited for each person served; None where nobody waits."""
    if not any(y[f"wait_days{i}"].any() for i in "01"):
        return None
    return sides(*(per(y[f"wait_days{i}"], y[f"served{i}"]) for i in "01"))


def _by_year(s: ServiceResult) -> list[m.YearService]:
    return [
        m.YearService(
            year=year,
            served=sides(s.yearly["served0"][:, i], s.yearly["served1"][:, i]),
            saving=spread(s.yearly["saving"][:, i]),
        )
        for i, year in enumerate(s.verdict_by_year)
    ]


def _units(s: ServiceResult) -> list[m.Unit]:
    """Every unit that is ours: its fate, and what the service reports of it without and with the plan."""
    names, places = _unit_names(s), _unit_places(s)
    return [
        m.Unit.model_validate(
            {
                "id": unit,
                "name": names.get(unit, unit),
                "fate": s.fates[unit],
                "as_written": s.as_written.get(unit),
                "x_km": places.get(unit, (None, None))[0],
                "y_km": places.get(unit, (None, None))[1],
                **{k: sides(v[0, :, i], v[1, :, i]) for k, v in s.unit.items()},
            }
        )
        for i, unit in enumerate(s.units)
        if unit in s.fates
    ]


def _unit_table(s: ServiceResult) -> Table | None:
    """The table whose rows results are told by."""
    service = get(s.instance.kind)
    tables = [lever.table for lever in service.levers if lever.name == service.unit_lever]
    return s.instance.tables.get(tables[0]) if tables else None


def _unit_names(s: ServiceResult) -> dict[str, str]:
    table = _unit_table(s)
    if table is None or "name" not in table or "id" not in table:
        return {}
    return dict(zip(table.words("id"), table.words("name"), strict=True))


def _unit_places(s: ServiceResult) -> dict[str, tuple[float, float]]:
    """Where units stand, kilometres on the grid of the areas."""
    table = _unit_table(s)
    if table is None or any(column not in table for column in ("id", "x", "y")):
        return {}
    x, y = ((table.numbers(k) / 1000).round(3).tolist() for k in "xy")
    return dict(zip(table.words("id"), zip(x, y, strict=True), strict=True))


def _exhibits(shown: Sequence[Exhibit]) -> list[m.Exhibit]:
    """What the service itself has to show, where the plan touches it."""
    return [
        m.Exhibit(
            title=e.title,
            text=e.text,
            unit=e.unit,
            kind=e.kind,
            labels=list(e.labels),
            lines=[
                m.Line(name=name, values=[spread(v[:, i]) for i in range(v.shape[1])]) for name, v in e.lines.items()
            ],
        )
        for e in shown
    ]
