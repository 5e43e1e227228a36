"""Waiting lists: how long people wait, how many are treated, and who leaves untreated, when capacity changes."""

from .service import SERVICE

__all__ = ["SERVICE"]
