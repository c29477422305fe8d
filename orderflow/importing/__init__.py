"""Bringing a machine that is there into Python: its definition as a function, and what its role may do, old and new."""
