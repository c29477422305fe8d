"""The business processes: one file each, a pure function that returns the definition."""
