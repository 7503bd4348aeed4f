"""The main job on real data that ships with the project; ``kerasnas demo`` or ``make demo``."""

from __future__ import annotations

import argparse
from pathlib import Path


def options(parser: argparse.ArgumentParser) -> None:
    """Add the demo's options to a parser."""
    parser.add_argument(
        "--folder", type=Path, default=Path("kerasnas-demo"), help="where results go (default: kerasnas-demo)"
    )
    parser.add_argument("--minutes", type=float, default=3.0, help="for the main search (default: 3)")
    parser.add_argument(
        "--trials", type=int, default=6, help="of each search on the second task (default: 6)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of splits and searches (default: 0)")
