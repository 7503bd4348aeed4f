"""Parts of models, one block a file, each declared once in the trace language."""

from .audio.spectral import spectral
from .frozen import frozen
from .fusion.addition import addition
from .fusion.attention import attention
from .fusion.bilinear import bilinear
from .fusion.concatenation import concatenation
from .fusion.film import film
from .fusion.gated import gated
from .fusion.late import late
from .fusion.stand_in import stand_in
from .heads.classification import classification
from .heads.cumulative import cumulative
from .heads.regression import regression
from .image.backbone import backbone
from .image.residual import residual, squeeze_excite
from .series.temporal import temporal
from .tabular.mlp import mlp
from .text.convolution import convolution
from .text.tfidf import tfidf

__all__ = [
    "addition", "attention", "backbone", "bilinear", "classification", "concatenation", "convolution", "cumulative", "film", "frozen", "gated", "late", "mlp", "regression", "residual",
    "spectral", "squeeze_excite", "stand_in", "temporal",
    "tfidf",
]  # fmt: skip
