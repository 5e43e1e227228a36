"""What each compiled module is compiled with: numba keeps compiled code until the text of its own file changes, and would run old
code after a change in a file that it takes functions or numbers from.

So each such file ends in a line that changes with them. `python tests/compiled.py` writes these lines.
"""

from __future__ import annotations

import ast
import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[1] / "src" / "withless"
LINE = re.compile(r"\n+# compiled with (\S+)\n\Z")


def modules() -> list[Path]:
    """Files with compiled code that is kept."""
    return [p for p in sorted(ROOT.rglob("*.py")) if "njit(cache=True" in p.read_text(encoding="utf-8")]


def text(path: Path) -> str:
    """A file without its last line, if that is such a line."""
    return LINE.sub("\n", path.read_text(encoding="utf-8"))


def taken_from(path: Path) -> set[Path]:
    """Files that the compiled functions of a file take names from, and those take theirs from."""
    tree = ast.parse(text(path))
    imported = {
        alias.asname or alias.name: _file(path, node, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    used = {
        name.id
        for function in tree.body
        if isinstance(function, ast.FunctionDef) and any("njit" in ast.unparse(d) for d in function.decorator_list)
        for statement in function.body
        for name in ast.walk(statement)
        if isinstance(name, ast.Name)
    }
    found = {imported[name] for name in used & imported.keys()}
    return found | {deeper for other in found for deeper in taken_from(other)}


def _file(path: Path, node: ast.ImportFrom, name: str) -> Path:
    folder = path.parents[node.level - 1]
    module = folder.joinpath(*(node.module or "").split(".")) if node.module else folder
    return module.with_suffix(".py") if module.with_suffix(".py").exists() else module / f"{name}.py"


def line(path: Path) -> str:
    """The line that a file should end in; empty where it takes nothing from another."""
    others = sorted(taken_from(path) - {path})
    if not others:
        return ""
    digest = hashlib.blake2b(digest_size=4)
    for other in others:
        digest.update(text(other).encode())
    return f"\n\n\n# compiled with {','.join(other.stem for other in others)}:{digest.hexdigest()}\n"


def main() -> None:
    """Write the lines."""
    for path in modules():
        path.write_text(text(path).rstrip("\n") + (line(path) or "\n"), encoding="utf-8")


if __name__ == "__main__":
    main()
