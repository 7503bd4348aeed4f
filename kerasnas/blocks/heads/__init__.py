"""Blocks for the last layers."""
