"""A definition as a Mermaid flowchart, which GitHub and most documentation tools draw."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from asl.pictures.graph import UNDRAWABLE, Arrow, Box, Group, graph, signposted
from asl.rules.findings import Finding
from asl.syntax.shapes import Object
from asl.syntax.walk import walk

_SHAPES = {
    "Choice": ("{{", "}}"),
    "Wait": ("([", "])"),
    "Succeed": ("(((", ")))"),
    "Fail": ("[/", "/]"),
    "Pass": ("(", ")"),
}
_TEXT = "color:#1f2328"
"""Dark also where the page is dark: Mermaid's own text is pale there, and the fills stay as they are."""
_CLASSES = {
    "error": f"fill:#fde2e1,stroke:#c62828,stroke-width:2px,{_TEXT}",
    "warning": f"fill:#fff1cc,stroke:#b26a00,stroke-width:2px,{_TEXT}",
    "added": f"fill:#dcf5dd,stroke:#2e7d32,stroke-width:2px,{_TEXT}",
    "removed": f"fill:#fde2e1,stroke:#c62828,stroke-dasharray:5 4,{_TEXT}",
    "changed": f"fill:#fff1cc,stroke:#b26a00,stroke-width:2px,{_TEXT}",
    "missed": f"fill:#fde2e1,stroke:#c62828,stroke-width:2px,{_TEXT}",
}
_ARROWS = {
    "added": "stroke:#2e7d32,stroke-width:2px",
    "removed": "stroke:#c62828,stroke-dasharray:5 4",
    "missed": "stroke:#c62828,stroke-width:2px",
}

_READ_OTHERWISE = re.compile(r"[^\w ,.-]|_|^[ -]|(?<= ) | \Z|\.(?= |\Z)")
"""All but letters and digits; of `,`, `.`, `-` and the blank those that Markdown takes for a list, or leaves out."""


def mermaid(definition: Object, findings: Iterable[Finding] = (), missed: Collection[str] = ()) -> str:
    """The flowchart of `definition`: Parallel and Map as boxes, catches dashed with the errors they catch.

    States with `findings` are red for an error, amber for a warning, and carry the rules' ids. States and transitions
    whose paths are in `missed` are red.
    """
    return flowchart(graph(walk(definition), findings, missed=missed))


def flowchart(group: Group) -> str:
    """The Mermaid text of a graph."""
    arrows: list[Arrow] = []
    lines = ["flowchart TD", *_group(group, "  ", arrows, outermost=True)]
    tones = {box.id: box.mark.tone for box in group.all_boxes() if box.mark}
    for tone, style in _CLASSES.items():
        marked = [id for id, own in tones.items() if own == tone]
        if marked:
            lines += [f"  classDef {tone} {style}", f"  class {','.join(marked)} {tone}"]
    for number, arrow in enumerate(arrows):
        if arrow.mark and arrow.mark.tone in _ARROWS:
            lines.append(f"  linkStyle {number} {_ARROWS[arrow.mark.tone]}")
    return "\n".join(lines) + "\n"


def _group(group: Group, indent: str, drawn: list[Arrow], outermost: bool = False) -> Iterator[str]:
    """The lines of a group; `drawn` collects its arrows, which Mermaid styles by their number in the text."""
    for box in group.boxes:
        yield from _box(box, indent, drawn)
    if outermost and group.start:
        drawn.append(Arrow("start", group.start, "next", ""))
        yield f"{indent}start(( )) --> {group.start}"
    names, far = {box.id: box.name for box in group.boxes}, signposted(group)
    for number, arrow in enumerate(group.arrows):
        drawn.append(arrow)
        if number in far:
            yield f'{indent}{arrow.source} {_line(arrow)} {arrow.source}_{number}>"→ {_quoted(names[arrow.target])}"]'
        else:
            yield f"{indent}{arrow.source} {_line(arrow)} {arrow.target}"


def _box(box: Box, indent: str, drawn: list[Arrow]) -> Iterator[str]:
    # A line break, and no <br/>: behind markup Mermaid reads entities first, and Markdown in what comes of them.
    label = "\n".join(map(_quoted, [box.name, *([box.mark.label] if box.mark and box.mark.label else [])]))
    if not box.groups:
        opening, closing = _SHAPES.get(box.type, ("[", "]"))
        yield f'{indent}{box.id}{opening}"{label}"{closing}'
        return
    yield f'{indent}subgraph {box.id}["{label}"]'
    for number, inner in enumerate(box.groups):
        if len(box.groups) > 1:
            yield f'{indent}  subgraph {box.id}b{number}[" "]'
        yield from _group(inner, indent + "    ", drawn)
        if len(box.groups) > 1:
            yield f"{indent}  end"
    yield f"{indent}end"


def _line(arrow: Arrow) -> str:
    if arrow.kind == "catch":
        return f'-. "{_quoted(arrow.label)}" .->' if arrow.label else "-.->"
    return f'-- "{_quoted(arrow.label)}" -->' if arrow.label else "-->"


def _quoted(text: str) -> str:
    """What Mermaid shows as `text`: its entities are read last, after Markdown, formulas, icons, comments and settings.

    https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters
    """
    return _READ_OTHERWISE.sub(lambda found: f"#{ord(found[0])};", UNDRAWABLE.sub(" ", text) or " ")
