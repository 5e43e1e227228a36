"""`withless venues options`: which buildings to change for a saving with the least harm, and how near to the least that is."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import numpy as np

from ... import location
from ...service import BaseModel, Misused, Shown
from . import suggest
from .tables import inside

HARMS = {
    "users": "users lost",
    "worst-off": "users lost in the most deprived fifth",
    "minutes": "person-minutes to the nearest more",
    "beyond": "people more beyond {minutes:g} minutes",
}


def options(
    models: Sequence[BaseModel],
    progress: Callable[[int, int], None] | None,  # noqa: ARG001  # too quick to be followed
    *,
    saving: Annotated[str, "Pounds a year that the service is to save, such as 500k."] = "500k",
    harm: Annotated[str, "What is kept low: users, worst-off, minutes or beyond."] = "users",
    minutes: Annotated[float, "With --harm beyond: how far is too far."] = 20.0,
    keep: Annotated[str | None, "Ids of venues that stay as they are, such as LIB07,LIB12."] = None,
    levers: Annotated[str | None, "Only these: open (closing), hours, volunteers, shared; else all."] = None,
    at_most: Annotated[int | None, "At most so many close in a district."] = None,
    within: Annotated[float | None, "Nobody who has a venue within so many minutes by car is left without one."] = None,
    fair: Annotated[bool, "No deprivation fifth loses over a quarter more of its users than all do."] = False,
    seconds: Annotated[float, "How long to look for proof."] = 60.0,
) -> Shown:
    """Choose which buildings change for a saving, with the least harm.

    One option a building: as it is, shorter hours, volunteers, another building, closed. At the middle of every assumption;
    what the choice does in all draws is for a plan and `withless assess` to say.

    Examples:
      withless venues options northshire --service libraries --saving 500k
      withless venues options northshire --service libraries --saving 500k --levers open --within 15 --fair

    """
    model = models[0]
    if harm not in HARMS:
        raise Misused(f"--harm is users, worst-off, minutes or beyond, not {harm!r}.")
    c = suggest.choices(model)
    kept = _ids(c, "--keep", keep)
    wanted = _pounds(saving)
    only = [word.strip() for word in levers.split(",")] if levers else None
    if only and (unknown := sorted(set(only) - {"open", "hours", "volunteers", "shared"})):
        raise Misused(f"--levers are open, hours, volunteers and shared, not {', '.join(unknown)}.")
    limits = suggest.limits(c, kept, within, at_most, fair, only)
    p = suggest.problem(c, harm, minutes)
    try:
        found = location.solve(p, wanted, limits, seconds)
    except location.Unreachable as error:
        most = f"the most is £{error.most:,.0f} a year"
        raise Misused(f"--saving: no choice of buildings saves £{wanted:,.0f}; {most} with what is kept.") from None
    except location.Contradiction as error:
        raise Misused(
            f"No choice saves £{wanted:,.0f} a year and keeps all of: {'; '.join(error.names) or 'fair'}."
        ) from None
    except location.NoneFound:
        raise Misused(f"In {seconds:g} seconds no choice was found that keeps all of that.") from None
    return _shown(c, p, found, HARMS[harm].format(minutes=minutes))


def _shown(c: suggest.Choices, p: location.Problem, found: location.Answer, unit: str) -> Shown:
    """The answer for people, for JSON, and a row a change for a spreadsheet."""
    taken = suggest.taken(c, found.chosen)
    table = c.instance.tables["venues"]
    title, many = c.instance.title or c.instance.name, int(inside(c.instance).sum())
    invented = " (an invented place)" if c.place.invented else ""
    first = f"{title} of {c.place.name}{invented}: of {many} buildings {len(taken)} change, £{found.saving:,.0f} a year less."
    alone = location.moves(p, np.zeros(p.venues, dtype=np.int64))
    rows: list[dict[str, Any]] = [
        {
            "id": table.words("id")[c.options[o].venue],
            "change": c.options[o].words,
            "saving": float(c.arrays.saving[o]),
            "harm_if_alone": float(alone[o]),
        }
        for o in taken
    ]
    lines = [*textwrap.wrap(first, 80), f"{found.harm:,.0f} {unit}."]
    lines += [*textwrap.wrap(_proof(found), 80), "", f"{'':<56}{'saves':>11}{'harm alone':>13}"]
    lines += [
        f"{row['change'][:55]:<56}{'£' + format(row['saving'], ',.0f'):>11}{row['harm_if_alone']:>13,.0f}"
        for row in rows
    ]
    data = {
        "saving": found.saving,
        "harm": found.harm,
        "unit": unit,
        "bound": found.bound,
        "proved": found.proved,
        "changes": rows,
    }
    return Shown("\n".join(lines) + "\n", data | {"changes": rows}, rows)


def _proof(found: location.Answer) -> str:
    if found.proved:
        return "Proved: at the middle of what is assumed, no other choice that saves as much does less harm."
    if found.fault:
        return f"Not proved, and a fault of ours: {found.fault}."
    return f"Not proved: up to {100 * found.gap:.1f}% of that harm might be avoidable; a longer look may tell."


def _ids(c: suggest.Choices, option: str, words: str | None) -> list[str]:
    ids = c.instance.tables["venues"].words("id")
    given = [word.strip() for word in (words or "").split(",") if word.strip()]
    if unknown := [word for word in given if word not in ids]:
        raise Misused(f"{option}: no venue {', '.join(unknown)} in {c.instance.name}; there is {ids[0]}, for one.")
    return given


def _pounds(written: str) -> float:
    """500k, £1.2m or 300000 as pounds."""
    text = written.strip().lstrip("£").replace(",", "").lower()
    unit = {"k": 1e3, "m": 1e6}.get(text[-1:], 1.0)
    try:
        found = float(text.rstrip("km")) * unit
    except ValueError:
        found = 0.0
    if not found > 0:
        raise Misused(f"--saving is pounds a year above zero, such as 500k, not {written!r}.")
    return found
