"""A plan measure by measure, as text, data and rows: what each saves, takes away and moves, what it is said to be and does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..attribution import MOVED, Attribution, Part
from ..plan import PURPOSES
from ..service import Shown
from .by_measure import TRIFLE, mean, pence
from .content.models import MeasureFound
from .content.ranges import plain_spread as spread
from .words import about, and_list, chance, pounds
from .wrapping import columns, wrap

Json = dict[str, Any]
Floats = NDArray[np.float64]


def found_of(a: Attribution) -> list[Json]:
    """What a report holds of each measure: see `content.models.MeasureFound`."""
    return [{k: r[k] for k in MeasureFound.model_fields} for r in rows(a)]


def rows(a: Attribution) -> list[Json]:
    """One row a measure, in the plan's order: pounds a year in the target year as {mean, p5, p50, p95}, and shares of them."""
    return [_row(a, p) for p in a.parts]


def _row(a: Attribution, p: Part) -> Json:
    m, saved, taken, moved = p.measure, p.share["saving"], p.taken, _moved(p)
    return {
        "id": m.id,
        "title": m.title,
        "service": m.service,
        "in_verdict": m.id in a.judged,
        "purpose": m.purpose or None,
        "says": m.says or None,
        "booked_saving": None if math.isnan(m.booked_saving) else m.booked_saving,
        "saves": spread(saved),
        "takes_away": spread(taken),
        "moves": spread(moved),
        "raised": spread(p.share["raised"]),
        "one_off": spread(p.share["one_off"]),
        **{k: spread(p.share[k]) for k in ("better", "fewer", "lower", "charged", "price")},
        **{k: spread(p.share[k]) for k in MOVED},
        "alone": {"saves": float(p.alone["saving"].mean()), "takes_away": _taken(p.alone)},
        "dropped": {
            "saves": float(p.last["saving"].mean()), "takes_away": _taken(p.last), "word": p.word, "chance": dict(p.chance)
        },
        "better_share": _better_share([p]),
        "error": {"saves": _known(p.error["saving"]), "takes_away": _known(math.hypot(p.error["fewer"], p.error["lower"]))},
        "exact": p.exact,
    }  # fmt: skip


def _taken(lines: Mapping[str, Floats]) -> float:
    return float((lines["fewer"] + lines["lower"]).mean())


def _moved(p: Part) -> Floats:
    return np.asarray(sum((p.share[k] for k in MOVED), np.zeros_like(p.share["saving"])))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _better_share(parts: Iterable[Part]) -> float | None:
    """Of what some measures save, the part that is doing it better (means of both); None where they save nothing."""
    saved = sum(float(p.share["saving"].mean()) for p in parts)
    better = sum(float(p.share["better"].mean()) for p in parts)
    return better / saved if saved > TRIFLE else None


def by_purpose(a: Attribution) -> list[Json]:
    """What is booked under each purpose, what it saves, and how much of that is really doing it better; those that are said."""
    found = []
    for purpose in PURPOSES:
        parts = [p for p in a.parts if p.measure.purpose == purpose]
        if not parts:
            continue
        booked = sum(p.measure.booked_saving for p in parts if math.isfinite(p.measure.booked_saving))
        sums = {
            k: float(sum(p.share[k].mean() for p in parts))
            for k in ("saving", "better", "fewer", "lower", "charged", "raised")
        }
        share = _better_share(parts)
        found.append({"purpose": purpose, "measures": len(parts), "booked": booked, **sums, "better_share": share})
    return found


def shown(a: Attribution) -> Shown:
    """All of it as text of at most 80 columns, data and rows for a spreadsheet."""
    found = rows(a)
    place, year = a.plan.place, a.plan.place.calendar.years[a.year]
    invented = " (an invented place)" if place.invented else ""
    lines = wrap(f"{a.plan.title}, measure by measure")
    lines += [*wrap(f"{place.name}{invented}, pounds a year in {year}, over {a.draws:,} runs"), ""]
    lines += [*_table(found), ""]
    lines += [*_reading(a), ""]
    lines += [*_dropped(a, found), ""]
    lines += _said(a, found)
    data = {
        "plan": a.plan.title,
        "year": year,
        "draws": a.draws,
        "seed": a.seed,
        "verdict": {"word": a.word, "chance": dict(a.chance)},
        "measures": found,
        "by_purpose": by_purpose(a),
    }
    return Shown("\n".join(lines).rstrip() + "\n", data, [_flat(r) for r in found])


def _flat(row: Json) -> Json:
    """A row for a spreadsheet: ranges as three columns, what is nested by its path."""
    flat: Json = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}_{k}": v for k, v in value.items() if not isinstance(v, Mapping) and k != "p50"}
        else:
            flat[key] = value
    return flat


def _table(found: Sequence[Json]) -> list[str]:
    """What each saves, takes away and moves as a part of the plan, with a bar for the saving."""
    head = ("measure", "booked", "saves", "takes away", "in each £", "moves")
    body = [
        (
            r["id"], "-" if r["booked_saving"] is None else pounds(r["booked_saving"]), mean(r["saves"]), mean(r["takes_away"]),
            pence(r), mean(r["moves"]),
        )
        for r in found
    ]  # fmt: skip
    return columns(head, body)


def _reading(a: Attribution) -> list[str]:
    """How to read the table, and what measures do to each other."""
    alone, whole = sum(p.alone["saving"].mean() for p in a.parts), a.whole["saving"].mean()
    errors = [p.error["saving"] for p in a.parts if not math.isnan(p.error["saving"])]
    text = (
        "Each column adds up to the plan: where measures of a service act on each other, what they do together is shared "
        "out evenly (Shapley values)."
    )
    text += f" By themselves they would save {pounds(alone)}, together {pounds(whole)}."
    if errors:
        text += f" With other draws the means would differ by some {pounds(max(errors))} at most."
    if any(not p.exact for p in a.parts):
        text += " Where a service has many measures, not every order was counted: that is in the difference, too."
    outside = [p.measure.id for p in a.parts if p.measure.id not in a.judged]
    if outside:
        text += f" Not modelled, and not in the verdict: {and_list(outside)}."
    return wrap(text)


def _dropped(a: Attribution, found: Sequence[Json]) -> list[str]:
    """What would change if one were dropped: those without which the word is another, or the chance moves most."""
    shift = sorted(found, key=lambda r: -abs(r["dropped"]["chance"][a.word] - a.chance[a.word]))
    head = ("if you drop this one", "saves less", "takes away less", f"chance of {a.word}", "word")
    body = [
        (
            r["id"], pounds(r["dropped"]["saves"]), pounds(r["dropped"]["takes_away"]), chance(r["dropped"]["chance"][a.word]),
            r["dropped"]["word"],
        )
        for r in shift
    ]  # fmt: skip
    own = f"With all of them the chance of *{a.word}* is {chance(a.chance[a.word])}."
    other = [r["id"] for r in found if r["dropped"]["word"] != a.word]
    changed = f" The word would be another without {and_list(other)}." if other else " No single one changes the word."
    return [*columns(head, body), "", *wrap(own + changed)]


def _said(a: Attribution, found: Sequence[Json]) -> list[str]:
    """Said and does: what each is said to be, and what of its saving is doing it better."""
    if not any(r["purpose"] or r["says"] for r in found):
        return wrap("No measure says what it is for: purpose and says in the plan would be set against what it does.")
    lines = ["Said and does"]
    for p in by_purpose(a):
        many = "measure" if p["measures"] == 1 else "measures"
        text = f"{p['purpose'].capitalize()}: {p['measures']} {many}, {pounds(p['booked'])} booked, {pounds(p['saving'])} saved"
        if p["raised"] > TRIFLE:
            text += f" and {pounds(p['raised'])} raised"
        lines += wrap(text + _split(p) + ".", "  ", "    ")
    lines += [""]
    for r in (r for r in found if r["purpose"] or r["says"]):
        said = f"{r['id']}" + (f" ({r['purpose']})" if r["purpose"] else "") + (f': "{r["says"]}"' if r["says"] else "")
        lines += wrap(said, "  ", "    ")
        lines += wrap(_does(r), "    ", "    ")
    return lines


WORDS = {
    "better": ("doing it better", "cost left behind"),
    "fewer": ("fewer people", "more people"),
    "lower": ("lower quality", "higher quality"),
    "charged": ("charging more", "less from charges"),
}
"""What a line of the ledger is called above zero and below."""


def _split(p: Json) -> str:
    """Of what is saved, how much is doing it better, and what the rest is, in pence of each pound."""
    if p["better_share"] is None:
        return ""
    pence = {k: 100 * p[k] / p["saving"] for k in ("fewer", "lower", "charged")}
    better = 100 * p["better_share"]
    adds = [("better", better), *pence.items()]
    up = [f"{v:.0f}p {WORDS[k][0]}" for k, v in adds if v >= 0.5]
    down = [f"{-v:.0f}p {WORDS[k][1]}" for k, v in adds if v <= -0.5]
    none = "nothing is doing it better, " if better < 0.5 else ""
    return f". In each pound: {none}{and_list(up)}" + (f", against {and_list(down)}" if down else "")


def _does(r: Json) -> str:
    """What a measure does, in a sentence."""
    if r["raised"]["mean"] > TRIFLE and r["saves"]["mean"] <= TRIFLE:
        return f"Raises {about(r['raised'], 'pounds')} a year; saves nothing."
    if r["saves"]["mean"] <= TRIFLE:
        taken = r["takes_away"]["mean"]
        does = "takes away" if taken > 0 else "gives"
        cost = f"Costs {pounds(-r['saves']['mean'])} a year" if r["saves"]["mean"] < -TRIFLE else "Saves nothing"
        return f"{cost}; {does} service worth {pounds(abs(taken))}."
    means = {k: r[k]["mean"] for k in ("better", "fewer", "lower", "charged")} | {"saving": r["saves"]["mean"]}
    return f"Saves {about(r['saves'], 'pounds')} a year{_split(means | {'better_share': r['better_share']})}."
