"""`withless venues closures`: what closing each venue, or some together, would do to its users."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import joblib
import numpy as np
from numpy.typing import NDArray

from ...place import QUINTILES
from ...service import Misused, Shown
from . import large_place
from .facts import Facts

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None] | None


def closures(
    models: Sequence[Facts],
    progress: Progress,
    *,
    together: Annotated[str | None, "Ids of venues that close together, such as LIB07,LIB12."] = None,
    minutes: Annotated[float | None, "Leave out venues farther than this; else the register's reach."] = None,
    top: Annotated[int, "How many to show, those whose closing hurts most per user first."] = 20,
    workers: Annotated[int, "Processes that share the work; they change no number."] = 1,
    dask: Annotated[str | None, "Address of a Dask scheduler to send the work to; local starts one here."] = None,
) -> Shown:
    """Say what closing each venue alone would do to its users.

    For every venue: how many of its users would give up, and how much farther the others would travel. Users only: no
    money. Made for places of any size; the whole of England takes a minute or two.

    Examples:
      withless venues closures northshire --service libraries
      withless venues closures england --minutes 45 --workers 2 --csv closures.csv
      withless venues closures somerset --together LIB012,LIB026

    """
    first = models[0]
    ids = first.ids
    closed = [word.strip() for word in (together or "").split(",") if word.strip()]
    unknown = [word for word in closed if word not in ids]
    if unknown:
        raise Misused(
            f"--together: no venue {', '.join(unknown)} in {first.instance.name}; there is {ids[0]}, for one."
        )
    for name, value, least in (("minutes", minutes, 1), ("top", top, 1), ("workers", workers, 1)):
        if value is not None and not value >= least:
            raise Misused(f"--{name} is {least} or more, not {value:g}.")
    with _on(dask):
        w = large_place.large_place(first, minutes)
        found = large_place.run(w, models, closed, workers, progress)
    rows = _rows(first, found)
    about = _about(first, found, sum(len(link.site) for link in w.links))
    joint = _joint(first, found, closed) if closed else None
    text = "".join(f"{line}\n" for line in [*_intro(about), *_together(joint), *_worst(rows[:top], len(rows))])
    return Shown(text, {"about": about, "together": joint, "venues": rows}, [_flat(row) for row in rows])


@contextmanager
def _on(dask: str | None) -> Iterator[None]:
    """Send joblib's work to a Dask cluster, where one is named."""
    if dask is None:
        yield
        return
    try:
        import distributed
    except ImportError:
        raise Misused("--dask needs Dask: pip install 'withless[dask]'") from None
    try:
        where = (
            {"processes": True, "dashboard_address": None} if dask == "local" else {"address": dask, "timeout": "10s"}
        )
        connect: Any = distributed.Client  # it has no types
        client = connect(**where)
    except (OSError, ValueError) as error:
        raise Misused(f"--dask {dask}: no scheduler answers there ({error}).") from None
    with client, joblib.parallel_config(backend="dask"):
        yield


def _rows(facts: Facts, found: large_place.Alone) -> list[dict[str, Any]]:
    """A row a venue of ours with users, those whose closing hurts most per user first."""
    table = facts.table
    ids, names = table.words("id"), table.words("name")
    share = np.divide(found.lost, found.users, out=np.zeros_like(found.lost), where=found.users > 0)
    ours = np.flatnonzero(facts.inside & (facts.users > 0))
    order = ours[np.argsort(-share[:, ours].mean(axis=0), kind="stable")]
    return [
        {
            "id": ids[j],
            "name": names[j],
            "x": float(table.numbers("x")[j]),
            "y": float(table.numbers("y")[j]),
            "users": float(facts.users[j]),
            "give_up": _range(share[:, j]),
            "lost": _range(found.lost[:, j]),
            "minutes": _range(found.minutes[:, j]),
        }
        for j in order
    ]


def _about(facts: Facts, found: large_place.Alone, pairs: int) -> dict[str, Any]:
    ours, place = facts.inside & (facts.users > 0), facts.place
    return {
        "place": place.name,
        "invented": place.invented,
        "service": facts.title,
        "venues": int(ours.sum()),
        "areas": len(place.areas),
        "pairs": pairs,
        "draws": len(found.users),
        "users": float(facts.users[ours].sum()),
        "give_up": _range(found.lost[:, ours].sum(axis=1) / max(facts.users[ours].sum(), 1e-12)),
        "worst_miss": float(found.miss.max()),
    }


def _joint(facts: Facts, found: large_place.Alone, closed: Sequence[str]) -> dict[str, Any]:
    """What closing some together does: users of them, who give up, by deprivation."""
    table, areas_of = facts.table, facts.place.areas
    shut = np.isin(table.words("id"), list(closed))
    after, areas = found.after, found.areas
    assert after is not None  # noqa: S101  # both are there wherever something closes together
    assert areas is not None  # noqa: S101
    lost = found.users.sum(axis=1) - after.sum(axis=1)
    users = float(facts.users[shut].sum())
    ours = ~areas_of.outside
    fifths = {}
    for q, name in enumerate(QUINTILES):
        here = ours & (areas_of.quintile == q)
        fifths[name] = {"users": float(areas[0][here].sum()), "lost": float((areas[0] - areas[1])[here].sum())}
    return {
        "closed": [
            f"{name} ({key})" for key, name in zip(table.words("id"), table.words("name"), strict=True) if key in closed
        ],
        "users": users,
        "lost": _range(lost),
        "stay": _range(1 - lost / max(users, 1e-12)),
        "by_fifth": fifths,
    }


def _range(values: Floats) -> dict[str, float | None]:
    """Mean, 5%, 50% and 95% of a quantity over draws; nothing where it is never defined."""
    known = values[np.isfinite(values)]
    if not len(known):
        return dict.fromkeys(("mean", "p5", "p50", "p95"))
    p5, p50, p95 = np.quantile(known, [0.05, 0.5, 0.95])
    return {"mean": float(known.mean()), "p5": float(p5), "p50": float(p50), "p95": float(p95)}


def _intro(about: dict[str, Any]) -> list[str]:
    invented = " (an invented place)" if about["invented"] else ""
    g = about["give_up"]
    return [
        f"{about['service']} of {about['place']}{invented}: if one closed",
        *textwrap.wrap(
            f"{about['venues']:,} venues, {about['areas']:,} areas, {about['pairs']:,} pairs within reach, "
            f"{about['draws']} draws.",
            80,
        ),
        "",
        *textwrap.wrap(
            f"Of 100 users of a venue that closed, on average {_points(g)} would give up; the others would go on "
            "elsewhere. It is where people go today that says so, not what they did when something closed.",
            80,
        ),
        "",
    ]


def _together(joint: dict[str, Any] | None) -> list[str]:
    if joint is None:
        return []
    stay, lost = joint["stay"], joint["lost"]
    first = textwrap.wrap(f"If these closed together: {', '.join(joint['closed'])}", 80, subsequent_indent="  ")
    return [
        *first,
        f"  {'users of them':<36}{joint['users']:>8,.0f}",
        f"  {'of 100, go on elsewhere':<36}{_points(stay):>8}",
        f"  {'give up':<36}{lost['mean']:>8,.0f} ({lost['p5']:,.0f} to {lost['p95']:,.0f})",
        *(
            f"  {'in the ' + name:<36}{row['lost']:>8,.0f} of {row['users']:,.0f} users of any"
            for name, row in joint["by_fifth"].items()
        ),
        "",
    ]


def _worst(rows: list[dict[str, Any]], of: int) -> list[str]:
    """The table of those whose closing would hurt most per user, at most 80 columns."""
    head = [
        f"The {len(rows)} of {of:,} whose closing would hurt most, for each user:"
        if len(rows) < of
        else "All, those whose closing hurts most first:",
        f"{'':<40}{'users':>8}{'of 100 give up':>16}{'minutes':>15}",
        f"{'':<40}{'':>8}{'':>16}{'farther':>15}",
    ]
    return head + [
        f"{k:>3} {row['name'][:35]:<36}{_rounded(row['users']):>8}{_points(row['give_up']):>16}{_minutes(row['minutes']):>15}"
        for k, row in enumerate(rows, 1)
    ]


def _points(share: dict[str, Any]) -> str:
    return _whole({k: 100 * v for k, v in share.items()})


def _minutes(r: dict[str, Any]) -> str:
    return "" if r["mean"] is None else _whole(r)


def _whole(r: dict[str, Any]) -> str:
    """A mean and its range in whole numbers."""
    mean, low, high = (round(r[k]) for k in ("mean", "p5", "p95"))
    return f"{mean} ({low} to {high})"


def _rounded(people: float) -> str:
    """People to two figures: what stands here was observed or judged with no more behind it."""
    if people < 10:
        return f"{people:.0f}"
    digits = len(str(int(people))) - 2
    return f"{round(people, -digits):,.0f}"


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row for a spreadsheet."""
    out = {k: v for k, v in row.items() if not isinstance(v, dict)}
    for name in ("give_up", "lost", "minutes"):
        out |= {f"{name}_{k}": v for k, v in row[name].items()}
    return out
