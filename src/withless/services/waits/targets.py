"""`withless waits target`: how much capacity it takes to reach a target by a date, and to hold it after."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ...assumptions import Draws
from ...place import Instance
from ...service import Misused, Model, Shown
from . import check
from . import project as projecting
from .calendar_weeks import by_week, counted_on
from .cohort import BY_WEEK, Flow, run
from .commands import Change
from .commands import share as as_share
from .observed import names_of

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None] | None

MOST = 2.0
"""Capacity is looked for up to twice today's: more than that in a few years is no plan."""

ROUNDS = 10
"""Halvings: capacity to within a fifth of a per cent of today's."""

HOLD_WEEKS = 52


@dataclass(frozen=True)
class Need:
    """Capacity against what it would be, float[draw, group] (NaN: not within `MOST`); groups are specialties, then all of
    them each at its own, and all raised alike.

    `reach` until the date, `hold` in the year after it, and `share` of the list within the target at the date if
    nothing is done; `treated` a week if nothing is done. By specialty alone: `then`, the list at the date if nothing is
    done, and what moves it `today`.
    """

    reach: Floats
    hold: Floats
    share: Floats
    treated: Floats
    then: Floats
    today: check.Today


def target(
    models: Sequence[Model],
    progress: Progress,
    *,
    share: Annotated[str, "Share of the list that is to wait less than --within."] = "92%",
    within: Annotated[int, "Weeks."] = 18,
    by: Annotated[str, "The month at whose end it is to hold, such as 2029-03."] = "",
    share_longest: Annotated[str, "Share of capacity that goes to the longest waiters first."] = "0%",
    share_urgent: Annotated[str, "How far the urgent are protected beyond what the register says."] = "0%",
) -> Shown:
    """Say how much more can be treated, from now on, so that a target holds by a date and then goes on holding.

    One figure for the list as a whole, all specialties raised alike, and one for each specialty by itself. Up to twice
    today's capacity is tried; what that does not reach is said to be out of reach.

    Examples:
      withless waits target northshire --share 92% --within 18 --by 2029-03
      withless waits target northshire --share 99% --within 52 --by 2027-03 --share-longest 20%

    """
    place, instance, blocks = models[0].place, models[0].instance, [model.draws for model in models]
    _, rates = projecting.rates_of(instance)
    wanted, weeks = as_share("share", share), _weeks_to(by, rates.month)
    if not 1 <= within < rates.stock.shape[2]:
        raise Misused(f"--within is 1 to {rates.stock.shape[2] - 1} weeks, not {within}.")
    change = Change(longest=as_share("share-longest", share_longest), urgent=as_share("share-urgent", share_urgent))
    needs = []
    for done, draws in enumerate(blocks, 1):
        needs.append(_need(instance, draws, change, weeks, within, wanted))
        if progress is not None:
            progress(done, len(blocks))
    need = _joined(needs)
    groups = [*(names_of(instance)[s] for s in rates.specialties), "all, each its own", "all, raised alike"]
    rows = [_row(group, need, g) for g, group in enumerate(groups)]
    about = {
        "place": place.name, "invented": place.invented, "service": instance.name, "share": wanted, "within": within,
        "by": by, "weeks": weeks, "draws": len(need.reach), "change": change.said, "most": MOST,
    }  # fmt: skip
    title = f"{instance.title or instance.name}, {place.name}{' (an invented place)' if place.invented else ''}"
    checks = _checks(need, about, rows) if 0 < wanted < 1 else []
    beside = {"whole": checks[-1], "specialties": dict(zip(groups[:-2], checks[:-1], strict=True)),
              "says_nothing_of": check.SAYS_NOTHING_OF} if checks else None  # fmt: skip
    text = _text(title, about, rows, rates.notes)
    if checks:
        text += "".join(f"{line}\n" for line in ["", *check.lines(checks[-1], checks[:-1], about)])
    return Shown(text, {"about": about, "groups": rows, "check": beside}, rows)


def _joined(needs: Sequence[Need]) -> Need:
    """The draws of all blocks."""
    found = {f.name: [getattr(n, f.name) for n in needs] for f in fields(Need)}
    days = found.pop("today")
    today = {f.name: np.concatenate([getattr(day, f.name) for day in days]) for f in fields(check.Today)}
    return Need(**{k: np.concatenate(v) for k, v in found.items()}, today=check.Today(**today))


def _checks(need: Need, about: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Closed forms of every specialty, then of all together, which are set beside each at its own capacity."""
    found = []
    specialties = need.then.shape[1]
    for g in range(specialties + 1):
        of = slice(g, g + 1) if g < specialties else slice(None)
        now = {f.name: float(getattr(need.today, f.name)[:, of].sum(axis=1).mean()) for f in fields(check.Today)}
        simulated = {
            "list": float(need.then[:, of].sum(axis=1).mean()),
            "share": rows[g]["share_if_nothing"],
            "capacity": rows[g]["reach_p50"],
        }
        found.append(check.reckoned(now, about["share"], about["within"], about["weeks"], simulated))
    return found


def _weeks_to(by: str, month: tuple[int, int]) -> int:
    """Weeks from the count of the list to the end of a month."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", by.strip())
    if found is None:
        raise Misused(f"--by is a month such as 2029-03, not {by!r}.")
    end: date = counted_on((int(found[1]), int(found[2])))
    weeks = round((end - counted_on(month)).days / 7)
    if not 4 <= weeks <= 520:
        text = f"{month[0]}-{month[1]:02d}"
        raise Misused(
            f"--by {by}: the list was counted at the end of {text}; a month within ten years after it is needed."
        )
    return weeks


def _need(instance: Instance, draws: Draws, change: Change, weeks: int, within: int, wanted: float) -> Need:
    """What one block needs: a search by halves in every draw and group, the list run anew each time."""
    known = projecting.rates_of(instance)
    rates = known[1]
    line = by_week(rates.month, weeks + HOLD_WEEKS)
    levers = change.levers(instance, rates, weeks + HOLD_WEEKS)
    whole = projecting.flow_under(instance, known, draws, line, levers)
    until, after = _cut(whole, 0, weeks), _cut(whole, weeks, weeks + HOLD_WEEKS)
    specialties = len(rates.specialties)
    share_now, then = _shares(until, np.ones((len(draws), specialties)), within)
    alone, common = _search(until, within, wanted, specialties)
    reached = (
        _closing(until, np.where(np.isnan(alone), MOST, alone)),
        _closing(until, np.where(np.isnan(common), MOST, common)),
    )
    held, _ = _search(replace(after, opening=reached[0]), within, wanted, specialties)
    _, held_all = _search(replace(after, opening=reached[1]), within, wanted, specialties)
    treated = np.broadcast_to(whole.capacity[..., :weeks].mean(axis=3).sum(axis=2), (len(draws), specialties))
    total = treated.sum(axis=1, keepdims=True)
    return Need(
        np.concatenate([alone, (alone * treated).sum(axis=1, keepdims=True) / total, common], axis=1),
        np.concatenate([held, (held * treated).sum(axis=1, keepdims=True) / total, held_all], axis=1),
        np.concatenate([share_now, share_now[:, -1:]], axis=1),
        np.concatenate([treated, total, total], axis=1),
        then.sum(axis=(2, 3)),
        check.today(whole),
    )


def _cut(flow: Flow, start: int, end: int) -> Flow:
    """The weeks `start` to `end` of what moves a list."""
    parts = {}
    for name in BY_WEEK:
        array = getattr(flow, name)
        parts[name] = array[..., start:end] if array.shape[3] > 1 else array
    return replace(flow, **parts)


def _search(flow: Flow, within: int, wanted: float, specialties: int) -> tuple[Floats, Floats]:
    """The least capacity that reaches the target at the end: alone[draw, specialty], and common[draw, 1] to all."""
    draws = len(flow.capacity)
    low, high = np.zeros((draws, specialties + 1)), np.full((draws, specialties + 1), MOST)
    alone_most, common_most = _tried(flow, high, within)
    reachable = np.concatenate([alone_most[:, :-1], common_most[:, -1:]], axis=1) >= wanted
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        alone, common = _tried(flow, middle, within)
        met = np.concatenate([alone[:, :-1], common[:, -1:]], axis=1) >= wanted
        low, high = np.where(met, low, middle), np.where(met, middle, high)
    found = np.where(reachable, high, np.nan)
    return found[:, :-1], found[:, -1:]


def _tried(flow: Flow, scale: Floats, within: int) -> tuple[Floats, Floats]:
    """Shares by group with each specialty at its own scale[draw, group], and with all at the last."""
    alone, _ = _shares(flow, scale[:, :-1], within)
    common, _ = _shares(flow, np.broadcast_to(scale[:, -1:], scale[:, :-1].shape), within)
    return alone, common


def _shares(flow: Flow, scale: Floats, within: int) -> tuple[Floats, Floats]:
    """Share of the list within the target at the end, [draw, group] (1 for an empty list), and the list itself."""
    weeks = flow.capacity.shape[3]
    found = run(
        replace(flow, capacity=flow.capacity * scale[:, :, None, None]), np.zeros(weeks, np.int64), (within,), ()
    )
    listed, counted = found.listed[:, :, 0], found.within[:, :, 0, 0]
    return np.where(listed > 1e-9, counted / np.where(listed > 1e-9, listed, 1.0), 1.0), found.closing


def _closing(flow: Flow, scale: Floats) -> Floats:
    """The list at the end, [draw, specialty, part, week]."""
    specialties = flow.opening.shape[1]
    return _shares(flow, np.broadcast_to(scale, (len(scale), specialties)), 1)[1]


def _row(group: str, need: Need, g: int) -> dict[str, Any]:
    """A group's figures: means and ranges over the draws in which the target can be reached."""
    can = np.isfinite(need.reach[:, g])
    row: dict[str, Any] = {
        "group": group,
        "share_if_nothing": float(need.share[:, g].mean()),
        "reachable": float(can.mean()),
    }
    for name, values in (("reach", need.reach[:, g]), ("hold", need.hold[:, g])):
        known = values[np.isfinite(values)]
        for key, q in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9)):
            row[f"{name}_{key}"] = float(np.quantile(known, q)) if len(known) else None
    row["treated_a_week"] = float(need.treated[:, g].mean())
    middle = row["reach_p50"]
    row["more_a_week"] = float(need.treated[:, g].mean() * (middle - 1)) if middle is not None else None
    return row


def _text(title: str, about: dict[str, Any], rows: list[dict[str, Any]], notes: Sequence[str]) -> str:
    lines = [
        *textwrap.wrap(title, 80),
        *textwrap.wrap(
            f"{100 * about['share']:g}% within {about['within']} weeks by the end of {about['by']}, {about['weeks']} weeks "
            f"after the list was counted{': with ' + about['change'] if about['change'] else ''}. {about['draws']} draws.",
            80,
        ),
        "",
        f"{'':<22}{'if as':>6}{'capacity to reach it':>22}{'more a':>8}{'to hold it':>21}",
        f"{'':<22}{'now':>6}{'(80 in 100)':>22}{'week':>8}{'(80 in 100)':>21}",
    ]
    for row in rows:
        lines.append(
            f"{row['group'][:21]:<22}{100 * row['share_if_nothing']:>5.0f}%{_change(row, 'reach'):>22}"
            f"{_more(row):>8}{_change(row, 'hold'):>21}"
        )
    lines += [""]
    for row in rows:
        if row["reachable"] < 0.995:
            said = f"{100 * (1 - row['reachable']):.0f} in 100 draws" if row["reachable"] > 0 else "every draw"
            lines += textwrap.wrap(f"{row['group']}: out of reach in {said}, even with twice today's capacity.", 80)
    lines += textwrap.wrap(
        "Capacity is against what it would be: 0% is enough as it is, +10% a tenth more all the way from now. To hold it is "
        "what the year after needs. Raised alike, some lists are emptied before the slowest is within the target. Ranges "
        "hold what is uncertain in the estimates; a forecast so far ahead can be off by "
        "more. The target counts those still waiting, not those treated.",
        80,
    )
    for note in notes:
        lines += textwrap.wrap(note, 80)
    return "".join(f"{line}\n" for line in lines)


def _change(row: dict[str, Any], name: str) -> str:
    """A capacity as a change, with its range."""
    if row[f"{name}_p50"] is None:
        return "out of reach"
    p10, p50, p90 = (100 * (row[f"{name}_{k}"] - 1) for k in ("p10", "p50", "p90"))
    return f"{p50:+.0f}% ({p10:+.0f} to {p90:+.0f})"


def _more(row: dict[str, Any]) -> str:
    return "-" if row["more_a_week"] is None else f"{row['more_a_week']:+,.0f}"
