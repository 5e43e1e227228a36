"""An appraisal as typed data: what JSON holds and what every other form of the report is made from.

`models.py` says what there is, `build.py` makes it, `promised.py` puts promises into words, `ranges.py` says how numbers
over draws become ranges. Money is pounds a year in base-year prices, people are person-years a year, and all of it speaks of
the target year unless it says otherwise. docs/json.md explains it, from the models.
"""

from __future__ import annotations

from typing import Any

from ...appraise import Appraisal
from .build import assumptions, result
from .models import VERSION, Result

__all__ = ["VERSION", "Result", "assumptions", "content", "plain", "result"]


def content(appraisal: Appraisal) -> dict[str, Any]:
    """Everything a report says, as plain lists, dictionaries, text, numbers and None."""
    return plain(result(appraisal))


def plain(found: Result) -> dict[str, Any]:
    """A result as plain data, under the names of the schema."""
    return found.model_dump(by_alias=True)
