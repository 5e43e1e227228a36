"""The linear programme over all bounds found so far. HiGHS only proposes weights; every bound believed is worked out here.

Any mixture of the bounds of each group of rows is itself a bound, linear in y, and the most of it over one option a venue and
the saving is a fractional knapsack with one multiplier (knapsack.py). So whatever HiGHS answers, `Master.bound` holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from . import knapsack
from .limits import SLACK, Limits
from .problem import Floats, Ints, Problem

Bools = NDArray[np.bool_]
TINY = 1e-11
"""Coefficients smaller than this part of a cut's largest are left out of HiGHS's copy, never of ours."""


@dataclass(frozen=True)
class Bound:
    """At least this much harm; `reduced[option]`: with that option forced, at least harm + reduced."""

    harm: float
    reduced: Floats


class Master:
    """Cuts on the value of groups of rows: value_g <= constant + coefficient . y, as harm against `today[group]`."""

    def __init__(self, p: Problem, target: float, limits: Limits, today: Floats, weight: Floats, scale: float) -> None:
        self.p, self.target, self.limits, self.today = p, target, limits, today
        self.first, self.saving = p.arrays.first, p.options.saving
        self.options, self.groups = len(self.saving), len(today)
        self.scale, self.weight = scale, weight
        self.constant: Floats = np.zeros(0)
        self.coefficient = csr_array((0, self.options))
        self.group: Ints = np.zeros(0, dtype=np.int64)
        self.idle: Ints = np.zeros(0, dtype=np.int64)
        self.linear = limits.linear(self.options)
        self.money = float(max(np.abs(self.saving).max(), 1e-12))
        self.lp = self._start()

    def _start(self) -> highspy.Highs:
        make: Any = highspy.Highs  # it has no types
        lp: highspy.Highs = make()
        for name, value in (
            ("output_flag", False),
            ("presolve", "off"),
            ("solver", "simplex"),
            ("threads", 1),
            ("primal_feasibility_tolerance", 1e-9),
            ("dual_feasibility_tolerance", 1e-9),
        ):
            lp.setOptionValue(name, value)
        many = self.options + self.groups
        cost = np.concatenate([np.zeros(self.options), np.ones(self.groups)])
        low = np.concatenate([np.zeros(self.options), np.full(self.groups, -1e4)])
        high = np.concatenate([np.ones(self.options), np.full(self.groups, 1e5)])
        nothing: Ints = np.zeros(0, dtype=np.int32)
        lp.addCols(many, cost, low, high, 0, nothing, nothing, np.zeros(0))
        for v in range(self.p.venues):
            self._row(
                lp, 1.0, 1.0, np.arange(self.first[v], self.first[v + 1]), np.ones(self.first[v + 1] - self.first[v])
            )
        some = np.flatnonzero(self.saving)
        self._row(lp, self.target / self.money, np.inf, some, self.saving[some] / self.money)
        for left, most in zip(self.linear, self.limits.most, strict=True):
            size = max(np.abs(left).max(), 1e-12)
            some = np.flatnonzero(left)
            self._row(lp, -np.inf, most / size, some, left[some] / size)
        for fair in self.weight:  # sum_g fair_g * harm_g <= 0
            size = max(np.abs(fair).max(), 1e-12)
            self._row(lp, -np.inf, 0.0, self.options + np.arange(self.groups), fair / size)
        self.fixed_rows = self.p.venues + 1 + len(self.linear) + len(self.weight)
        return lp

    @staticmethod
    def _row(lp: highspy.Highs, low: float, high: float, index: NDArray[np.integer], value: Floats) -> None:
        lp.addRow(low, high, len(index), index.astype(np.int32), np.ascontiguousarray(value, dtype=np.float64))

    def add(self, constant: Floats, coefficient: Floats, groups: Ints) -> None:
        """Take in cuts, constant[k] and coefficient[k, option] of groups[k]."""
        self.constant = np.concatenate([self.constant, constant])
        self.coefficient = csr_array(vstack([self.coefficient, csr_array(coefficient)]))
        self.group = np.concatenate([self.group, groups])
        self.idle = np.concatenate([self.idle, np.zeros(len(groups), dtype=np.int64)])
        starts: list[int] = [0]
        index: list[Ints] = []
        value: list[Floats] = []
        for c, g in zip(coefficient, groups, strict=True):  # harm_g * scale >= today_g - constant - c . y
            some = np.flatnonzero(np.abs(c) > TINY * np.abs(c).max())
            index += [some, np.array([self.options + g])]
            value += [c[some] / self.scale, np.ones(1)]
            starts.append(starts[-1] + len(some) + 1)
        right = (self.today[groups] - constant) / self.scale
        flat, numbers = np.concatenate(index).astype(np.int32), np.concatenate(value)
        ends = np.full(len(groups), np.inf)
        self.lp.addRows(len(groups), right, ends, len(flat), np.array(starts[:-1], np.int32), flat, numbers)

    def drop(self, most_idle: int) -> None:
        """Forget cuts that have borne nothing for long."""
        out = np.flatnonzero(self.idle > most_idle)
        if len(out) < 50:
            return
        keep = self.idle <= most_idle
        self.lp.deleteRows(len(out), (self.fixed_rows + out).astype(np.int32))
        self.constant, self.coefficient = self.constant[keep], self.coefficient[keep]
        self.group, self.idle = self.group[keep], self.idle[keep]

    def solve(self, allowed: Bools) -> tuple[Floats, Floats, Floats] | None:
        """Best y[option] and harm[group] where options not allowed are 0, and duals; None: HiGHS has no answer."""
        index = np.arange(self.options, dtype=np.int32)
        self.lp.changeColsBounds(self.options, index, np.zeros(self.options), allowed.astype(np.float64))
        self.lp.run()
        if self.lp.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = self.lp.getSolution()
        column, dual = np.array(found.col_value), np.array(found.row_dual)
        self.idle = np.where(dual[self.fixed_rows :] > 1e-10, 0, self.idle + 1)
        return np.clip(column[: self.options], 0, 1), column[self.options :] * self.scale, dual

    def bound(self, dual: Floats, allowed: Bools) -> Bound:
        """The least harm that the duals prove, by our own arithmetic: mixed cuts and limits, then the fractional knapsack."""
        mix = np.maximum(dual[self.fixed_rows :], 0.0)
        begin = self.p.venues + 1
        limit = np.maximum(-dual[begin : begin + len(self.linear)], 0.0)
        fair = np.maximum(-dual[begin + len(self.linear) : self.fixed_rows], 0.0)
        need = np.ones(self.groups)
        for price, weight in zip(fair, self.weight, strict=True):
            need = need + price * weight / max(np.abs(weight).max(), 1e-12)
        if (need < 0).any():
            need = np.ones(self.groups)
        has = np.bincount(self.group, mix, self.groups)
        last = np.full(self.groups, -1)
        last[self.group] = np.arange(len(self.group))
        mix = mix * (need / np.where(has > 1e-12, has, 1.0))[self.group]
        lone = np.flatnonzero((has <= 1e-12) & (last >= 0))
        mix[last[lone]] = need[lone]
        gain = np.asarray(self.coefficient.T @ mix)
        constant = float(need @ self.today - mix @ self.constant)
        for price, left, most in zip(limit, self.linear, self.limits.most, strict=True):
            size = max(np.abs(left).max(), 1e-12) / self.scale
            gain, constant = gain - price * left / size, constant - price * most / size
        best = np.empty(self.p.venues)
        target = self.target - SLACK * max(1.0, abs(self.target))
        top, price = knapsack.upper(self.first, gain, self.saving, allowed, target, best)
        if not np.isfinite(top):
            return Bound(np.inf, np.full(self.options, np.inf))
        reduced = np.repeat(best, np.diff(self.first)) - gain - price * self.saving
        return Bound(constant - top, np.where(allowed, reduced, np.inf))
