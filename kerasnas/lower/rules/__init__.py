"""Shapes, parameters and FLOPs of Keras' layers and operations, by rule: no layer is built.

A rule takes a layer's constructor arguments and its input, and gives the output's shape, the parameters, and the FLOPs a
row (2 x multiply-accumulate for convolutions, dense layers and matrix products). What has no rule is built as a ghost.
"""

from .base import LAYERS, OPS
from . import convolution, dense, elementwise, normalisation, pooling, recurrent, reshape  # noqa: F401  (they register)

__all__ = ["LAYERS", "OPS"]
