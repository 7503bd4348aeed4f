"""What the user brings: column types, splits, and the views of the rows that a model may read."""

from __future__ import annotations

from .columns import ColumnInfo
from .preprocessor import Preprocessor
from .task_data import TaskData
from .views import View

__all__ = ["ColumnInfo", "Preprocessor", "TaskData", "View"]
