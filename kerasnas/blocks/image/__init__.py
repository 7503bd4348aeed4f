"""Blocks for pictures."""
