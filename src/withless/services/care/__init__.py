"""Adult social care: who is helped, with how much, by whom, and what comes back when help is taken away."""

from .service import SERVICE

__all__ = ["SERVICE"]
