"""The result as CSV tables for a spreadsheet, safe to open: no cell of text can start a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..writing import safe

Json = dict[str, Any]
Rows = list[dict[str, object]]

RANGE = ("mean", "p5", "p50", "p95")
FILES = (
    "verdict",
    "money",
    "services",
    "units",
    "exhibits",
    "ledger",
    "groups",
    "promises",
    "areas",
    "assumptions",
    "notes",
)
"""Names of the tables, without `.csv`."""


def tables(c: Json) -> dict[str, str]:
    """{file name: CSV text} of everything in `content`."""
    return {f"{name}.csv": as_csv(rows) for name, rows in rows_of(c).items()}


def rows_of(c: Json) -> dict[str, Rows]:
    """{table: rows} of everything in `content`, by the names of `FILES`."""
    return {
        "verdict": _verdicts(c),
        "money": [
            {"year": r["year"], "booked": r["booked"], **_flat(r, "delivered", "one_off")}
            for r in c["money"]["by_year"]
        ],
        "services": [_service(s) for s in c["services"]],
        "units": [_unit(s, v) for s in c["services"] for v in s["units"]],
        "exhibits": list(_exhibits(c)),
        "ledger": list(_ledgers(c)),
        "groups": [_group(g) for g in c["groups"]],
        "promises": [_promise(p) for p in c["promises"]],
        "areas": _areas(c["areas"]),
        "assumptions": [{**a, "source": _source(a["source"])} for a in c["assumptions"]],
        "notes": [{"note": n} for n in c["notes"]],
    }


def datapackage(c: Json) -> str:
    """What the CSV files hold, as a Frictionless data package: columns with their types, encoding, and where it comes from."""
    resources = []
    for name, rows in rows_of(c).items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        fields = [{"name": k, "type": _type([row.get(k) for row in rows])} for k in columns]
        resources.append(
            {
                "name": name,
                "path": f"{name}.csv",
                "type": "table",
                "format": "csv",
                "encoding": "utf-8-sig",
                "schema": {"fields": fields},
            }
        )
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "withless-result",
        "title": f"{c['place']}: {c['plan']}",
        "description": f"Results for {c['year']}, pounds of {c['prices']}. Ranges hold 90 in 100 runs (mean, p5, p50, p95).",
        "version": c["withless"],
        "resources": resources,
    }
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def _type(values: list[object]) -> str:
    """The type of a column in the words of the table schema; text where its cells differ."""
    kinds = {type(v) for v in values if v is not None and v != ""}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    return "number" if kinds and kinds <= {int, float} else "string"


def parquet(c: Json) -> dict[str, bytes]:
    """{file name: Parquet} of the same tables."""
    import polars as pl

    made = {}
    for name, rows in rows_of(c).items():
        out = io.BytesIO()
        pl.DataFrame(rows, infer_schema_length=None, strict=False).write_parquet(out)
        made[f"{name}.parquet"] = out.getvalue()
    return made


def as_csv(rows: Rows) -> str:
    """Rows with the columns of all of them, in the order first met; text is made safe."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(c) for c in columns])
    writer.writerows([[safe(row.get(c)) for c in columns] for row in rows])
    return out.getvalue()


def _verdicts(c: Json) -> Rows:
    named = [("the plan", c["verdict"]), *((s["name"], s["verdict"]) for s in c["services"])]
    return [
        {"of": of, **{k: y[k] for k in ("year", "more", "same", "less", "headline")}}
        for of, v in named
        for y in v["by_year"]
    ]


def _flat(row: Mapping[str, Any], *names: str) -> dict[str, object]:
    """Ranges as columns: `saved_mean`, `saved_p5`..."""
    return {f"{name}_{k}": row[name][k] if row[name] is not None else None for name in names for k in RANGE}


def _sides(row: Mapping[str, Any], name: str) -> dict[str, object]:
    return {f"{name}_{side}_{k}": row[name][side][k] for side in ("baseline", "plan", "change") for k in RANGE}


def _service(s: Json) -> dict[str, object]:
    row: dict[str, object] = {k: s[k] for k in ("id", "name", "kind", "payer", "people")}
    row |= {
        "verdict": s["verdict"]["headline"],
        "more": s["verdict"]["more"],
        "same": s["verdict"]["same"],
        "less": s["verdict"]["less"],
    }
    return row | _sides(s, "cost") | _sides(s, "served") | _sides(s, "quality") | _extras(s)


def _extras(s: Json) -> dict[str, object]:
    """What services show of their own: `stay_share_mean`, ..."""
    return {name: cell for e in s["extras"] for name, cell in _flat({e["name"]: e["value"]}, e["name"]).items()}


def _unit(s: Json, v: Json) -> dict[str, object]:
    row: dict[str, object] = {"service": s["id"], **{k: v[k] for k in ("id", "name", "fate", "x_km", "y_km")}}
    for name, value in v.items():
        if isinstance(value, dict):
            row |= _sides(v, name)
    return row


def _exhibits(c: Json) -> Iterable[dict[str, object]]:
    for s in c["services"]:
        for e in s["exhibits"]:
            for line in e["lines"]:
                for label, r in zip(e["labels"], line["values"], strict=True):
                    row = {
                        "service": s["id"],
                        "exhibit": e["title"],
                        "line": line["name"],
                        "label": label,
                        "unit": e["unit"],
                    }
                    yield row | {k: r[k] for k in RANGE}


def _ledgers(c: Json) -> Iterable[dict[str, object]]:
    for of, ledger in [("the plan", c["ledger"]), *((s["name"], s["ledger"]) for s in c["services"])]:
        flat = {
            **{k: r for k, r in ledger.items() if k != "moved"},
            **{f"moved_{k}": r for k, r in ledger["moved"].items()},
        }
        yield from ({"of": of, "part": part, **{k: r[k] for k in RANGE}} for part, r in flat.items())


def _group(g: Json) -> dict[str, object]:
    row: dict[str, object] = {k: g[k] for k in ("by", "label", "people", "residents", "measured")}
    parts = {f"service_{side}": g[side] for side in ("baseline", "plan", "change")}
    return row | _flat(parts, *parts) | _flat(g, "change_share", "moved")


def _promise(p: Json) -> dict[str, object]:
    row: dict[str, object] = {
        k: p[k]
        for k in (
            "text",
            "holds_probability",
            "bar",
            "question",
            "service",
            "what",
            "is",
            "value",
            "of_baseline",
            "when",
            "unit",
        )
    }
    return row | _flat(p, "plan", "baseline", "change")


def _areas(areas: Json) -> Rows:
    fixed = ("id", "name", "x_km", "y_km", "decile", "people")
    rows: Rows = []
    for i in range(len(areas["id"])):
        row: dict[str, object] = {k: areas[k][i] for k in fixed}
        for service, users in areas["users"].items():
            row |= {f"{service}_users_baseline": users["baseline"][i], f"{service}_users_plan": users["plan"][i]}
        rows.append(row)
    return rows


def _source(source: Mapping[str, Any]) -> str:
    return ", ".join(str(source[k]) for k in ("title", "publisher", "year", "where") if source[k])
