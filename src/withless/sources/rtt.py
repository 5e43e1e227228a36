"""NHS England's referral-to-treatment files to the tables `bands` and `flows` of a waiting list: a provider's, a
commissioner's or England's.

Several files make several months. Codes that follow each other (a merger) are given together and added up; treatment function
X01, which was split into X02 to X06 in April 2021, is put together again where months of both lie side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..files import Fault, Faults
from ..files.faults import nearest, quoted
from .rtt_layouts import month_in, read
from .rtt_long import Read, Wanted, fault, is_total

SPLIT = ("X02", "X03", "X04", "X05", "X06")
WHOLE = "X01"
NAMES = {
    "C_100": "General surgery", "C_101": "Urology", "C_110": "Trauma and orthopaedics", "C_120": "Ear, nose and throat",
    "C_130": "Ophthalmology", "C_140": "Oral surgery", "C_150": "Neurosurgery", "C_160": "Plastic surgery",
    "C_170": "Cardiothoracic surgery", "C_300": "General internal medicine", "C_301": "Gastroenterology",
    "C_320": "Cardiology", "C_330": "Dermatology", "C_340": "Respiratory medicine", "C_400": "Neurology",
    "C_410": "Rheumatology", "C_430": "Elderly medicine", "C_502": "Gynaecology", "C_999": "All specialties", "X01": "Other",
    "X02": "Other, medical", "X03": "Other, mental health", "X04": "Other, paediatric", "X05": "Other, surgical",
    "X06": "Other, other",
}  # fmt: skip
"""Treatment functions by code, alike in every layout."""

CLOSE = 0.005
"""Share by which functions may miss their total: published totals and their parts have differed by less."""


@dataclass(frozen=True)
class Tables:
    """`bands` and `flows`, and notes on what was read, put together and left out."""

    bands: pl.DataFrame
    flows: pl.DataFrame
    notes: list[str]


def tables(
    files: Sequence[Path],
    provider: str | None = None,
    commissioner: str | None = None,
    england: bool = False,
    english_only: bool = False,
    month: str | None = None,
) -> Tables:
    """The tables of one provider, one commissioner (or of several codes of one, with commas) or England.

    Raises `Faults` for a file that is none of the layouts, is not whole or says a month twice, and for codes not in it.
    """
    wanted = _wanted(provider, commissioner, england, english_only, month)
    found = _read_all(files, wanted)
    long = pl.concat([r.long for r in found])
    if month is not None and len(long) and month not in set(long["month"]):
        said = sorted(set(long["month"].drop_nulls()))
        told = f"{month}, but the files are of {said[0]}" + (f" to {said[-1]}" if len(said) > 1 else "")
        mend = "It is the month of a file that does not say its own: leave it out."
        raise Faults([Fault(files[0].name, None, "--month", told, "the month of a file", mend)])
    known = {k: v for r in found for k, v in (r.known or {}).items()}
    _there(files, wanted, long, known)
    notes = _together([n for r in found for n in r.notes])
    long = _without_totals(files, long, notes)
    long = _one_code(long, notes)
    bands = _bands(long)
    flows = _flows(long)
    notes += _about(wanted, long, bands, known)
    notes += _held_to(found, bands)
    return Tables(bands, flows, notes)


def _together(notes: list[str]) -> list[str]:
    """Notes that several files share, said once, with how many said them."""
    return [n if notes.count(n) == 1 else f"{n} ({notes.count(n)} files)" for n in dict.fromkeys(notes)]


def _wanted(
    provider: str | None, commissioner: str | None, england: bool, english_only: bool, month: str | None
) -> Wanted:
    given = [bool(provider), bool(commissioner), england]
    if sum(given) != 1:
        found = "none" if not any(given) else "several"
        raise Faults([Fault("rtt", None, "", f"{found} of --provider, --commissioner and --england", "one of them")])
    if month is not None and month_in(month) != month:
        raise Faults([Fault("rtt", None, "--month", quoted(month), "a month such as 2026-01")])
    kind = "england" if england else "provider" if provider else "commissioner"
    codes = tuple(c.strip().upper() for c in (provider or commissioner or "").split(",") if c.strip())
    return Wanted(kind, codes, month, english_only)


def _read_all(files: Sequence[Path], wanted: Wanted) -> list[Read]:
    """Every file; the faults of all of them together, and those of months that two of them say."""
    found: list[Read] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, str], str] = {}
    for path in files:
        try:
            got = read(path, wanted)
        except Faults as wrong:
            faults += wrong.faults
            continue
        for month, part in got.long.select("month", "part").unique().sort("month", "part").rows():
            if (month, part) in seen:
                told = f"{part} of {month}, which {seen[month, part]} has, too"
                faults.append(fault(path, None, "", told, "each month and part once", "Leave one of the two out."))
                break
            seen[month, part] = path.name
        found.append(got)
    if faults:
        raise Faults(faults)
    return found


def _there(files: Sequence[Path], wanted: Wanted, long: pl.DataFrame, known: dict[str, str]) -> None:
    """Refuse codes that no file has, naming the nearest code or name."""
    if wanted.kind == "england":
        if not len(long):
            raise Faults([fault(files[0], None, "", "no counts by weeks waited", "a file with bands")])
        return
    absent = [c for c in wanted.codes if c not in known]
    faults = []
    for code in absent:
        by_name = {name.upper(): key for key, name in known.items()}
        near = nearest(code, [*known, *by_name])
        key = by_name.get(near, near)
        mend = f"Did you mean {key} ({known[key]})?" if key in known else "Use a code of the Organisation Data Service."
        faults.append(
            fault(files[0], None, "", f"no {wanted.kind} {quoted(code)}", f"one of {len(known):,} in the file", mend)
        )
    if faults:
        raise Faults(faults)
    if not len(long):
        raise Faults([fault(files[0], None, "", f"no counts of {', '.join(wanted.codes)}", "some")])


def _without_totals(files: Sequence[Path], long: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Functions alone where there are any; their sum must be the total that the file gives."""
    keys = ["month", "part"]
    marked = long.with_columns(total=is_total(pl.col("code")))
    sums = marked.group_by(*keys, "total").agg(pl.col("count").sum()).pivot("total", index=keys, values="count")
    if "true" in sums.columns and "false" in sums.columns:
        off = sums.drop_nulls().filter((pl.col("true") - pl.col("false")).abs() > CLOSE * pl.col("true") + 5)
        faults = [
            Fault(
                files[0].name if len(files) == 1 else "the files",
                None,
                "",
                f"{row['false']:,.0f} people in the functions of {row['part']}, {row['month']}",
                f"{row['true']:,.0f}, their total: is this the whole file?",
            )
            for row in off.sort(keys).rows(named=True)
        ]
        if faults:
            raise Faults(faults)
    detailed = marked.join(marked.filter(~pl.col("total")).select(keys).unique(), on=keys, how="semi")
    only_total = marked.join(marked.filter(~pl.col("total")).select(keys).unique(), on=keys, how="anti")
    if len(detailed) and len(only_total):
        notes.append("Where a file has all functions together alone, they stand as a specialty of their own.")
    return pl.concat([detailed.filter(~pl.col("total")), only_total]).drop("total")


def _one_code(long: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """X02 to X06 as X01 where months of both coding schemes lie side by side."""
    codes = set(long["code"])
    if WHOLE not in codes or not codes & set(SPLIT):
        return long
    notes.append("X02 to X06, into which X01 (other) was split in April 2021, are put together again as X01.")
    split = pl.col("code").is_in(SPLIT)
    return long.with_columns(
        code=pl.when(split).then(pl.lit(WHOLE)).otherwise("code"),
        name=pl.when(split).then(pl.lit("Other")).otherwise("name"),
    )


def _bands(long: pl.DataFrame) -> pl.DataFrame:
    """specialty, part, month, week_from, week_to, count."""
    counted = long.filter(~pl.col("part").is_in(["starts", "removals"]))
    return (
        counted.group_by(specialty="code", part="part", month="month", week_from="week_from")
        .agg(pl.col("week_to").first(), pl.col("count").sum())
        .select("specialty", "part", "month", "week_from", "week_to", "count")
        .sort("specialty", "part", "month", "week_from")
    )


def _flows(long: pl.DataFrame) -> pl.DataFrame:
    """specialty, month, clock_starts, removals, unit_cost, name: a row for each month of each specialty's list."""
    keys = ["code", "month"]
    names = long.group_by("code").agg(pl.col("name").last())
    lists = long.filter(pl.col("part") == "incomplete").select(keys).unique()
    for part, column in (("starts", "clock_starts"), ("removals", "removals")):
        told = long.filter(pl.col("part") == part).group_by(keys).agg(pl.col("count").sum().alias(column))
        lists = lists.join(told, on=keys, how="left")
    return (
        lists.join(names, on="code", how="left")
        .with_columns(
            unit_cost=pl.lit(None, pl.Float64),
            name=pl.when(pl.col("code").is_in(list(NAMES))).then(pl.col("code").replace(NAMES)).otherwise("name"),
        )
        .select(pl.col("code").alias("specialty"), "month", "clock_starts", "removals", "unit_cost", "name")
        .sort("specialty", "month")
    )


def _about(wanted: Wanted, long: pl.DataFrame, bands: pl.DataFrame, known: dict[str, str]) -> list[str]:
    """Whose list it is, how long, and which months and codes are missing."""
    who = "England" if wanted.kind == "england" else ", ".join(f"{known[c]} ({c})" for c in wanted.codes)
    months = sorted(set(bands["month"]))
    lists = bands.filter(pl.col("part") == "incomplete")
    if not len(lists):
        raise Faults([Fault("rtt", None, "", "no incomplete pathways", "the list itself (Part_2)", "Add that file.")])
    last = lists.filter(pl.col("month") == months[-1])
    said = [
        f"{who}: {len(months)} month{'s' if len(months) > 1 else ''}, {months[0]} to {months[-1]}; "
        f"{_specialties(bands)}; {last['count'].sum():,.0f} people on the list in the last."
    ]
    span = _months_between(months[0], months[-1])
    absent = [m for m in span if m not in months]
    if absent:
        said.append(f"Missing: {', '.join(absent[:6])}{' and more' if len(absent) > 6 else ''}. Rates skip them.")
    if not bands["part"].is_in(["admitted", "non_admitted", "completed"]).any():
        said.append("No completed pathways are among the files: without them nothing can be estimated.")
    if not (long["part"] == "starts").any():
        said.append("No clock starts are among the files (they were first published for October 2015): left blank.")
    said += _by_code(wanted, long, months)
    return [*said, "unit_cost is left blank: no such file has it."]


def _specialties(bands: pl.DataFrame) -> str:
    n = bands["specialty"].n_unique()
    return f"{n} specialties" if n > 1 else "all specialties together"


def _by_code(wanted: Wanted, long: pl.DataFrame, months: list[str]) -> list[str]:
    """Codes that are not there in every month, as after a merger."""
    if wanted.kind == "england" or len(months) < 2:
        return []
    there = {c: set(long.filter(pl.col(wanted.kind) == c)["month"]) for c in wanted.codes}
    some = [f"{c} from {min(m)} to {max(m)}" for c, m in there.items() if m and len(m) < len(months)]
    if not some:
        return []
    mend = "" if len(wanted.codes) > 1 else " If it merged or its code changed, give the codes together: RX1,RX2."
    return [f"Not in every month: {'; '.join(some)}.{mend}"]


def _months_between(first: str, last: str) -> list[str]:
    a, b = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (first, last))
    return [f"{n // 12}-{n % 12 + 1:02d}" for n in range(a, b + 1)]


def _held_to(found: list[Read], bands: pl.DataFrame) -> list[str]:
    """How far lists are from the published figures, where a file of headlines was given."""
    published = [r.headline for r in found if r.headline is not None]
    if not published:
        return []
    lists = bands.filter(pl.col("part") == "incomplete").group_by("month").agg(pl.col("count").sum().alias("here"))
    both = pl.concat(published).drop_nulls("month").join(lists, on="month")
    if not len(both):
        return ["The headlines are of other months than the bands."]
    off = (both["here"] / both["people"] - 1).abs().max()
    return [
        f"Headlines of {len(both)} months: lists here differ by up to {100 * float(off):.1f}% "  # type: ignore[arg-type]
        "(headlines are of English commissioners alone; none was published for April 2023)."
    ]
