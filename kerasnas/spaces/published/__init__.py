"""Search spaces of the literature, with their published encodings."""

from . import darts, enas, mobile, nasbench101, nasbench201, nasbench_macro, recurrent

__all__ = ["darts", "enas", "mobile", "nasbench101", "nasbench201", "nasbench_macro", "recurrent"]
