"""What happens when a definition runs: an interpreter without I/O, in virtual time."""
