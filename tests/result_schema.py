"""The schema of the JSON result and its page, made from the models of `withless.report.content`: `make accept` writes both."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from withless.report.content import VERSION, Result

HEAD = f"""# The JSON result

`withless assess PLAN --json FILE` writes one object. Its schema, [schema.json](../src/withless/report/schema.json), is
strict, and `version` ({VERSION}) is the schema's: it changes when a name or a meaning changes, not when something is added.
Schema and page are made from the same typed models (`withless.report.content.models`).

- An uncertain number is a **Range**: `mean`, `p5`, `p50`, `p95` over the draws; 90 in 100 lie between `p5` and `p95`.
- What the plan changes has **Sides**: `baseline` (nothing done), `plan`, and `change`, taken draw by draw.
- Money is pounds of `prices`, a year. People are people a year. All of it is of the target `year`, unless it says
  otherwise.
"""
TYPES = {"number": "number", "integer": "whole number", "string": "text", "boolean": "true or false", "null": "null"}


class Schema(GenerateJsonSchema):
    """A schema without the titles that repeat every name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema() -> dict[str, Any]:
    """The JSON schema of a result."""
    made = Result.model_json_schema(by_alias=True, schema_generator=Schema, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_tidy(made)}


def _tidy(value: Any) -> Any:
    """The same on one line a sentence: docstrings are wrapped, and repeat a class's name as its title."""
    if isinstance(value, dict):
        return {
            k: " ".join(v.split()) if k == "description" and isinstance(v, str) else _tidy(v) for k, v in value.items()
        }
    return [_tidy(v) for v in value] if isinstance(value, list) else value


def schema_text() -> str:
    """schema.json."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"


def page() -> str:
    """docs/json.md: a table for the result, and one for each type that it holds."""
    whole = schema()
    types = whole["$defs"]
    parts = [HEAD, _table(whole)]
    for name in _in_order(whole, types):
        said = types[name].get("description", "")
        parts.append(f"## {name}\n\n{said}\n\n{_table(types[name])}")
    return "\n".join(parts)


def _table(of: dict[str, Any]) -> str:
    rows = [f"| `{key}` | {_type(field)} | {_meaning(field)} |" for key, field in of["properties"].items()]
    if isinstance(of.get("additionalProperties"), dict):
        rows.append(f"| other names | {_type(of['additionalProperties'])} | |")
    return "\n".join(["| key | type | meaning |", "|---|---|---|", *rows]) + "\n"


def _meaning(field: dict[str, Any]) -> str:
    return str(field.get("description", "")).replace("|", "\\|")


def _type(field: dict[str, Any]) -> str:
    """What a field holds, in words: `[Range](#range) or null`."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in field:
        return " or ".join(_type(f) for f in field["anyOf"])
    if "enum" in field:
        return ", ".join(f"`{w}`" for w in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    if field.get("type") == "object":
        inner = field.get("additionalProperties")
        return f"object of {_type(inner)}" if isinstance(inner, dict) else "object"
    return TYPES[field["type"]]


def _in_order(whole: dict[str, Any], types: dict[str, Any]) -> list[str]:
    """The types as they are first met, from the top."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.append(name)
                walk(types[name])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(whole["properties"])
    return found
