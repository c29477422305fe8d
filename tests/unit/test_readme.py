"""The README keeps its word: its picture is the workflow's, and its example is right, and wrong where it says so."""

from __future__ import annotations

import os
from typing import Any

import pytest

import asl
from orderflow.scaffold.planning import Plan, Wanted, planned
from tests.readme import PAGE, README, block
from tests.unit.asl.drawn import order

ARN = "arn:aws:lambda:us-east-1:123456789012:function:restock:live"


def begun() -> Plan:
    return planned(Wanted("restock"), PAGE.parent)


def restock(source: str) -> Any:
    found: dict[str, Any] = {}
    exec(compile(source, "workflows/restock.py", "exec"), found)
    return found["restock"](ARN)


def test_the_generated_picture_is_the_shipped_workflow() -> None:
    """`make golden` draws it anew."""
    shown, drawn = block("mermaid", "ValidateOrder"), asl.mermaid(order())
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(README.replace(shown, drawn))
        shown = drawn
    assert shown == drawn


def test_the_command_writes_what_the_readme_shows() -> None:
    plan = begun()
    assert plan.new["workflows/restock.py"].endswith(block("python", "def restock"))
    assert block("python", "functions.other") in plan.changed["__main__.py"]


def test_the_readmes_workflow_misspelt_is_found_as_it_says() -> None:
    wrong = begun().new["workflows/restock.py"].replace('"Next": "IsAccepted"', '"Next": "IsAcceptd"')
    with pytest.raises(asl.DefinitionError) as stopped:
        asl.require("restock", restock(wrong))
    shown, found = block("text", "ASL003").splitlines(), str(stopped.value).splitlines()
    assert found[0] == shown[0]
    assert found[1].startswith(shown[1].removesuffix("…").rstrip())
