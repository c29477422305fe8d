"""Running definitions with given outcomes."""
