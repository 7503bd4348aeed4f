"""Contract suites: what every block, strategy and evaluator must pass, also one of your own."""

from .blocks import Checked, check_block
from .supernets import SupernetChecked, check_supernet

__all__ = ["Checked", "SupernetChecked", "check_block", "check_supernet"]
