"""The bridge to KerasTuner; the only place that imports it."""

from .foreign import space_from
from .hypermodel import SpaceHyperModel
from .oracle import StrategyOracle
from .oracle_strategies import from_oracle

__all__ = ["SpaceHyperModel", "StrategyOracle", "from_oracle", "space_from"]
