"""The charts of the page: each says what is found in its title, and carries its table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from ..charts import Chart, Mark, Step, loss_map, over_time, ranges, waterfall
from ..charts.svg import ticks
from ..content.models import Exhibit, Group, Range, Result, Service
from ..sentences import PARTS, group_share, part
from ..words import MINUS, about, and_list, number, percent, pounds, say
from ..words import change as changed

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
RANGE = ("mean", "p5", "p95")
NAMED_AT_MOST = 8
TOWNS = 6


NOTHING = Range(mean=0.0, p5=0.0, p50=0.0, p95=0.0)
"""What is drawn of a group in which nobody lives; the words next to it say so."""


def axis(unit: str) -> Callable[[float], str]:
    """How a tick is said: `£20m`, `−4%`, `1,000`."""

    def said(value: float) -> str:
        if unit.startswith("pounds"):
            return pounds(value, abs(value) if value else 0.0) if abs(value) >= 1000 else pounds(value)
        text = f"{100 * value:,.10g}%" if unit == "share" else f"{value:,.10g}" + ("%" if unit == "%" else "")
        return text.replace("-", MINUS)

    return said


def pound(r: Result) -> Chart:
    """Where each saved pound comes from: the parts of the saving, adding up."""
    found = [(label, q) for key, label, _ in PARTS if _any(q := part(r.ledger, key))]
    steps = [Step(label, q, about(q, "pounds")) for label, q in found]
    steps.append(Step("Saved where judged", r.ledger.total, about(r.ledger.total, "pounds"), whole=True))
    pence = r.verdict.pence
    if pence is not None and pence.mean > 0:
        title = (
            f"Of each pound saved, about {pence.mean:.0f}p is service taken away ({pence.p5:.0f}p to {pence.p95:.0f}p)"
        )
    else:
        title = f"Where the saving of {about(r.ledger.total, 'pounds')} comes from"
    note = f"Pounds a year in {r.year}, at what a user costs today: accounting, not cause. Striped bars are taken off."
    return _of_steps("pound", title, steps, note)


def bridge(r: Result) -> Chart:
    """From what the plan holds to what is saved."""
    b = r.money.bridge

    def off(value: Range | float) -> Range:
        return _turned(value) if isinstance(value, Range) else _bare(-value)

    steps = [Step("In the plan, at full effect", _bare(b.in_plan), pounds(b.in_plan), whole=True)]
    if abs(b.phased) >= 0.0005 * abs(b.in_plan):
        label = f"Not due in {r.year}" if b.phased > 0 else f"Due in {r.year} alone"
        steps.append(Step(label, off(b.phased), pounds(-b.phased)))
        steps.append(Step(f"Booked for {r.year}", _bare(b.booked), pounds(b.booked), whole=True))
    named = (
        ("Raised, not saved", b.raised),
        ("Drawn, not saved", b.drawn),
        ("Not delivered" if b.not_delivered.mean > 0 else "More than was booked", b.not_delivered),
        ("Saved, not modelled", b.not_modelled),
    )
    steps += [Step(label, off(q), about(off(q), "pounds")) for label, q in named if _any(q)]
    steps.append(Step("Saved where judged", b.saved, about(b.saved, "pounds"), whole=True))
    saved = about(r.money.delivered, "pounds")
    title = (
        f"Of the {pounds(b.booked)} booked for {r.year}, {saved} is saved"
        if b.booked
        else f"{saved} is saved in {r.year}"
    )
    return _of_steps(
        "bridge",
        title,
        steps,
        f"Pounds a year in {r.year}. Striped bars are taken off. "
        "Raised is what taxes and grants bring in. The verdict judges the services that are modelled.",
    )


def years(r: Result) -> Chart:
    """What is booked and what is saved, year by year."""
    rows = r.money.by_year
    lines = [("booked", [_bare(y.booked) for y in rows]), ("saved", [y.delivered for y in rows])]
    last = rows[-1]
    title = f"In {last.year}, {about(last.delivered, 'pounds')} is saved of {pounds(last.booked)} booked"
    ends = [pounds(last.booked), about(last.delivered, "pounds")]
    return Chart(
        "years",
        title,
        over_time([y.year for y in rows], lines, title, axis("pounds"), ends),
        ("Year", "Booked", "Saved", "One-off cost", "Verdict"),
        [
            (y.year, pounds(y.booked), about(y.delivered, "pounds"), about(y.one_off, "pounds"), v.headline)
            for y, v in zip(rows, r.verdict.by_year, strict=True)
        ],
        [
            ("year", "booked", *(f"saved_{k}" for k in RANGE), *(f"one_off_{k}" for k in RANGE)),
            *((y.year, y.booked, *_three(y.delivered), *_three(y.one_off)) for y in rows),
        ],
        f"Pounds a year of {r.prices}; the range of 90 in 100 runs is shaded.",
    )


def groups(r: Result, by: str) -> Chart | None:
    """The change in service by deprivation or by age; None where nobody is in need."""
    rows = [g for g in r.groups if g.by == by and (g.people > 0 or g.residents == 0)]
    if not any(g.people > 0 for g in rows):
        return None
    title = _who_loses_most([g for g in rows if g.residents], by, r.year)
    drawn = [(_capital(g.label), [(g.change_share or NOTHING, group_share(g))]) for g in rows]
    table = [
        (
            _capital(g.label),
            number(g.people, g.people / 5),
            group_share(g),
            about(g.change, "pounds") if g.residents else "",
            about(g.moved, "pounds") if g.residents else "",
        )
        for g in rows
    ]
    data = [
        ("who", "people", *(f"change_share_{k}" for k in RANGE), *(f"change_pounds_{k}" for k in RANGE)),
        *(
            (g.label, g.people, *(_three(g.change_share) if g.change_share else ("",) * len(RANGE)), *_three(g.change))
            for g in rows
        ),
    ]
    assumed = (
        ""
        if rows[0].measured
        else " Who uses what was not counted this way for every service, so this is partly assumed."
    )
    head = ("Who", "People", "Change in service", "Pounds a year", "Moved to them, pounds a year")
    svg = ranges(drawn, ("change in service",), title, axis("share"))
    return Chart(
        f"by-{by}", title, svg, head, table, data, f"Service of all services judged, against today, {r.year}.{assumed}"
    )


def _who_loses_most(rows: Sequence[Group], by: str, year: str) -> str:
    """The group that loses most, unless the differences are lost in the ranges."""
    ordered = sorted(((g, g.change_share) for g in rows if g.change_share), key=lambda pair: pair[1].mean)
    (worst, most_lost), (_, least_lost) = ordered[0], ordered[-1]
    gap = least_lost.mean - most_lost.mean
    width = most_lost.p95 - most_lost.p5
    ends = (most_lost.mean, least_lost.mean)
    if gap <= 0.25 * width or gap < 0.0005:
        whom = "Areas of every fifth" if by == "deprivation" else "All ages"
        if abs(ends[0]) < 0.0005 and abs(ends[1]) < 0.0005:
            return f"{whom} keep what they have in {year}"
        return f"{whom} change about alike: {percent(ends[0])} to {percent(ends[1])} in {year}"
    lost = "loses" if most_lost.mean < 0 else "gains least,"
    who = f"The {worst.label}" if by == "deprivation" else f"Those {worst.label}"
    lost = lost if by == "deprivation" else lost.replace("loses", "lose").replace("gains", "gain")
    most = " most" if lost.startswith("lose") else ""
    return f"{who} {lost}{most}: {percent(most_lost.mean)} of service in {year}"


def people(s: Service, year: str) -> Chart | None:
    """How many fewer or more people a service has, year by year; None where nothing changes in any year."""
    rows = s.by_year
    if not any(_any(y.served.change) for y in rows):
        return None
    now = next(y for y in rows if y.year == year)
    last = rows[-1]
    title = f"{_capital(changed(now.served.change, s.people))} in {year}"
    if last.year != year:
        title += f"; {about(last.served.change, signed=True)} in {last.year}"
    return Chart(
        f"people-{_slug(s.id)}",
        title,
        over_time(
            [y.year for y in rows], [(s.people, [y.served.change for y in rows])], title, axis("people"), [""], 110
        ),
        ("Year", "Without the plan", "With it", "Change"),
        [(y.year, about(y.served.baseline), about(y.served.plan), about(y.served.change, signed=True)) for y in rows],
        [
            ("year", *(f"{side}_{k}" for side in ("without", "with", "change") for k in RANGE)),
            *((y.year, *_three(y.served.baseline), *_three(y.served.plan), *_three(y.served.change)) for y in rows),
        ],
        f"{_capital(s.people)}, average of each year, against no plan; the range of 90 in 100 runs is shaded.",
    )


def exhibit(s: Service, e: Exhibit, i: int) -> Chart:
    """What a service itself has to show."""
    labels = _moments(e.labels)
    names = [line.name for line in e.lines]
    finding = "; ".join(f"{about(q.values[-1], e.unit)} {q.name}" for q in e.lines)
    if e.kind == "lines":
        title = f"{e.title}: {finding}, {labels[-1]}" if len(finding) < 90 else f"{e.title}, to {labels[-1]}"
        ends = [about(q.values[-1], e.unit) for q in e.lines]
        picture = over_time(labels, [(q.name, q.values) for q in e.lines], title, axis(e.unit), ends)
    else:
        title = _most_changed(e, labels)
        drawn = [
            (label, [(q.values[k], about(q.values[k], e.unit)) for q in e.lines]) for k, label in enumerate(labels)
        ]
        picture = ranges(drawn, names, title, axis(e.unit))
    return Chart(
        f"{_slug(s.id)}-{i}",
        title,
        picture,
        ("When" if e.kind == "lines" else "What", *names),
        [(label, *(about(q.values[k], e.unit) for q in e.lines)) for k, label in enumerate(labels)],
        [
            ("label", *(f"{name}_{k}" for name in names for k in RANGE)),
            *((label, *(v for q in e.lines for v in _three(q.values[k]))) for k, label in enumerate(e.labels)),
        ],
        "The range of 90 in 100 runs is shaded." if e.kind == "lines" else "Lines are the range of 90 in 100 runs.",
    )


def _most_changed(e: Exhibit, labels: Sequence[str]) -> str:
    """The title of bars with the label that changes most: against the first line, or against zero where there is but one."""
    first = e.lines[0].values if len(e.lines) > 1 else [_bare(0.0)] * len(labels)
    last = e.lines[-1].values
    k = max(range(len(labels)), key=lambda i: abs(last[i].mean - first[i].mean))
    said = about(last[k], e.unit, signed=len(e.lines) == 1 and any(q.mean < 0 for q in last))
    before = f"{say(first[k].mean, e.unit, abs(first[k].mean) / 5)} to " if len(e.lines) > 1 else ""
    return f"{e.title}: most for {labels[k]}, {before}{said}"


def areas(r: Result) -> Chart | None:
    """A map of what people lose per head; None where areas tell nothing, or nobody loses."""
    shown = [s for s in r.services if s.touched and s.in_verdict and s.id in r.areas.users]
    if not shown or len(r.areas.id) < 3:
        return None
    heads = np.maximum(np.asarray(r.areas.people), 1e-9)
    lost = np.zeros(len(heads))
    for s in shown:
        users = r.areas.users[s.id]
        each = s.cost.gross.baseline.mean / s.served.baseline.mean if s.served.baseline.mean > 0 else 0.0
        lost += each * (np.asarray(users.baseline) - np.asarray(users.plan))
    loss = np.where(heads > 1, lost / heads, 0.0)
    top = float(np.quantile(loss, 0.97))
    if not top > 0.005:
        return None
    bounds = [v for v in ticks(0.0, top, 5) if v > 0][:5]
    marks = _marks(shown)
    title = _where_most(r, loss, heads)
    picture = loss_map(
        r.areas.x_km,
        r.areas.y_km,
        r.areas.people,
        loss.tolist(),
        marks,
        _towns(r),
        bounds,
        _a_head,
        title,
        f"Service lost per head in {r.year}, pounds a year",
    )
    order = np.argsort(-loss, kind="stable")[:25]
    others = [s.name for s in r.services if s.touched and s.in_verdict and s not in shown]
    apart = f" Not on the map: {and_list(others)}, lower quality." if others else " Lower quality is not on the map."
    note = (
        f"People no longer served, at what each costs today: {and_list([s.name for s in shown])}."
        f"{apart} Cells are drawn around the centres of areas."
    )
    return Chart(
        "map",
        title,
        picture,
        ("Area, the 25 that lose most", "People", "Lost per head, a year"),
        [(r.areas.name[i] or r.areas.id[i], number(heads[i]), _a_head(float(loss[i]))) for i in order],
        [
            ("id", "name", "people", "pounds_lost_per_head"),
            *zip(r.areas.id, r.areas.name, r.areas.people, loss.round(4).tolist(), strict=True),
        ],
        note,
    )


def _a_head(value: float) -> str:
    """What one person loses: `£24`, `£2.50`, `14p`."""
    size, sign = abs(value), MINUS if value < 0 else ""
    if size >= 9.5 or float(value).is_integer():
        return pounds(round(value))
    return f"{sign}£{size:.2f}" if size >= 0.995 else f"{sign}{100 * size:.0f}p"


def _marks(shown: Sequence[Service]) -> list[Mark]:
    units = [u for s in shown for u in s.units if u.x_km is not None and u.y_km is not None]
    closing = sum(u.fate.startswith("closes") for u in units)
    found = []
    for u in units:
        kind = "closes" if u.fate.startswith("closes") else "stays" if u.fate == "stays" else "changes"
        name = u.name if kind == "closes" and closing <= NAMED_AT_MOST else ""
        found.append(Mark(u.x_km or 0.0, u.y_km or 0.0, kind, name))
    return found


def _town(name: str) -> str:
    """The town of an area, by its name without number and letter: `Kesterham Centre 4`, `Mendip 001A`."""
    return re.sub(r"\s+(?:(?:Centre|North|South|East|West)\s+)?\d+[A-Z]?$", "", name)


def _by_town(r: Result) -> dict[str, list[int]]:
    """Areas by town, of towns that are some areas each and not the place itself."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(r.areas.name):
        if (town := _town(name)) != name:
            found.setdefault(town, []).append(i)
    return {t: which for t, which in found.items() if len(which) >= 3 and len(which) < 0.6 * len(r.areas.id)}


def _towns(r: Result) -> list[tuple[str, float, float]]:
    """The largest towns with the middle of their people, km."""
    weight, x, y = (np.asarray(v) for v in (r.areas.people, r.areas.x_km, r.areas.y_km))
    towns = sorted(_by_town(r).items(), key=lambda item: -weight[item[1]].sum())[:TOWNS]
    return [
        (t, float(np.average(x[w], weights=weight[w] + 1e-9)), float(np.average(y[w], weights=weight[w] + 1e-9)))
        for t, w in towns
    ]


def _where_most(r: Result, loss: np.ndarray, heads: np.ndarray) -> str:
    """The town that loses most a head, against the mean; without towns, what the tenth of areas that lose most lose."""
    mean = float(np.average(loss, weights=heads))
    towns = {t: float(np.average(loss[w], weights=heads[w])) for t, w in _by_town(r).items()}
    if towns and mean > 0:
        town = max(towns, key=towns.__getitem__)
        return f"{town} loses most: {_a_head(towns[town])} a head, {_a_head(mean)} on average"
    tenth = float(np.quantile(loss, 0.9))
    return f"A tenth of areas lose {_a_head(tenth)} a head or more, {_a_head(mean)} on average"


def _of_steps(name: str, title: str, steps: Sequence[Step], note: str) -> Chart:
    return Chart(
        name,
        title,
        waterfall(steps, title, axis("pounds")),
        ("Part", "Pounds a year"),
        [(s.label, s.words) for s in steps],
        [("part", *RANGE), *((s.label, *_three(s.range)) for s in steps)],
        note,
    )


def _moments(labels: Sequence[str]) -> list[str]:
    """Months as `Apr 2026`; years such as `2028-29` and other labels as they are."""
    found = [re.fullmatch(r"(\d{4})-(\d{2})", label) for label in labels]
    if not all(found) or all(m and int(m[2]) == (int(m[1]) + 1) % 100 for m in found):
        return list(labels)
    return [f"{MONTHS[int(m[2]) - 1]} {m[1]}" if m and 1 <= int(m[2]) <= 12 else m[0] for m in found if m]


def _three(r: Range) -> tuple[float, float, float]:
    return r.mean, r.p5, r.p95


def _bare(value: float) -> Range:
    return Range(mean=value, p5=value, p50=value, p95=value)


def _turned(r: Range) -> Range:
    return Range(mean=-r.mean, p5=-r.p95, p50=-r.p50, p95=-r.p5)


def _any(r: Range) -> bool:
    return bool(r.p5 or r.p95 or r.mean)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _slug(name: str) -> str:
    """A name as an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "x"
