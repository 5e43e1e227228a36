"""Northshire, the built-in place: an English county that does not exist, invented from a seed with its savings plan."""

from .files import FILES, write

__all__ = ["FILES", "write"]
