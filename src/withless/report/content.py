"""An appraisal as one plain dictionary: what JSON holds and what every other form of the report is rendered from.

Every uncertain number is a range {mean, p5, p50, p95} over draws: 90 in 100 lie between p5 and p95. Money is pounds a
year in base-year prices, people are person-years a year, and all of it speaks of the target year unless it says
otherwise. `schema.json` describes the dictionary; docs/json.md explains it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from ..appraise import Appraisal, ServiceResult, exhibits
from ..assumptions import Assumption
from ..ledger import PARTS
from ..outcomes import PAYERS
from ..place import AGE_BANDS, QUINTILES, Place, Table, by_group
from ..plan import Measure
from ..promises import PromiseResult
from ..service import Exhibit, discover, get
from ..verdict import Verdict
from .left_out import not_modelled
from .promised import promise

Floats = NDArray[np.float64]
Json = dict[str, Any]

VERSION = "1"
"""Version of the schema; it changes when a name or a meaning does, not when one is added."""

LEDGER = {
    "better": "efficiency",
    "fewer": "fewer_people",
    "lower": "lower_quality",
    "charged": "charged",
    "price": "price",
}
"""Our names of the five parts of a saving: the schema's."""


def content(appraisal: Appraisal) -> Json:
    """Everything a report says, as plain lists, dictionaries, text, numbers and None."""
    a, plan, shown = appraisal, appraisal.plan, exhibits(appraisal)
    return {
        "version": VERSION,
        "withless": __version__,
        "place": a.place.name,
        "invented": a.place.invented,
        "plan": plan.title,
        "seed": a.seed,
        "draws": a.draws,
        "year": a.target_year,
        "years": list(a.place.calendar.years),
        "prices": a.place.prices,
        "fingerprint": a.place.fingerprint,
        "notes": list(a.place.notes),
        "target": _target(a),
        "money": _money(a),
        "not_modelled": not_modelled(a, spread),
        "verdict": _verdict(a.verdict) | {"by_year": _verdicts(a.verdict_by_year), "nearest": _nearest(a)},
        "services": [_service(s, a.year) | {"exhibits": _exhibits(shown.get(s.instance.name, ()))} for s in a.services],
        "ledger": _ledger([s.yearly for s in a.services if s.in_verdict], a.year),
        "groups": _groups([s for s in a.services if s.measures and s.in_verdict], a.place),
        "areas": _areas(a),
        "promises": [_promise(p) for p in a.promises],
        "measures": [_measure(m, plan.place) for m in plan.measures],
        "belief": [],
        "assumptions": _assumptions(a),
    }


def spread(values: Floats) -> Json:
    """{mean, p5, p50, p95} of `values[draw]`."""
    p5, p50, p95 = np.quantile(values, [0.05, 0.5, 0.95]).tolist()
    return {"mean": float(values.mean()), "p5": p5, "p50": p50, "p95": p95}


def _sides(before: Floats, after: Floats) -> Json:
    """{baseline, plan, change} of two float[draw]; the change is taken draw by draw."""
    return {"baseline": spread(before), "plan": spread(after), "change": spread(after - before)}


def _target(a: Appraisal) -> Json | None:
    """The saving the plan aims at, and the chance of reaching it by saving alone and with what is raised."""
    aim = a.plan.target_saving
    if math.isnan(aim):
        return None
    saved, raised = (a.total(name)[:, a.year] for name in ("saving", "raised"))
    reached = {"reached": float((saved >= aim).mean()), "reached_with_raised": float((saved + raised >= aim).mean())}
    return {"saving": aim, "by": a.plan.target_year, **reached}


def _money(a: Appraisal) -> Json:
    """What is booked, really saved, raised and drawn, in the target year, by payer, by year and over the calendar."""
    names = ("booked", "saving", "raised", "drawn", "one_off", "capital_receipt")
    totals = {n: a.total(n) for n in names}
    return {
        "booked": float(totals["booked"][:, a.year].mean()),
        "delivered": spread(totals["saving"][:, a.year]),
        "judged": spread(a.total("saving", judged=True)[:, a.year]),
        "raised": spread(totals["raised"][:, a.year]),
        "drawn": spread(totals["drawn"][:, a.year]),
        "one_off": spread(totals["one_off"].sum(axis=1)),
        "capital_receipt": spread(totals["capital_receipt"].sum(axis=1)),
        "by_payer": [
            {"payer": payer, "delivered": spread(a.total("saving", payer)[:, a.year])}
            for payer in dict.fromkeys(s.instance.payer for s in a.services if s.measures)
        ],
        "by_year": [
            {
                "year": year,
                "booked": float(totals["booked"][:, i].mean()),
                "delivered": spread(totals["saving"][:, i]),
                "raised": spread(totals["raised"][:, i]),
                "one_off": spread(totals["one_off"][:, i]),
            }
            for i, year in enumerate(a.place.calendar.years)
        ],
        "horizon": {name: spread(values) for name, values in a.horizon.items()},
    }


def _nearest(a: Appraisal) -> Json | None:
    """The nearest way for the word to be wrong: see `appraise.sway.Switch`."""
    found = a.nearest
    if found is None or not a.verdict.changes:
        return None
    item = a.register.items.get(found.name)
    meaning, unit = (item.meaning, item.unit) if item is not None else (found.name, "ratio")
    return {
        "name": found.name,
        "meaning": meaning,
        "unit": unit,
        "value": found.value,
        "word": found.word,
        "other": found.other,
        "other_chance": found.chance,
        "changes": found.changes,
    }


def _verdict(v: Verdict) -> Json:
    """Probabilities, words and what lies behind them."""
    errors = {c: None if math.isnan(e) else e for c, e in v.standard_error.items()}
    return {
        **v.probability,
        "word": v.word,
        "headline": v.headline,
        "beyond_doubt": v.beyond_doubt(v.word),
        "changes": v.changes,
        "standard_error": errors,
        "before_guards": dict(v.before_guards),
        "money": dict(v.money),
        "less_for": list(v.less_for),
        "less_in": list(v.less_in),
        "by_charging": v.by_charging,
        "moved_to_others": v.moved_to_others,
        "pence": dict(v.pence) if v.pence is not None else None,
        "tolerance": {name: dict(shares) for name, shares in v.tolerance.items()},
    }


def _verdicts(by_year: Mapping[str, Verdict]) -> list[Json]:
    return [{"year": y, **v.probability, "headline": v.headline} for y, v in by_year.items()]


def _ledger(yearly: Sequence[Mapping[str, Floats]], year: int) -> Json:
    """Where the saving of some services together comes from: the first five parts sum to `total` draw by draw."""

    def pounds(*names: str) -> Floats:
        return np.asarray(sum((y[n][:, year] for y in yearly for n in names), np.zeros(1)))

    moved = {payer: pounds(f"moved_{payer}") for payer in PAYERS}
    unpaid = moved["volunteers"] + moved["carers"]
    return {
        **{LEDGER[part]: spread(pounds(part)) for part in PARTS},
        "total": spread(pounds("saving")),
        "gained": spread(pounds("gained")),
        "left_behind": spread(pounds("left")),
        "hidden": spread(pounds("hidden")),
        "efficiency_with_unpaid_labour_priced": spread(pounds("better") - unpaid),
        "moved": {payer: spread(values) for payer, values in moved.items()}
        | {"total": spread(np.asarray(sum(moved.values())))},
    }


def _service(s: ServiceResult, year: int) -> Json:
    """One service: money, people, quality, waits, what is moved, its own ledger and verdict, its units."""
    y = {name: values[:, year] for name, values in s.yearly.items()}
    ledger = _ledger([s.yearly], year)
    return {
        "id": s.instance.name,
        "name": s.instance.title or s.instance.name,
        "kind": s.instance.kind,
        "payer": s.instance.payer,
        "people": s.nouns[1],
        "in_verdict": s.in_verdict,
        "touched": bool(s.measures),
        "use_by_group": "measured" if "quintile" in s.measured else "assumed",
        "cost": _sides(y["gross_cost0"] - y["income0"], y["gross_cost1"] - y["income1"])
        | {"gross": _sides(y["gross_cost0"], y["gross_cost1"]), "income": _sides(y["income0"], y["income1"])},
        "need": spread(y["need0"]),
        "served": _sides(y["served0"], y["served1"]),
        "quality": _sides(*(_per(y[f"quality{i}"], y[f"served{i}"]) for i in "01")),
        "wait": _wait(y),
        "moved": ledger["moved"],
        "ledger": ledger,
        "verdict": _verdict(s.verdict) | {"by_year": _verdicts(s.verdict_by_year)},
        "by_year": _by_year(s),
        "units": _units(s),
        "stay_share": _defined(s.extra.get("stay_share")),
    }


def _wait(y: Mapping[str, Floats]) -> Json | None:
    """Days waited for each person served; None where nobody waits."""
    if not any(y[f"wait_days{i}"].any() for i in "01"):
        return None
    return _sides(*(_per(y[f"wait_days{i}"], y[f"served{i}"]) for i in "01"))


def _by_year(s: ServiceResult) -> list[Json]:
    years = list(s.verdict_by_year)
    return [
        {
            "year": year,
            "served": _sides(s.yearly["served0"][:, i], s.yearly["served1"][:, i]),
            "saving": spread(s.yearly["saving"][:, i]),
        }
        for i, year in enumerate(years)
    ]


def _units(s: ServiceResult) -> list[Json]:
    """Every unit that is ours: its fate, and its users, visits and hours without and with the plan."""
    names, places = _unit_names(s), _unit_places(s)
    return [
        {
            "id": unit,
            "name": names.get(unit, unit),
            "fate": s.fates[unit],
            "as_written": s.as_written.get(unit),
            "x_km": places.get(unit, (None, None))[0],
            "y_km": places.get(unit, (None, None))[1],
            **{k: _sides(v[0, :, i], v[1, :, i]) for k, v in s.unit.items()},
        }
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


def _exhibits(shown: Sequence[Exhibit]) -> list[Json]:
    """What the service itself has to show, where the plan touches it."""
    return [
        {
            "title": e.title,
            "text": e.text,
            "unit": e.unit,
            "kind": e.kind,
            "labels": list(e.labels),
            "lines": [{"name": n, "values": [spread(v[:, i]) for i in range(v.shape[1])]} for n, v in e.lines.items()],
        }
        for e in shown
    ]


def _groups(services: Sequence[ServiceResult], place: Place) -> list[Json]:
    """Who bears it: service in pounds at standard cost without and with the plan, and what is moved to them.

    By deprivation fifth, by age, and by both; `measured` where all services saw their use by that part of a group.
    """
    if not services:
        return []
    measured = frozenset.intersection(*(s.measured for s in services))
    need = services[0].group["need"].mean(axis=0).reshape(5, len(AGE_BANDS))
    living = by_group(place, place.areas.people).reshape(5, len(AGE_BANDS))
    cubes = {
        name: np.asarray(sum(s.group[key] for s in services)).reshape(-1, 5, len(AGE_BANDS))
        for name, key in (("before", "reach0"), ("after", "output1"), ("moved", "moved"))
    }
    rows = [
        _group(
            "deprivation",
            label,
            {k: v[:, q].sum(axis=1) for k, v in cubes.items()},
            (need[q].sum(), living[q].sum()),
            measured,
        )
        for q, label in enumerate(QUINTILES)
    ]
    rows += [
        _group(
            "age",
            f"aged {band}",
            {k: v[:, :, b].sum(axis=1) for k, v in cubes.items()},
            (need[:, b].sum(), living[:, b].sum()),
            measured,
        )
        for b, band in enumerate(AGE_BANDS)
    ]
    return rows + [
        _group(
            "both",
            f"{label}, aged {band}",
            {k: v[:, q, b] for k, v in cubes.items()},
            (need[q, b], living[q, b]),
            measured,
        )
        for q, label in enumerate(QUINTILES)
        for b, band in enumerate(AGE_BANDS)
    ]


def _group(
    by: str, label: str, pounds: Mapping[str, Floats], people: tuple[float, float], measured: frozenset[str]
) -> Json:
    """One group; `people` are those in need of the service, and all who live in the place."""
    parts = {"deprivation": {"quintile"}, "age": {"age"}, "both": {"quintile", "age"}}[by]
    share = _per(pounds["after"], pounds["before"], empty=1.0) - 1
    return {
        "by": by,
        "label": label,
        "people": float(people[0]),
        "residents": float(people[1]),
        **_sides(pounds["before"], pounds["after"]),
        "change_share": spread(share),
        "moved": spread(pounds["moved"]),
        "measured": parts <= measured,
    }


def _areas(a: Appraisal) -> Json:
    """Areas inside: where they are, who lives there, and mean users of each service that reports them."""
    areas, here = a.place.areas, ~a.place.areas.outside
    users = {s.instance.name: s.area["users"][:, here] for s in a.services if "users" in s.area}
    return {
        "id": [i for i, inside in zip(areas.ids, here, strict=True) if inside],
        "name": [n for n, inside in zip(areas.names, here, strict=True) if inside],
        "x_km": areas.x_km[here].round(3).tolist(),
        "y_km": areas.y_km[here].round(3).tolist(),
        "decile": areas.decile[here].tolist(),
        "people": areas.people[here].sum(axis=1).tolist(),
        "users": {name: {"baseline": v[0].tolist(), "plan": v[1].tolist()} for name, v in users.items()},
    }


def _promise(p: PromiseResult) -> Json:
    value, before, change = (_defined(v) for v in (p.value, p.baseline, p.value - p.baseline))
    return promise(p, value, before, change)


def _measure(m: Measure, place: Place) -> Json:
    """A measure as the plan has it; what is one of a list is told by its word, not by its place in the list."""
    instance = place.instances[m.service]
    service = get(instance.kind)
    lever = next((lever for lever in service.levers if lever.name == m.lever), None)
    choice = lever is not None and lever.unit == "choice"

    def known(value: float) -> float | None:
        return None if math.isnan(value) else value

    return {
        "id": m.id,
        "title": m.title,
        "service": m.service,
        "lever": m.lever,
        "where": list(m.where),
        "change": {m.change: service.choices(place, instance, m.lever)[int(m.amount)] if choice else m.amount},
        "booked_saving": known(m.booked_saving),
        "one_off_cost": known(m.one_off_cost),
        "posts": m.posts,
        "evidence": m.evidence,
        "source": m.source,
    }


def _assumptions(a: Appraisal) -> list[Json]:
    """Every assumption of the kinds of service that the place has, those that matter most for the verdict first."""
    kinds = {s.instance.kind for s in a.services}
    others = discover().keys() - kinds
    items = [i for i in a.register.items.values() if i.name.partition(".")[0] not in others]
    return sorted(assumption_rows(items, a.influence), key=lambda r: (-(r["influence"] or 0.0), r["name"]))


def assumption_rows(items: Iterable[Assumption], influence: Mapping[str, float] | None = None) -> list[Json]:
    """Assumptions as rows: name, meaning, unit, range, source, kind, who set it, and influence where it is known."""
    return [
        {
            "name": i.name,
            "meaning": i.meaning,
            "unit": i.unit,
            "distribution": i.distribution,
            "low": i.low,
            "high": i.high,
            "mode": None if math.isnan(i.mode) else i.mode,
            "kind": i.source.kind,
            "source": {
                "title": i.source.title,
                "publisher": i.source.publisher,
                "year": i.source.year or None,
                "where": i.source.where,
            },
            "note": i.note,
            "set_by": i.origin,
            "influence": (influence or {}).get(i.name),
        }
        for i in items
    ]


def _per(top: Floats, bottom: Floats, empty: float = 0.0) -> Floats:
    """`top / bottom` draw by draw; `empty` where there is nobody."""
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), empty)


def _defined(values: Floats | None) -> Json | None:
    """The spread of what is defined; None where nothing is."""
    if values is None or not np.isfinite(values).any():
        return None
    return spread(values[np.isfinite(values)])
