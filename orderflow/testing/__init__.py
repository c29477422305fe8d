"""A pytest plugin for workflows: docs/testing.md. Whatever pytest loads at its start is here, and is light."""
