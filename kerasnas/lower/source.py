"""Plan -> a readable Python module that rebuilds the model with Keras alone.

Blocks become functions, one per shape of block: where two calls of a block differ only in constants, these become the
function's parameters; where consecutive calls differ only in their number, they become a loop.
"""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from ..errors import SpaceError
from ..space.expression import Ref
from ..space.graph import Nested, Plan, Step, Target, Tensor, leaves, nest_leaves
from .make import safe

WIDTH = 100
NAMES = [*"xyzabcdefgh", *(f"t{i}" for i in range(1, 1000))]
MARK = re.compile("\x00(\\d+)\x00")


def source(plan: Plan) -> str:
    """Write the module of a plan.

    Args:
        plan: What ``space.plan(genotype)`` gave.

    Returns:
        Python source with a function ``build_model()`` that returns an uncompiled ``keras.Model`` whose layers have the
        same names, so that weights fit by name. It imports Keras; code of your own layers is written out.

    Raises:
        SpaceError: If the code of a layer of your own cannot be found.
    """
    return _Writer(plan).write()


@dataclass
class _Body:
    """Lines of a function with numbered marks for its constants."""

    lines: list[str]
    result: str
    constants: list[tuple[str, str]] = field(default_factory=list)


class _Writer:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.calls: dict[int, tuple[str, list[tuple[str, str]]]] = {}
        self.functions: list[str] = []
        self.names: set[str] = {"build_model", "layers", "ops", "keras"}
        self.imports = {"import keras"}
        self.code: dict[str, str] = {}
        used = Counter(s.node.layer for s in leaves(plan.steps) if s.node.layer)
        self.common = {path for path, count in used.items() if count > 1}

    def write(self) -> str:
        levels: dict[int, list[Step]] = defaultdict(list)
        for step in _blocks(self.plan.steps):
            if not self._inlined(step):
                levels[_height(step)].append(step)
        for level in sorted(levels):
            self._functions_of(levels[level])
        main = self._main()
        text = "\n".join(main)
        body = "\n\n\n".join([*self.code.values(), *self.functions, text])
        for module in ("layers", "ops"):
            if re.search(rf"\b{module}\.", body):
                self.imports.add(f"from keras import {module}")
        plain = sorted(i for i in self.imports if i.startswith("import"))
        named = sorted(i for i in self.imports if i.startswith("from"))
        if {"from keras import layers", "from keras import ops"} <= set(named):
            named = [i for i in named if not i.startswith("from keras import")] + ["from keras import layers, ops"]
        return "\n".join([*plain, *sorted(named)]) + "\n\n\n" + body + "\n"

    # -- functions

    def _functions_of(self, steps: list[Step]) -> None:
        """One function for all block calls of one shape."""
        groups: dict[Any, list[tuple[Step, _Body]]] = defaultdict(list)
        for step in steps:
            body = self._body(step.steps or [], _free(step), step.out, step.prefix)
            groups[step.node.target, tuple(body.lines), body.result, len(_free(step))].append((step, body))
        for (block, lines, result, arity), calls in groups.items():
            name = self._unused(_identifier(block.rpartition("/")[2]))
            columns: dict[tuple[str, ...], str] = {}
            shown = []
            for i, (key, first) in enumerate(calls[0][1].constants):
                values = tuple(body.constants[i][1] for _, body in calls)
                if len(set(values)) == 1:
                    shown.append(first)
                    continue
                column = (key, *values)
                if column not in columns:
                    columns[column] = _free_name(_identifier(key), {*columns.values(), "name", *NAMES[:12]})
                shown.append(columns[column])
            for j, (step, _) in enumerate(calls):
                self.calls[id(step)] = (name, [(p, values[1 + j]) for values, p in columns.items()])
            filled = [MARK.sub(lambda m, shown=shown: shown[int(m[1])], line) for line in lines]
            arguments = [*NAMES[:arity], "*", *columns.values(), "name"]
            body = _folded(filled)
            if not any("{name}" in line or "name" in line for line in body):
                arguments = [*arguments[: -2 if not columns else -1]]
                self._drop_name(calls)
            self.functions.append(
                "\n".join([f"def {name}({', '.join(arguments)}):", *("    " + x for line in body for x in _wrapped(line, 4)), f"    return {result}"])
            )

    def _drop_name(self, calls: list[tuple[Step, _Body]]) -> None:
        for step, _ in calls:
            name, given = self.calls[id(step)]
            self.calls[id(step)] = (name, [*given, ("", "")])

    def _main(self) -> list[str]:
        inputs = {s.node.path: _identifier(s.node.path) for s in self.plan.inputs.values()}
        lines = []
        for path, step in self.plan.inputs.items():
            dtype = "" if step.config["dtype"] == "float32" else f", dtype={json.dumps(step.config['dtype'])}"
            lines.append(f"{inputs[path]} = keras.Input({tuple(step.config['shape'])!r}{dtype}, name={json.dumps(path)})")
        done: set[str] = set()
        for step in leaves(self.plan.steps):
            if step.node.layer in self.common - done:
                done.add(step.node.layer)
                lines += self._made(step, "", lambda _, v: v, _identifier(step.node.layer))
        steps = [s for s in self.plan.steps if s.node.kind != "input"]
        names = {id(t): inputs[s.node.path] for s in self.plan.inputs.values() for t in nest_leaves(Tensor, s.out)}
        body = self._body(steps, [], self.plan.out, "", names)
        lines += _folded([MARK.sub(lambda m: body.constants[int(m[1])][1], line) for line in body.lines])
        given = ", ".join(f"{json.dumps(p)}: {v}" for p, v in inputs.items())
        lines.append(f"return keras.Model({{{given}}}, {body.result})")
        return ["def build_model():", *("    " + x for line in lines for x in _wrapped(line, 4))]

    def _flat(self, steps: list[Step]) -> list[Step]:
        out: list[Step] = []
        for step in steps:
            out += self._flat(step.steps) if step.steps is not None and self._inlined(step) else [step]
        return out

    def _inlined(self, step: Step) -> bool:
        """Blocks that hold layers called elsewhere too are written out where they stand."""
        inner = list(leaves(step.steps or []))
        return not inner or any(s.node.layer in self.common or s.node.kind == "input" for s in inner)

    def _body(self, steps: list[Step], parameters: list[Tensor], out: Any, prefix: str, names: dict[int, str] | None = None) -> _Body:
        steps = self._flat(steps)
        fixed = set((names or {}).values())
        names = dict(names or {})
        last: dict[int, int] = {id(t): i for i, step in enumerate(steps) for t in _free(step)}
        last.update({id(t): len(steps) for t in nest_leaves(Tensor, out)})
        body = _Body([], "")

        def assign(tensors: list[Tensor], at: int) -> None:
            fresh = {id(t) for t in tensors}
            taken = fixed | {v for k, v in names.items() if last.get(k, -1) > at and k not in fresh}
            for tensor in tensors:
                names[id(tensor)] = next(n for n in NAMES if n not in taken)
                taken.add(names[id(tensor)])

        def constant(key: str, value: str) -> str:
            body.constants.append((key, value))
            return f"\x00{len(body.constants) - 1}\x00"

        def show(value: Any) -> str:
            return self._literal(value, names)

        assign(parameters, -1)
        for i, step in enumerate(steps):
            inside = [show(a) for a in step.args] + [f"{k}={show(v)}" for k, v in step.kwargs.items()]
            before: list[str] = []
            if step.steps is not None:
                function, given = self.calls[id(step)]
                nameless = ("", "") in given
                inside = [names[id(t)] for t in _free(step)] + [f"{k}={constant(k, v)}" for k, v in given if k]
                if not nameless:
                    inside.append(f"name={_label(step.prefix, prefix)}")
                call = f"{function}({', '.join(inside)})"
            elif step.node.kind == "op":
                call = self._operation(step, inside)
            elif step.node.layer in self.common:
                call = f"{_identifier(step.node.layer)}({', '.join(inside)})"
            else:
                *before, made = self._made(step, prefix, constant)
                call = f"{made}({', '.join(inside)})"
            results = nest_leaves(Tensor, step.out)
            assign(results, i)
            body.lines += [*before, f"{_pattern(step.out, names)} = {call}"]
        body.result = show(out)
        return body

    # -- expressions

    def _operation(self, step: Step, inside: list[str]) -> str:
        target = step.node.target
        if target.name == "operator:getitem":
            return f"{inside[0]}[{_subscript(step.args[1])}]"
        return f"{self._called(target)}({', '.join(inside)})"

    def _made(self, step: Step, prefix: str, constant: Any, variable: str = "") -> list[str]:
        """The constructor call of a layer; as a statement where a variable is named or a model is frozen."""
        external = step.node.kind == "external"
        arguments = []
        for key, value in step.config.items():
            if external and key == "trainable":
                continue
            recorded = step.node.config.get(key)
            label = recorded.decision.path.rpartition("/")[2] if isinstance(recorded, Ref) else key
            arguments.append(f"{key}={constant(label, self._literal(value, {}))}")
        if not external:
            arguments.append(f"name={_label(step.node.layer, prefix)}")
        made = f"{self._called(step.node.target)}({', '.join(arguments)})"
        if external and not step.config.get("trainable", True):
            variable = variable or "frozen"
            return [f"{variable} = {made}", f"{variable}.trainable = False", variable] if variable == "frozen" else [
                f"{variable} = {made}", f"{variable}.trainable = False"]  # fmt: skip
        return [f"{variable} = {made}"] if variable else [made]

    def _called(self, target: Target) -> str:
        module, path = target.name.split(":")
        if module == "keras.layers":
            return f"layers.{path}"
        if module == "keras.ops":
            return f"ops.{path}"
        if module == "keras" or module.startswith("keras."):
            return f"{module}.{path}"
        if target.name not in self.code and (module == "__main__" or "<" in path or module.split(".")[0] == "kerasnas"):
            try:
                self.code[target.name] = textwrap.dedent(inspect.getsource(target.resolve())).strip()
            except (OSError, TypeError) as error:
                raise SpaceError(f"The code of '{target.name}' cannot be found to write it out: {error}. Put it into a module.") from error
        elif target.name not in self.code:
            self.imports.add(f"from {module} import {path.partition('.')[0]}")
            return path
        return target.short

    def _literal(self, value: Any, names: dict[int, str]) -> str:
        if isinstance(value, Tensor):
            return names[id(value)]
        if isinstance(value, Nested):
            inner = ", ".join(f"{k}={self._literal(v, names)}" for k, v in value.config.items())
            return f"{self._called(value.target)}({inner})"
        if isinstance(value, list):
            return "[" + ", ".join(self._literal(v, names) for v in value) + "]"
        if isinstance(value, tuple):
            return "(" + ", ".join(self._literal(v, names) for v in value) + ("," if len(value) == 1 else "") + ")"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(k)}: {self._literal(v, names)}" for k, v in value.items()) + "}"
        if isinstance(value, str):
            return json.dumps(value, ensure_ascii=False)
        if value is None or isinstance(value, bool | int | float) or value is Ellipsis or isinstance(value, slice):
            return repr(value)
        if hasattr(value, "tolist") and hasattr(value, "dtype"):
            self.imports.add("import numpy as np")
            return f'np.array({value.tolist()!r}, dtype="{value.dtype}")'
        import keras

        return f"keras.saving.deserialize_keras_object({keras.saving.serialize_keras_object(value)!r})"

    def _unused(self, name: str) -> str:
        found = _free_name(name, self.names)
        self.names.add(found)
        return found


def _blocks(steps: list[Step]) -> list[Step]:
    out: list[Step] = []
    for step in steps:
        if step.steps is not None:
            out += [step, *_blocks(step.steps)]
    return out


def _height(step: Step) -> int:
    return 0 if step.steps is None else 1 + max(map(_height, step.steps), default=0)


def _free(step: Step) -> list[Tensor]:
    """What a step reads from outside itself, in order of first use."""
    if step.steps is None:
        return list({id(t): t for t in nest_leaves(Tensor, (step.args, step.kwargs))}.values())
    inner = list(leaves(step.steps))
    made = {id(t) for s in inner for t in nest_leaves(Tensor, s.out)}
    read = [t for s in inner for t in nest_leaves(Tensor, (s.args, s.kwargs))] + nest_leaves(Tensor, step.out)
    return list({id(t): t for t in read if id(t) not in made}.values())


def _pattern(out: Any, names: dict[int, str]) -> str:
    """What stands left of the equals sign."""
    if isinstance(out, Tensor):
        return names[id(out)]
    if isinstance(out, dict):
        raise SpaceError("A layer that returns a dict cannot be written as source yet: return its parts one by one from a block.")
    return ", ".join(_pattern(o, names) for o in out)


def _subscript(key: Any) -> str:
    def one(k: Any) -> str:
        if isinstance(k, slice):
            parts = ["" if p is None else repr(p) for p in (k.start, k.stop)]
            return ":".join(parts) + (f":{k.step!r}" if k.step is not None else "")
        return "..." if k is Ellipsis else repr(k)

    return ", ".join(map(one, key)) if isinstance(key, tuple) else one(key)


def _label(path: str, prefix: str) -> str:
    """A layer's name, relative to its block's where it stands inside."""
    if prefix and (path == prefix or path.startswith(prefix + "/")):
        rest = safe(path[len(prefix) :])
        return 'f"{name}' + rest + '"' if rest else "name"
    return f'"{safe(path)}"'


def _identifier(path: str) -> str:
    name = re.sub(r"\W+", "_", path).strip("_")
    return name if name and not name[0].isdigit() else f"block_{name}"


def _free_name(name: str, taken: set[str]) -> str:
    return next(n for n in (name, *(f"{name}_{i}" for i in range(2, 9999))) if n not in taken)


NUMBERED = re.compile(r'name=f?"(?P<stem>[^"]*?\.?)(?P<number>\d+)"\)')


def _folded(lines: list[str]) -> list[str]:
    """Consecutive lines that differ only in a step's number, as a loop."""
    out: list[str] = []
    i = 0
    while i < len(lines):
        match = NUMBERED.search(lines[i])
        end = i + 1
        first = int(match["number"]) if match else 0
        while match and end < len(lines):
            expected = lines[i][: match.start("number")] + str(first + end - i) + lines[i][match.end("number") :]
            if lines[end] != expected:
                break
            end += 1
        if match is None or end - i < 2:
            out.append(lines[i])
        else:
            bounds = f"{first}, {first + end - i}" if first else str(end - i)
            looped = lines[i][: match.start()] + f'name=f"{match["stem"]}{{i}}")' + lines[i][match.end() :]
            out += [f"for i in range({bounds}):", "    " + looped]
        i = end
    return out


def _wrapped(line: str, indent: int) -> list[str]:
    """A line, its outermost arguments on lines of their own where it is too long."""
    if len(line) + indent <= WIDTH or line.lstrip().startswith("for "):
        return [line]
    pad = len(line) - len(line.lstrip())
    depth, start, quote, parts = 0, 0, "", []
    opened = -1
    for i, c in enumerate(line):
        if quote:
            quote = "" if c == quote and line[i - 1] != "\\" else quote
        elif c in "\"'":
            quote = c
        elif c in "([{":
            depth += 1
            if depth == 1 and opened < 0:
                opened = start = i + 1
        elif c in ")]}":
            depth -= 1
            if depth == 0 and opened > 0:
                parts.append(line[start:i].strip())
                inner = [" " * (pad + 4) + p + "," for p in parts if p]
                return [line[:opened], *(x for p in inner for x in _wrapped(p, indent)), " " * pad + line[i:]]
        elif c == "," and depth == 1:
            parts.append(line[start:i].strip())
            start = i + 1
    return [line]
