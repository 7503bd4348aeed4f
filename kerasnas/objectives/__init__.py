"""What a search maximises or minimises, computed alike wherever a model is judged."""

from .metrics import METRICS, Metric, find, metrics_for, score
from .own import Asked, resolve

__all__ = ["METRICS", "Asked", "Metric", "find", "metrics_for", "resolve", "score"]
