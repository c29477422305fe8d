"""Definitions as pictures: one graph, drawn as Mermaid or SVG."""
