"""Youth services, or any portfolio of programmes: who is engaged, to what end, and how best to spend what is left."""

from .service import SERVICE

__all__ = ["SERVICE"]
