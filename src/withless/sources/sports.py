"""Pools, halls and gyms as Active Places lists them: those that the public can use, as venues.

The files say where a site is, what is on it and who may come in. They do not say who owns it, when it opens, who uses it
or what it costs: all that is judged here, and told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..files import Faults
from . import geography
from .catalogue import FILES, read
from .file_spec import as_number

PUBLIC = ("Pay and Play", "Free Public Access")
"""Access without joining anything: taken for the council's own."""
CLUBS = ("Sports Club / Community Association",)
"""Access through a club: mostly schools and clubs that let their hall; taken for others', at no cost to the council."""
MEMBERS = ("Registered Membership use",)
PRIVATE = ("Private Use",)
HOURS = {**dict.fromkeys(PUBLIC, 85.0), **dict.fromkeys(CLUBS, 30.0)}
"""Opening hours a week by access (judged): early to late for a leisure centre, evenings and weekends for a let hall."""
SIZE = {"pools": "lanes_total", "halls": "badminton_courts_total", "gyms": "stations_on_site"}
PER_UNIT = {"pools": 1.0, "halls": 1.0, "gyms": 0.05}
"""What a lane, a court or a gym station adds to a site's size, by which users are shared out (judged): 20 stations a court."""


@dataclass(frozen=True)
class Kind:
    """A kind of service made from the files: which files, its type of venue, and what is judged of its use and money."""

    title: str
    files: tuple[str, ...]
    type: str
    letters: str
    users_per_person: float
    visits_per_user: float
    fee: float
    pounds_per_person: float


KINDS = {
    "pools": Kind("Swimming pools", ("pools",), "pool", "POOL", 0.105, 14.0, 3.9, 4.4),
    "sports_centres": Kind("Sports centres", ("halls", "gyms"), "sports", "SPORT", 0.165, 19.0, 3.8, 3.75),
}
"""Judged, near what Northshire is built on: users a resident, visits a user, pounds a visit, net pounds a resident."""
OTHER_INCOME_PER_VISIT = 0.4
OVERHEAD_SHARE, FIXED_SHARE = 0.2, 0.65


def there(kind: str, data: Path) -> bool:
    """Whether the files of a kind lie in the folder."""
    from .catalogue import find

    return all(find(FILES[file], data) is not None for file in KINDS[kind].files)


def venues(
    data: Path,
    kind: str,
    areas: pl.DataFrame,
    access: Sequence[str] = (*PUBLIC, *CLUBS),
    names: Sequence[str | None] = (),
) -> tuple[pl.DataFrame, list[str]]:
    """Sites of a kind inside and around some areas with that access, and what was left out or judged.

    Columns: id, name, x, y, hours, run_by, size, outside. `names` are other names that the files lie under.
    """
    made = KINDS[kind]
    files = [_sites(data, f, n) for f, n in zip(made.files, [*names, *[None] * 9], strict=False)]
    table = pl.concat(files).with_columns(kept=pl.col("access").is_in(list(access)))
    rows = table.group_by("site_id", maintain_order=True).agg(
        pl.col("name", "lon", "lat", "lsoa").first(),
        pl.col("access").filter(pl.col("kept")).first(),
        pl.col("size").filter(pl.col("kept")).sum(),
        pl.col("kept").any(),
    )
    sites = _placed(data, rows.filter("kept"), areas)
    here = sites.filter(pl.col("outside").is_not_null()).sort("outside", "name")
    width = len(str(max(len(here), 10)))
    here = here.with_columns(
        id=pl.Series([f"{made.letters}{i:0{width}d}" for i in range(1, len(here) + 1)], dtype=pl.String),
        hours=pl.col("access").replace_strict(HOURS, default=HOURS[PUBLIC[0]]),
        run_by=pl.when(pl.col("access").is_in(PUBLIC)).then(pl.lit("council")).otherwise(pl.lit("trust")),
        size=pl.col("size").clip(0.5),
    ).select("id", "name", "x", "y", "hours", "run_by", "size", "outside")
    return here, _said(made, rows, table, sites, here)


def _sites(data: Path, file: str, name: str | None) -> pl.DataFrame:
    """One file's sites: site_id, name, access, lon, lat, lsoa, size."""
    table = read(file, data, name)
    known = {*PUBLIC, *CLUBS, *MEMBERS, *PRIVATE}
    strange = table.filter(~pl.col("access_type").str.strip_chars().is_in(list(known)))
    if len(strange):
        row = int(table["access_type"].str.strip_chars().is_in(list(known)).not_().arg_true()[0])
        found = f'"{strange["access_type"][0]}"'
        raise Faults([FILES[file].fault(row + 2, "access_type", found, f"one of {', '.join(sorted(known))}")])
    return table.select(
        "site_id",
        name=pl.col("site_name").str.strip_chars(),
        access=pl.col("access_type").str.strip_chars(),
        lon=as_number(table["lon"]),
        lat=as_number(table["lat"]),
        lsoa="lsoa_code",
        size=as_number(table[SIZE[file]]).fill_null(0.0) * PER_UNIT[file],
    )


def _placed(data: Path, sites: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """Sites with easting, northing, and whether they lie outside; null where beyond the rim.

    By their own area's code where that is one of the place's, or else by the nearest: codes of 2021 are not all of 2011.
    """
    grid = geography.to_grid(data, sites.select("lon", "lat").to_numpy())
    lost = ~pl.Series(grid[:, 0]).is_finite()
    if lost.any():
        row = sites.filter(lost).row(0, named=True)
        found = f"{row['name']} at {row['lon']:g}, {row['lat']:g}"
        raise Faults([FILES["pools"].fault(None, "lon", found, "a place in England or Wales")])
    known = set(areas["id"].to_list())
    near = geography.nearest_area(data, grid) if len(sites) else []
    home = [own if own in known else other for own, other in zip(sites["lsoa"].to_list(), near, strict=True)]
    return sites.with_columns(
        x=pl.Series(grid[:, 0]).round(0), y=pl.Series(grid[:, 1]).round(0), home=pl.Series(home, dtype=pl.String)
    ).join(areas.select("outside", home="id"), on="home", how="left", maintain_order="left")


def _said(made: Kind, rows: pl.DataFrame, table: pl.DataFrame, sites: pl.DataFrame, here: pl.DataFrame) -> list[str]:
    """What was read, kept, left out and judged."""
    out = table.filter(~pl.col("site_id").is_in(rows.filter("kept")["site_id"].to_list())).unique(
        "site_id", keep="first", maintain_order=True
    )
    left = ", ".join(f"{n} {a}" for a, n in out["access"].str.to_lowercase().value_counts(sort=True).iter_rows())
    inside = here.filter(pl.col("outside") == 0)
    others = ", ".join(inside.filter(pl.col("run_by") == "trust")["name"])
    beyond = int(sites["outside"].is_null().sum())
    none = int((rows.filter("kept")["size"] == 0).sum())
    return [
        f"{made.title}: {len(rows)} sites read; {len(inside)} inside and {len(here) - len(inside)} around are kept"
        + (f"; {beyond} lie beyond the rim" if beyond else "")
        + (f"; left out by who may come in: {left}." if left else "."),
        f"{made.title}: nobody says who owns a site. Judged: those that anybody may use by paying are the council's "
        f"({(inside['run_by'] == 'council').sum()}); those for clubs are others', at no cost to it"
        + (f": {others}." if others else "; there is none."),
        f"{made.title}: judged hours a week, {HOURS[PUBLIC[0]]:g} for the first kind and {HOURS[CLUBS[0]]:g} for the second."
        + (f" {none} sites have no lanes or courts listed and count as half of one." if none else ""),
    ]


def with_use_and_money(table: pl.DataFrame, kind: str, population: float) -> tuple[pl.DataFrame, float, list[str]]:
    """Judged users, visits, cost and income of venues, the net budget, and a line that says so.

    Users of the place are shared out by size and hours; cost by the same over the council's own.
    """
    made = KINDS[kind]
    weight = pl.col("size") * pl.col("hours")
    inside, own = pl.col("outside") == 0, (pl.col("outside") == 0) & (pl.col("run_by") == "council")
    total = made.users_per_person * population
    budget = round(made.pounds_per_person * population, -3)
    table = table if "users" in table.columns else table.with_columns(users=pl.lit(None, dtype=pl.Float64))
    table = table.with_columns(
        users=pl.when(inside).then((total * weight / weight.filter(inside).sum()).round(0)).otherwise("users"),
        fee=pl.lit(made.fee),
    ).with_columns(visits=_to(10, pl.col("users") * made.visits_per_user))
    income = pl.when(own).then(pl.col("visits") * (made.fee + OTHER_INCOME_PER_VISIT)).otherwise(0.0)
    net = pl.when(own).then((1 - OVERHEAD_SHARE) * budget * weight / weight.filter(own).sum()).otherwise(0.0)
    money = table.with_columns(
        income=pl.when(inside).then(_to(100, income)), gross_cost=pl.when(inside).then(_to(100, income + net))
    ).with_columns(fee=pl.when(own | ~inside).then("fee"))
    said = (
        f"{made.title}, judged: {made.users_per_person:.1%} of people use one, {made.visits_per_user:g} times a year, at "
        f"£{made.fee:.2f} a visit, shared out by size (lanes, courts, gym stations) and hours; net budget £{budget:,.0f} a "
        f"year (£{made.pounds_per_person:.2f} a head), {OVERHEAD_SHARE:.0%} of it tied to no building, {FIXED_SHARE:.0%} of a "
        "building's cost fixed. Commercial gyms and pools are left out, though people may go there."
    )
    return as_venues(money, made.type), budget, [said]


def with_stand_ins(
    table: pl.DataFrame, kind: str, areas: pl.DataFrame, people: pl.DataFrame
) -> tuple[pl.DataFrame, list[str]]:
    """Venues with judged ones in a rim of which the files say nothing: else all its people would seem to use the place's.

    As many for each resident as the council's own inside, with users at the same rate, at every so-many-thousandth person
    of the rim's areas in the order of their codes. They are marked outside, and their name says what they are.
    """
    made = KINDS[kind]
    living = people.group_by(id="area").agg(pl.col("people").sum())
    rim = areas.filter(pl.col("outside") == 1).join(living, on="id").sort("id")
    if (table["outside"] == 1).any() or rim.is_empty():
        return table, []
    population = float(people["people"].sum()) - float(rim["people"].sum())
    each = population / max(int((table["run_by"] == "council").sum()), 1)
    before = rim["people"].cum_sum() - rim["people"]
    picked = rim.filter((before / each).floor() != ((before + rim["people"]) / each).floor())
    if picked.is_empty():
        return table, []
    users = made.users_per_person * float(rim["people"].sum()) / len(picked)
    names = [f"Judged stand-in {i}, {d}" for i, d in enumerate(picked["district"], 1)]
    stand_ins = picked.select("x", "y").with_columns(
        id=pl.Series([f"RIM{i:03d}" for i in range(1, len(picked) + 1)]),
        name=pl.Series(names),
        hours=pl.lit(HOURS[PUBLIC[0]]),
        run_by=pl.lit("council"),
        users=pl.lit(round(users), dtype=pl.Float64),
        outside=pl.lit(1, dtype=table.schema["outside"]),
    )
    said = (
        f"{made.title}: the files say nothing of the rim. Judged: {len(picked)} stand-ins there, one for every {each:,.0f} "
        "people as inside, so that the rim's people have somewhere to go. They are not real sites: put real ones in."
    )
    return pl.concat([table, stand_ins], how="diagonal"), [said]


def _to(step: int, value: pl.Expr) -> pl.Expr:
    """Rounded to a step: a judged number bears no more."""
    return (value / step).round(0) * step


def as_venues(table: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The columns of a venues table in their order; what is not known is left blank."""
    wanted = ("users", "visits", "gross_cost", "income", "fee")
    blank = [pl.lit(None, dtype=pl.Float64).alias(c) for c in wanted if c not in table.columns]
    return table.with_columns(
        *blank,
        type=pl.lit(kind),
        staffed_hours=pl.col("hours"),
        fixed_share=pl.lit(FIXED_SHARE),
        capital_receipt=pl.lit(None, dtype=pl.Float64),
        mothball_cost=pl.lit(None, dtype=pl.Float64),
    ).select(
        *("id", "name", "type", "x", "y", "hours", "staffed_hours", "users", "visits", "gross_cost", "income"),
        *("fixed_share", "run_by", "capital_receipt", "mothball_cost", "fee", "outside"),
    )


def facilities(data: Path) -> pl.DataFrame:
    """How many sites there are of each kind of facility, by who may come in: facility_type, access_type, sites."""
    table = read("facilities", data).select(pl.col("facility_type", "access_type").str.strip_chars(), "site_id")
    return (
        table.group_by("facility_type", "access_type")
        .agg(sites=pl.col("site_id").n_unique())
        .sort("facility_type", "access_type")
    )
