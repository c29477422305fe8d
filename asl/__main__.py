"""`python -m asl`."""

import gc

from asl.cli import main

# A command is over before garbage piles up; looking for it as often as usual takes a twentieth of its time.
gc.set_threshold(50_000)
main()
