"""The program, broken on purpose."""

from __future__ import annotations

from pathlib import Path

from emulator.program import ROOT


def broken_program(folder: Path, right: str, wrong: str) -> Path:
    """The program with one text of the order workflow replaced."""
    source = (ROOT / "workflows" / "order_fulfillment.py").read_text()
    assert right in source
    (folder / "broken_order.py").write_text(source.replace(right, wrong, 1))
    program = (ROOT / "__main__.py").read_text()
    head = f"import sys; sys.path.insert(0, {str(folder)!r}); sys.modules.pop('broken_order', None)\n"
    start = "\nsettings = orders.load_settings()"
    changed = program.replace(start, f"\nfrom broken_order import *\n{start}", 1)
    assert changed != program
    (folder / "program.py").write_text(head + changed)
    return folder / "program.py"
