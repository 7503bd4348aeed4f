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
from .tabular.cross import cross
from .tabular.embeddings import embeddings
from .tabular.ensemble import ensemble
from .tabular.mlp import mlp
from .tabular.numbers import ramps, waves
from .tabular.resnet import resnet as resnet_mlp
from .tabular.transformer import transformer as ft_transformer
from .text.convolution import convolution
from .text.tfidf import tfidf

__all__ = [
    "addition", "attention", "backbone", "bilinear", "classification", "concatenation", "convnext", "convolution", "cross",
    "cumulative", "embeddings", "ensemble", "film", "frozen", "ft_transformer", "gated", "hybrid", "late", "mbconv", "mlp", "ramps",
    "regression", "residual", "resnet", "resnet_mlp", "separable", "spectral", "squeeze_excite", "stand_in", "temporal", "tfidf", "vit",
    "waves",
]  # fmt: skip
