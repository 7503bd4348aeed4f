"""Cells and stages of published search spaces, each a block that a space of one's own may use."""
