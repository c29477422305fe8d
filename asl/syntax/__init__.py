"""What a definition is: its walk, its paths, expressions, templates and placeholders, and how to write one."""
