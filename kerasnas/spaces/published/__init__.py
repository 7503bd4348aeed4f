"""Search spaces of the literature, with their published encodings."""

from . import nasbench201

__all__ = ["nasbench201"]
