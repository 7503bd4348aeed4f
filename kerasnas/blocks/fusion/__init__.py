"""Blocks for several modalities."""
