"""Blocks for tables."""
