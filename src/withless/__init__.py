"""withless: what a savings plan does to public services, with its uncertainty.

The public names are those of `withless.api`; they are loaded when first used, so that `import withless` is quick. Some are
also names of subpackages (`appraise`, `report`): as attributes they always mean the function.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what type checkers see: the functions themselves, typed
    from .api import (
        Faults,
        Study,
        appraise,
        assumptions,
        check,
        compare,
        content,
        example,
        explain,
        fit,
        fit_text,
        import_table,
        measures,
        options,
        pace,
        place_new,
        poll,
        published,
        read,
        report,
        runway,
        summary,
        to_csv,
        to_json,
        to_xlsx,
        trace,
        verify,
        what_if,
    )

__version__ = "0.1.0"

__all__ = [
    "Faults",
    "Study",
    "__version__",
    "appraise",
    "assumptions",
    "check",
    "compare",
    "content",
    "example",
    "explain",
    "fit",
    "fit_text",
    "import_table",
    "measures",
    "options",
    "pace",
    "place_new",
    "poll",
    "published",
    "read",
    "report",
    "runway",
    "summary",
    "to_csv",
    "to_json",
    "to_xlsx",
    "trace",
    "verify",
    "what_if",
]


class _Package(ModuleType):
    """The package, which does not let an import of a subpackage take the place of a public function."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, ModuleType) and name in __all__):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


if not TYPE_CHECKING:  # a type checker that sees it would take every name for one that is there

    def __getattr__(name: str) -> object:
        """Forward public names to `withless.api` on first use."""
        if name not in __all__:
            raise AttributeError(f"withless has no {name!r}; it has {', '.join(__all__)}")
        return getattr(import_module(".api", __name__), name)


def __dir__() -> list[str]:
    return __all__
