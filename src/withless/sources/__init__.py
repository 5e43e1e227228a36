"""Official open data as published, to a place's tables. Files are looked for where the user put them; nothing is fetched."""

from .assemble import assemble
from .catalogue import FILES, Published, read

__all__ = ["FILES", "Published", "assemble", "read"]
