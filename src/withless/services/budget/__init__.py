"""Any other budget line and income: what the other services do not model, so that a whole budget can be put in."""

from .service import SERVICE

__all__ = ["SERVICE"]
