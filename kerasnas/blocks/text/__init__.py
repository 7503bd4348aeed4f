"""Blocks for texts."""
