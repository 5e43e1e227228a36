"""Somerset's adult social care of 2013-14 from its returns: every published count is met, and the page says what comes out."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.places import built, draws_for
from withless import api
from withless.place import Place
from withless.service import ask
from withless.services.care.tables import WEEKS

DOCS = Path(__file__).parents[2] / "docs" / "care.md"
SERVICE = """services:
  social_care:
    kind: care
    title: Adult social care
    tables: {clients: care/clients.csv, costs: care/costs.csv, policy: policy.csv}
"""


@pytest.fixture(scope="module")
def folder(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place as the page makes it."""
    out = tmp_path_factory.mktemp("care") / "somerset"
    api.place_new("Somerset", shared_data, out)
    api.import_social_care(shared_data, out / "care", "Somerset", "2013-14")
    (out / "policy.csv").write_text("rule,value\nthreshold,substantial\n")
    text = (out / "place.yaml").read_text().replace("services:\n", SERVICE)
    text = text.replace("start: 2026-04", "start: 2014-04").replace("prices: 2026-27", "prices: 2013-14")
    (out / "place.yaml").write_text(text)
    return out


@pytest.fixture(scope="module")
def place(folder: Path) -> Place:
    """It, read."""
    found = api.read(folder)
    assert isinstance(found, Place)
    return found


def published(folder: Path, file: str) -> list[dict[str, str]]:
    with (folder / "care" / file).open(encoding="utf-8-sig") as f:
        return list(csv.DictReader(f))


def test_every_published_count_is_met(place: Place, folder: Path) -> None:
    t = built(place, place.instances["social_care"], draws_for(place)).baseline
    people = {(r["group"], r["setting"]): float(r["people"]) for r in published(folder, "clients.csv")}
    home = people["older", "home"] + people["older", "direct_payment"]
    assert np.allclose(t.home.sum(axis=(1, 2, 3)), home)
    assert np.allclose(t.care_home.sum(axis=(1, 2, 3)), people["older", "care_home"])
    for i, group in enumerate(("physical", "learning", "mental")):
        expected = sum(n for (g, _), n in people.items() if g == group)
        assert np.allclose(t.working[:, i].sum(axis=(1, 2, 3)), expected)


def test_spending_comes_out_as_published_within_one_per_cent(place: Place, folder: Path) -> None:
    """At home and in care homes, for older people and the largest group of working age; weeks are 52 in the returns."""
    instance, draws = place.instances["social_care"], draws_for(place)
    t = built(place, instance, draws).baseline
    gross: dict[tuple[str, str], float] = {}
    for r in published(folder, "spending.csv"):
        kind = {"home": "home", "direct_payment": "home"}.get(r["setting"], "care_home")
        if r["gross"] and r["setting"] not in ("day_care", "meals"):
            gross[r["group"], kind] = gross.get((r["group"], kind), 0.0) + float(r["gross"])
    year = 52 / WEEKS
    older = (t.home.sum(axis=(1, 2)) * t.costs.home).sum(axis=1) * year
    homes = t.care_home.sum(axis=(1, 2, 3)) * t.costs.care_home * year
    assert np.allclose(older, gross["older", "home"], rtol=0.01)
    assert np.allclose(homes, gross["older", "care_home"], rtol=0.01)
    learning = t.working[:, 1].sum(axis=(1, 2)) * t.at_home[:, 1]
    assert np.allclose((learning * t.costs.working[:, 1]).sum(axis=1) * year, gross["learning", "home"], rtol=0.01)


def test_raising_the_threshold_saves_and_some_of_it_comes_back(place: Place) -> None:
    from tests.care_places import move, settings_for

    instance, draws = place.instances["social_care"], draws_for(place)
    settings = settings_for(place, move("threshold", 3.0))
    kept = ask(built(place, instance, draws), "saving_kept", settings, {})[:, -1]
    assert 0.75 < kept.mean() < 0.97
    r = built(place, instance, draws).project(settings)
    assert (r.home <= r.baseline.home[:, :, :, None] * (1 + 1e-9)).all()


def test_the_page_says_what_the_command_says(folder: Path) -> None:
    code = "from withless.cli import main; main()"
    arguments = ["care", "project", str(folder), "--threshold", "critical"]
    run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert run.stdout.strip() in DOCS.read_text(encoding="utf-8")


def test_the_page_says_what_the_command_says_of_northshire(northshire_folder: Path) -> None:
    code = "from withless.cli import main; main()"
    arguments = ["care", "project", str(northshire_folder), "--threshold", "substantial"]
    run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert run.stdout.strip() in DOCS.read_text(encoding="utf-8")
