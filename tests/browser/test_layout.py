"""Where things stand in pictures: no text out of its box, no label and no line on a box, nothing on a button."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page as Opened

from asl.viewer import Page, View, shown_machine
from bench.large import large

Open = Callable[..., Opened]

GOLDEN = Path(__file__).parents[1] / "infra" / "golden"
DEFINITIONS = {
    **{file.stem: json.loads(file.read_text()) for file in sorted(GOLDEN.glob("definition.*.json"))},
    "sixty states": large(60),
}

WRONG = Path(__file__).with_name("overlaps.js").read_text("utf-8")


@pytest.mark.parametrize("name", DEFINITIONS)
def test_nothing_lies_on_anything_else(open_page: Open, name: str) -> None:
    opened = open_page(Page(name, (View(shown_machine(DEFINITIONS[name], name=name, findings=())),)))
    assert opened.locator(".box").count() > 4
    assert opened.evaluate(WRONG) == []
    opened.get_by_label("Collapse or expand all").click()
    assert opened.evaluate(WRONG) == []
