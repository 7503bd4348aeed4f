"""The supernet of a space, as a user holds it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from ...errors import GenotypeError, SpaceError
from ...space.decision import same
from ...space.genotype import Genotype
from ...space.graph import leaves
from ...space.trace import keras_name
from ..cost import infer
from .elastic import aligned, part_of
from .network import SupernetModel
from .optimizer import Parts, masked
from .partial import CALLS, program
from .program import steps, variant_key

if TYPE_CHECKING:
    from ...space.space import Space


class Supernet:
    """One Keras model that holds every model of a space, with shared weights.

    A path is a vector of integers: for each decision (``columns``) the position of its value in its domain; what a genotype does not
    hold is 0, and plays no part. Changing the path retraces nothing, and only the layers on it are computed::

        net = space.supernet()
        net.model.compile(net.optimizer(keras.optimizers.AdamW(1e-3)), loss)
        net.train(inputs, targets, space.sample(seed=0))     # one batch; layers off the path stay as they are
        net.call(inputs, genotype)                           # outputs on a path
        net.inherit(genotype)                                # the stand-alone model, with these weights

    Not held: implicit masks, weight regularisation (its loss is that of all layers, its gradients are those of the path), activity
    losses inside of forks, and saving the model itself; decisions under ``training/`` are none of the model's.

    Args:
        space: The space; every output has one shape on all paths.

    Attributes:
        model: The Keras model; its inputs go by name.
        columns: The decisions that a path holds, in order.
        sizes: How many values each of them has.

    Raises:
        SpaceError: If the space cannot be lowered; the message names the decision and what to do.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        made = program(space, infer)
        every = list(steps(made.items))
        if len(every) > CALLS:
            raise SpaceError(
                f"The supernet of '{space.name}' would hold {len(every)} calls, each of which is compiled; at most {CALLS}. Pin or restrict "
                f"decisions that change shapes, or that many layers read: {', '.join(space.decisions)}."
            )
        self.calls = len(every)
        self.model = SupernetModel(made, name=f"supernet_{keras_name(space.name)}")
        self.columns = tuple(made.domains)
        self.sizes = tuple(len(d) for d in made.domains.values())
        self._domains = made.domains
        self._always, self._loose = made.always, made.loose
        self._optimizer: Any = None

    # -- paths

    def encode(self, genotype: Mapping[str, Any]) -> np.ndarray:
        """The path of a genotype: ``(len(columns),)`` int32.

        Raises:
            GenotypeError: If it is none of the space's.
        """
        valid = self.space.validate(genotype)
        found = np.zeros(max(1, len(self.columns)), "int32")
        for i, path in enumerate(self.columns):
            if path in valid:
                found[i] = next(k for k, v in enumerate(self._domains[path]) if same(v, valid[path]))
        return found

    def decode(self, path: Any) -> Genotype:
        """The genotype of a path, what it does not hold being at its default; the inverse of ``encode``.

        Raises:
            GenotypeError: If a position is none of its decision's, or the values break a requirement.
        """
        numbers = [int(p) for p in path][: len(self.columns)]
        if len(numbers) != len(self.columns) or not all(
            0 <= n < s for n, s in zip(numbers, self.sizes, strict=True)
        ):
            raise GenotypeError(
                f"A path of this supernet holds {len(self.columns)} positions below {self.sizes}. Received: {numbers}."
            )
        given = {p: self._domains[p][n] for p, n in zip(self.columns, numbers, strict=True)}
        return Genotype(self.space.walk(given, lambda d: d.default, None).genotype)

    def sample(self, seed: int | random.Random) -> Genotype:
        """A random genotype of the space."""
        return self.space.sample(seed)

    def follow(self, path: Any) -> Genotype:
        """Put the model, and the optimizer, on a path: a genotype or what ``encode`` gives; returns the genotype.

        What the optimizer may move is read off the genotype's plan: layers that no output needs are off the path, too.
        """
        genotype = Genotype(path) if isinstance(path, Mapping) else self.decode(path)
        self.model.positions.assign(self.encode(genotype))
        if self._loose or self._optimizer is not None:
            reached = self.reached(genotype)
            self.model.reached.assign(reached)
        if self._optimizer is not None:
            if not self._optimizer.built:
                self._optimizer.build(self.model.trainable_variables)
            self._optimizer.reached.assign(reached)
        return genotype

    def reached(self, genotype: Mapping[str, Any]) -> np.ndarray:
        """Which variants of which layers a genotype computes: one flag each."""
        flags = np.zeros(max(1, self.model.elastic.count), bool)
        for step in leaves(self.space.plan(genotype).steps):
            if step.node.layer:
                flags[self.model.elastic.variants[step.node.layer][variant_key(step)].number] = True
        return flags

    # -- computing

    def call(self, inputs: Mapping[str, Any], path: Any) -> Any:
        """Outputs of a batch on a path, as NumPy arrays, without noise.

        Args:
            inputs: By name.
            path: A genotype, or what ``encode`` gives.
        """
        self.follow(path)
        return self.model.predict_on_batch(dict(inputs))

    def optimizer(self, optimizer: Any) -> Any:
        """A Keras optimizer that leaves weights, moments, decay and step counts of all that is off the path alone.

        A layer's slices count as its parts: training a 3x3 kernel moves the centre of the 5x5 one that holds it.
        """
        self._optimizer = masked(optimizer, self._parts(), self.model.elastic.count)
        return self._optimizer

    def train(self, inputs: Mapping[str, Any], targets: Any, path: Any) -> dict[str, float]:
        """One training step on a path, by the compiled model; returns loss and metrics by name.

        Args:
            inputs: By name.
            targets: As the loss takes them.
            path: A genotype, or what ``encode`` gives.
        """
        self.follow(path)
        found: dict[str, float] = self.model.train_on_batch(dict(inputs), targets, return_dict=True)
        return found

    def _parts(self) -> list[Parts | None]:
        """For each trainable variable, which variants reach which part of it."""
        pairs: list[tuple[Any, Any, Any]]
        by_variable: dict[int, dict[str, tuple[list[int], Any]]] = {}
        for path, shared in self.model.elastic.shared.items():
            variants = list(self.model.elastic.variants[path].values())
            if path in self._always and len(variants) == 1:
                continue
            for variant in variants:
                pairs = list(variant.pairs) or [(v, v, None) for v in shared.trainable_variables]
                for own, big, part in pairs:
                    if not own.trainable:
                        continue
                    whole = part is None or tuple(own.shape) == tuple(big.shape)
                    groups = by_variable.setdefault(id(big), {})
                    groups.setdefault("" if whole else repr(part), ([], None if whole else part))[0].append(
                        variant.number
                    )
        return [
            [(tuple(n), p) for n, p in by_variable[id(v)].values()] if id(v) in by_variable else None
            for v in self.model.trainable_variables
        ]

    # -- handing on

    def inherit(self, genotype: Mapping[str, Any]) -> Any:
        """The stand-alone ``keras.Model`` of a genotype (``space.build``), with the weights of its path.

        Raises:
            GenotypeError: If the genotype is none of the space's.
        """
        plan = self.space.plan(genotype)
        model = self.space.build(genotype)
        done: set[str] = set()
        for step in leaves(plan.steps):
            path = step.node.layer
            if not path or path in done or path not in self.model.elastic.shared:
                continue
            done.add(path)
            layer = model.get_layer(keras_name(path))
            for own, shared in aligned(layer, self.model.elastic.shared[path], path):
                own.assign(
                    keras.ops.convert_to_numpy(shared)[part_of(step.node.target.short, own, shared, path)]
                )
        return model
