"""The pages that people see, in a real browser."""
