"""The README keeps its word: its picture is the workflow's, and its example is right, and wrong where it says so."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import asl
from workflows import Decisions, Delivery, Functions, order_fulfillment

README = (Path(__file__).parents[2] / "README.md").read_text()
ARN = "arn:aws:lambda:us-east-1:123456789012:function:count-stock:live"


def block(language: str, holding: str) -> str:
    """The fenced block of `language` that holds a text."""
    (found,) = [text for text in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if holding in text]
    return found


def restock(source: str) -> Any:
    module: dict[str, Any] = {}
    exec(compile(source, "workflows/restock.py", "exec"), module)  # the reader saves it as this file
    return module["restock"](ARN, "https://sqs.us-east-1.amazonaws.com/123456789012/suppliers")


def test_the_picture_is_the_shipped_workflow() -> None:
    functions = Functions(*[ARN] * len(fields(Functions)))
    drawn = asl.mermaid(order_fulfillment(functions, Delivery(60, 3600), Decisions(500_000, 86_400)))
    assert block("mermaid", "ValidateOrder") == drawn


def test_the_first_change_has_no_finding() -> None:
    assert asl.check(restock(block("python", "def restock"))) == []


def test_the_first_change_misspelt_is_found_as_the_readme_says() -> None:
    wrong = block("python", "def restock").replace('"Next": "AskSupplier"', '"Next": "AskSuplier"')
    with pytest.raises(asl.DefinitionError) as stopped:
        asl.require("restock", restock(wrong))
    shown, found = block("text", "ASL003").splitlines(), str(stopped.value).splitlines()
    assert found[0] == shown[0]
    assert found[1].startswith(shown[1].removesuffix("…").rstrip())
