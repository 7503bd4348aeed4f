"""The one operation of Keras' own activations that tf2onnx does not know: TensorFlow's exact ``gelu`` is written with it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np


@functools.cache
def teach_tf2onnx() -> None:
    """Have tf2onnx write ``Erfc(x)`` as ``1 - Erf(x)``, where it has nothing of its own for it."""
    from tf2onnx import constants, handler, tfonnx, utils

    del tfonnx  # importing it registers the handlers that tf2onnx has

    if any("Erfc" in known for known in handler.tf_op.get_opsets()[constants.ONNX_DOMAIN]):
        return

    @handler.tf_op("Erfc")
    class Erfc:
        @classmethod
        def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
            kind, name, outputs = graph.get_dtype(node.output[0]), node.name, node.output
            one = graph.make_const(
                utils.make_name(f"{name}_one"), np.ones((), utils.map_onnx_to_numpy_type(kind))
            )
            erf = graph.make_node("Erf", node.input, op_name_scope=name)
            graph.remove_node(name)
            graph.make_node("Sub", [one.output[0], erf.output[0]], outputs=outputs, name=name, dtypes=[kind])
