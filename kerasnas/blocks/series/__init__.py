"""Blocks for numbers in a row."""
