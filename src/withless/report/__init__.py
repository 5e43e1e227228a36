"""An appraisal told: `content` makes one plain dictionary, and terminal, JSON, HTML and CSV render that and nothing else."""

from .content import VERSION, content

__all__ = ["VERSION", "content"]
