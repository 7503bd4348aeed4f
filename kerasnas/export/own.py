"""The code of a model's layers that are not Keras', so that its file loads where nothing but Keras is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import BundleError, SpaceError
from ..lower.code import OwnCode
from ..lower.text import merged

NONE = "import keras\n\nOWN = {}\n"


def written(model: Any, custom: Mapping[str, Any]) -> str:
    """Python source that defines, or imports, all that a model's file calls by name and Keras does not have.

    Args:
        model: A ``keras.Model``.
        custom: Layers and functions that are not of Keras, by name.

    Returns:
        The source; it ends with ``OWN``, these by the names that ``keras.saving.load_model`` wants.

    Raises:
        BundleError: If something has no code that can be written.
    """
    import keras

    own = OwnCode()
    called: dict[str, str] = {}
    for name, registered in dict.fromkeys(_foreign(keras.saving.serialize_keras_object(model))):
        found = custom.get(name) or keras.saving.get_registered_object(registered)
        if found is None:
            raise BundleError(
                f"The model uses '{registered or name}', whose code is not at hand. Give it when the bundle is read: "
                f"load(path, custom_objects={{'{name}': {name}}})."
            )
        try:
            called[name] = own.add(found, name)
        except SpaceError as error:
            raise BundleError(
                f"The model uses '{name}', whose code cannot be written beside a Keras file: {error} Export it as a SavedModel, which "
                "holds its operations."
            ) from error
    if not called:
        return NONE
    names = ", ".join(f'"{name}": {code}' for name, code in called.items())
    head = "\n".join(merged({*own.imports, "import keras"}))
    return "\n\n\n".join([head, *own.parts.values(), f"OWN = {{{names}}}\n"])


def _foreign(told: Any) -> Iterator[tuple[str, str]]:
    """Class name and registered name of all that a model as Keras tells it does not take from Keras."""
    if isinstance(told, dict):
        name, module = told.get("class_name"), told.get("module")
        registered = told.get("registered_name") or ""
        if isinstance(name, str) and "config" in told and not _of_keras(module, registered):
            if name == "function":  # then the configuration is the function's name
                name = str(told["config"])
            if name not in BUILT_IN:
                yield name, registered
        for value in told.values():
            yield from _foreign(value)
    elif isinstance(told, list | tuple):
        for value in told:
            yield from _foreign(value)


BUILT_IN = frozenset(
    {"__tensor__", "__keras_tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__typespec__"}
)


def _of_keras(module: Any, registered: str) -> bool:
    if isinstance(module, str):
        return module == "builtins" or module.split(".")[0] == "keras"
    return ">" not in registered and not registered
