"""Other plans of the same place: the same saving with less harm, close nothing, pro rata, and the rules councils use."""

from .frontier import HARMS, Options, search
from .points import Point

__all__ = ["HARMS", "Options", "Point", "search"]
