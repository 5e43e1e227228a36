"""Clients and unit costs as published, put into the words and columns of a place's tables: four groups, three settings."""

from __future__ import annotations

import polars as pl

CLIENTS = ("group", "age_band", "sex", "need", "setting", "met_by", "people", "hours_week")
COSTS = ("setting", "unit", "pounds", "group")
SETTINGS = {
    "home": "home",
    "direct_payment": "direct_payment",
    "nursing": "care_home",
    "residential": "care_home",
    "care_home": "care_home",
}
WORKING = {
    "physical": "physical",
    "sensory": "physical",
    "learning": "learning",
    "mental": "mental",
    "memory": "mental",
}
"""Groups of 18 to 64. Putting sensory support with physical, and memory with mental health, is judged: few have either."""
OLDER, ALL = "older", "all"


def for_place(clients: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """A `clients` table of a place, and who in the clients by setting has no row in it.

    Older people are one group whatever their need for support is put down to; nursing and residential homes are one
    setting. Clients of day care, meals and reablement are left out: some have other care as well, and would count twice.
    """
    table = clients.with_columns(_group(), to=pl.col("setting").replace_strict(SETTINGS, default=None))
    kept = table.filter(pl.col("place_group").is_not_null() & pl.col("to").is_not_null())
    hours = (pl.col("people") * pl.col("hours_week")).sum() / pl.col("people").sum()
    made = (
        kept.group_by("place_group", "age_band", "to", maintain_order=True)
        .agg(pl.col("people").sum(), pl.when(pl.col("hours_week").is_not_null().all()).then(hours).alias("hours_week"))
        .select(
            pl.col("place_group").alias("group"),
            "age_band",
            pl.lit(ALL).alias("sex"),
            pl.lit(ALL).alias("need"),
            pl.col("to").alias("setting"),
            pl.lit("council").alias("met_by"),
            pl.col("people").round(1),
            pl.col("hours_week").round(2),
        )
    )
    return made, [_left_out(table)] if len(kept) < len(table) else []


def _group() -> pl.Expr:
    """Client group of a place: by age first, then by group or reason for support."""
    older = pl.col("age_band").str.starts_with("18").not_()
    working = pl.col("group").replace_strict(WORKING, default=None)
    return pl.when(older).then(pl.lit(OLDER)).otherwise(working).alias("place_group")


def _left_out(table: pl.DataFrame) -> str:
    """Who has no row in a place's table, by group or setting, as a sentence."""
    gone = table.filter(pl.col("place_group").is_null() | pl.col("to").is_null())
    other = gone.filter(pl.col("place_group").is_null() & pl.col("to").is_not_null())["people"].sum()
    elsewhere = gone.filter(pl.col("to").is_null()).group_by("setting", maintain_order=True).agg(pl.col("people").sum())
    parts = [f"{people:,.0f} in {setting.replace('_', ' ')}" for setting, people in elsewhere.iter_rows() if people]
    parts += [f"{other:,.0f} of other groups"] if other else []
    if not parts:
        return "Every client by setting has a row in clients."
    return (
        f"Not in clients, but in clients_by_setting: {', '.join(parts)}; some have care at home or in a home as well."
    )


def costs_for_place(costs: pl.DataFrame, clients: pl.DataFrame) -> pl.DataFrame:
    """A `costs` table of a place: an hour of home care, and a week by setting and client group, by all providers.

    Groups put together take the mean, weighed by people: for care homes that is all gross spending over all weeks.
    """
    wanted = costs.filter(
        (pl.col("provider") == ALL) & pl.col("setting").is_in(["home", "direct_payment", "care_home"])
    ).with_columns(_group())
    weight = (
        clients.with_columns(setting=pl.col("setting").replace_strict(SETTINGS, default=None))
        .group_by("group", "age_band", "setting")
        .agg(pl.col("people").sum())
    )
    whole = wanted.filter(pl.col("group") == ALL).with_columns(pl.lit(ALL).alias("place_group"), people=pl.lit(1.0))
    parts = wanted.filter(pl.col("group") != ALL).join(
        weight, on=["group", "age_band", "setting"], how="left", maintain_order="left"
    )
    mean = (pl.col("pounds") * pl.col("people").fill_null(0)).sum() / pl.col("people").fill_null(0).sum()
    return (
        pl.concat([whole.select(parts.columns), parts])
        .filter(pl.col("place_group").is_not_null())
        .group_by("setting", "unit", "place_group", maintain_order=True)
        .agg(pl.when(pl.len() == 1).then(pl.col("pounds").first()).otherwise(mean).round(2).alias("pounds"))
        .select("setting", "unit", "pounds", pl.col("place_group").alias("group"))
    )
