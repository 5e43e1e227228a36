"""An appraisal in the forms that people read: `content` makes one typed result, and terminal, JSON, HTML and CSV show that and
nothing else.
"""

from .content import VERSION, content

__all__ = ["VERSION", "content"]
