"""An appraisal made into a `Result`, section by section."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ... import __version__
from ...appraise import Appraisal, ServiceResult, exhibits
from ...assumptions import Assumption
from ...place import AGE_BANDS, QUINTILES, Place, by_group
from ...plan import Measure
from ...promises import PromiseResult
from ...service import discover, get
from . import models as m
from .promised import promise
from .ranges import defined, per, sides, spread
from .services import ledger, service, verdict, year_verdicts

NAMES_OF_GROUPS = {"deprivation": {"quintile"}, "age": {"age"}, "both": {"quintile", "age"}}


def result(a: Appraisal) -> m.Result:
    """Everything a report says."""
    shown = exhibits(a)
    return m.Result(
        version=m.VERSION,
        withless=__version__,
        place=a.place.name,
        invented=a.place.invented,
        plan=a.plan.title,
        seed=a.seed,
        draws=a.draws,
        year=a.target_year,
        years=list(a.place.calendar.years),
        prices=a.place.prices,
        fingerprint=a.place.fingerprint,
        notes=list(a.place.notes),
        target=_target(a),
        money=_money(a),
        not_modelled=_not_modelled(a),
        verdict=_verdict(a),
        services=[service(s, a.year, shown.get(s.instance.name, ())) for s in a.services],
        ledger=ledger([s.yearly for s in a.services if s.in_verdict], a.year),
        groups=_groups([s for s in a.services if s.measures and s.in_verdict], a.place),
        areas=_areas(a),
        promises=[_promise(p) for p in a.promises],
        measures=[measure(given, a.place) for given in a.plan.measures],
        belief=[],
        assumptions=_assumptions(a),
    )


def _target(a: Appraisal) -> m.Target | None:
    """The saving the plan aims at, and the chance of reaching it by saving alone and with what is raised."""
    aim = a.plan.target_saving
    if math.isnan(aim):
        return None
    saved, raised = (a.total(name)[:, a.year] for name in ("saving", "raised"))
    return m.Target(
        saving=aim,
        by=a.plan.target_year,
        reached=float((saved >= aim).mean()),
        reached_with_raised=float((saved + raised >= aim).mean()),
    )


def _money(a: Appraisal) -> m.Money:
    """What is booked, really saved, raised and drawn, in the target year, by payer, by year and over the calendar."""
    names = ("booked", "saving", "raised", "drawn", "one_off", "capital_receipt")
    totals = {n: a.total(n) for n in names}
    in_year = {n: v[:, a.year] for n, v in totals.items()}
    payers = dict.fromkeys(s.instance.payer for s in a.services if s.measures)
    return m.Money(
        booked=float(in_year["booked"].mean()),
        delivered=spread(in_year["saving"]),
        judged=spread(a.total("saving", judged=True)[:, a.year]),
        raised=spread(in_year["raised"]),
        drawn=spread(in_year["drawn"]),
        one_off=spread(totals["one_off"].sum(axis=1)),
        capital_receipt=spread(totals["capital_receipt"].sum(axis=1)),
        by_payer=[m.Payer(payer=p, delivered=spread(a.total("saving", p)[:, a.year])) for p in payers],
        by_year=[
            m.YearMoney(
                year=year,
                booked=float(totals["booked"][:, i].mean()),
                delivered=spread(totals["saving"][:, i]),
                raised=spread(totals["raised"][:, i]),
                one_off=spread(totals["one_off"][:, i]),
            )
            for i, year in enumerate(a.place.calendar.years)
        ],
        horizon=m.Horizon(**{name: spread(values) for name, values in a.horizon.items()}),
    )


def _not_modelled(a: Appraisal) -> m.NotModelled | None:
    """What is saved on services that are too crude to count in the verdict."""
    left_out = [s for s in a.services if s.measures and not s.in_verdict]
    if not left_out:
        return None
    saving, total = np.asarray(sum(s.yearly["saving"][:, a.year] for s in left_out)), a.total("saving")[:, a.year]
    return m.NotModelled(
        services=[s.instance.title or s.instance.name for s in left_out],
        saving=spread(saving),
        share=float(saving.mean() / total.mean()) if total.mean() > 0 else None,
    )


def _verdict(a: Appraisal) -> m.PlanVerdict:
    return m.PlanVerdict(**verdict(a.verdict), by_year=year_verdicts(a.verdict_by_year), nearest=_nearest(a))


def _nearest(a: Appraisal) -> m.Nearest | None:
    """The nearest way for the word to be wrong: see `appraise.influence.Switch`."""
    found = a.nearest
    if found is None or not a.verdict.changes:
        return None
    item = a.register.items.get(found.name)
    meaning, unit = (item.meaning, item.unit) if item is not None else (found.name, "ratio")
    return m.Nearest(
        name=found.name,
        meaning=meaning,
        unit=unit,
        value=found.value,
        word=found.word,
        other=found.other,
        other_chance=found.chance,
        changes=found.changes,
    )


def _groups(services: Sequence[ServiceResult], place: Place) -> list[m.Group]:
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

    def group(by: str, label: str, fifths: int | slice, ages: int | slice) -> m.Group:
        """One group: fifths and ages are what it covers."""
        pounds = {k: v[:, fifths, ages].reshape(len(v), -1).sum(axis=1) for k, v in cubes.items()}
        both = sides(pounds["before"], pounds["after"])
        return m.Group(
            by=by,
            label=label,
            people=float(need[fifths, ages].sum()),
            residents=float(living[fifths, ages].sum()),
            baseline=both.baseline,
            plan=both.plan,
            change=both.change,
            change_share=spread(per(pounds["after"], pounds["before"], empty=1.0) - 1),
            moved=spread(pounds["moved"]),
            measured=NAMES_OF_GROUPS[by] <= measured,
        )

    every = slice(None)
    rows = [group("deprivation", label, q, every) for q, label in enumerate(QUINTILES)]
    rows += [group("age", f"aged {band}", every, b) for b, band in enumerate(AGE_BANDS)]
    return rows + [
        group("both", f"{label}, aged {band}", q, b)
        for q, label in enumerate(QUINTILES)
        for b, band in enumerate(AGE_BANDS)
    ]


def _areas(a: Appraisal) -> m.Areas:
    """Areas inside: where they are, who lives there, and mean users of each service that reports them."""
    areas, here = a.place.areas, ~a.place.areas.outside
    users = {s.instance.name: s.area["users"][:, here].tolist() for s in a.services if "users" in s.area}
    return m.Areas(
        id=[i for i, inside in zip(areas.ids, here, strict=True) if inside],
        name=[n for n, inside in zip(areas.names, here, strict=True) if inside],
        x_km=areas.x_km[here].round(3).tolist(),
        y_km=areas.y_km[here].round(3).tolist(),
        decile=areas.decile[here].tolist(),
        people=areas.people[here].sum(axis=1).tolist(),
        users={name: m.AreaUsers(baseline=before, plan=after) for name, (before, after) in users.items()},
    )


def _promise(p: PromiseResult) -> m.Promise:
    value, before, change = (defined(v) for v in (p.value, p.baseline, p.value - p.baseline))
    return promise(p, value, before, change)


def measure(given: Measure, place: Place) -> m.Measure:
    """A measure as the plan has it; what is one of a list is shown by its word, not by its place in the list."""
    instance = place.instances[given.service]
    offered = get(instance.kind)
    lever = next((lever for lever in offered.levers if lever.name == given.lever), None)
    choice = lever is not None and lever.unit == "choice"
    words = offered.choices(place, instance, given.lever) if choice else ()
    return m.Measure(
        id=given.id,
        title=given.title,
        service=given.service,
        lever=given.lever,
        where=list(given.where),
        change={given.change: words[int(given.amount)] if choice else given.amount},
        booked_saving=_known(given.booked_saving),
        one_off_cost=_known(given.one_off_cost),
        posts=given.posts,
        evidence=given.evidence,
        source=given.source,
    )


def _assumptions(a: Appraisal) -> list[m.Assumption]:
    """Every assumption of the kinds of service that the place has, the most influential first."""
    others = discover().keys() - {s.instance.kind for s in a.services}
    items = [i for i in a.register.items.values() if i.name.partition(".")[0] not in others]
    return sorted(assumptions(items, a.influence), key=lambda r: (-(r.influence or 0.0), r.name))


def assumptions(items: Iterable[Assumption], influence: Mapping[str, float] | None = None) -> list[m.Assumption]:
    """Assumptions as rows, with their influence where it is known."""
    return [
        m.Assumption(
            name=i.name,
            meaning=i.meaning,
            unit=i.unit,
            distribution=i.distribution,
            low=i.low,
            high=i.high,
            mode=_known(i.mode),
            kind=i.source.kind,
            source=m.Source(
                title=i.source.title,
                publisher=i.source.publisher,
                year=i.source.year or None,
                where=i.source.where,
            ),
            note=i.note,
            set_by=i.origin,
            influence=(influence or {}).get(i.name),
        )
        for i in items
    ]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
