"""What every live view shares: the session it reads, and where its JavaScript and style come from."""

from __future__ import annotations

from typing import Any

import anywidget
import ipywidgets
import traitlets

from .. import assets


class View(anywidget.AnyWidget):  # type: ignore[misc]  # ipywidgets has no types
    """A view of a session. Holds no data of its own: the session's one trait feeds every view.

    Required: a class attribute ``script``, the file in ``static/``.

    Args:
        session: The ``Session`` to read.
        **traits: Traits of the widget, as its layout.
    """

    script = ""
    session = traitlets.Instance(ipywidgets.Widget).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, session: ipywidgets.Widget, **traits: Any) -> None:
        super().__init__(session=session, **traits)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "script" in cls.__dict__:  # not in the subclasses that traitlets makes to add a trait
            cls._esm = assets.module(cls.script)
            cls._css = assets.style()
        super().__init_subclass__(**kwargs)
