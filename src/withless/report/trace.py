"""One measure from the plan to the verdict in plain text, so that an auditor can follow a pound of it by hand."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..appraise import Trace
from ..appraise.trace import levels
from ..ledger import PARTS
from ..plan import UNIT_COST, Measure
from ..verdict import CLASSES, RULE
from .words import MINUS, number, pounds

Floats = NDArray[np.float64]

WIDTH = 80
UNITS_SHOWN = 8
STRATA_SHOWN = 6

LEDGER = {
    "fewer": "fewer people: c0 x (N0 - N1 - spared)",
    "lower": "lower quality: c0 x N1 x (1 - q1)",
    "charged": "charging more: income1 - income0",
    "price": "cheaper inputs",
    "better": "doing it better: the rest",
}


def as_text(t: Trace) -> str:
    """The walk: the measure, how it is carried out, levers, people and cost, the ledger, the word; three draws side by side."""
    steps = [_plan(t.measure), _carried(t), _levers(t), _strata(t), _people(t), _ledger(t), _word(t)]
    return "\n\n".join("\n".join(lines) for lines in steps if lines) + "\n"


def _plan(m: Measure) -> list[str]:
    where = ", ".join(m.where) if len(m.where) <= UNITS_SHOWN else f"{len(m.where)} units"
    booked = "nothing" if np.isnan(m.booked_saving) else f"{pounds(m.booked_saving)} a year"
    text = f"1. The plan. {m.title} ({m.id}): {m.service}, {m.lever}, {m.change} {number(m.amount)}, at {where}."
    dates = f"From quarter {number(m.start)} of the calendar, over {number(m.phase)} quarters."
    return [*_wrap(text), *_wrap(f"{dates} Evidence: {m.evidence.replace('_', ' ')}. Booked: {booked}.")]


def _carried(t: Trace) -> list[str]:
    share, lag = t.carried.share.mean(axis=1), t.carried.lag
    lines = _wrap(
        "2. As it is carried out. In each draw it arrives as a share of itself and late; a yes-or-no change happens to a unit "
        "or does not. The three draws below are those in which little, the middle and much of it arrives."
    )
    lines += [_head(t), _line("share carried out", t, share), _line("quarters late", t, lag)]
    return [*lines, f"  over {len(share)} draws: {number(float(share.mean()))} of it, {number(float(lag.mean()))} late"]


def _levers(t: Trace) -> list[str]:
    if t.measure.lever == UNIT_COST.name:
        return _wrap("3. The levers. An efficiency claim moves no lever: it is weighed on the totals of step 5.")
    lines = [f"3. The lever {t.measure.lever} by the end of {_year(t)}, from today's value", _head(t)]
    for unit in t.measure.where[:UNITS_SHOWN]:
        now = [levels(t, unit, d) for d in t.typical]
        lines.append(_row(f"{unit}, today {number(now[0][0])}", [number(after) for _, after in now]))
    rest = len(t.measure.where) - UNITS_SHOWN
    return lines + ([f"  and {rest} more"] if rest > 0 else [])


def _strata(t: Trace) -> list[str]:
    """Standard costs of the strata with most of the cost: what one person served stands for in the target year."""
    names, c0 = t.layout.service.strata(t.layout.place, t.layout.instance), t.baseline.c0
    served, plan = (side.by_stratum["served"][:, :, t.layout.year].sum(axis=2) for side in (t.baseline, t.plan))
    order = np.argsort(-(c0 * served).mean(axis=1), kind="stable")
    lines = [f"4. Standard costs in {_year(t)}, c0 = today's gross cost (or worth) / people served", _head(t)]
    for k in order[:STRATA_SHOWN]:
        lines.append(_line(f"{names[k]}: c0, pounds", t, c0[k]))
        lines.append(_line("  N0, person-years", t, served[k]))
        lines.append(_line("  N1", t, plan[k]))
    rest = len(names) - STRATA_SHOWN
    return lines + ([f"  and {rest} more, in the sums below"] if rest > 0 else [])


def _people(t: Trace) -> list[str]:
    y = t.yearly
    rows = [("N0, person-years served today", "served0"), ("N1, with the measure", "served1")]
    rows += [("spared: no longer need it", "spared1"), ("N1 x q1, weighed by quality", "quality1")]
    lines = [f"5. People and money of the whole service in {_year(t)}", _head(t)]
    lines += [_line(label, t, y[name][:, t.year]) for label, name in rows]
    costs = [("gross cost today", "gross_cost0"), ("gross cost with it", "gross_cost1")]
    costs += [("income today", "income0"), ("income with it", "income1")]
    return lines + [_line(label, t, y[name][:, t.year], money=True) for label, name in costs]


def _ledger(t: Trace) -> list[str]:
    of = {name: t.yearly[name][:, t.year] for name in (*PARTS, "saving", "gained", "left", "one_off")}
    lines = [f"6. The ledger in {_year(t)}: the five lines add up to the saving", _head(t)]
    lines += [_line(label, t, of[name], money=True) for name, label in LEDGER.items()]
    lines.append(_line("saving S", t, of["saving"], money=True))
    lines.append(_line("of doing it better: gained", t, of["gained"], money=True))
    lines.append(_line("and cost left behind", t, of["left"], money=True))
    return [*lines, _line("one-off cost in the year", t, of["one_off"], money=True)]


def _word(t: Trace) -> list[str]:
    p, words = t.pounds, t.words
    rule = (
        f"7. The word. D = fewer + lower; tol = the larger of {RULE.of_saving:g} x |S| and {RULE.of_cost:g} x C, with C today's "
        "gross cost of what the measure changes. More if D < -tol, less if D > tol; unchanged where D and S are trifles."
    )
    lines = [*_wrap(rule), _head(t)]
    lines += [_line(label, t, v, money=True) for label, v in (("D", p.d), ("C", p.c), ("tol", t.tolerance))]
    lines.append(_row("word", [words[d] for d in t.typical]))
    shares = ", ".join(f"{w} in {words.count(w)}" for w in CLASSES)
    return [*lines, f"  over {len(words)} draws: {shares}"]


def _year(t: Trace) -> str:
    return t.layout.place.calendar.years[t.year]


def _head(t: Trace) -> str:
    return _row("", [f"draw {d + 1}" for d in t.typical])


def _line(label: str, t: Trace, values: Floats, *, money: bool = False) -> str:
    """A quantity in the three draws, with digits enough to add up by hand."""
    return _row(label, [exact(float(values[d]), money=money) for d in t.typical])


def exact(value: float, *, money: bool = False) -> str:
    """Pounds to the pound; other numbers to five digits, thousands to a tenth."""
    if money:
        return f"{MINUS if round(value) < 0 else ''}£{abs(value):,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.5g}"


def _row(label: str, cells: Sequence[str]) -> str:
    return f"  {label:<39.39}" + "".join(f"{cell:>13}" for cell in cells)


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
