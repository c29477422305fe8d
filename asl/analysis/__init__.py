"""What follows from a definition without running it: loops, durations, history, promises, and its data's flow."""
