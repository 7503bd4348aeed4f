"""Jupyter widgets over a running search: they read snapshots, write commands, and draw."""
