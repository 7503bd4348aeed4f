"""Multi-modal transfer neural architecture search for Keras, steered from Jupyter.

Every public name is loaded when it is first asked for, so that ``import kerasnas`` loads neither Keras
nor TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# public name -> (module, attribute); an attribute of None means the module itself
_PUBLIC: dict[str, tuple[str, str | None]] = {
    "Task": (".task", "Task"),
    "Search": (".search", "Search"),
    "Budget": (".run.budget", "Budget"),
    "AutoClassifier": (".estimators", "AutoClassifier"),
    "AutoRegressor": (".estimators", "AutoRegressor"),
    "Metric": (".objectives", "Metric"),
    "load": (".export.load", "load"),
    "studio": (".notebook", "studio"),
    "attach": (".notebook", "attach"),
    "load_ipython_extension": (".notebook", "load_ipython_extension"),
    "spaces": (".spaces", None),
    "blocks": (".blocks", None),
    "layers": (".layers", None),
    "evaluators": (".evaluators", None),
    "strategies": (".strategies", None),
    "tuner": (".tuner", None),
    "space": (".space", None),
    **{
        name: (".space", name)
        for name in (
            "block", "Block", "Choice", "IntRange", "FloatRange", "Optional", "Input", "ops", "custom",
            "external", "pick", "when", "repeat", "match_like", "tied", "shared", "require", "channels",
            "size", "dim", "ceil_div", "at_least", "present", "Space", "Genotype", "Decision", "Plan", "Step",
            "Tensor", "Node", "Region", "Value", "Expr", "Ref", "Dim", "align", "because", "note",
        )
    },
}  # fmt: skip

__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604  (names of the table above)


def __getattr__(name: str) -> Any:
    """Load a public name on first use.

    Raises:
        AttributeError: If kerasnas has no such name.
    """
    if name not in _PUBLIC:
        raise AttributeError(
            f"module 'kerasnas' has no attribute '{name}'. It has: {', '.join(sorted(_PUBLIC))}."
        )
    module, attribute = _PUBLIC[name]
    loaded = importlib.import_module(module, __name__)
    value = loaded if attribute is None else getattr(loaded, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
