"""Search spaces of the literature, a module each: ``space(...)``, ``encode(genotype)`` and ``decode(published)``."""

from . import (
    darts,
    enas,
    nasbench101,
    nasbench201,
    nasbench_macro,
    once_for_all,
    proxyless,
    recurrent,
)

__all__ = [
    "darts",
    "enas",
    "nasbench101",
    "nasbench201",
    "nasbench_macro",
    "once_for_all",
    "proxyless",
    "recurrent",
]
