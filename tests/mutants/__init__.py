"""Mutation testing: small breaks in the code, each of which a test has to notice."""
