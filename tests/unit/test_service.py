"""Services are found by what they offer; a broken one is named and left out, and the others work."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.shops import Shops
from withless import service
from withless.plan import Lever
from withless.service import BrokenService, Commands, Exhibits, Fits, Service, UnknownService, ask, discover, get


def point(name: str, load: object, package: str = "shops-of-ours") -> SimpleNamespace:
    """An entry point that gives `load`, or raises it."""

    def loaded() -> object:
        if isinstance(load, Exception):
            raise load
        return load

    return SimpleNamespace(
        name=name, value=f"{name}:SERVICE", group=service.GROUP, dist=SimpleNamespace(name=package), load=loaded
    )


def found(monkeypatch: pytest.MonkeyPatch, *points: SimpleNamespace) -> tuple[dict[str, Service], list[str]]:
    """What is discovered among some entry points, and the warnings."""
    monkeypatch.setattr(service, "entry_points", lambda group: list(points))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        services = discover.__wrapped__()
    assert all(issubclass(w.category, BrokenService) for w in told)
    return dict(services), [str(w.message) for w in told]


def test_a_service_that_offers_all_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    shops = Shops()
    assert found(monkeypatch, point("shops", shops)) == ({"shops": shops}, [])


class Bare:
    kind = "bare"
    tables = ()
    levers = ()


class OtherLever(Shops):
    kind = "other"
    unit_lever = "doors"
    extras = ("callers",)
    levers = (Lever("open", "open", "switch", "halls"),)


def test_a_broken_one_is_named_with_what_it_lacks_and_the_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    services, told = found(
        monkeypatch,
        point("bare", Bare()),
        point("gone", ImportError("no module named gone")),
        point("other", OtherLever()),
        point("shops", Shops()),
    )
    assert list(services) == ["shops"]
    bare, gone, other = told
    assert bare.startswith("The service bare of the package shops-of-ours (bare:SERVICE) is left out: it has no ")
    assert all(name in bare for name in ("unit_lever", "assumptions", "units", "build"))
    assert gone.endswith("is left out: ImportError: no module named gone.")
    assert "unit_lever 'doors' is none of its levers (open)" in other
    assert "(halls)" in other
    assert "(callers)" in other


def test_a_kind_is_the_name_of_its_entry_point_and_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    services, (mine, again) = found(
        monkeypatch, point("mine", Shops()), point("shops", Shops()), point("shops", Shops(), "theirs")
    )
    assert list(services) == ["shops"]
    assert "its kind is shops and its entry point's name mine" in mine
    assert "of the package theirs" in again
    assert "there is another service of the kind shops" in again


def test_optional_parts_are_found_by_type() -> None:
    assert isinstance(get("venues"), Fits)
    assert not isinstance(get("budget"), Fits | Commands)
    assert isinstance(get("budget"), Exhibits)
    assert isinstance(get("waits"), Commands)
    assert not isinstance(Shops(), Fits | Exhibits | Commands)
    with pytest.raises(UnknownService, match="no service of kind 'ferries'; there are budget, care"):
        get("ferries")


def test_a_declared_quantity_is_found_by_its_own_function(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.shops import install, shop_place
    from withless.api import Study

    install(monkeypatch, Shops())
    study = Study(shop_place(), draws=64)
    (model,) = study.models("shops")
    today = study.simulations.today(model.instance)
    assert (ask(model, "shops_open", today, {}) == 10).all()


BROKEN = """[withless.services]
buses = no_such_module_of_buses:SERVICE
"""


def test_a_user_is_shown_which_service_was_left_out_and_the_command_goes_on(tmp_path: Path) -> None:
    info = tmp_path / "buses-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: buses\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(BROKEN, encoding="utf-8")
    code = f"import sys; sys.path.append({str(tmp_path)!r}); from withless.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "budget", "about"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "A service of kind budget" in done.stdout
    assert done.stderr == (
        "Warning: The service buses of the package buses (no_such_module_of_buses:SERVICE) is left out: "
        "ModuleNotFoundError: No module named 'no_such_module_of_buses'.\n"
    )
