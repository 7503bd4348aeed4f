"""What describes a task in numbers: one extractor a modality, each cheap, on at most 2,000 rows.

An extractor takes plain arrays of training rows and gives finite numbers by name, NaN where a number has no
meaning. Nothing that names a column, a word or a row leaves it.
"""

from .audio import describe_sounds
from .base import VERSION, describe_target
from .image import describe_pictures
from .table import describe_table
from .text import describe_texts

__all__ = [
    "VERSION",
    "describe_pictures",
    "describe_sounds",
    "describe_table",
    "describe_target",
    "describe_texts",
]
