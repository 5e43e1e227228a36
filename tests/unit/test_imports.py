"""Every trap of the official files is met, and every file that is wrong is told in a sentence and leaves nothing behind."""

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from withless.cli import app
from withless.files import Faults
from withless.sources import FILES, geography, libraries, membership, postcodes, read
from withless.sources.assemble import assemble
from withless.sources.spreadsheets import as_csv

YEARS = [*(str(a) for a in range(90)), "90+"]
IDS = ["E01000001", "E01000002", "E01000003"]


def put(data: Path, key: str, rows: list[dict[str, object]], bom: bool = False) -> Path:
    """A small file in the published layout."""
    text = ",".join(rows[0]) + "\n" + "".join(",".join(str(v) for v in r.values()) + "\n" for r in rows)
    content = ("\ufeff" if bom else "").encode() + text.encode()
    path = data / FILES[key].name
    path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)
    return path


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which small files count as whole."""
    for key, file in FILES.items():
        monkeypatch.setitem(FILES, key, replace(file, rows=1, total=None))
    return tmp_path


def people_rows(count: object = "1.0") -> list[dict[str, object]]:
    return [{"lsoa11_code": i, "total_population": "91.0", **dict.fromkeys(YEARS, count)} for i in IDS]


def run(*arguments: object) -> tuple[int, str]:
    told = CliRunner().invoke(app, ["import", *map(str, arguments)])
    assert "Traceback" not in told.output
    return told.exit_code, " ".join(told.output.split())


def test_people_written_with_a_decimal_point_are_whole_people(small: Path) -> None:
    put(small, "people20", people_rows())
    table = geography.people(small, IDS)
    assert as_csv(table).splitlines()[1] == "E01000001,0-15,16"
    assert table["people"].sum() == 3 * 91


@pytest.mark.parametrize(("bad", "said"), [("x", '"x"'), ("-1", '"-1"'), ("", "nothing"), ("NaN", "NaN")])
def test_a_cell_that_is_no_number_is_told_with_its_row(small: Path, bad: str, said: str) -> None:
    rows = people_rows()
    rows[1]["45"] = bad
    put(small, "people20", rows)
    with pytest.raises(Faults, match="row 3, 45") as told:
        read("people20", small)
    assert said in str(told.value)


def test_an_area_that_stands_twice_is_told(small: Path) -> None:
    put(small, "people20", [*people_rows(), people_rows()[0]])
    with pytest.raises(Faults, match="for the second time"):
        read("people20", small)


def test_areas_of_other_boundaries_are_told(small: Path) -> None:
    put(small, "people20", people_rows())
    with pytest.raises(Faults, match="no row for 1 areas"):
        geography.people(small, [*IDS, "E01033999"])


def test_the_wrong_file_is_known_for_what_it_is(small: Path) -> None:
    row = dict.fromkeys(FILES["deprivation19"].columns, 1) | {"lsoa11_code": IDS[0]}
    path = put(small, "deprivation19", [row])
    path.rename(small / FILES["deprivation15"].name)
    with pytest.raises(Faults, match="looks like English indices of deprivation 2019"):
        read("deprivation15", small)


def test_a_renamed_column_is_told_with_its_likeness(small: Path) -> None:
    rows = [{"LSOA11CD": IDS[0], "LSOA11NM": "x", "BNG_E": 1, "BNGN": 2}]
    put(small, "centroids", rows)
    with pytest.raises(Faults, match=r"BNG_N: found no such column.*Did you mean BNGN"):
        read("centroids", small)


def test_people_of_another_year_are_known_by_their_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, total in (("people17", 100.0), ("people20", 273.0)):
        monkeypatch.setitem(FILES, key, replace(FILES[key], rows=1, total=("total_population", total)))
    put(tmp_path, "people20", people_rows()).rename(tmp_path / FILES["people17"].name)
    with pytest.raises(Faults, match=r"that of Population estimates.*2020"):
        read("people17", tmp_path)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("key", ["centroids", "people20", "deprivation25", "changes", "libraries", "members"])
def test_half_of_a_real_file_is_told(shared_data: Path, tmp_path: Path, key: str, share: float) -> None:
    """Cut as a download breaks off: packed, and unpacked under the same name."""
    packed = (shared_data / FILES[key].folder / FILES[key].name).read_bytes()
    plain = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    for content in {packed, plain}:
        (tmp_path / FILES[key].name).write_bytes(content[: int(len(content) * share)])
        with pytest.raises(Faults):
            read(key, tmp_path)


def test_a_last_row_that_breaks_off_is_told(small: Path) -> None:
    rows = [dict.fromkeys(FILES["pools"].columns, "1") | {"site_id": i, "lon": -2, "lat": 53} for i in range(3)]
    path = put(small, "pools", rows)
    path.write_text(path.read_text(encoding="utf-8")[:-6], encoding="utf-8")
    with pytest.raises(Faults, match="cut off"):
        read("pools", small)


def test_an_empty_file_is_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / FILES["facilities"].name).write_bytes(b"")
    out = tmp_path / "out.csv"
    code, said = run("facilities", "--data", tmp_path, "--out", out)
    assert code == 1
    assert "what is no table" in said
    assert not out.exists()


@pytest.mark.parametrize("command", ["areas", "people", "libraries", "pools", "sports-centres"])
def test_a_folder_without_files_is_a_sentence_and_exit_code_1(tmp_path: Path, command: str) -> None:
    out = tmp_path / "out.csv"
    code, said = run(command, "--authority", "Trafford", "--data", tmp_path, "--out", out)
    assert code == 1
    assert "no such file" in said
    assert not out.exists()


def test_dirty_types_and_letters_are_cleaned_and_mobiles_and_prisons_left_out(small: Path) -> None:
    base = dict.fromkeys(FILES["libraries"].columns, "")
    rows = [
        base | {"reporting": "A", "name": n, "type": t, "operation_23": "c", "hours": h, "postcode": "M1"}
        for n, t, h in (
            ("one", " static library ", "30"),
            ("two", "Mobile library", "3"),
            ("three", "PRISON LIBRARY", ""),
        )
    ]
    put(small, "libraries", [*rows, rows[0] | {"name": "four", "hours": "Varied by Schedule"}], bom=True)
    table = libraries.listed(small)
    assert table["name"].to_list() == ["one", "four"]
    assert set(table["operation_23"]) == {"C"}
    assert table["hours"].to_list() == [30.0, None]


def test_postcodes_are_cleaned_of_stray_marks() -> None:
    assert postcodes.plain(" ne26 1ej. ") == "NE261EJ"
    assert postcodes.Spot(1.0, 1.0, postcodes.MANY).default


def member(library: str, area: str, users: str) -> dict[str, object]:
    return {"registered_authority": "Somerset", "registered_library": library, "lsoa_code": area, "users": users}


def test_members_keep_their_stars_and_no_row_is_nobody(small: Path) -> None:
    """A library is matched by its name in another list; a star alone stays one; two wards of one area are one row."""
    rows = [member("Burnham Library", IDS[0], "*"), member("Burnham Library", IDS[1], "7")]
    rows += [member("Burnham Library", IDS[1], "*"), member("Taunton Mobile", IDS[0], "50")]
    put(small, "members", [member("Burnham Library", "", "9"), *rows])
    areas = pl.DataFrame({"id": IDS, "x": [0.0, 100.0, 200.0], "y": [0.0, 0.0, 0.0]})
    venues = pl.DataFrame({"id": ["L1", "L2"], "name": ["Burnham-on-Sea", "Taunton"], "x": [0.0, 0.0], "y": [0.0, 0.0]})
    found = membership.matched(small, areas, venues)
    assert found.table.rows() == [(IDS[0], "L1", "*"), (IDS[1], "L1", "8")]
    assert found.users == {"L1": 10.0}
    assert any("1 mobiles, stores" in note for note in found.notes)


def test_a_library_far_from_its_members_is_another_of_the_same_name(small: Path) -> None:
    put(small, "members", [member("Street Library", IDS[0], "9")])
    areas = pl.DataFrame({"id": IDS, "x": [0.0] * 3, "y": [0.0] * 3})
    venues = pl.DataFrame({"id": ["far", "near"], "name": ["Street", "Street"], "x": [9e4, 500.0], "y": [0.0, 0.0]})
    assert membership.matched(small, areas, venues).users == {"near": 9.0}
    assert membership.matched(small, areas, venues.head(1)).table.is_empty()


def test_places_with_stock_in_their_name_are_libraries(small: Path) -> None:
    names = ["Radstock Library", "Stockwood Library", "N Somerset District Stock"]
    put(small, "members", [member(n, IDS[0], "9") for n in names])
    kept, dropped = membership.members(small)
    assert set(kept["library"]) == set(names[:2])
    assert set(dropped["library"]) == {names[2]}


def test_the_summary_is_told_with_its_rounding(small: Path) -> None:
    put(small, "members_summary", [{"registered_authority": "Somerset", "name": "Bruton", "users": "320"}])
    assert membership.by_library(small).row(0)[2:] == (320.0, 315.0, 325.0)


def test_deprivation_of_2025_is_carried_over_to_areas_of_2011(small: Path) -> None:
    """Unchanged keeps its decile, split takes the mean score of its parts, merged takes that of the whole."""
    scores = {f"E01{i:06d}": 100.0 - i for i in range(1, 11)}
    put(
        small,
        "deprivation25",
        [
            {"lsoa21_code": c, "IMD_decile": i, "IMD_rank": i, "IMD_score": s}
            for i, (c, s) in enumerate(scores.items(), 1)
        ],
    )
    codes = list(scores)
    links = [("E01000099", codes[0], "U"), ("E01000098", codes[1], "S"), ("E01000098", codes[5], "S")]
    links += [("E01000097", codes[9], "M"), ("E01000096", codes[9], "M")]
    links += [("E01000095", c, "S") for c in codes[2:9] if c != codes[5]]
    put(small, "changes", [{"lsoa11_code": a, "lsoa21_code": b, "change_code": c} for a, b, c in links])
    decile = dict(geography.deprivation(small, "deprivation25").select("lsoa11_code", "decile").iter_rows())
    assert decile["E01000099"] == 1
    assert decile["E01000098"] == 4
    assert decile["E01000097"] == decile["E01000096"] == 10


def test_unchanged_areas_keep_their_decile_of_2025_and_all_of_england_is_there(shared_data: Path) -> None:
    mapped = geography.deprivation(shared_data, "deprivation25")
    own = read("deprivation25", shared_data).select(
        lsoa11_code="lsoa21_code", published=pl.col("IMD_decile").cast(pl.Float64)
    )
    both = mapped.join(own, on="lsoa11_code")
    assert len(mapped) == 32_844
    assert len(both) == 31_810
    assert (both["decile"] == both["published"]).all()
    assert (mapped["parts"] > 1).sum() == 837


def test_longitudes_become_eastings_to_a_few_metres(shared_data: Path) -> None:
    known = read("centroids", shared_data).select(pl.col("LONG", "LAT", "BNG_E", "BNG_N").cast(pl.Float64))
    some = known.gather_every(1_000).to_numpy()
    found = geography.to_grid(shared_data, some[:, :2])
    assert np.hypot(*(found - some[:, 2:]).T).max() < 5
    assert np.isnan(geography.to_grid(shared_data, np.array([[2.35, 48.85]]))).all()


def test_men_and_women_are_not_counted_twice(shared_data: Path) -> None:
    assert geography.people_by_output_area(shared_data)["people"].sum() == 241_025


def test_somerset_has_its_four_districts_of_2021(shared_data: Path) -> None:
    districts = geography.districts_of("Somerset", shared_data)
    assert geography.people_by_district(shared_data, districts)["area"].n_unique() == len(districts) == 4


def test_services_that_sent_nothing_are_blank_and_named(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "activity.csv"
    code, said = run("activity", "--data", shared_data, "--out", out)
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert code == 0
    assert "121 services give 113,173,328 visits" in said
    assert {r["visits"] for r in rows if r["authority"] == "Trafford"} == {""}
    assert "Coventry (visits 8, loans 8)" in said


def test_pools_for_members_alone_are_left_out_and_counted(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "pools.csv"
    code, said = run("pools", "--authority", "Trafford", "--data", shared_data, "--out", out)
    assert code == 0
    assert "left out by who may come in: 6 registered membership use" in said
    assert len(out.read_text(encoding="utf-8").splitlines()) == 7
    code, said = run("pools", "--authority", "Birmingham", "--data", shared_data, "--out", tmp_path / "none.csv")
    assert code == 1
    assert "no site inside Birmingham" in said


def test_trafford_has_its_pools_and_halls_and_somewhere_else_to_go(shared_data: Path, tmp_path: Path) -> None:
    pytest.importorskip("brotli")
    notes = assemble("Trafford", shared_data, tmp_path)
    pools = pl.read_csv(tmp_path / "pools.csv")
    inside = pools.filter(pl.col("outside") == 0)
    assert len(inside) == 6
    assert inside["users"].sum() == pytest.approx(0.105 * 237_579, rel=0.001)
    assert pools.filter(pl.col("outside") == 1)["name"].str.starts_with("Judged stand-in").all()
    assert (tmp_path / "sports_centres.csv").exists()
    assert any("not real sites" in note for note in notes)


@pytest.mark.parametrize("key", FILES)
def test_every_file_says_where_it_is_published(key: str) -> None:
    assert FILES[key].page
    assert FILES[key].licence == "Open Government Licence v3.0"
