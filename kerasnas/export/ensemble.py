"""Several networks in one Keras model that gives the mean of their outputs, and the same as a readable module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..lower.text import merged

if TYPE_CHECKING:
    from ..space import Genotype, Space

MEAN = "mean"  # name of the layer that averages


def averaged(members: Mapping[str, Any]) -> Any:
    """Average networks that say the same kind of thing.

    Args:
        members: Name -> ``keras.Model`` with a dict of inputs and one output ``(n, k)``, a tensor or a dict that holds one. Inputs
            of the same name are one input of the whole.

    Returns:
        A ``keras.Model`` with the inputs of all and one output ``(n, k)``; each member is a layer of it, under its name. The
        members' weights are used, not copied.
    """
    import keras

    inputs: dict[str, Any] = {}
    said = []
    for name, model in members.items():
        for tensor in model.inputs:
            if tensor.name not in inputs:
                inputs[tensor.name] = keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name)
        layer = keras.Model({t.name: t for t in model.inputs}, _only(model.output), name=name)
        said.append(layer({t.name: inputs[t.name] for t in model.inputs}))
    return keras.Model(inputs, keras.layers.Average(name=MEAN)(said))


def _only(output: Any) -> Any:
    return next(iter(output.values())) if isinstance(output, dict) else output


def ensemble_source(space: Space, genotypes: Mapping[str, Genotype]) -> str:
    """Write ``averaged`` as a module that needs Keras alone.

    Args:
        space: Where the genotypes come from.
        genotypes: Name of the member -> its decisions.

    Returns:
        Python source with a function ``build_model()``, and one ``build_NAME()`` for every member. The weights of the model of
        ``averaged`` fit its model in their order.

    Raises:
        SpaceError: As ``Space.source``.
    """
    imports = {"from keras import layers"}
    bodies = []
    for name, genotype in genotypes.items():
        head, _, body = space.source(genotype).partition("\n\n\n")
        imports.update(filter(None, head.splitlines()))  # an empty line parts Python's own from others
        bodies.append(_within(name, body.rstrip("\n")))
    members = ",\n        ".join(f'"{name}": build_{name}()' for name in genotypes)
    return (
        "\n".join(merged(imports))
        + "\n\n\n"
        + "\n\n\n".join([*bodies, MAIN.format(members=members, mean=MEAN)])
    )


MAIN = """def build_model():
    members = {{
        {members},
    }}
    inputs, said = {{}}, []
    for name, model in members.items():
        for tensor in model.inputs:
            if tensor.name not in inputs:
                inputs[tensor.name] = keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name)
        output = next(iter(model.output.values())) if isinstance(model.output, dict) else model.output
        member = keras.Model({{t.name: t for t in model.inputs}}, output, name=name)
        said.append(member({{t.name: inputs[t.name] for t in model.inputs}}))
    return keras.Model(inputs, layers.Average(name="{mean}")(said))
"""


def _within(name: str, body: str) -> str:
    """A member's functions inside one of its own, so that those of two members may share a name."""
    lines = [f"    {line}" if line.strip() else "" for line in body.splitlines()]
    return "\n".join([f"def build_{name}():", *lines, "", "    return build_model()"])
