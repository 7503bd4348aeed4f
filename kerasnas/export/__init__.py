"""What a search leaves in a person's hands: a bundle, and the predictor that reads it."""

from .bundle import save_bundle
from .ensemble import averaged, ensemble_source
from .load import load
from .predictor import Predictor

__all__ = ["Predictor", "averaged", "ensemble_source", "load", "save_bundle"]
