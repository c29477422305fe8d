"""Chaos: orders by the hundred, with a fault at every side effect, and what has become of each in the end."""
