"""Whom the functions work with, made from the environment: a module each, so that a package holds only its own."""
