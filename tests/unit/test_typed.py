"""py.typed is true: a user's script is checked against the real types, and the typed result against its schema and its page."""

import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from tests import result_schema
from withless import api
from withless.report.content import Result, content, plain

ROOT = Path(__file__).parents[2]
GOOD = """import withless

result = withless.appraise("plan.yaml", draws=128)
print(result.verdict.word.upper(), result.total("saving").mean(), withless.content(result)["year"])
reveal_type(result)
reveal_type(withless.report(result))
"""
BAD = """import withless

result = withless.appraise("plan.yaml", draws="many")
print(result.verdit)
withless.no_such_function()
"""


def checked(script: str, folder: Path) -> str:
    (folder / "script.py").write_text(script, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={ROOT / '.mypy_cache'}"]
    run = subprocess.run(
        [*command, "--follow-imports=silent", "script.py"],
        cwd=folder,
        env={"MYPYPATH": str(ROOT / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


def test_a_users_script_sees_the_types_of_the_functions(tmp_path: Path) -> None:
    said = checked(GOOD, tmp_path)
    assert 'Revealed type is "withless.appraise.result.Appraisal"' in said
    assert 'Revealed type is "str"' in said or 'Revealed type is "builtins.str"' in said
    assert "error" not in said


def test_a_users_mistakes_are_found_by_the_type_checker(tmp_path: Path) -> None:
    said = checked(BAD, tmp_path)
    assert 'incompatible type "str"; expected "int"' in said
    assert '"Appraisal" has no attribute "verdit"' in said
    assert 'no attribute "no_such_function"' in said


def test_schema_and_page_are_those_of_the_models() -> None:
    kept = {
        name: (ROOT / name).read_text(encoding="utf-8") for name in ("src/withless/report/schema.json", "docs/json.md")
    }
    assert kept["src/withless/report/schema.json"] == result_schema.schema_text(), "make accept"
    assert kept["docs/json.md"] == result_schema.page(), "make accept"


def test_json_is_the_typed_result_and_nothing_else(northshire_result: api.Appraisal) -> None:
    c = content(northshire_result)
    jsonschema.Draft202012Validator(result_schema.schema()).validate(c)
    again = Result.model_validate(c)
    assert plain(again) == c
    assert again.verdict.word == c["verdict"]["word"]


def test_a_name_or_a_word_that_is_not_in_the_models_is_refused(northshire_result: api.Appraisal) -> None:
    c = content(northshire_result)
    for wrong in (c | {"surprise": 1}, c | {"verdict": c["verdict"] | {"word": "worse"}}, c | {"draws": 65}):
        with pytest.raises(ValidationError):
            Result.model_validate(wrong)
