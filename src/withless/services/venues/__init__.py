"""Libraries, museums, swimming pools and sports centres: who goes on using what, when some close, shrink or change hands."""

from .service import SERVICE

__all__ = ["SERVICE"]
