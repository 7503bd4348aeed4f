"""Parts of models, one block a file, each declared once in the trace language."""

from .audio.spectral import spectral
from .frozen import frozen
from .fusion.addition import addition
from .fusion.concatenation import concatenation
from .fusion.gated import gated
from .heads.classification import classification
from .heads.regression import regression
from .image.backbone import backbone
from .image.residual import residual, squeeze_excite
from .series.temporal import temporal
from .tabular.cross import cross
from .tabular.embeddings import embeddings
from .tabular.ensemble import ensemble
from .tabular.mlp import mlp
from .tabular.numbers import ramps, waves
from .tabular.resnet import resnet
from .tabular.transformer import transformer
from .text.convolution import convolution
from .text.tfidf import tfidf

__all__ = [
    "addition", "backbone", "classification", "concatenation", "convolution", "cross", "embeddings", "ensemble", "frozen",
    "gated", "mlp", "ramps", "regression", "residual", "resnet", "spectral", "squeeze_excite", "temporal", "tfidf", "transformer",
    "waves",
]  # fmt: skip
