"""Cases that the verdict must stand up to, and what a fair auditor would accept of each, as a table: `make accept`.

The small places and the plans for Northshire are read from `../shared/cases/verdict`. Each case has a claim in words and a test
of the result that holds it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from withless import api
from withless.report.words import class_chance

Json = dict[str, Any]
CASES = Path(__file__).parents[1].parent / "shared" / "cases" / "verdict"
DRAWS = 256


@dataclass(frozen=True)
class Case:
    """A plan of a folder, what must be said of it, and whether a result says so."""

    name: str
    claim: str
    holds: Callable[[Json], bool]


def service(c: Json, name: str | None = None) -> Json:
    touched = [s for s in c["services"] if s["touched"]]
    return touched[0] if name is None else next(s for s in touched if s["id"] == name)


def word(c: Json) -> str:
    return str(c["verdict"]["word"])


def is_word(*words: str) -> Callable[[Json], bool]:
    return lambda c: word(c) in words


def lost_share(c: Json) -> float:
    """Share of today's people that the only service touched loses, on average."""
    served = service(c)["served"]
    return float(-served["change"]["mean"] / served["baseline"]["mean"])


def one_off(c: Json) -> float:
    return float(c["money"]["one_off"]["mean"])


def no_loss(c: Json) -> bool:
    return abs(lost_share(c)) < 1e-6 and word(c) != "less"


def not_free(c: Json) -> bool:
    """Sending people elsewhere is no gain for less money, whoever pays."""
    return "more with less" not in c["verdict"]["headline"].lower()


def saved_share(c: Json) -> float:
    """The saving of the first service touched, of its net cost today."""
    return float(service(c)["ledger"]["total"]["mean"] / service(c)["cost"]["baseline"]["mean"])


def no_verdict(c: Json) -> bool:
    return c["verdict"]["changes"] == 0 and c["verdict"]["headline"].startswith("No verdict: the plan ")


def raised_not_saved(c: Json) -> bool:
    return bool(c["money"]["raised"]["mean"] > 1e6 > 0.5 * c["money"]["judged"]["mean"])


CASES_TOLD = (
    Case("y_comp/p", "less: fewer young people in work", is_word("less")),
    Case("y_comp/p2", "closing is said: not more", lambda c: word(c) != "more"),
    Case("northshire/h6", "longest first is not less", lambda c: word(c) != "less"),
    Case("northshire/h5", "records cleared, nobody more treated: same", is_word("same")),
    Case("northshire/h4", "a tenth diverted: paid by the NHS itself, so its cost, or moved", not_free),
    Case("northshire/h8", "sent elsewhere: paid by the NHS itself, so its cost, or moved", not_free),
    Case("northshire/h10", "the hospital loses, and is named", lambda c: any("ospital" in s for s in c["verdict"]["less_in"])),
    Case("northshire/d2", "less, museums named", lambda c: word(c) == "less" and "museums" in c["verdict"]["headline"]),
    Case("northshire/d3", "less", is_word("less")),
    Case("northshire/d4", "the same word as d3, with a pound and a zero beside it", is_word("less")),
    Case("northshire/c1", "costs to the NHS are counted", lambda c: service(c)["moved"]["nhs"]["mean"] > 0),
    Case("northshire/c11", "a tenth less money saves about a tenth", lambda c: 0.06 < saved_share(c) < 0.12),
    Case("northshire/x3", "a tax rise is raised, not saved", raised_not_saved),
    Case("northshire/o1", "closing costs follow what shuts", lambda c: one_off(c) > 0),
    Case("northshire/w1", "what is booked changes no outcome", is_word("less")),
    Case("v_nobody/p", "nobody loses", no_loss),
    Case("v_fee/pi", "by charging users", lambda c: c["verdict"]["by_charging"]),
    Case("v_uc/oo", "a stated cost of zero replaces its own alone", lambda c: one_off(c) > 1000),
    Case("v_twin/p", "nearly all go next door", lambda c: lost_share(c) < 0.08),
    Case("e_eff/p", "no foregone word", lambda c: max(c["verdict"][k] for k in ("more", "same", "less")) < 0.95),
    Case("v_vol/p", "handed to volunteers: not more", lambda c: word(c) != "more"),
    Case("v_vol0/p", "no volunteers to be had: less", is_word("less")),
    Case("v_cap/p", "less where the neighbour is full", lambda c: word(c) != "more"),
    Case("v_opentwin/p", "a twin opens as one shuts: not less by much", lambda c: lost_share(c) < 0.2),
    Case("v_merge/p", "moving in next door: not less", lambda c: word(c) != "less"),
    Case("v_double/closeL1", "less", is_word("less", "same")),
    Case("v_one/p", "all shut: less", is_word("less")),
    Case("v_tiny/p", "all shut: less", is_word("less")),
    Case("v_base/noop", "nothing changes: no verdict", no_verdict),
    Case("v_base/noop2", "nothing changes: no verdict", no_verdict),
    Case("v_base/nothing", "nothing changes: no verdict", no_verdict),
    Case("v_base/closeall", "all shut: less", is_word("less")),
    Case("v_base/closeL1", "one shut: less", is_word("less")),
    Case("v_base/h8", "shorter hours: not more", lambda c: word(c) != "more"),
    Case("v_base/hc", "shorter hours, then shut: less", is_word("less")),
    Case("v_uc/all", "a proven claim: not less", lambda c: word(c) != "less"),
    Case("v_uc/real", "all of it real: same with less", lambda c: c["verdict"]["headline"] == "Same with less"),
    Case("v_uc/dear", "dearer and no better: same with more", lambda c: c["verdict"]["headline"] == "Same with more"),
    Case("v_uc/cc", "all shut: less", is_word("less")),
    Case("c_base/p", "a higher threshold: less", is_word("less")),
    Case("c_base/p3", "shorter visits: less", is_word("less")),
    Case("c_half/p", "a higher threshold: less", is_word("less")),
    Case("c_july/p", "a higher threshold: less", is_word("less")),
    Case("c_tiny/p", "a higher threshold: less", is_word("less")),
)  # fmt: skip
REFUSED = (
    ("northshire/h3c", "asked: prevented, refused or sent elsewhere", "prevented"),
    ("v_blank/p", "refused: what the libraries cost is not known", "gross_cost"),
    ("v_uc/one", "refused: a claim bears on the whole service", "one number for the whole service"),
)
"""Plans that are refused: the case, the claim, and words that the answer must have."""


def results(northshire: Path, draws: int = DRAWS) -> Iterator[tuple[Case, Json]]:
    """Every case with its content; `northshire` is a folder with a copy of it."""
    for case in CASES_TOLD:
        yield case, api.content(api.appraise(placed(case.name, northshire), draws=draws))


def placed(name: str, northshire: Path) -> Path:
    """Where the plan of a case can be read: plans for Northshire are put beside its tables."""
    plan = CASES / f"{name}.yaml"
    if not name.startswith("northshire/"):
        return plan
    shutil.copy(plan, northshire / f"case-{plan.name}")
    return northshire / f"case-{plan.name}"


def refusals(northshire: Path) -> Iterator[tuple[str, str, bool]]:
    """Every plan that must be refused: its name, the claim, and whether the answer says why."""
    for name, claim, words in REFUSED:
        faults = api.check(placed(name, northshire))
        yield name, claim, any(words in str(f) and f.severity == "error" for f in faults)


def as_markdown() -> str:
    """A table of the cases: what must be said and what is said."""
    lines = ["| case | must be | is | pence in the pound | holds |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as scratch:
        northshire = Path(scratch) / "northshire"
        api.example("northshire", northshire)
        for case, c in results(northshire):
            v = c["verdict"]
            pence = f"{v['pence']['mean']:.0f}" if v["pence"] else ""
            told = f"{v['headline']} ({class_chance(v, v['word'])})"
            lines.append(f"| {case.name} | {case.claim} | {told} | {pence} | {'yes' if case.holds(c) else 'NO'} |")
        for name, claim, holds in refusals(northshire):
            lines.append(
                f"| {name} | {claim} | {'refused' if holds else 'NOT refused'} | | {'yes' if holds else 'NO'} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
