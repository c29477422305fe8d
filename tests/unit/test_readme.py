"""The README keeps its word: its picture is the workflow's, and its example is right, and wrong where it says so."""

from __future__ import annotations

import os
from typing import Any

import pytest

import asl
from tests.readme import PAGE, README, block, saved
from tests.unit.asl.drawn import order

ARN = "arn:aws:lambda:us-east-1:123456789012:function:count-stock:live"


def restock(source: str) -> Any:
    return saved(source).restock(ARN, "https://sqs.us-east-1.amazonaws.com/123456789012/suppliers")


def test_the_generated_picture_is_the_shipped_workflow() -> None:
    """`make golden` draws it anew."""
    shown, drawn = block("mermaid", "ValidateOrder"), asl.mermaid(order())
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(README.replace(shown, drawn))
        shown = drawn
    assert shown == drawn


def test_the_first_change_has_no_finding() -> None:
    assert asl.check(restock(block("python", "def restock"))) == []


def test_the_first_change_misspelt_is_found_as_the_readme_says() -> None:
    wrong = block("python", "def restock").replace('"Next": "AskSupplier"', '"Next": "AskSuplier"')
    with pytest.raises(asl.DefinitionError) as stopped:
        asl.require("restock", restock(wrong))
    shown, found = block("text", "ASL003").splitlines(), str(stopped.value).splitlines()
    assert found[0] == shown[0]
    assert found[1].startswith(shown[1].removesuffix("…").rstrip())
