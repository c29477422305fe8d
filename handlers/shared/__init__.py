"""What the handlers share; it ships in the zip of each."""
