"""What Mermaid itself shows for names that it could read otherwise, recorded by `python -m tests.mermaid`."""

from __future__ import annotations

import json
from pathlib import Path

import asl

RECORD = Path(__file__).parent / "shown.json"

NAMES = (
    'say "hi"', "a<b>&c", "<b>bold</b>", "<!-- c -->", "&amp;lt;", "&#65;", "#35;", "# title", "a;b", "a|b",
    "[x] (y) {z}",
    "x]; y [label=z", 'x"]; s9["y', "back\\slash\\n", "`code`", "``", "**bold**", "_it_", "__a__ b_c", "~~gone~~",
    "1. one",
    "12.", "1) one", "- one", "+ one", "* one", "> quoted", "---", "===", "    indented", "a  b", " a ", "two\nlines",
    "a\n- b", "$$x^2$$", "$x", "${name}", "%% note", "%%{init: {}}%%", "style: a#b:c;", "classDef x fill:#fff;", "end",
    "graph TD", "subgraph", "click", "default", "x", "o", "v", "2024", "10.5 kg", "a-->b", "a -- b", "a.-b",
    "fa:fa-car",
    "a:::b", "@{ shape: x }", "www.example.com", "https://example.com/?a=b&c=d", "a@example.com", "![i](x)", "[t](x)",
    "ветка 支店", "na\u00efve, cafe\u0301", "\u2028a", "a\u00a0b", "States.ALL", "Lambda.ServiceException", "don't",
    "100%",
)  # fmt: skip


def drawings(name: str) -> tuple[str, str]:
    """`name` in each place of a picture: as a box with a mark; and as a frame, with an error of that name."""
    box = {"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}}
    renamed = {"StartAt": "Now", "States": {"Now": {"Type": "Pass", "End": True}}}
    branch = {"StartAt": "Inside", "States": {"Inside": {"Type": "Succeed"}}}
    frame = {"Type": "Parallel", "Branches": [branch], "Catch": [{"ErrorEquals": [name], "Next": "Sorry"}], "End": True}
    framed = {"StartAt": name, "States": {name: frame, "Sorry": {"Type": "Fail"}}}
    return asl.difference_mermaid(asl.difference(box, renamed)), asl.mermaid(framed)


def shown() -> dict[str, list[str]]:
    """The labels that Mermaid shows, sorted, by the text that it was given."""
    return json.loads(RECORD.read_text(encoding="utf-8"))["shown"]
