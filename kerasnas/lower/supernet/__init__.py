"""Space -> one model that holds every path, for one-shot search. See ``supernet.Supernet``."""

from .supernet import Supernet

__all__ = ["Supernet"]
