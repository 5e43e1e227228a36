"""Northshire, the built-in place: invented, the same for the same seed, whole, and near the published averages."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from withless.examples.northshire import FILES, figures, files, layout, write
from withless.examples.northshire.geography import draw_county
from withless.examples.northshire.sites import draw_sites
from withless.examples.northshire.use import draw_use, nearest_share

SERVICES = ("libraries", "museums", "pools", "sports_centres")
OTHERS = ("social_care", "hospital", "youth", "help_into_work", "other_services", "funding")
VENUES = {"libraries": 36, "museums": 8, "pools": 9, "sports_centres": 12}
LEVERS = {"open", "hours", "volunteers", "fee", "shared", "unit_cost"}
ALIKE = {f"{of}_{name}.csv" for of in ("youth", "work") for name in ("programmes", "reach", "values", "worth")}
ALIKE |= {"other_services.csv", "funding.csv", "care_costs.csv", "care_policy.csv", "reserves.csv", "gap.csv"}
"""Tables that no seed changes."""
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return files.texts(2026)


@pytest.fixture(scope="module")
def plan(texts: dict[str, str]) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(texts["plan.yaml"])
    return loaded


def rows(texts: dict[str, str], file: str) -> Rows:
    return list(csv.DictReader(io.StringIO(texts[file])))


def inside(table: Rows) -> Rows:
    return [r for r in table if r["outside"] == "0"]


def total(table: Rows, column: str) -> float:
    return sum(float(r[column]) for r in table)


def people(texts: dict[str, str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for r in rows(texts, "people.csv"):
        counted[r["area"]] += int(r["people"])
    return counted


def residents(texts: dict[str, str]) -> int:
    counted = people(texts)
    return sum(counted[r["id"]] for r in inside(rows(texts, "areas.csv")))


def test_the_same_seed_makes_the_same_bytes_and_another_seed_another_county(tmp_path: Path) -> None:
    first, again, other = (write(tmp_path / name, seed) for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    assert [p.name for p in first] == list(FILES)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    changed = {p.name for p, q in zip(first, other, strict=True) if p.read_bytes() != q.read_bytes()}
    assert changed == set(FILES) - ALIKE


def test_it_says_that_it_is_invented_wherever_a_reader_may_begin(texts: dict[str, str]) -> None:
    assert yaml.safe_load(texts["place.yaml"])["invented"] is True
    opening = texts["README.md"].split("\n\n")[1]
    for words in ("invented", "No such county exists", "likeness to a real place is chance"):
        assert words in opening
    assert "Invented" in texts["plan.yaml"].splitlines()[0]


def test_every_published_figure_in_the_readme_has_a_source_and_what_is_judged_is_listed(texts: dict[str, str]) -> None:
    for figure in figures.PUBLISHED:
        assert f"| {figure.says} | {figure.source} |" in texts["README.md"]
        assert re.search(r"\b20[012]\d\b", figure.source), figure.source
    assert all(f"- {line}\n" in texts["README.md"] for line in figures.JUDGED)


def test_ids_are_unique_and_every_reference_resolves(texts: dict[str, str], plan: dict[str, Any]) -> None:
    areas = [r["id"] for r in rows(texts, "areas.csv")]
    venues = {s: [r["id"] for r in rows(texts, f"{s}.csv")] for s in SERVICES}
    every = areas + [i for ids in venues.values() for i in ids]
    assert len(set(every)) == len(every)
    assert {r["area"] for r in rows(texts, "people.csv")} == set(areas)
    used = [(r["area"], r["venue"]) for r in rows(texts, "members.csv")]
    assert len(set(used)) == len(used)
    assert {a for a, _ in used} <= set(areas)
    assert {v for _, v in used} <= set(venues["libraries"])
    for measure in plan["measures"]:
        if measure["service"] in OTHERS:
            continue
        assert measure["where"] == "all" or set(measure["where"]) <= set(venues[measure["service"]])
        if measure["lever"] == "shared":
            assert measure["change"]["set"] in venues["sports_centres"]
    assert all(p["check"]["service"] in (*SERVICES, *OTHERS) for p in plan["promises"])


def test_files_that_place_yaml_names_are_written(texts: dict[str, str]) -> None:
    place = yaml.safe_load(texts["place.yaml"])
    named = [place["areas"], place["people"], *(f for s in place["services"].values() for f in s["tables"].values())]
    assert set(named) <= set(texts)
    assert sum(s.get("volunteer_share", 0.0) for s in place["services"].values()) <= 1


def test_the_county_is_of_the_size_of_an_english_county_and_lies_at_sea(texts: dict[str, str]) -> None:
    areas = rows(texts, "areas.csv")
    assert len(inside(areas)) == 500
    assert len({r["name"] for r in areas}) == len(areas)
    assert residents(texts) == pytest.approx(figures.PEOPLE, rel=0.001)
    assert min(people(texts).values()) > 700
    assert all(0 <= int(r["x"]) <= 700_000 and 0 <= int(r["y"]) <= 1_300_000 for r in areas)
    # Open sea: Britain lies west of 420,000 m at every northing above 670,000 m.
    assert min(int(r["x"]) for r in areas) > 550_000
    assert min(int(r["y"]) for r in areas) > 670_000
    assert {s: len(inside(rows(texts, f"{s}.csv"))) for s in SERVICES} == VENUES


def test_the_rim_is_marked_lies_outside_the_county_and_shows_no_costs(texts: dict[str, str]) -> None:
    county = draw_county(2026)
    points = np.stack([county.x, county.y], axis=1)
    assert np.array_equal(layout.within(points, layout.OUTLINE), ~county.outside)
    assert layout.km_to_line(points[county.outside], layout.OUTLINE, closed=True).max() < 20
    for service in SERVICES:
        outside = [r for r in rows(texts, f"{service}.csv") if r["outside"] == "1"]
        assert outside
        assert all(r["gross_cost"] == r["income"] == "" for r in outside)
        assert all(r["gross_cost"] and r["income"] for r in inside(rows(texts, f"{service}.csv")))


def test_deprivation_is_spread_as_in_england_poorer_in_towns_and_by_the_sea() -> None:
    county = draw_county(2026)
    home = ~county.outside
    assert np.all(np.abs(np.bincount(county.decile[home], minlength=11)[1:] - 50) <= 5)
    kind = {k: county.decile[home & (county.rural_urban == k)] for k in ("urban", "town", "rural")}
    assert np.mean(kind["urban"] <= 2) > 0.2 > 0.05 > np.mean(kind["rural"] <= 2)
    resort = next(i for i, s in enumerate(layout.SETTLEMENTS) if s.name == "Saltrigg")
    assert county.decile[county.settlement == resort].mean() < 4
    assert np.corrcoef(county.decile[home], county.no_car_share[home])[0, 1] < -0.3


def test_people_are_of_english_ages_older_in_the_country_and_young_by_the_university() -> None:
    county = draw_county(2026)
    home = ~county.outside
    older = county.people[:, 3:].sum(axis=1) / county.residents
    england = {"0-15": 0.192, "16-24": 0.105, "25-64": 0.518, "65-74": 0.099, "75-84": 0.061, "85+": 0.025}
    shares = county.people[home].sum(axis=0) / county.residents[home].sum()
    assert shares == pytest.approx(list(england.values()), abs=0.03)
    assert (
        older[home & (county.rural_urban == "rural")].mean()
        > 1.3 * older[home & (county.rural_urban == "urban")].mean()
    )
    campus = np.array(["University" in n for n in county.names])
    assert (county.people[campus, 1] / county.residents[campus]).mean() > 0.25


def test_library_users_are_the_true_total_of_the_use_table_with_one_to_four_starred(texts: dict[str, str]) -> None:
    low: Counter[str] = Counter()
    high: Counter[str] = Counter()
    cells = rows(texts, "members.csv")
    for r in cells:
        starred = r["users"] == "*"
        assert starred or int(r["users"]) >= 5
        low[r["venue"]] += 1 if starred else int(r["users"])
        high[r["venue"]] += 4 if starred else int(r["users"])
    for library in rows(texts, "libraries.csv"):
        assert low[library["id"]] < int(library["users"]) < high[library["id"]]
    assert np.mean([r["users"] == "*" for r in cells]) == pytest.approx(0.72, abs=0.05)  # Somerset, August 2018


def test_users_and_visits_are_near_the_published_averages(texts: dict[str, str]) -> None:
    county = residents(texts)
    libraries, museums, pools, sports = (inside(rows(texts, f"{s}.csv")) for s in SERVICES)
    assert total(libraries, "users") / county == pytest.approx(0.093, rel=0.05)
    assert total(libraries, "visits") / county == pytest.approx(2.44, rel=0.05)
    assert total(museums, "visits") / len(museums) == pytest.approx(64_000, rel=0.15)
    sites = pools + sports
    assert (
        0.5 < total(sites, "visits") / len(sites) / 262_000 < 1.0
    )  # pools and halls apart, where most sites hold both
    assert total(sports, "visits") / total(sports, "users") == pytest.approx(19, rel=0.02)


def test_most_library_users_use_the_nearest_and_fewer_go_from_far_away() -> None:
    county = draw_county(2026)
    sites = draw_sites(2026, county)["libraries"]
    use = draw_use(2026, "libraries", county, sites)
    assert 0.65 < nearest_share(county, sites, use) < 0.85
    gap = np.hypot(county.x[:, None] - [s.x for s in sites], county.y[:, None] - [s.y for s in sites]).min(axis=1)
    bands = [(gap < 0.75), (gap >= 1.5) & (gap < 3), (gap >= 5) & (gap < 8)]
    rates = [use[b & ~county.outside].sum() / county.residents[b & ~county.outside].sum() for b in bands]
    assert rates[0] > rates[1] > rates[2]
    assert rates[2] / rates[0] == pytest.approx(8.5 / 16.2, abs=0.12)  # Somerset, August 2018


def test_money_is_near_the_published_averages_and_the_budget_holds_an_overhead(texts: dict[str, str]) -> None:
    place = yaml.safe_load(texts["place.yaml"])
    for service in SERVICES:
        venues = inside(rows(texts, f"{service}.csv"))
        net = total(venues, "gross_cost") - total(venues, "income")
        budget = 1e6 * float(place["services"][service]["budget"].strip("£m"))
        assert 0.15 <= 1 - net / budget <= 0.25
    assert 9.4e6 / residents(texts) == pytest.approx(744e6 / 64.6e6, rel=0.05)
    charged = [float(r["fee"]) > 0 for r in inside(rows(texts, "museums.csv"))]
    assert sum(charged) in (2, 3)
    for service in ("pools", "sports_centres"):
        venues = inside(rows(texts, f"{service}.csv"))
        assert 0.55 < total(venues, "income") / total(venues, "gross_cost") < 1
        assert all(int(r["capacity"]) > int(r["visits"]) for r in venues)


def test_which_libraries_are_dear_is_not_foregone_from_their_size(texts: dict[str, str]) -> None:
    council = [r for r in inside(rows(texts, "libraries.csv")) if r["run_by"] == "council"]
    users = np.array([float(r["users"]) for r in council])
    dear = np.array([float(r["gross_cost"]) for r in council]) / users
    assert abs(np.corrcoef(np.log(users), np.log(dear))[0, 1]) < 0.6
    assert dear.max() > 3 * dear.min()
    assert {r["run_by"] for s in SERVICES for r in rows(texts, f"{s}.csv")} >= {"council", "community", "trust"}


@pytest.mark.parametrize("seed", [2026, *range(12)])
def test_the_plan_is_whole_and_books_no_more_than_its_venues_cost(seed: int) -> None:
    made = files.texts(seed)
    plan = yaml.safe_load(made["plan.yaml"])
    assert len(plan["measures"]) == 24
    assert len(plan["promises"]) == 14
    assert {m["evidence"] for m in plan["measures"] if m["lever"] == "unit_cost"} == {
        "contract",
        "business_case",
        "target",
    }
    assert sum(m["booked_saving"] for m in plan["measures"]) == plan["target"]["saving"]
    touched: Counter[str] = Counter()
    for m in plan["measures"]:
        assert m["evidence"] in ("contract", "business_case", "target")
        assert m["source"] == "invented"
        if m["service"] in OTHERS:
            assert 0 < m["booked_saving"] < 10e6
            continue
        table = {r["id"]: r for r in inside(rows(made, f"{m['service']}.csv"))}
        venues = list(table.values()) if m["where"] == "all" else [table[i] for i in m["where"]]
        bound = total(venues, "visits") * 3.0 if m["id"] == "museums-charge" else total(venues, "gross_cost")
        assert 0 < m["booked_saving"] < bound
        assert m["lever"] in LEVERS
        touched.update(v["id"] for v in venues if m["where"] != "all")
    assert max(touched.values()) == 1
    assert {m["service"] for m in plan["measures"]} == {*SERVICES, *OTHERS}


def test_the_council_s_services_cost_what_pays_for_them(texts: dict[str, str]) -> None:
    place = yaml.safe_load(texts["place.yaml"])
    net = {n: 1e6 * float(s["budget"].strip("£m")) for n, s in place["services"].items() if "budget" in s}
    assert net.pop("hospital") > 1e8
    assert sum(net.values()) == pytest.approx(-total(rows(texts, "funding.csv"), "net"), rel=0.002)


def test_the_hospital_s_own_plan_holds_what_the_county_s_plan_does_to_it(
    texts: dict[str, str], plan: dict[str, Any]
) -> None:
    own = {m["id"]: m for m in yaml.safe_load(texts["hospital.yaml"])["measures"]}
    shared = [m for m in plan["measures"] if m["service"] == "hospital"]
    assert len(shared) == 2
    assert all(own[m["id"]] == m for m in shared)
    assert len(own) == 4


def test_it_refuses_a_folder_that_has_any_of_its_files_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("mine")
    with pytest.raises(FileExistsError, match=r"already has plan\.yaml"):
        write(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["plan.yaml"]
    write(tmp_path, force=True)
    assert (tmp_path / "plan.yaml").read_text().startswith("# Invented")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(FILES)


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_file_that_cannot_be_finished_is_not_there_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "areas.csv").write_text("before")
    finished: list[int] = []

    def fail(handle: int) -> None:
        finished.append(handle)
        if len(finished) == 5:
            raise OSError("no room")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no room"):
        write(tmp_path, force=True)
    assert [p.name for p in tmp_path.iterdir()] == ["areas.csv"]
    assert (tmp_path / "areas.csv").read_text() == "before"


def test_lines_end_as_on_unix_and_text_is_utf_8(tmp_path: Path) -> None:
    for path in write(tmp_path):
        data = path.read_bytes()
        assert b"\r" not in data
        assert data.endswith(b"\n")
        assert data.decode("utf-8")


def test_social_care_is_near_englands_rates_and_older_with_age(texts: dict[str, str]) -> None:
    clients = rows(texts, "care_clients.csv")
    assert all(int(r["people"]) % 5 == 0 for r in clients)
    county = residents(texts)
    assert (
        0.009 < total(clients, "people") / county < 0.016
    )  # long-term support in England, 2021-22: 0.0145 over the year
    by_age = {a: total([r for r in clients if r["age_band"] == a], "people") for a in ("65-74", "75-84", "85+")}
    assert by_age["65-74"] < by_age["75-84"] < by_age["85+"]
    held = total([r for r in clients if r["setting"] == "direct_payment"], "people")
    home = total([r for r in clients if r["setting"] == "home"], "people")
    assert held / (held + home) == pytest.approx(0.25, abs=0.01)
