"""The README keeps its word: its picture is the workflow's, and its example is right, and wrong where it says so."""

from __future__ import annotations

import os
from typing import Any

import pytest

import asl
from orderflow.scaffold.planning import Wanted, planned
from tests.readme import PAGE, README, block
from tests.unit.asl.drawn import order

ARN = "arn:aws:lambda:us-east-1:123456789012:function:restock:live"


def begun() -> tuple[str, str]:
    """The workflow's file and the program as the command writes them, in a clone that may have a `restock` already."""
    plan = planned(Wanted("of-a-test"), PAGE.parent)
    files = plan.new["workflows/of_a_test.py"], plan.changed["__main__.py"]
    written, program = (text.replace("of_a_test", "restock").replace("of-a-test", "restock") for text in files)
    return written, program


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
    written, program = begun()
    assert written.endswith(block("python", "def restock"))
    assert block("python", "functions.other") in program


def test_the_readmes_workflow_misspelt_is_found_as_it_says() -> None:
    wrong = begun()[0].replace('"Next": "IsAccepted"', '"Next": "IsAcceptd"')
    with pytest.raises(asl.DefinitionError) as stopped:
        asl.require("restock", restock(wrong))
    shown, found = block("text", "ASL003").splitlines(), str(stopped.value).splitlines()
    assert found[0] == shown[0]
    assert found[1].startswith(shown[1].removesuffix("…").rstrip())
