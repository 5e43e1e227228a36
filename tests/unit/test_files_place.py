"""A place folder is read whole, or every fault in it is told in one pass."""

import re
from pathlib import Path

import numpy as np
import pytest
from files_case import AREAS, LIBRARIES, PEOPLE, PLACE, USERS, StandIn, stand_in, swap, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from withless.files import Fault, Faults, check, read, read_place
from withless.place import AGE_BANDS, Place

__all__ = ["stand_in"]


def errors(folder: Path) -> list[Fault]:
    return [f for f in check(folder) if f.severity == "error"]


def only(faults: list[Fault]) -> Fault:
    assert len(faults) == 1, "\n".join(map(str, faults))
    return faults[0]


def test_a_sound_place_is_read_without_a_fault(tmp_path: Path) -> None:
    place, warnings = read_place(write(tmp_path))
    assert warnings == []
    assert (place.name, place.invented, place.prices) == ("Testshire", True, "2026-27")
    assert place.calendar.quarter_labels[0] == "2026-04"
    assert place.areas.people[0].tolist() == [300, 150, 800, 150, 80, 40]
    assert place.areas.outside.tolist() == [False, False, True]
    assert place.areas.no_car_share[:2].tolist() == [0.35, 0.2]
    assert np.isnan(place.areas.no_car_share[2])
    assert place.areas.urban.tolist() == [1.0, 0.5, 0.0]
    assert place.overrides == {"venues.detour": {"low": 1.2, "high": 1.5, "source": "county survey 2025"}}


def test_numbers_as_people_write_them_are_read_in_tables(tmp_path: Path) -> None:
    place, _ = read_place(write(tmp_path))
    instance = place.instances["libraries"]
    venues = instance.tables["venues"]
    assert venues.numbers("gross_cost").tolist() == [150_000, 80_000, 100_000]
    assert venues.numbers("hours").tolist() == [40, 18, 30]
    assert venues.numbers("fixed_share").tolist() == [0.6, 0.5, 0.6]
    assert venues.suppressed["users"].tolist() == [False, True, False]
    assert np.isnan(venues.numbers("users")[1])
    assert instance.budget == 300_000
    assert instance.title == "Libraries"


def test_optional_columns_that_are_absent_are_blank(tmp_path: Path) -> None:
    without = re.sub(r"(?m)^((?:[^,\"]*,){6}[^,\"]*),(?:\"[^\"]*\"|[^,]*),", r"\1,", LIBRARIES)
    place, _ = read_place(write(tmp_path, libraries=without))
    assert np.isnan(place.instances["libraries"].tables["venues"].numbers("visits")).all()


def test_place_yaml_itself_may_be_named_and_read_finds_out(tmp_path: Path) -> None:
    write(tmp_path)
    assert isinstance(read(tmp_path)[0], Place)
    assert read(tmp_path / "place.yaml")[0].fingerprint == read(tmp_path)[0].fingerprint  # type: ignore[union-attr]


def test_gzip_and_compact_spellings_give_the_same_place(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain, _ = read_place(write(tmp_path / "a"))
    place_yaml = swap(PLACE, "members.csv", "members.csv.gz")
    folder = write(tmp_path / "b", members=None, place=place_yaml)
    (folder / "members.csv.gz").write_bytes(gzip.compress(USERS.encode()))
    assert read_place(folder)[0].fingerprint == plain.fingerprint


def test_a_missing_folder_is_a_fault_and_no_accident(tmp_path: Path) -> None:
    assert only(check(tmp_path / "gone")).found == "nothing there"
    with pytest.raises(Faults, match="no such file"):
        read_place(tmp_path / "gone")


def test_a_folder_without_place_yaml_says_what_is_missing(tmp_path: Path) -> None:
    fault = only(check(tmp_path))
    assert (fault.file, fault.found) == ("place.yaml", "no such file")


def test_every_fault_of_every_file_is_found_in_one_pass(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        areas=swap(AREAS, "330000", "33000O"),
        people=swap(PEOPLE, "A1,0-15,300", "A1,0-15,-4"),
        libraries=swap(LIBRARIES, "library,360100", "libary,360100"),
        members=swap(USERS, "A2,LIB02", "A2,LIB2"),
        place=swap(swap(PLACE, "payer: council", "payer: concil"), "start: 2026-04", "start: May 2026"),
    )
    found = {(f.file, f.column) for f in errors(folder)}
    assert found == {
        ("place.yaml", "calendar, start"),
        ("place.yaml", "services, libraries, payer"),
        ("areas.csv", "x"),
        ("people.csv", "people"),
        ("libraries.csv", "type"),
        ("members.csv", "venue"),
    }


def test_a_letter_o_in_a_number_is_told_with_file_row_and_column(tmp_path: Path) -> None:
    fault = only(errors(write(tmp_path, libraries=swap(LIBRARIES, "130100,40,", "130100,4O,"))))
    assert str(fault) == (
        'libraries.csv, row 2, hours: found "4O", expected a number of hours a week from 0 to 168. Is that a letter O?'
    )


CELLS = [
    # old, new, column, part of the message
    ("130100,40,", "130100,200,", "hours", "from 0 to 168"),
    ("130100,40,", "130100,,", "hours", "nothing"),
    ("130100,40,", "130100,nan,", "hours", "nan"),
    ("130100,40,", "130100,inf,", "hours", "inf"),
    ("130100,40,", "130100,1e999,", "hours", "1e999"),
    ("130100,40,", "130100,#DIV/0!,", "hours", "error of the spreadsheet"),
    ("130100,40,", "130100,40%,", "hours", "percentage"),
    ("130100,40,", '130100,"40,5",', "hours", "decimal with a point"),
    (",100000,0.6", ",-100000,0.6", "gross_cost", "cannot be negative"),
    (",100000,0.6", ",100000,60", "fixed_share", "60%"),
    ("library,360100", "librery,360100", "type", "Did you mean library?"),
    ("LIB03", "LIB01", "id", "row 2"),
    ("LIB03", "", "id", "nothing"),
    ("0.6,1\n", "0.6,maybe\n", "outside", "yes or no"),
    ("0.6,1\n", "0.6,2\n", "outside", "yes or no"),
]


@pytest.mark.parametrize(("old", "new", "column", "message"), CELLS)
def test_a_cell_that_cannot_be_is_told(tmp_path: Path, old: str, new: str, column: str, message: str) -> None:
    fault = errors(write(tmp_path, libraries=swap(LIBRARIES, old, new), members=None, place=NO_USE))[0]
    assert fault.column == column
    assert message in str(fault)


NO_USE = PLACE.replace(", use: members.csv", "")


def test_a_star_stands_only_for_people(tmp_path: Path) -> None:
    fault = only(errors(write(tmp_path, libraries=swap(LIBRARIES, "130100,40,", "130100,*,"))))
    assert "Only counts of people" in fault.mend


def test_a_missing_column_names_the_one_that_was_probably_meant(tmp_path: Path) -> None:
    fault = only(errors(write(tmp_path, libraries=swap(LIBRARIES, "gross_cost", "gros cost"))))
    assert (fault.row, fault.column) == (1, "gross_cost")
    assert "Did you mean gros cost?" in fault.mend


def test_a_column_that_nothing_reads_is_a_warning(tmp_path: Path) -> None:
    folder = write(tmp_path, libraries=swap(LIBRARIES, "visits", "vists"))
    warning = only(check(folder))
    assert (warning.severity, warning.column) == ("warning", "vists")
    assert "Did you mean visits?" in warning.mend
    assert read_place(folder)[1] == [warning]


def test_column_names_may_have_capitals_and_spaces(tmp_path: Path) -> None:
    assert check(write(tmp_path, libraries=LIBRARIES.replace("gross_cost", "Gross Cost"))) == []


def test_an_unknown_venue_in_the_use_table_is_told_with_the_nearest(tmp_path: Path) -> None:
    fault = only(errors(write(tmp_path, members=swap(USERS, "A2,LIB02", "A2,LIB002"))))
    assert (fault.file, fault.row, fault.column) == ("members.csv", 4, "venue")
    assert "Did you mean LIB02?" in fault.mend


def test_the_same_area_and_venue_twice_is_told_with_both_rows(tmp_path: Path) -> None:
    fault = only(errors(write(tmp_path, members=USERS + "A1,LIB01,7\n")))
    assert fault.row == 5
    assert "row 2" in fault.mend


# areas and people


def test_duplicate_area_ids_are_told(tmp_path: Path) -> None:
    faults = errors(write(tmp_path, areas=AREAS + "A1,Again,330000,130000,1,urban,,0\n"))
    assert ("areas.csv", 5, "id") in [(f.file, f.row, f.column) for f in faults]


@pytest.mark.parametrize("decile", ["0", "11", "2.5", "-1"])
def test_a_decile_is_a_whole_number_from_1_to_10(tmp_path: Path, decile: str) -> None:
    fault = only(errors(write(tmp_path, areas=swap(AREAS, "131000,5,", f"131000,{decile},"))))
    assert fault.column == "decile"


def test_an_area_without_people_is_an_error_inside_and_a_warning_beyond(tmp_path: Path) -> None:
    def without(area: str) -> str:
        return "".join(line for line in PEOPLE.splitlines(keepends=True) if not line.startswith(f"{area},"))

    inside = only(check(write(tmp_path, people=without("A2"))))
    assert (inside.severity, inside.file, inside.row) == ("error", "areas.csv", 3)
    beyond = only(check(write(tmp_path, people=without("A3"))))
    assert (beyond.severity, beyond.row) == ("warning", 4)


def test_people_of_an_area_that_does_not_exist_are_told(tmp_path: Path) -> None:
    fault = only(errors(write(tmp_path, people=PEOPLE + "A9,0-15,10\n")))
    assert (fault.column, fault.found) == ("area", '"A9"')


@pytest.mark.parametrize(
    ("band", "written"),
    [("0-15", "0 to 15"), ("0-15", "Aged 0-15"), ("0-15", "Under 16"), ("85+", "85 and over"), ("85+", "85 +"),
     ("16-24", "16 \u2013 24"), ("65-74", "65-74 years")],
)  # fmt: skip
def test_age_bands_in_other_words_are_read(tmp_path: Path, band: str, written: str) -> None:
    people = swap(PEOPLE, f"A1,{band},", f"A1,{written},")
    place, warnings = read_place(write(tmp_path, people=people))
    assert warnings == []
    assert place.areas.people[0, AGE_BANDS.index(band)] > 0


def test_another_age_band_is_refused_with_those_there_are(tmp_path: Path) -> None:
    faults = errors(write(tmp_path, people=swap(PEOPLE, "A1,0-15,", "A1,0-4,")))
    assert "0-15" in only(faults).expected


def test_people_by_sex_are_summed(tmp_path: Path) -> None:
    rows = PEOPLE.splitlines()[1:]
    by_sex = "area,age_band,people,sex\n" + "".join(f"{row},{sex}\n" for row in rows for sex in ("female", "male"))
    assert read_place(write(tmp_path, people=by_sex))[0].areas.people[0, 0] == 600
    faults = errors(write(tmp_path, people=by_sex + "A1,0-15,600,all\n"))
    assert only(faults).column == "sex"


# coordinates


def coordinates(rows: list[tuple[float, float]]) -> str:
    body = [f"A{i},N{i},{x},{y},5,,,{int(i == 3)}" for i, (x, y) in enumerate(rows, start=1)]
    return "\n".join(["id,name,x,y,decile,rural_urban,no_car_share,outside", *body]) + "\n"


SOMERSET = [(330_000, 130_000), (331_000, 131_000), (360_000, 140_000)]
LONLAT = [(-3.003, 51.066), (-2.989, 51.075), (-2.573, 51.158)]


def test_longitude_and_latitude_land_on_the_grid(tmp_path: Path) -> None:
    libraries = LIBRARIES
    for (x, y), (lon, lat) in zip([(330100, 130100), (331100, 131100), (360100, 140100)], LONLAT, strict=True):
        libraries = libraries.replace(f"{x},{y}", f"{lon},{lat}")
    folder = write(tmp_path, areas=coordinates(LONLAT), libraries=libraries, place=swap(PLACE, "bng", "lonlat"))
    place, warnings = read_place(folder)
    assert warnings == []
    assert place.areas.x_km == pytest.approx([329.7, 330.7, 359.9], abs=0.3)
    venues = place.instances["libraries"].tables["venues"]
    assert venues.numbers("x") == pytest.approx(place.areas.x_km * 1000)


WRONG = [
    ("bng", [(y * 10, x * 10) for x, y in SOMERSET], "Check the coordinates"),
    ("bng", [(900_000, 300_000)] * 3, "swapped"),
    ("bng", LONLAT, "lonlat"),
    ("bng", [(x / 1000, y / 1000) for x, y in SOMERSET], "kilometres"),
    ("lonlat", [(y, x) for x, y in LONLAT], "swapped"),
    ("lonlat", SOMERSET, "bng"),
    ("lonlat", [(2.35, 48.85)] * 3, "Check the coordinates"),
]


@pytest.mark.parametrize(("system", "rows", "reason"), WRONG)
def test_points_outside_the_country_are_told_with_the_likely_reason(
    tmp_path: Path, system: str, rows: list[tuple[float, float]], reason: str
) -> None:
    folder = write(tmp_path, areas=coordinates(rows), place=swap(PLACE, "bng", system))
    of_areas = [f for f in errors(folder) if f.file == "areas.csv"]
    assert of_areas
    assert all(f.column == "x, y" and reason in f.mend for f in of_areas)


def test_points_in_the_sea_whose_swap_is_on_land_are_a_warning(tmp_path: Path) -> None:
    folder = write(tmp_path, areas=coordinates([(y, x) for x, y in SOMERSET]))
    warning = only([f for f in check(folder) if f.file == "areas.csv"])
    assert warning.severity == "warning"
    assert "swapped" in warning.mend


def test_one_point_outside_the_country_is_told_by_its_row(tmp_path: Path) -> None:
    fault = only(errors(write(tmp_path, libraries=swap(LIBRARIES, "331100,131100", "3311000,131100"))))
    assert (fault.file, fault.row, fault.column) == ("libraries.csv", 3, "x, y")


# place.yaml


KEYS = [
    # old, new, line, part of the message
    ("name: Testshire", "nam: Testshire", 2, "Did you mean name?"),
    ("withless: 1", "withless: 2", 1, "newer withless"),
    ("invented: true", "invented: perhaps", 3, "true or false"),
    ("quarters: 12", "quarters: 81", 4, "from 1 to 80"),
    ("quarters: 12", "quarters: 1.5", 4, "whole number"),
    ("start: 2026-04", "start: 04/13/2026", 4, "no month 13"),
    ("start: 2026-04", "start: 15/04/2026", 4, "first month of a quarter"),
    ("coordinates: bng", "coordinates: wgs84", 5, "bng or lonlat"),
    ("prices: 2026-27", "prices: 2026-28", 6, "2028-29"),
    ("areas: areas.csv", "areas: ../areas.csv", 7, "inside the place's folder"),
    ("areas: areas.csv", "areas: /etc/passwd", 7, "inside the place's folder"),
    ("kind: venues", "kind: venue", 11, "Did you mean venues?"),
    ("payer: council", "payer: nsh", 12, "Did you mean nhs?"),
    ("budget: £0.3m", "budget: -300k", 13, "cannot be negative"),
    ("budget: £0.3m", "budget: 30 visits", 13, "£410k"),
    ("use: members.csv", "uses: members.csv", 14, "Did you mean use?"),
    ("venues: libraries.csv, ", "", 14, "a table venues"),
    ("  libraries:\n", "  all:\n", 10, "not all"),
    ("venues.detour: {", "venues.detuor: {", 16, "Did you mean venues.detour?"),
    ("low: 1.2", "low: 1.2 miles", 16, "a number"),
    ("low: 1.2", "low: 1.9", 16, "is not one"),
    (", source: county survey 2025", "", 16, "source"),
    ("venues.detour:", "venues.detour@museums:", 16, "libraries"),
    ("low: 1.2", "lo: 1.2", 16, "Did you mean low?"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), KEYS)
def test_a_key_that_cannot_be_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    faults = errors(write(tmp_path, place=swap(PLACE, old, new)))
    told = [str(f) for f in faults if f.line == line]
    assert any(message in text for text in told), "\n".join(map(str, faults))


def test_an_empty_place_yaml_and_a_list_are_told(tmp_path: Path) -> None:
    assert only(check(write(tmp_path, place=""))).found == "an empty file"
    assert "the keys withless" in check(write(tmp_path, place="- 1\n"))[0].expected


def test_a_fit_that_is_not_there_is_told(tmp_path: Path) -> None:
    place = swap(PLACE, "    payer: council\n", "    payer: council\n    fit: fit/lib.toml\n")
    fault = only(check(write(tmp_path, place=place)))
    assert (fault.file, fault.found) == ("fit/lib.toml", "no such file")


def test_volunteers_time_is_shared_out_once(tmp_path: Path) -> None:
    second = PLACE.split("  libraries:\n")[1].split("assumptions:")[0].replace("libraries.csv", "museums.csv")
    (tmp_path / "museums.csv").write_text(LIBRARIES, encoding="utf-8")
    both = swap(PLACE, "assumptions:", "  museums:\n" + second + "assumptions:")
    place, _ = read_place(write(tmp_path, place=both))
    assert [i.pool_share for i in place.instances.values()] == [0.5, 0.5]
    given = both.replace("  museums:\n", "  museums:\n    volunteer_share: 80%\n")
    place, _ = read_place(write(tmp_path, place=given))
    assert [i.pool_share for i in place.instances.values()] == pytest.approx([0.2, 0.8])
    too_much = given.replace("  libraries:\n", "  libraries:\n    volunteer_share: 0.3\n")
    assert "110%" in only(errors(write(tmp_path, place=too_much))).found


def test_what_only_the_service_sees_is_told_in_the_rows_of_the_file(tmp_path: Path, stand_in: StandIn) -> None:
    fault = only(errors(write(tmp_path, libraries=swap(LIBRARIES, "140100,30,", "140100,0,"))))
    assert (fault.file, fault.row, fault.column) == ("libraries.csv", 4, "hours")


def test_a_windows_file_is_read_with_a_warning(tmp_path: Path) -> None:
    folder = write(tmp_path, libraries=LIBRARIES.replace("Mill", "Café").encode("cp1252"))
    place, warnings = read_place(folder)
    assert place.instances["libraries"].tables["venues"].words("name")[0] == "Café End Library"
    assert {f.severity for f in warnings} == {"warning"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(content=st.binary(max_size=200), name=st.sampled_from(["areas", "people", "libraries", "members", "place"]))
def test_garbage_in_any_file_gives_faults_and_nothing_else(tmp_path: Path, content: bytes, name: str) -> None:
    folder = write(tmp_path, **{name: content})
    assert check(folder)
    with pytest.raises(Faults):
        read_place(folder)
