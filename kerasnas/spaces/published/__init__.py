"""Search spaces of the literature, with their published encodings."""

from . import nasbench201, nasbench_macro

__all__ = ["nasbench201", "nasbench_macro"]
