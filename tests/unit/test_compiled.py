"""Compiled code that is kept is made anew when anything it is made of has changed."""

import compiled
import pytest


@pytest.mark.parametrize("path", compiled.modules(), ids=lambda path: str(path.relative_to(compiled.ROOT)))
def test_a_compiled_file_names_the_state_of_what_it_is_compiled_with(path) -> None:
    whole = path.read_text(encoding="utf-8")
    assert whole == compiled.text(path).rstrip("\n") + (compiled.line(path) or "\n"), "run python tests/compiled.py"


def test_kernels_are_known_to_depend_on_what_they_import() -> None:
    kernel = compiled.ROOT / "services" / "waits" / "kernel.py"
    assert {p.stem for p in compiled.taken_from(kernel)} >= {"simd", "layout", "pulling", "sharing", "spread"}
