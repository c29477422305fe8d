"""`python -m asl`."""

from asl.cli import main

main()
