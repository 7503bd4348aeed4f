"""Contract suites: what every block, strategy and evaluator must pass, also one of your own."""

from .blocks import Checked, check_block

__all__ = ["Checked", "check_block"]
