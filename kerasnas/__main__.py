"""``python -m kerasnas``: the same as the command ``kerasnas``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
