"""Hyperparameters become decisions."""

from __future__ import annotations

import keras_tuner
import pytest

from kerasnas.errors import SpaceError
from kerasnas.space import Genotype
from kerasnas.tuner.hyperparameters import complete, decisions_of, declaration, genotype_of


def declared(fill):
    hp = keras_tuner.HyperParameters()
    fill(hp)
    return hp, *decisions_of(hp.space)


def test_every_kind_becomes_a_decision_of_its_kind() -> None:
    def fill(hp):
        hp.Choice("act", ["relu", "tanh"], default="tanh")
        hp.Choice("size", [3, 5])
        hp.Int("units", 16, 64)
        hp.Int("wide", 2, 200, sampling="log")
        hp.Int("stepped", 32, 100, step=32, default=50)
        hp.Int("doubled", 2, 32, step=2, sampling="log")
        hp.Float("rate", 1e-4, 1e-1, sampling="log", default=1e-2)
        hp.Float("quarters", 0.0, 0.5, step=0.25)
        hp.Boolean("bn", default=True)
        hp.Fixed("classes", 10)

    _, space, names = declared(fill)
    found = {p: (d.kind, d.options, d.default, d.log) for p, d in space.decisions.items()}
    assert found == {
        "act": ("choice", ("relu", "tanh"), "tanh", False),
        "size": ("choice", (3, 5), 3, False),
        "units": ("int", (16, 64), 16, False),
        "wide": ("int", (2, 200), 2, True),
        "stepped": ("choice", (32, 64, 96), 64, False),
        "doubled": ("choice", (2, 4, 8, 16, 32), 2, False),
        "rate": ("float", (1e-4, 1e-1), 1e-2, True),
        "quarters": ("choice", (0.0, 0.25, 0.5), 0.0, False),
        "bn": ("choice", (True, False), True, False),
        "classes": ("choice", (10,), 10, False),
    }
    assert names == {name: name for name in found}


def nested(hp):
    hp.Choice("kind", ["a", "b", "c"])
    with hp.conditional_scope("kind", ["a", "b"]):
        hp.Boolean("deep")
        with hp.conditional_scope("deep", [True]):
            hp.Int("depth", 1, 3)
    with hp.conditional_scope("kind", ["a"]):
        hp.Int("units", 1, 2)
    with hp.conditional_scope("kind", ["b"]):
        hp.Int("units", 5, 7)
    with hp.conditional_scope("kind", ["c"]):
        hp.Int("units", 1, 2)


def test_conditions_are_branches_and_are_counted_exactly() -> None:
    hp, space, names = declared(nested)
    assert names == {
        "kind": "kind", "deep": "deep", "depth": "depth", "units": "units", "units/kind=b": "units",
    }  # fmt: skip
    assert (space.size(), space.size_is_exact) == (4 * 2 + 4 * 3 + 2, True)
    drawn = {space.sample(seed) for seed in range(200)}
    assert len(drawn) == 22
    for genotype in drawn:
        values = {names[p]: v for p, v in genotype.items()}
        assert complete(hp, values) == values  # KerasTuner finds the same hyperparameters active
        assert genotype_of(space, names, values) == genotype


def test_a_condition_on_a_conditional_parent_alone_asks_for_the_parent_too() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Boolean("a")
    with hp.conditional_scope("a", [True]):
        hp.Boolean("b")
        with hp.conditional_scope("b", [True]):
            hp.Boolean("c")
    hp.space[2].conditions = hp.space[2].conditions[1:]
    space, _ = decisions_of(hp.space)
    assert space.size() == 4
    assert space.sample(0, {"a": False}) == Genotype({"a": False})


def test_missing_and_foreign_values_start_from_their_defaults() -> None:
    hp, space, names = declared(nested)
    assert complete(hp, {"kind": "b", "depth": 3}) == {"kind": "b", "deep": False, "units": 5, "depth": 3}
    assert genotype_of(space, names, {"kind": "b", "units": 99, "old": 1}) == {
        "kind": "b", "deep": False, "units/kind=b": 5,
    }  # fmt: skip


def test_what_cannot_be_is_refused() -> None:
    hp = keras_tuner.HyperParameters()
    hp.Float("fine", 0.0, 1.0, step=1e-4)
    with pytest.raises(SpaceError, match="'fine' has more than 1000 steps"):
        declaration(hp.space[0])
    with pytest.raises(SpaceError, match="of a kind that is not known here: HyperParameter"):
        declaration(keras_tuner.engine.hyperparameters.HyperParameter("odd"))
    child = keras_tuner.HyperParameters()
    nested(child)
    with pytest.raises(SpaceError, match="hang on others that are not declared"):
        decisions_of([h for h in child.space if h.name != "kind"])
