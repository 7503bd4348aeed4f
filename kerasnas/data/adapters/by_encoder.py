"""What adapters have in common that read rows for, or by, a pretrained encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from ..encoders import Encoder
from ..views import View
from .base import Adapter


class ByEncoder(Adapter):
    """An adapter that is settled by an encoder, whose files travel in a bundle.

    Attributes:
        encoder: The encoder.
    """

    def __init__(self, view: View, columns: Sequence[str], encoder: Encoder) -> None:
        self.view = view
        self.columns = tuple(columns)
        self.encoder = encoder

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Which encoder; its files are saved by the preprocessor."""
        return {"encoder": self.encoder.to_json()}, {}

    @classmethod
    def restore(
        cls,
        view: View,
        columns: Sequence[str],
        data: Mapping[str, Any],
        arrays: Mapping[str, np.ndarray],  # noqa: ARG003 (there are none)
    ) -> Self:
        """As saved."""
        return cls(view, columns, Encoder.from_json(data["encoder"]))
