"""Baseline and plan on the same draws, two blocks of 64 at a time, gathered by year, quarter and group.

`layout.py` says what a plan does on paper, `block.py` runs some blocks, `gather.py` puts them together and judges, `influence.py`
finds what moves the answer, `trace.py` follows one measure, `result.py` is what comes out.
"""

from .gather import DRAWS, SEED, appraise, as_carried_out, base_register, register_for
from .result import Appraisal, ServiceResult
from .trace import Trace, trace

__all__ = [
    "DRAWS",
    "SEED",
    "Appraisal",
    "ServiceResult",
    "Trace",
    "appraise",
    "as_carried_out",
    "base_register",
    "register_for",
    "trace",
]
