"""From recorded configurations to Keras objects."""

from __future__ import annotations

from typing import Any

from ..errors import SpaceError
from ..space.graph import Nested, Step, nest_map
from ..space.trace import keras_name


def nested(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration with the layers inside it made."""
    return {
        k: nest_map(lambda n: n.target.resolve()(**nested(n.config)), Nested, v) for k, v in config.items()
    }


def make_layer(step: Step) -> Any:
    """The Keras layer (or nested model) of a step, named by its path.

    Raises:
        SpaceError: If Keras refuses its configuration.
    """
    node, config = step.node, nested(step.config)
    try:
        if node.kind != "external":
            return node.target.resolve()(**config, name=keras_name(node.layer))
        trainable = config.pop("trainable", True)
        made = node.target.resolve()(**config)
        made.name = keras_name(
            node.layer
        )  # two models of one factory must differ, and weights are found by path
        if not trainable:  # a factory may have frozen a part by itself: what is trained stays as it made it
            made.trainable = False
    except (TypeError, ValueError) as error:
        raise SpaceError(
            f"'{node.path}': {node.target.short} cannot be made with {step.config}. {error}"
        ) from error
    return made
