"""What runs in Lambda: one file for each function, a thin `handler` and the function that it calls."""
