"""Where a state leads, and on which condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asl.differences.covering import covered
from asl.differences.handling import leads_elsewhere
from asl.differences.values import leaves, named, shown
from asl.syntax.shapes import Object, as_list, as_object
from asl.syntax.walk import State

_LOGIC = {"And": " and ", "Or": " or "}
_BESIDES = ("Next", "Comment", "Variable", "Assign", "Output")


def transitions(old: State, new: State, names: Mapping[str, str]) -> Iterator[str]:
    """What leads elsewhere now; `names` has the new name of each old state, so that a rename changes no transition."""
    before, after = _exit(old.node, names), _exit(new.node, {})
    if before != after:
        yield f"{after}, {before.replace('goes', 'went', 1).replace('ends', 'ended', 1)} before"
    yield from _default(old.node, new.node, names)
    yield from _rules(old.node, new.node, names)
    yield from _catchers(old, new, names)


def _exit(node: Object, names: Mapping[str, str]) -> str:
    if "Next" in node:
        return f"goes to {named(_renamed(node['Next'], names))}"
    return "ends here" if node.get("End") is True else ""


def _default(old: Object, new: Object, names: Mapping[str, str]) -> Iterator[str]:
    before, after = _renamed(old.get("Default"), names), new.get("Default")
    if before != after:
        yield f"otherwise goes to {named(after) if after else 'no state, and fails'}, was {named(before)}"


def _rules(old: Object, new: Object, names: Mapping[str, str]) -> Iterator[str]:
    before, after = _by_condition(old), _by_condition(new)
    for condition, rule in before.items():
        if condition not in after:
            yield f"no longer asks whether {condition} (went to {named(_renamed(rule.get('Next'), names))})"
    for condition, rule in after.items():
        if condition not in before:
            yield f"goes to {named(rule.get('Next'))} when {condition}"
            continue
        was = before[condition]
        if _renamed(was.get("Next"), names) != rule.get("Next"):
            yield f"goes to {named(rule.get('Next'))}, was {named(was.get('Next'))}, when {condition}"
        for text in leaves(_effects(was), _effects(rule), ""):
            yield f"when {condition}: {text.removeprefix('.')}"
    kept_before = [condition for condition in before if condition in after]
    if kept_before != [condition for condition in after if condition in before]:
        yield "asks its rules in another order; the first that is true decides"


def _catchers(old: State, new: State, names: Mapping[str, str]) -> Iterator[str]:
    for one in covered(old, new, "Catch"):
        if one.old and one.new and leads_elsewhere(one.old, one.new, names):
            yield f"after {one.names} goes to {named(one.new.get('Next'))}, was {named(one.old.get('Next'))}"


def _renamed(name: object, names: Mapping[str, str]) -> object:
    return names.get(name, name) if isinstance(name, str) else name


def _effects(rule: Object) -> dict[str, object]:
    return {key: rule[key] for key in ("Assign", "Output") if key in rule}


def _by_condition(node: Object) -> dict[str, Object]:
    found: dict[str, Object] = {}
    for rule in map(as_object, as_list(node.get("Choices"))):
        found.setdefault(condition(rule), rule)
    return found


def condition(rule: Object) -> str:
    """A rule of a Choice in words: `$.status StringEquals 'DELIVERED'`."""
    words: list[str] = []
    for key, value in sorted(rule.items()):
        if key in _LOGIC:
            words.append("(" + _LOGIC[key].join(condition(as_object(part)) for part in as_list(value)) + ")")
        elif key == "Not":
            words.append(f"not {condition(as_object(value))}")
        elif key == "Condition":
            words.append(value if isinstance(value, str) else shown(value))
        elif key not in _BESIDES:
            words.append(f"{named(rule.get('Variable', ''))} {key} {shown(value)}".strip())
    return " and ".join(words)
