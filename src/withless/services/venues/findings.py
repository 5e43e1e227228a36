"""What a fit found, in plain words, and as the mixture that later runs draw from."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from ...assumptions import Component, Joint, Source
from ...place import Instance
from .fit import MODEL_FORM, FittedChoice

WIDTH = 80
APART = 2.0
"""Specifications differ when their lams lie further apart than this many of their errors together."""


def mixture(instance: Instance, estimates: Sequence[FittedChoice]) -> Joint:
    """lam, kappa and alpha together: a normal component a specification, by its weight.

    Covariances are those by catchment, with the judged error of form that all share added to lam's.
    """
    components = []
    for e in estimates:
        if e.specification.weight > 0:
            covariance = e.covariance.copy()
            covariance[0, 0] += MODEL_FORM**2
            components.append(
                Component(
                    weight=e.specification.weight,
                    mean=tuple(e.mean.tolist()),
                    covariance=tuple(tuple(row) for row in covariance.tolist()),
                    label=e.specification.name,
                )
            )
    users = sum(e.users.sum() for e in estimates[:1])
    source = Source(
        title=f"Fitted to where {users:,.0f} users of {instance.title} live",
        kind="derived",
        where=f"{len(components)} specifications, errors by catchment; association, not effect",
    )
    names = tuple(f"venues.{name}@{instance.name}" for name in ("lam", "decay", "curve"))
    return Joint(f"fit:{instance.name}", names, ("logit", "log", "identity"), tuple(components), source)


def tell(instance: Instance, estimates: Sequence[FittedChoice], by_lam: Sequence[FittedChoice]) -> str:
    """What each specification says, which disagree and why, and what other lams would mean: at most 80 columns."""
    first = estimates[0]
    lines = [
        *_wrap(
            f"{instance.title}: {first.users.sum():,.0f} users of {len(first.users)} venues, "
            f"{first.pairs:,} pairs of area and venue, {first.clusters} catchments."
        ),
        "",
        *_wrap(
            "Association, not effect: this is where people go today, not what they did when something closed. "
            "lam says how separate venues are in people's minds: near 0 users of a closed venue all go to another, "
            "at 1 most give up."
        ),
        "",
        f"{'':<34}{'lam':>6}{'error':>8}{'naive':>8}{'would':>8}{'better than':>14}",
        f"{'how the counts were looked at':<34}{'':>6}{'':>8}{'error':>8}{'stay':>8}{'lam = 1 by':>14}",
    ]
    for e in estimates:
        naive = float(np.sqrt(e.naive[0, 0]) * e.point.lam * (1 - e.point.lam))
        held = np.isfinite(e.specification.lam)
        numbers = f"{e.point.lam:>6.2f}{'' if held else f'{e.lam_error:.2f}':>8}{'' if held else f'{naive:.3f}':>8}"
        gain = "" if held else f"{e.gain:,.0f}"
        name = textwrap.wrap(e.specification.name, 33)
        lines += [f"{name[0]:<34}{numbers}{100 * e.stay_share:>7.0f}%{gain:>14}", *(f"  {more}" for more in name[1:])]
    lines += ["", *_wrap(_disagreement(estimates)), ""]
    lines += _wrap(
        "Errors are by catchment, because people who live near each other choose alike; naive errors take everybody for "
        f"independent and are {_times_too_small(estimates):.0f} times too small. 'Would stay': users of a venue who "
        "would go on elsewhere if it alone closed. 'Better than': how much more likely the counts are (log likelihood)."
    )
    lines += ["", "If lam were held, with all else fitted again:"]
    lines += [f"  lam {e.point.lam:>4.2f}   {100 * e.stay_share:>3.0f}% would stay" for e in by_lam]
    lines += ["", *_wrap(_warning())]
    return "\n".join(lines) + "\n"


def _disagreement(estimates: Sequence[FittedChoice]) -> str:
    """Which specifications lie apart from the first, and what that says."""
    first = estimates[0]
    free = [e for e in estimates[1:] if not np.isfinite(e.specification.lam)]
    apart = [e for e in free if abs(e.point.lam - first.point.lam) > APART * np.hypot(e.lam_error, first.lam_error)]
    low, high = (f(e.point.lam for e in [first, *free]) for f in (min, max))
    span = f"lam lies between {low:.2f} and {high:.2f}"
    if not apart:
        return f"They agree within their errors: {span}."
    reasons = []
    for e in apart:
        reason = "" if e.specification.rim else ", because people near the border use venues that are then left out"
        reasons.append(f"'{e.specification.name}' ({e.point.lam:.2f}){reason}")
    return f"They disagree by more than their errors: {span}. Apart from the first stands {'; '.join(reasons)}."


def _times_too_small(estimates: Sequence[FittedChoice]) -> float:
    ratios = [np.sqrt(e.covariance[0, 0] / e.naive[0, 0]) for e in estimates if e.naive[0, 0] > 0]
    return float(np.median(ratios)) if ratios else 1.0


def _warning() -> str:
    return (
        f"For later runs an error of {MODEL_FORM:g} on the log odds of lam is added (judged), because all of these may be "
        "wrong alike. lam = 1 is shown to compare and has no weight."
    )


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_on_hyphens=False)
