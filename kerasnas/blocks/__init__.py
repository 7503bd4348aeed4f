"""Parts of models, one block a file, each declared once in the trace language."""

from .fusion.concatenation import concatenation
from .fusion.gated import gated
from .heads.classification import classification
from .heads.regression import regression
from .image.backbone import backbone
from .image.frozen import frozen_image
from .image.residual import residual, squeeze_excite
from .tabular.mlp import mlp
from .text.convolution import convolution
from .text.frozen import frozen_text
from .text.tfidf import tfidf

__all__ = [
    "backbone", "classification", "concatenation", "convolution", "frozen_image", "frozen_text", "gated", "mlp", "regression", "residual",
    "squeeze_excite", "tfidf",
]  # fmt: skip
