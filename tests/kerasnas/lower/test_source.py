"""The source is read by people and run without kerasnas."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kerasnas.errors import SpaceError
from kerasnas.space import Choice, Input, Space, block, custom, external, layers, ops, repeat


def run(source: str) -> Any:
    """The model that a source builds."""
    scope: dict[str, Any] = {"__name__": "source"}
    exec(compile(source, "<source>", "exec"), scope)
    return scope["build_model"]()


@pytest.mark.parametrize("name", ["pictures", "texts", "nested", "siamese", "several", "stack"])
def test_lint_and_width(zoo: dict[str, Space], name: str) -> None:
    for seed in range(3):
        source = zoo[name].source(zoo[name].sample(seed))
        tree = ast.parse(source)
        assert max(map(len, source.splitlines())) <= 110
        assert "from kerasnas" not in source
        assert "numpy" not in source
        bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        functions = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
        assert not bound & functions, "a variable hides a function"


def test_equal_calls_become_a_loop_and_one_function(zoo: dict[str, Space]) -> None:
    source = zoo["pictures"].source(zoo["pictures"].default())
    assert 'for i in range(4):\n        y = unit(y, name=f"same.{i}")' in source
    assert source.count("def unit(") == 1


def test_what_differs_becomes_a_parameter_named_by_the_layer_where_two_clash() -> None:
    @block("pair")
    def pair(x: Any, *, first: Any = Choice(2, 3), second: Any = Choice(5, 7)) -> Any:
        return layers.Dense(second, name="out")(layers.Dense(first, name="in")(x))

    @block("wide")
    def wide(x: Any, *, units: Any = 3) -> Any:
        return layers.Dense(units * 2, name="out")(layers.Dense(units, name="in")(x))

    def both(x: Any) -> Any:
        x = pair(pair(x, name="a"), name="b")
        return wide(wide(x, units=4, name="c"), units=5, name="d")

    space = Space.trace(both, {"x": Input((4,))})
    source = space.source({"a/first": 2, "a/second": 5, "b/first": 3, "b/second": 7})
    assert "def pair(x, *, first, second, name):" in source
    assert 'y = pair(y, first=3, second=7, name="b")' in source
    assert "def wide(x, *, in_units, out_units, name):" in source
    assert 'y = wide(y, in_units=5, out_units=10, name="d")' in source
    assert run(source).output_shape == (None, 10)


def test_names_of_blocks_and_inputs_never_hide_each_other_or_python() -> None:
    def inner(x: Any) -> Any:
        return layers.Dense(3, name="dense")(x)

    def net(**given: Any) -> Any:
        x = [block(n)(inner)(v, name=n) for n, v in given.items()]
        x += [block("range")(inner)(x[0], name="again"), repeat(3, block("t1")(inner), x[1], "range")]
        return layers.Add()([layers.Dense(2)(y) for y in x])

    names = ["x", "range", "layers", "name", "lambda", "class", "a", "build_model", "keras", "tower"]
    space = Space.trace(net, {n: Input((3,)) for n in names})
    model = run(space.source(space.default()))
    assert sorted(model.input) == sorted(names)
    assert model.count_params() == space.cost(space.default()).parameters


def test_own_code_comes_with_all_that_it_needs() -> None:
    import math

    import keras

    offset, table = 3.0, {"a": (1, 2)}

    def half(width: int) -> int:
        return math.ceil(width / 2) + table["a"][0]

    class Shift(keras.layers.Layer):
        """Adds a constant."""

        def call(self, x: Any) -> Any:
            return ops_of(x) + offset

    def ops_of(x: Any) -> Any:
        return keras.ops.relu(x)

    def factory(width: int) -> keras.Model:
        inputs = keras.Input((4,))
        return keras.Model(inputs, keras.layers.Dense(half(width))(inputs))

    def net(x: Any) -> Any:
        return custom(Shift)()(external(factory, width=6)(x))

    space = Space.trace(net, {"x": Input((4,))})
    source = space.source(space.default())
    assert "import math" in source
    assert "offset = 3.0" in source
    assert source.index("def half") < source.index("def factory")
    assert run(source).output_shape == (None, 4)


def test_code_of_kerasnas_is_written_out(tmp_path: Path) -> None:
    import keras

    from kerasnas.blocks.image.backbone import from_file

    inputs = keras.Input((8, 8, 3))
    path = tmp_path / "small.keras"
    keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(inputs))).save(path)
    space = Space.trace(
        lambda x: external(from_file, path=str(path), trainable=False)(x), {"x": Input((8, 8, 3))}
    )
    cost = space.cost(space.default())
    assert (cost.parameters, cost.flops) == (112, 2 * 3 * 3 * 3 * 4 * 36)
    source = space.source(space.default())
    assert "from kerasnas" not in source
    assert "def from_file" in source
    model = run(source)
    assert model.get_layer("from_file").trainable is False
    assert model.output_shape == (None, 4)


def test_lambdas_and_unwritable_values_are_refused_by_name() -> None:
    import keras

    plain = object()

    def factory() -> Any:
        return plain and keras.Model()

    def made(x: Any) -> Any:
        return external(lambda: keras.Sequential([keras.layers.Dense(2)]))(x)

    space = Space.trace(made, {"x": Input((4,))})
    with pytest.raises(
        SpaceError, match="A lambda cannot be written as source: make it a function with a name"
    ):
        space.source(space.default())
    from kerasnas.lower.code import OwnCode

    with pytest.raises(
        SpaceError, match="'factory' reads 'plain', a object that cannot be written as source"
    ):
        OwnCode().add(factory, "factory")


def test_arrays_slices_and_keras_objects_are_written_with_keras_alone() -> None:
    import keras
    import numpy as np

    def net(x: Any) -> Any:
        y = ops.add(x, np.array([[1.0], [2.0]], "float32"))[:, ::2, ..., 0]
        return layers.Dense(2, kernel_initializer=keras.initializers.Constant(0.5), kernel_regularizer="l2")(
            y
        )

    space = Space.trace(net, {"x": Input((2, 3))})
    source = space.source(space.default())
    assert 'ops.convert_to_tensor([[1.0], [2.0]], dtype="float32")' in source
    assert "[:, ::2, ..., 0]" in source
    assert "kernel_initializer=keras.initializers.Constant(value=0.5)" in source
    assert float(keras.ops.sum(run(source)(np.zeros((1, 2, 3), "float32")))) == pytest.approx(1.0)


SCRIPT = """
import keras
from kerasnas.space import Input, Space, custom

START = 2.0

class Times(keras.layers.Layer):
    def call(self, x):
        return x * START

space = Space.trace(lambda x: custom(Times)()(x), {"x": Input((4,))})
print(space.source(space.default()))
"""


@pytest.mark.slow
def test_a_class_of_main_is_written_out_and_runs_elsewhere(tmp_path: Path) -> None:
    script = tmp_path / "notebook.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, env=os.environ
    )
    assert "START = 2.0\n\n\nclass Times(keras.layers.Layer):" in done.stdout
    assert "kerasnas" not in done.stdout
    assert run(done.stdout).output_shape == (None, 4)
