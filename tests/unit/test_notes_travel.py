"""Whoever signs sees the doubts: warnings and blanks stand in the JSON, the HTML and the tables, not only on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mutated_place import AREAS, PEOPLE, VENUES, csv_of, place_yaml
from typer.testing import CliRunner

from withless.cli import app

PLAN = """withless: 1
title: Close the one that nobody uses
place: .
measures:
  - {id: one, service: libraries, lever: open, where: [L4], change: {set: 0}, start: Apr 2027, evidence: contract}
"""


def test_an_open_library_with_no_users_has_none_to_lose_and_every_export_says_what_was_doubtful(tmp_path: Path) -> None:
    rows = [list(r) for r in VENUES]
    rows[4][VENUES[0].index("users")] = rows[4][VENUES[0].index("visits")] = "0"
    for name, table in (("areas", AREAS), ("people", PEOPLE), ("venues", rows)):
        (tmp_path / f"{name}.csv").write_bytes(csv_of(table))
    files = {"areas": "areas.csv", "people": "people.csv", "venues": "venues.csv"}
    place = place_yaml("venues", {**files, "use": "", "travel": ""}).replace(", use: , travel: ", "")
    (tmp_path / "place.yaml").write_text(place, encoding="utf-8")
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    out = {k: str(tmp_path / k) for k in ("r.json", "r.html", "tables")}
    words = ["assess", str(tmp_path / "plan.yaml"), "--draws", "64", "--json", out["r.json"], "--html", out["r.html"]]
    told = CliRunner().invoke(app, [*words, "--csv", out["tables"]])
    assert told.exit_code == 0, told.output
    result = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    served = result["services"][0]["served"]
    assert served["baseline"]["mean"] == pytest.approx(903 + 707 + 405, rel=1e-4)
    assert served["change"]["mean"] == pytest.approx(0, abs=1e-3)
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    tables = (tmp_path / "tables" / "notes.csv").read_text(encoding="utf-8")
    for said in ("0 users of an open building", "posts is left out of all measures (one)"):
        assert any(said in n for n in result["notes"])
        assert said in html
        assert said in tables
