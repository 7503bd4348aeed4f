"""Parts of models, one block a file, each declared once in the trace language."""

from .audio.cepstral import cepstral
from .audio.recurrent import crnn
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
from .series.dilated import dilated
from .series.recurrent import recurrent as series_recurrent
from .series.temporal import temporal
from .series.transformer import transformer as series_transformer
from .tabular.cross import cross
from .tabular.embeddings import embeddings
from .tabular.ensemble import ensemble
from .tabular.mlp import mlp
from .tabular.numbers import ramps, waves
from .tabular.resnet import resnet as resnet_mlp
from .tabular.transformer import transformer as ft_transformer
from .text.bag import bag
from .text.convolution import convolution
from .text.pretrained import pretrained
from .text.recurrent import recurrent as text_recurrent
from .text.tfidf import tfidf
from .text.transformer import transformer as text_transformer

__all__ = [
    "addition", "attention", "backbone", "bag", "bilinear", "cepstral", "classification", "concatenation",
    "convnext", "convolution", "crnn", "cross", "cumulative", "dilated", "embeddings", "ensemble", "film",
    "frozen", "ft_transformer", "gated", "hybrid", "late", "mbconv", "mlp", "pretrained", "ramps",
    "regression", "residual", "resnet", "resnet_mlp", "separable", "series_recurrent", "series_transformer",
    "spectral", "squeeze_excite", "stand_in", "temporal", "text_recurrent", "text_transformer", "tfidf",
    "vit", "waves",
]  # fmt: skip
