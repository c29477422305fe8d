"""The difference of two definitions as one picture: added green, removed red and dashed, changed amber."""

from __future__ import annotations

from asl.differences.changes import Danger, Difference
from asl.differences.matching import edges_in_both
from asl.pictures.graph import Arrow, Box, Group, Mark, graph
from asl.pictures.mermaid import flowchart
from asl.pictures.svg import draw
from asl.syntax.shapes import as_text


def difference_mermaid(found: Difference) -> str:
    """The difference as a Mermaid flowchart."""
    return flowchart(both(found))


def difference_svg(found: Difference) -> str:
    """The difference as an SVG picture; the tooltip of a changed state says what changed."""
    return draw(both(found))


def both(found: Difference, *, conditions: bool = False) -> Group:
    """The graph of the new definition, with what the old one alone has put in its place.

    With `conditions` the ways out of a Choice are labelled with them.
    """
    new = graph(found.new, conditions=conditions)
    boxes = {box.path: box for box in new.all_boxes()}
    _mark_changed(found, boxes)
    _mark_added_arrows(found, new, boxes)
    _put_back_removed(found, graph(found.old, prefix="r", conditions=conditions), new, boxes)
    return new


def _mark_changed(found: Difference, boxes: dict[str, Box]) -> None:
    said: dict[str, list[str]] = {}
    for change in found.changes:
        if change.danger not in (Danger.STATE_REMOVED, Danger.STATE_ADDED, Danger.COMMENT) and change.path in boxes:
            said.setdefault(change.path, []).append(change.text)
    for path, texts in said.items():
        boxes[path].mark = Mark("changed", details=tuple(texts))
    for old, now in found.matches.states:
        if old.name != now.name:
            boxes[now.path].mark = Mark("changed", f"was {old.name}", tuple(said.get(now.path, ())))
    for state in found.matches.added:
        boxes[state.path].mark = Mark("added")


def _mark_added_arrows(found: Difference, new: Group, boxes: dict[str, Box]) -> None:
    fresh = {boxes[state.path].id for state in found.matches.added}
    by_place = {
        (boxes[state.path].id, edge.kind, as_text(edge.target))
        for state, edge, known in edges_in_both(found.matches)
        if not known
    }
    names = {box.id: box.name for box in boxes.values()}
    for arrow in _arrows(new):
        if arrow.source in fresh or (arrow.source, arrow.kind, names[arrow.target]) in by_place:
            arrow.mark = Mark("added")


def _put_back_removed(found: Difference, old: Group, new: Group, boxes: dict[str, Box]) -> None:
    """Boxes and arrows of the old definition that have no counterpart go into the group where they were."""
    now = {before.path: after.path for before, after in found.matches.states}
    ids = {box.id: boxes[now[box.path]].id if box.path in now else box.id for box in old.all_boxes()}
    pairs = [(old, new)]
    while pairs:
        before, after = pairs.pop()
        known = {(arrow.source, arrow.kind, arrow.target) for arrow in after.arrows}
        here = {box.id for box in after.boxes}
        for box in before.boxes:
            if box.path not in now:
                after.boxes.append(_removed(box))
                here.add(box.id)
            else:
                pairs += zip(box.groups, boxes[now[box.path]].groups, strict=False)
        for arrow in before.arrows:
            place = (ids[arrow.source], arrow.kind, ids[arrow.target])
            if place not in known and {place[0], place[2]} <= here:
                known.add(place)
                after.arrows.append(Arrow(place[0], place[2], arrow.kind, arrow.label, Mark("removed")))


def _removed(box: Box) -> Box:
    """The box as it was; what was inside it and moved elsewhere is drawn there, and here as removed."""
    for inner in (box, *(member for group in box.groups for member in group.all_boxes())):
        inner.mark = Mark("removed")
    return box


def _arrows(group: Group) -> list[Arrow]:
    inside = [arrow for box in group.boxes for inner in box.groups for arrow in _arrows(inner)]
    return [*group.arrows, *inside]
