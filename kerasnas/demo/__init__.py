"""The main job on real data that ships with the project; ``python -m kerasnas.demo`` or ``make demo``."""
