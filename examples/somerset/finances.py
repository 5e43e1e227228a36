"""What Somerset had in reserve in April 2018, and what it was short of: one official file, one published gap, the rest judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from python_calamine import CalamineWorkbook

from withless.writing import write_whole

FILE = "finance/RS_2017-18_data_by_LA.xlsx"
SHEET = "RS LA Data 2017-18"
CODE = "E3320"
THOUSAND = 1_000
COLUMNS = {
    "spending": "NET REVENUE EXPENDITURE",
    "earmarked": "Estimated other earmarked financial reserves level at 31 March",
    "unallocated": "Estimated unallocated financial reserves level at 31 March",
}
MINIMUM_SHARE = 0.04
"""Of net spending: judged. The council's papers of February 2019 call £19m an appropriate level; no minimum of 2018 was found."""
GAP, BY_YEAR = 28_000_000, 3
"""Pounds that the council was short of over 2019-20 to 2021-22, as it said on 15 February 2019 (Somerset Newsroom)."""
DEMAND, PRICES = (0.010, 0.030), (0.015, 0.025)
YEARS = 5


def write(data: Path, out: Path, say: Callable[[str], None]) -> None:
    """reserves.csv and gap.csv."""
    found = _figures(data / FILE)
    spending, unallocated, earmarked = (THOUSAND * found[k] for k in ("spending", "unallocated", "earmarked"))
    minimum = MINIMUM_SHARE * spending
    reserves = ["id,name,opening,earmarked,minimum", f"GENERAL,Unallocated reserves,{unallocated:.0f},0,{minimum:.0f}"]
    reserves.append(f"EARMARKED,Other earmarked reserves,{earmarked:.0f},{earmarked:.0f},0")
    growth = (1 + sum(DEMAND) / 2) * (1 + sum(PRICES) / 2)
    funding = (spending * growth**BY_YEAR - GAP) / spending
    rows = ["year,spending,funding,demand_low,demand_high,prices_low,prices_high"]
    for t in range(YEARS):
        ends = (*DEMAND, *PRICES) if t else (0, 0, 0, 0)
        year = f"{2018 + t}-{(2019 + t) % 100:02d}"
        rows.append(
            f"{year},{f'{spending:.0f}' if t == 0 else ''},{spending * funding ** (t / BY_YEAR):.0f},{','.join(map(str, ends))}"
        )
    write_whole(out / "reserves.csv", "\n".join(reserves) + "\n")
    write_whole(out / "gap.csv", "\n".join(rows) + "\n")
    say(
        f"Reserves at 31 March 2018 and net spending of 2017-18 are those of Revenue Outturn ({FILE}); reserves of schools and "
        f"public health are left out. A minimum of {100 * MINIMUM_SHARE:.0f}% of net spending is judged. Funding grows so that "
        f"the middle gap of 2021-22 is the £{GAP / 1e6:.0f}m that the council told in February 2019; growth of demand and prices "
        "is judged."
    )


def _figures(file: Path) -> dict[str, float]:
    """The county's figures in thousands of pounds, by the names of `COLUMNS`."""
    rows = CalamineWorkbook.from_path(file).get_sheet_by_name(SHEET).to_python()
    county = next(r for r in rows if str(r[0]).strip() == CODE)
    found = {}
    for name, title in COLUMNS.items():
        at = [j for r in rows[:12] for j, c in enumerate(r) if " ".join(str(c).split()).startswith(title)]
        found[name] = float(county[at[0]])
    return found
