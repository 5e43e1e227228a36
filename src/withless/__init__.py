"""withless: what a savings plan does to public services, with its uncertainty.

The public names are those of `withless.api`; they are loaded when first used, so that `import withless` is quick.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

__all__ = [
    "Faults",
    "__version__",
    "appraise",
    "assumptions",
    "check",
    "content",
    "example",
    "read",
    "report",
    "summary",
    "to_csv",
    "to_json",
]


def __getattr__(name: str) -> Any:
    """Forward public names to `withless.api` on first use."""
    if name not in __all__:
        raise AttributeError(f"withless has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(".api", __name__), name)


def __dir__() -> list[str]:
    return __all__
