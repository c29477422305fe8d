"""`python -m emulator demo` runs the demo; `python -m emulator up` keeps a deployed stack running until Ctrl-C;
`python -m emulator describe` writes what the program's machines would be."""

from __future__ import annotations

import os
from pathlib import Path

from emulator import ending

if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parent.parent)
    ending.run("emulator.commands")
