"""Plan -> a readable Python module that rebuilds the model with Keras alone.

Blocks become functions, one per shape of block: where two calls of a block differ only in constants, these
become the function's parameters; where consecutive calls differ only in their number, they become a loop.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from ..space.expression import Ref
from ..space.graph import Nested, Plan, Step, Target, Tensor, leaves, nest_leaves
from .code import OwnCode
from .text import (
    RESERVED,
    VARIABLES,
    folded,
    free_name,
    identifier,
    indented,
    label,
    literal,
    merged,
    subscript,
)

MARK = re.compile("\x00(\\d+)\x00")


def source(plan: Plan) -> str:
    """Write the module of a plan.

    Args:
        plan: What ``space.plan(genotype)`` gave.

    Returns:
        Python source with a function ``build_model()`` that returns an uncompiled ``keras.Model`` whose
        layers have the same names as those of ``space.build(genotype)``, so that weights fit by name. It
        imports Keras; code of your own layers is written out.

    Raises:
        SpaceError: If the code of a layer of your own cannot be found or written.
    """
    return _Writer(plan).write()


@dataclass
class _Constant:
    """A constant in a body, which differs between calls perhaps; then it is a parameter of this name."""

    key: str
    owner: str
    value: str


@dataclass
class _Body:
    """Lines of a function, with numbered marks for its constants."""

    lines: list[str] = field(default_factory=list)
    result: str = ""
    constants: list[_Constant] = field(default_factory=list)

    def constant(self, key: str, owner: str, value: str) -> str:
        self.constants.append(_Constant(key, owner, value))
        return f"\x00{len(self.constants) - 1}\x00"

    def filled(self, shown: list[str]) -> list[str]:
        return [MARK.sub(lambda m: shown[int(m[1])], line) for line in self.lines]


@dataclass
class _Call:
    """How a block's call is written: its function, what to give for each parameter, if it takes a name."""

    function: str
    given: list[tuple[str, str]]
    named: bool


class _Writer:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.own = plan, OwnCode()
        self.calls: dict[int, _Call] = {}
        self.functions: list[str] = []
        self.names = set(RESERVED)
        steps = list(leaves(plan.steps))
        self.alive = {id(s) for s in steps}
        used = Counter(s.node.layer for s in steps if s.node.layer)
        self.common = {path for path, count in used.items() if count > 1}
        self.shared: dict[str, str] = {}
        self.targets: dict[str, str] = {}
        for step in steps:  # before any name is given away
            for target in [step.node.target, *(n.target for n in _wrapped(step.config))]:
                if target is not None and not target.keras and target.name != "operator:getitem":
                    self.targets[target.name] = self.own.add(target.resolve(), target.short)
        self.names |= {*self.own.parts, *self.targets.values()}

    def write(self) -> str:
        levels: dict[int, list[Step]] = defaultdict(list)
        for step in _blocks(self.plan.steps):
            if not self._inlined(step):
                levels[_height(step)].append(step)
        for level in sorted(levels):
            self._functions_of(levels[level])
        main = self._main()
        body = "\n\n\n".join([*self.own.parts.values(), *self.functions, main])
        used = [m for m in ("layers", "ops") if re.search(rf"(?<![\w.]){m}\.", body)]
        imports = {*self.own.imports, "import keras", *(f"from keras import {m}" for m in used)}
        return "\n".join(merged(imports)) + "\n\n\n" + body + "\n"

    # -- functions

    def _functions_of(self, steps: list[Step]) -> None:
        """One function for all block calls of one shape."""
        groups: dict[Any, list[tuple[Step, _Body]]] = defaultdict(list)
        for step in steps:
            read = self._read(step)
            body = self._body(step.steps or [], read, step.out, step.prefix)
            groups[step.node.target, tuple(body.lines), body.result, len(read)].append((step, body))
        for (block, _, result, arity), calls in groups.items():
            name = free_name(identifier(block.rpartition("/")[2]), self.names)
            bodies = [body for _, body in calls]
            columns, shown = self._parameters(bodies)
            self.names.add(name)
            lines = bodies[0].filled(shown)
            named = any("{name}" in line or "name=name" in line for line in lines)
            for i, (step, _) in enumerate(calls):
                given = [(parameter, values[i]) for parameter, values in columns.items()]
                self.calls[id(step)] = _Call(name, given, named)
            keywords = [*columns, *(["name"] if named else [])]
            head = ", ".join([*VARIABLES[:arity], *(["*", *keywords] if keywords else [])])
            if lines and lines[-1].startswith(f"{result} = "):
                last = [f"return {lines.pop().removeprefix(f'{result} = ')}"]
            else:
                last = [f"return {result}"]
            self.functions.append("\n".join([f"def {name}({head}):", *indented([*folded(lines), *last])]))

    def _parameters(self, bodies: list[_Body]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
        """Which constants become parameters, with a value for each call; and what stands for each."""
        rows = list(zip(*(body.constants for body in bodies), strict=True))
        differing = {(r[0].key, *(c.value for c in r)) for r in rows if len({c.value for c in r}) > 1}
        clashing = {key for key, count in Counter(d[0] for d in differing).items() if count > 1}
        columns: dict[str, tuple[str, ...]] = {}
        found: dict[tuple[str, ...], str] = {}
        shown = []
        for row in rows:
            values = tuple(c.value for c in row)
            if len(set(values)) == 1:
                shown.append(values[0])
                continue
            key, owner = row[0].key, row[0].owner
            if (key, *values) not in found:
                wanted = f"{owner}_{key}" if key in clashing and not key.startswith(owner) else key
                name = found[key, *values] = free_name(identifier(wanted), {*columns, *self.names})
                columns[name] = values
            shown.append(found[key, *values])
        return columns, shown

    def _main(self) -> str:
        taken = self.names - set(VARIABLES)
        variables: dict[str, str] = {}
        for path in [*self.plan.inputs, *sorted(self.common)]:
            variables[path] = free_name(identifier(path), taken)
            taken.add(variables[path])
        self.shared = {path: variables[path] for path in self.common}
        lines = []
        for path, step in self.plan.inputs.items():
            dtype = "" if step.config["dtype"] == "float32" else f', dtype="{step.config["dtype"]}"'
            shape = tuple(step.config["shape"])
            lines.append(f"{variables[path]} = keras.Input({shape!r}{dtype}, name={json.dumps(path)})")
        done: set[str] = set()
        for step in leaves(self.plan.steps):
            if step.node.layer in self.common - done:
                done.add(step.node.layer)
                lines += self._made(step, "", None, self.shared[step.node.layer])
        steps = [s for s in self.plan.steps if s.node.kind != "input"]
        names = {
            id(t): variables[s.node.path]
            for s in self.plan.inputs.values()
            for t in nest_leaves(Tensor, s.out)
        }
        body = self._body(steps, [], self.plan.out, "", names)
        lines += folded(body.filled([c.value for c in body.constants]))
        given = ", ".join(f"{json.dumps(p)}: {variables[p]}" for p in self.plan.inputs)
        lines.append(f"return keras.Model({{{given}}}, {body.result})")
        return "\n".join(["def build_model():", *indented(lines)])

    def _flat(self, steps: list[Step]) -> list[Step]:
        out: list[Step] = []
        for step in steps:
            out += self._flat(step.steps) if step.steps is not None and self._inlined(step) else [step]
        return out

    def _inlined(self, step: Step) -> bool:
        """Blocks around one block, and those with layers called elsewhere too, are written in place."""
        inside = step.steps or []
        if not inside or (len(inside) == 1 and inside[0].steps is not None):
            return True
        return any(s.node.layer in self.common or s.node.kind == "input" for s in leaves(inside))

    def _read(self, step: Step) -> list[Tensor]:
        """What a step reads from outside itself, in order of first use."""
        if step.steps is None:
            return list({id(t): t for t in nest_leaves(Tensor, (step.args, step.kwargs))}.values())
        inner = list(leaves(step.steps))
        made = {id(t) for s in inner for t in nest_leaves(Tensor, s.out)}
        read = [t for s in inner for t in nest_leaves(Tensor, (s.args, s.kwargs))] + self._alive(step.out)
        return list({id(t): t for t in read if id(t) not in made}.values())

    def _alive(self, out: Any) -> list[Tensor]:
        """The tensors of a nest that some output of the model needs."""
        return [t for t in nest_leaves(Tensor, out) if id(t.step) in self.alive]

    # -- bodies

    def _body(
        self,
        steps: list[Step],
        parameters: list[Tensor],
        out: Any,
        prefix: str,
        names: dict[int, str] | None = None,
    ) -> _Body:
        """The lines of a function; a variable's name is used again once its value is no longer needed."""
        steps = self._flat(steps)
        names = dict(names or {})
        fixed = set(names.values())
        last = {id(t): i for i, step in enumerate(steps) for t in self._read(step)}
        last.update({id(t): len(steps) for t in self._alive(out)})
        body = _Body()

        def unused(at: int, fresh: set[int], also: set[str]) -> str:
            live = {v.partition("[")[0] for k, v in names.items() if last.get(k, -1) > at and k not in fresh}
            taken = live | also | fixed
            found: str = next(n for n in VARIABLES if n not in taken)
            return found

        def assign(result: Any, at: int) -> str:
            """Name the results of a step; returns what stands left of the equals sign."""
            fresh = {id(t) for t in nest_leaves(Tensor, result)}
            if isinstance(result, Tensor):
                names[id(result)] = unused(at, fresh, set())
                return names[id(result)]
            if isinstance(result, tuple | list) and all(isinstance(r, Tensor) for r in result):
                given: set[str] = set()
                parts = []
                for tensor in result:
                    if id(tensor.step) not in self.alive:
                        parts.append("_")
                        continue
                    names[id(tensor)] = unused(at, fresh, given)
                    given.add(names[id(tensor)])
                    parts.append(names[id(tensor)])
                return ", ".join(parts) + ("," if len(parts) == 1 else "")
            whole = unused(at, fresh, set())
            for path, tensor in _paths(result):
                names[id(tensor)] = whole + path
            return whole

        def show(value: Any) -> str:
            return literal(value, names, self._called)

        for tensor, name in zip(parameters, VARIABLES, strict=False):
            names[id(tensor)] = name
        for i, step in enumerate(steps):
            given = [show(a) for a in step.args] + [f"{k}={show(v)}" for k, v in step.kwargs.items()]
            if step.steps is not None:
                call = self._block_call(step, [names[id(t)] for t in self._read(step)], prefix, body)
            elif step.node.kind != "op":
                *before, made = self._layer(step, prefix, body)
                body.lines += before
                call = f"{made}({', '.join(given)})"
            elif step.node.target.name == "operator:getitem":
                call = f"{given[0]}[{subscript(step.args[1], show)}]"
            else:
                call = f"{self._called(step.node.target)}({', '.join(given)})"
            body.lines.append(f"{assign(step.out, i)} = {call}")
        body.result = literal(out, {k: v for k, v in names.items() if k in last}, self._called)
        return body

    def _block_call(self, step: Step, given: list[str], prefix: str, body: _Body) -> str:
        call = self.calls[id(step)]
        owner = step.prefix.rpartition("/")[2]
        given = given + [f"{k}={body.constant(k, owner, v)}" for k, v in call.given]
        if call.named:
            given.append(f"name={label(step.prefix, prefix)}")
        return f"{call.function}({', '.join(given)})"

    def _layer(self, step: Step, prefix: str, body: _Body) -> list[str]:
        """Lines that make a layer; the last is the expression to call."""
        if step.node.layer in self.common:
            return [self.shared[step.node.layer]]
        if step.node.kind == "external":
            return [*self._made(step, prefix, body, "model"), "model"]
        return self._made(step, prefix, body, "")

    def _made(self, step: Step, prefix: str, body: _Body | None, variable: str) -> list[str]:
        """The constructor call of a layer; as statements where a variable is named."""
        external = step.node.kind == "external"
        owner = step.node.layer.rpartition("/")[2]
        arguments = []
        for key, value in step.config.items():
            if external and key == "trainable":
                continue
            recorded = step.node.config.get(key)
            known = recorded.decision.path.rpartition("/")[2] if isinstance(recorded, Ref) else key
            written = literal(value, {}, self._called)
            arguments.append(f"{key}={written if body is None else body.constant(known, owner, written)}")
        name = label(step.node.layer, prefix)
        if not external:
            arguments.append(f"name={name}")
        made = f"{self._called(step.node.target)}({', '.join(arguments)})"
        lines = [f"{variable} = {made}" if variable else made]
        if external:
            lines.append(f"{variable}.name = {name}")
            if not step.config.get("trainable", True):
                lines.append(f"{variable}.trainable = False")
        return lines

    def _called(self, target: Target) -> str:
        """What a target is called in the module."""
        module, path = target.name.split(":")
        if module == "keras.layers":
            return f"layers.{path}"
        if module == "keras.ops":
            return f"ops.{path}"
        if target.keras:
            return f"layers.{target.short}" if module.startswith("keras.src.layers.") else f"{module}.{path}"
        return self.targets[target.name]


def _blocks(steps: list[Step]) -> list[Step]:
    out: list[Step] = []
    for step in steps:
        if step.steps is not None:
            out += [step, *_blocks(step.steps)]
    return out


def _height(step: Step) -> int:
    return 0 if step.steps is None else 1 + max(map(_height, step.steps), default=0)


def _wrapped(config: Any) -> list[Nested]:
    """Layers given to a layer's constructor, and those inside them."""
    found = nest_leaves(Nested, config)
    return found + [inner for n in found for inner in _wrapped(n.config)]


def _paths(result: Any, path: str = "") -> list[tuple[str, Tensor]]:
    """Every tensor of a nest with how to get at it: ``["a"][0]``."""
    if isinstance(result, Tensor):
        return [(path, result)]
    items = result.items() if isinstance(result, dict) else enumerate(result)
    return [found for key, value in items for found in _paths(value, f"{path}[{json.dumps(key)}]")]
