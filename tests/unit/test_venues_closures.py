"""What closing every venue alone, or some together, would do: against the service itself, by brute force, anywhere it runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from withless import api
from withless.cache import Cache
from withless.cli import app
from withless.place import Instance, Place, Table
from withless.plan import Settings
from withless.service import Unworkable
from withless.services.venues import baseline, large_place, travel
from withless.services.venues.facts import Facts
from withless.services.venues.model import VenuesModel, result

LIBRARIES = "libraries"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("england") / "northshire"
    api.example("northshire", made)
    return made


@pytest.fixture(scope="module")
def place(folder: Path) -> Place:
    found = api.read(folder)
    assert isinstance(found, Place)
    return found


@pytest.fixture(scope="module")
def libraries(place: Place) -> VenuesModel:
    (made,) = api.Study(place, draws=64).models(LIBRARIES)
    assert isinstance(made, VenuesModel)
    return made


@pytest.fixture(scope="module")
def world(libraries: VenuesModel) -> large_place.LargePlace:
    return large_place.large_place(libraries)


@pytest.fixture(scope="module")
def found(libraries: VenuesModel, world: large_place.LargePlace) -> large_place.Alone:
    return large_place.run(world, [libraries], closed=libraries.ids[2:5])


def closed(libraries: VenuesModel, rows: list[int]) -> np.ndarray:
    """Users of every venue [draw, venue] by the service itself, with some venues closed."""
    levers = {k: v[None, :, None].copy() for k, v in libraries.levers.items()}
    levers["open"][:, rows] = 0.0
    return result(libraries, Settings(dict.fromkeys(levers, libraries.ids), levers)).users[:, 0]


def test_closing_each_alone_loses_what_the_service_itself_loses(
    libraries: VenuesModel, found: large_place.Alone
) -> None:
    today = baseline.calibrated(libraries).users
    np.testing.assert_allclose(found.users, today, rtol=2 * large_place.MISS)
    for j in (0, 7, 33):
        lost = today.sum(axis=1) - closed(libraries, [j]).sum(axis=1)
        np.testing.assert_allclose(found.lost[:, j], lost, rtol=5e-4)


def test_closing_some_together_leaves_what_the_service_itself_leaves(
    libraries: VenuesModel, found: large_place.Alone
) -> None:
    assert found.after is not None
    assert found.areas is not None
    np.testing.assert_allclose(found.after, closed(libraries, [2, 3, 4]), rtol=5e-4, atol=1e-9)
    assert not found.after[:, 2:5].any()
    np.testing.assert_allclose(found.areas[1].sum(), found.after.sum(axis=1).mean(), rtol=1e-9)
    np.testing.assert_allclose(found.areas[0].sum(), found.users.sum(axis=1).mean(), rtol=1e-9)


def test_nobody_gives_up_twice_and_the_loss_together_is_at_least_that_of_each(found: large_place.Alone) -> None:
    assert (found.lost >= 0).all()
    assert (found.lost <= found.users * (1 + 1e-9)).all()
    assert found.after is not None
    lost = found.users.sum(axis=1) - found.after.sum(axis=1)
    assert (lost >= found.lost[:, 2:5].sum(axis=1) * (1 - 1e-9)).all()


def test_no_venue_is_missed_by_more_than_is_said(
    libraries: VenuesModel, world: large_place.LargePlace, found: large_place.Alone
) -> None:
    off = np.abs(found.users - world.users)[:, world.users > 0] / world.users[world.users > 0]
    assert (off.max(axis=1) <= found.miss * (1 + 1e-6) + 1e-13).all()
    assert found.miss.max() <= large_place.MISS


def test_workers_change_no_number(
    libraries: VenuesModel, world: large_place.LargePlace, found: large_place.Alone
) -> None:
    shared = large_place.run(world, [libraries], closed=libraries.ids[2:5], workers=2)
    for name in ("users", "lost", "minutes", "miss", "after"):
        assert np.array_equal(getattr(shared, name), getattr(found, name), equal_nan=True), name


def test_a_dask_cluster_gives_the_same_numbers(
    libraries: VenuesModel, world: large_place.LargePlace, found: large_place.Alone
) -> None:
    distributed = pytest.importorskip("distributed")
    import joblib

    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None)
    with cluster, distributed.Client(cluster), joblib.parallel_config(backend="dask"):
        sent = large_place.run(world, [libraries], closed=libraries.ids[2:5], workers=2)
    for name in ("users", "lost", "minutes", "miss", "after"):
        assert np.array_equal(getattr(sent, name), getattr(found, name), equal_nan=True), name


def test_pairs_are_those_of_a_full_table_of_distances(place: Place, libraries: VenuesModel) -> None:
    rng = np.random.default_rng(7)
    instance = place.instances[LIBRARIES]
    ids, areas = instance.tables["venues"].words("id"), place.areas
    chosen = rng.choice(len(ids) * len(areas), 300, replace=False)
    names = [name for name, _ in sorted(areas.index.items(), key=lambda item: item[1])]
    table = Table(
        "travel",
        {
            "area": np.array([names[c // len(ids)] for c in chosen], dtype=object),
            "venue": np.array([ids[c % len(ids)] for c in chosen], dtype=object),
            "mode": np.array(rng.choice(["car", "no_car"], 300), dtype=object),
            "minutes": rng.uniform(1, 80, 300),
        },
    )
    with_table = replace(instance, tables={**instance.tables, "travel": table})
    facts = Facts(place, with_table, libraries.draws, Cache())
    sites = travel.sites(facts)
    km, minutes = travel.kilometres(place, sites), travel.given_minutes(facts, sites)
    for mode, reach in enumerate((20.0, rng.uniform(2, 15, len(areas)))):
        links = travel.links(place, sites, travel.told(facts, sites)[mode], reach)
        given = np.isfinite(minutes[mode])
        keep = (km <= np.broadcast_to(reach, len(areas))[:, None]) | given
        for axis in (0, 1):
            np.put_along_axis(keep, np.take(np.argsort(km, axis=axis), range(3), axis=axis), True, axis=axis)
        assert np.array_equal(np.stack(np.nonzero(keep))[1], links.site)
        assert np.array_equal(np.cumsum(keep.sum(axis=1)), links.start[1:])
        assert np.array_equal(np.where(given, minutes[mode], km)[keep], links.distance)
        assert np.array_equal(given[keep], links.given)


def test_a_smaller_reach_leaves_pairs_out_and_never_the_nearest_three(libraries: VenuesModel) -> None:
    near, wide = (large_place.large_place(libraries, minutes) for minutes in (10.0, 45.0))
    assert len(near.links[0].site) < len(wide.links[0].site)
    assert np.diff(near.links[0].start).min() >= travel.NEAREST


def test_more_users_than_people_within_reach_are_refused_by_name(place: Place, libraries: VenuesModel) -> None:
    instance = place.instances[LIBRARIES]
    table = instance.tables["venues"]
    users = table.numbers("users").copy()
    users[0] = 5e6
    crowded: Instance = replace(instance, tables={"venues": replace(table, columns={**table.columns, "users": users})})
    facts = Facts(place, crowded, libraries.draws, Cache())
    with pytest.raises(Unworkable, match=table.words("name")[0]):
        large_place.run(large_place.large_place(facts), [facts])


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    said = [
        line for line in done.output.splitlines(keepends=True) if "% done" not in line
    ]  # progress of a slow machine
    return done.exit_code, "".join(said)


def test_the_command_tells_the_worst_first_within_80_columns(folder: Path) -> None:
    ask = ("venues", "closures", str(folder), "--service", "libraries", "--draws", "64")
    code, said = run(*ask, "--top", "5", "--together", "LIB01,LIB02")
    assert code == 0
    assert "an invented place" in said
    assert "If these closed together" in said
    assert "The 5 of 36 whose closing would hurt most" in said
    assert max(map(len, said.splitlines())) <= 80
    data = json.loads(run(*ask, "--json", "-")[1])
    share = [row["give_up"]["mean"] for row in data["venues"]]
    assert share == sorted(share, reverse=True)
    code, table = run(*ask, "--csv", "-")
    assert code == 0
    assert len(table.splitlines()) == 37


def test_what_cannot_be_asked_is_said(folder: Path) -> None:
    ask = ("venues", "closures", str(folder), "--service", "libraries")
    for words, said in (
        (("--together", "LIB99"), "no venue LIB99 in libraries"),
        (("--minutes", "0"), "--minutes is 1 or more"),
        (("--workers", "0"), "--workers is 1 or more"),
        (("--dask", "nowhere:1"), "no scheduler answers there"),
    ):
        code, output = run(*ask, *words)
        assert code == 2, output
        assert said in output
