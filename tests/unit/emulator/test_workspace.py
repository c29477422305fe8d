"""Programs that run one beside the other leave this process the packages that it had."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

import asl
from emulator.engine import workspace


@pytest.mark.parametrize("first_ends_first", [True, False])
def test_programs_that_end_in_any_order_bring_back_what_was_there(first_ends_first: bool) -> None:
    first, second = workspace._own_modules(), workspace._own_modules()
    path = sys.path.copy()
    first.__enter__()
    sys.modules["asl"] = ModuleType("asl")
    sys.path.insert(0, "a program's")
    second.__enter__()
    for one in (first, second) if first_ends_first else (second, first):
        one.__exit__(None, None, None)
    assert sys.modules["asl"] is asl
    assert sys.path == path
