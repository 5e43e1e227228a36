"""Baseline and plan on the same draws, two blocks of 64 at a time, gathered by year, quarter and group.

`layout.py` says what a plan does on paper, `simulations.py` builds the models and keeps what they gave, `block.py` runs some
blocks, `gather.py` puts them together and judges, `influence.py` finds what moves the answer, `trace.py` follows one
measure, `shown.py` asks services what else they have to show, `result.py` is what comes out.
"""

from .gather import DRAWS, appraise
from .result import Appraisal, ServiceResult
from .shown import exhibits
from .simulations import Simulations, base_register, cache_of, register_for
from .trace import Trace, trace

__all__ = [
    "DRAWS",
    "Appraisal",
    "ServiceResult",
    "Simulations",
    "Trace",
    "appraise",
    "base_register",
    "cache_of",
    "exhibits",
    "register_for",
    "trace",
]
