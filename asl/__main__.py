"""`python -m asl`, and the script `asl`."""

import gc

from asl.cli import main


def command() -> None:
    """Run the command line as a process of its own."""
    # A command is over before garbage piles up; looking for it as often as usual takes a twentieth of its time.
    gc.set_threshold(50_000)
    main()


if __name__ == "__main__":
    command()
