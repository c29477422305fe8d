"""`python -m orderflow` is `orderflow`."""

from orderflow.cli import main

main()
