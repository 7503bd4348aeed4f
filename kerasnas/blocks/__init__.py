"""Parts of models, one block a file, each declared once in the trace language."""

from .audio.spectral import spectral
from .frozen import frozen
from .fusion.addition import addition
from .fusion.concatenation import concatenation
from .fusion.gated import gated
from .heads.classification import classification
from .heads.regression import regression
from .image.attention import squeeze_excite
from .image.backbone import backbone
from .image.convnext import convnext
from .image.hybrid import hybrid
from .image.mbconv import mbconv
from .image.residual import residual
from .image.resnet import resnet
from .image.separable import separable
from .image.vit import vit
from .series.temporal import temporal
from .tabular.mlp import mlp
from .text.convolution import convolution
from .text.tfidf import tfidf

__all__ = [
    "addition", "backbone", "classification", "concatenation", "convnext", "convolution", "frozen", "gated", "hybrid", "mbconv",
    "mlp", "regression", "residual", "resnet", "separable", "spectral", "squeeze_excite", "temporal", "tfidf", "vit",
]  # fmt: skip
