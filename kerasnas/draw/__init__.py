"""Drawings as SVG strings: graphs, curves, strips; the same in a widget, a report and a saved notebook."""
