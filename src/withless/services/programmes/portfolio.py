"""The tables of one instance as arrays: programmes, groups of young people, who can reach whom, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import AGE_BANDS, Instance, Place, Table, by_group
from . import response
from .register import MIDDLE_DEPTH

Floats = NDArray[np.float64]

ENGAGED = "engaged"
"""The first outcome of every portfolio: a young person engaged."""


@dataclass(frozen=True)
class Portfolio:
    """Programmes and groups of young people of the instance `name`, which reports call `title`; money in pounds a year.

    Arrays of programmes: fixed, unit_cost, saturation, spend, open, targeting, cut_order (NaN: never), engaged (NaN: not
    counted). Of young groups: people, risk, floor. could[programme, young] people a programme could reach.
    value_low and value_high [outcome, programme, young] for each engaged; worth_low and worth_high [outcome], NaN where
    not given. row[outcome, programme, young] is the line of the values table that fills a cell, -1 for none; `lines` names all.
    """

    name: str
    title: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    young: tuple[str, ...]
    outcomes: tuple[str, ...]
    fixed: Floats
    unit_cost: Floats
    saturation: Floats
    spend: Floats
    open: Floats
    targeting: Floats
    cut_order: Floats
    engaged: Floats
    people: Floats
    risk: Floats
    floor: Floats
    could: Floats
    value_low: Floats
    value_high: Floats
    row: NDArray[np.int64]
    worth_low: Floats
    worth_high: Floats
    lines: tuple[str, ...]

    @property
    def budget(self) -> float:
        """Pounds a year spent on programmes that run today."""
        return float((self.spend * self.open).sum())

    @property
    def value(self) -> Floats:
        """The middle of every value's range: [outcome, programme, young]."""
        return (self.value_low + self.value_high) / 2

    @property
    def weighed(self) -> bool:
        """Whether outcomes have a worth, so that they can be weighed together."""
        return bool(np.isfinite(self.worth_low).any())

    @property
    def worth(self) -> Floats:
        """The middle of every worth's range, nil where none is given: [outcome]."""
        return np.nan_to_num((self.worth_low + self.worth_high) / 2)


@dataclass(frozen=True)
class Parameters:
    """The numbers in some draws: saturation, unit_cost [draw, programme]; value [draw, outcome, programme, young]; worth
    [draw, outcome]; overlap, depth [draw].
    """

    saturation: Floats
    unit_cost: Floats
    value: Floats
    worth: Floats
    overlap: Floats
    depth: Floats


def portfolio(instance: Instance) -> Portfolio:
    """The portfolio of an instance."""
    table, young = instance.tables["programmes"], instance.tables["young"]
    ids, groups = table.words("id"), young.words("id")
    values = instance.tables["values"]
    outcomes = outcomes_of(instance)
    people = np.nan_to_num(young.numbers("people"))
    could = np.zeros((len(ids), len(groups)))
    row_of, column_of = _places(ids), _places(groups)
    reach = instance.tables["reach"]
    for programme, group, share in zip(
        reach.words("programme"), reach.words("young"), reach.numbers("share"), strict=True
    ):
        if programme in row_of and group in column_of:
            could[row_of[programme], column_of[group]] = np.nan_to_num(share) * people[column_of[group]]
    low, high, row = _values(instance, ids, groups, outcomes)
    worth = _worth(instance, outcomes)

    def known(name: str) -> Floats:
        return table.numbers(name) if name in table else np.full(len(ids), np.nan)

    return Portfolio(
        instance.name, instance.title or instance.name, ids, table.words("name"), groups, outcomes,
        fixed=number(table, "fixed_cost"), unit_cost=number(table, "unit_cost", 1.0), saturation=number(table, "saturation"),
        spend=number(table, "spend"), open=number(table, "open", 1.0), targeting=number(table, "targeting"),
        cut_order=known("cut_order"),
        engaged=known("engaged"), people=people, risk=np.nan_to_num(young.numbers("risk")),
        floor=number(young, "floor"),
        could=could, value_low=low, value_high=high, row=row, worth_low=worth[0], worth_high=worth[1], lines=_lines(values),
    )  # fmt: skip


def outcomes_of(instance: Instance) -> tuple[str, ...]:
    """Every outcome that is counted, `ENGAGED` first."""
    return (ENGAGED, *dict.fromkeys(o for o in instance.tables["values"].words("outcome") if o != ENGAGED))


def units(instance: Instance, lever: str) -> tuple[str, ...]:
    """What a lever moves: programmes, groups for `floor`, outcomes for `weight`, all together for the budget and its ways."""
    if lever in ("budget", "spend_how"):
        return ("all",)
    if lever == "weight":
        return outcomes_of(instance)
    return instance.tables["young" if lever == "floor" else "programmes"].words("id")


def number(table: Table, name: str, blank: float = 0.0) -> Floats:
    """A column of numbers, with `blank` where it says nothing."""
    return np.nan_to_num(table.numbers(name), nan=blank) if name in table else np.full(len(table), blank)


def _places(ids: Sequence[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(ids)}


def _lines(values: Table) -> tuple[str, ...]:
    """What each line of the values table speaks of."""
    of = values.words("young") if "young" in values else ("",) * len(values)
    return tuple(f"{a}/{b}/{c}" for a, b, c in zip(values.words("programme"), values.words("outcome"), of, strict=True))


def _values(
    instance: Instance, ids: tuple[str, ...], groups: tuple[str, ...], outcomes: tuple[str, ...]
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Low and high [outcome, programme, young], and which line of the values table says so (-1: none)."""
    table = instance.tables["values"]
    shape = (len(outcomes), len(ids), len(groups))
    low, high, row = np.zeros(shape), np.zeros(shape), np.full(shape, -1, dtype=np.int64)
    low[0] = high[0] = 1.0
    of = table.words("young") if "young" in table else ("",) * len(table)
    cells = list(zip(table.words("programme"), table.words("outcome"), of, strict=True))
    places, row_of, column_of = _places(outcomes), _places(ids), _places(groups)
    ends = np.nan_to_num(table.numbers("low")), np.nan_to_num(table.numbers("high"))
    for line in sorted(range(len(cells)), key=lambda k: bool(cells[k][2])):  # a group's own line comes last and holds
        programme, outcome, group = cells[line]
        if programme in row_of and outcome != ENGAGED and (not group or group in column_of):
            at = (places[outcome], row_of[programme], column_of[group] if group else slice(None))
            low[at], high[at], row[at] = ends[0][line], ends[1][line], line
    return low, high, row


def _worth(instance: Instance, outcomes: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Pounds that one of each outcome is worth, low and high; NaN where the worth table is silent."""
    low, high = np.full(len(outcomes), np.nan), np.full(len(outcomes), np.nan)
    table = instance.tables.get("worth")
    if table is not None:
        for outcome, least, most in zip(
            table.words("outcome"), table.numbers("low"), table.numbers("high"), strict=True
        ):
            if outcome in outcomes:
                low[outcomes.index(outcome)], high[outcomes.index(outcome)] = least, most
    return low, high


def middle(p: Portfolio) -> Parameters:
    """What somebody who must decide would go by: the tables' own numbers and the middle of every range, [1, ...]."""
    one = np.ones((1, len(p.ids)))
    saturation = _enough(p, p.saturation * one)
    return Parameters(
        saturation=saturation,
        unit_cost=_unit_cost(p, saturation, p.unit_cost * one),
        value=p.value[None],
        worth=p.worth[None],
        overlap=np.zeros(1),
        depth=np.full(1, MIDDLE_DEPTH),
    )


def drawn(p: Portfolio, draws: Draws, luck: Floats) -> Parameters:
    """The numbers in some draws.

    A line of the values table is drawn once, evenly over its range, by luck[draw, line]: evidence is as good or bad for all it
    speaks of.
    """
    streams = draws.streams()
    position = np.where(p.row >= 0, luck[:, np.maximum(p.row, 0)], 0.5)
    spread = streams.uniforms(f"programmes.worth@{p.name}", p.outcomes, 1)[:, :, 0]

    def of(name: str) -> Floats:
        return draws.of(f"programmes.{name}", p.name)

    saturation = _enough(p, np.clip(p.saturation * of("saturation")[:, None], 0.0, 1.0))
    return Parameters(
        saturation=saturation,
        unit_cost=_unit_cost(p, saturation, p.unit_cost * of("unit_cost")[:, None]),
        value=p.value_low + position * (p.value_high - p.value_low),
        worth=np.nan_to_num(p.worth_low + spread * (p.worth_high - p.worth_low)),
        overlap=of("overlap"),
        depth=of("depth"),
    )


def _enough(p: Portfolio, saturation: Floats) -> Floats:
    """Saturation that leaves room for the young people who are known to come today."""
    reach = p.could.sum(axis=1)
    counted = np.isfinite(p.engaged) & (reach > 0)
    least = np.where(counted, 1.02 * np.nan_to_num(p.engaged) / np.where(reach > 0, reach, 1.0), 0.0)
    return np.minimum(np.maximum(saturation, least), 1.0)


def _unit_cost(p: Portfolio, saturation: Floats, stated: Floats) -> Floats:
    """Unit cost [draw, programme] at which today's money engages as many as are counted; else as stated."""
    variable = response.split(p.could, p.risk, p.targeting, np.maximum(p.spend - p.fixed, 0.0))
    known = np.isfinite(p.engaged) & (p.engaged > 0) & (variable.sum(axis=1) > 0) & (p.open > 0)
    if not known.any():
        return stated
    room = p.could * saturation[:, :, None]
    low, high = np.full(stated.shape, np.log(1e-3)), np.full(stated.shape, np.log(1e9))
    for _ in range(60):
        mid = (low + high) / 2
        too_many = response.engaged(variable, np.exp(mid)[:, :, None], room).sum(axis=2) > p.engaged
        low, high = np.where(too_many, mid, low), np.where(too_many, high, mid)
    return np.where(known, np.exp((low + high) / 2), stated)


def groups_of(place: Place, instance: Instance) -> Floats:
    """Where the young people of each group live: share[young, place group], each row summing to 1.

    Those without a fifth of their own live as people of their age do.
    """
    table = instance.tables["young"]
    fifth = table.numbers("fifth") if "fifth" in table else np.full(len(table), np.nan)
    residents = by_group(place, place.areas.people).reshape(5, len(AGE_BANDS))
    out = np.zeros((len(table), 5, len(AGE_BANDS)))
    for j, band in enumerate(table.words("age_band")):
        b = AGE_BANDS.index(band)
        if np.isfinite(fifth[j]):
            out[j, round(float(fifth[j])) - 1, b] = 1.0
        else:
            there = residents[:, b]
            out[j, :, b] = there / there.sum() if there.sum() > 0 else 0.2
    return out.reshape(len(table), -1)
