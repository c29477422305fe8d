"""Who may import whom: the pure packages load neither Pulumi nor boto3."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import asl
from tests.hangs import HANG_SECONDS

HEAVY = {
    "asl": ("pulumi", "pulumi_aws", "boto3"),
    "workflows": ("pulumi", "pulumi_aws", "boto3"),
    "orderflow": ("pulumi", "boto3", "botocore"),
    "orderflow.cli": ("pulumi", "boto3", "botocore", "asl"),
}
HEAVY |= {"components": ("boto3", "asl.testing"), "handlers.charge_payment": ("pulumi", "components", "asl")}
HEAVY |= {"emulator.ministack_as_aws": ("pulumi", "components")}  # each cloud that starts would load them


@pytest.mark.parametrize(("package", "heavy"), HEAVY.items(), ids=HEAVY)
def test_a_package_does_not_load_what_it_may_not_import(package: str, heavy: tuple[str, ...]) -> None:
    code = f"import {package}, sys; print(*[name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG_SECONDS
    )
    assert found.stdout.strip() == ""


@pytest.mark.parametrize("package", ["asl", "workflows", "components", "orderflow"])
def test_a_package_lists_its_public_names_and_each_exists(package: str) -> None:
    code = f"import {package} as p; print(*[name for name in p.__all__ if not hasattr(p, name)], len(p.__all__))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG_SECONDS
    )
    missing = found.stdout.split()[:-1]
    assert missing == []
    assert int(found.stdout.split()[-1]) > 0


def test_import_asl_loads_no_room_before_a_name_is_asked_for() -> None:
    code = "import asl, sys; print(*[name for name in sys.modules if name.startswith('asl.')])"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG_SECONDS
    )
    assert found.stdout.strip() == ""
    with pytest.raises(AttributeError, match="'chekc'"):
        _ = asl.chekc  # pyright: ignore[reportAttributeAccessIssue]


ROOMS = ("syntax", "reading", "integrations", "analysis", "running", "permissions", "rules", "pictures", "differences",
         "pricing", "testing", "review", "viewer", "cli")  # fmt: skip
"""The rooms of `asl`, from the lowest: each may import those before it, so that there is no circle."""

_ASL = Path(asl.__file__).parent


def _arrows() -> Iterator[tuple[str, str, str]]:
    """Every import between two rooms: the file, its room, and the room that it imports."""
    for file in sorted(_ASL.rglob("*.py")):
        room = file.relative_to(_ASL).parts[0]
        for node in ast.walk(ast.parse(file.read_text())):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                named = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in named:
                parts = name.split(".")
                if parts[0] == "asl" and len(parts) > 1 and parts[1] != room:
                    yield str(file.relative_to(_ASL)), room, parts[1]


def test_each_room_of_asl_imports_only_rooms_below_it() -> None:
    upward = {
        f"{file} imports asl.{other}"
        for file, room, other in _arrows()
        if room in ROOMS and other in ROOMS and ROOMS.index(other) >= ROOMS.index(room)
    }
    assert upward == set()


def test_every_part_of_asl_is_a_room() -> None:
    parts = {path.name for path in _ASL.iterdir()} - {"__pycache__", "py.typed"}
    assert parts == {*ROOMS, "__init__.py", "__main__.py"}
    assert {room for _, room, _ in _arrows()} <= {*ROOMS, "__init__.py", "__main__.py"}
