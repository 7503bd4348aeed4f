"""How a candidate is judged: one evaluator a file, one contract."""

from .base import Evaluator, Outcome, from_json, make
from .full_training import FullTraining

__all__ = ["Evaluator", "FullTraining", "Outcome", "from_json", "make"]
