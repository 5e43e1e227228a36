"""Every case that broke an earlier rule, with what a fair auditor would accept of it."""

from pathlib import Path

import pytest

from tests.verdict_cases import CASES_TOLD, REFUSED, Case, placed
from withless import api
from withless.examples import northshire


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """Northshire beside which plans can be put; skips where the cases are absent."""
    folder = tmp_path_factory.mktemp("cases") / "northshire"
    northshire.write(folder)
    return folder


@pytest.mark.parametrize("case", CASES_TOLD, ids=lambda c: c.name)
def test_what_is_said_is_what_a_fair_auditor_would_accept(case: Case, copy: Path) -> None:
    found = api.content(api.appraise(placed(case.name, copy), draws=128))
    told = {k: found["verdict"][k] for k in ("headline", "more", "same", "less", "pence")}
    assert case.holds(found), f"{case.claim}: {told}"


@pytest.mark.parametrize(("name", "claim", "words"), REFUSED, ids=lambda v: str(v)[:20])
def test_what_cannot_be_judged_is_refused_with_what_it_takes(name: str, claim: str, words: str, copy: Path) -> None:
    faults = api.check(placed(name, copy))
    assert any(words in str(f) for f in faults if f.severity == "error"), claim
