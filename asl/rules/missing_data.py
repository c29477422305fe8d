"""Rules about data that is not there: paths that no state sets, results that replace what is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from asl.analysis.caching import once
from asl.analysis.data_reads import Reading, lacking
from asl.analysis.flow import steps
from asl.analysis.flow.choices import can_be_true, operator_of
from asl.analysis.flow.forward import flow
from asl.analysis.flow.jsonpath import value_of
from asl.analysis.flow.shapes import EXECUTION_INPUT, Anything, Missing, Record, Scalar, Shape, maker, put, told
from asl.analysis.path_texts import read_paths
from asl.integrations.distributed_map import is_distributed
from asl.rules.findings import Problem, Rule
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.hints import nearest
from asl.syntax.paths import parse_path
from asl.syntax.placeholders import stand_in
from asl.syntax.shapes import as_list, as_object, as_text
from asl.syntax.strings import MAX_DEPTH
from asl.syntax.walk import Machine, State

_FILTERING = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html"
_PATHS = "https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html"
_RESULT = "https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html"
_INLINE = "https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html"
_CHOICE = "https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html"


def _fails(state: State, reading: Reading) -> bool:
    """Whether `reading` finds nothing on any way, and the execution fails by it.

    In JSONPath that is States.Runtime, which nothing catches; JSONata's States.QueryEvaluationError can be caught.
    """
    lacks = [found for found in reading.found if isinstance(found, Missing)]
    certain = reading.certain and state.query_language == "JSONPath"
    return certain and len(lacks) == len(reading.found) and not any(found.documented for found in lacks)


_SELECTING = frozenset(("Assign", "Output", "OutputPath", "ResultSelector"))
"""Fields that read a state's result, which may be known where its input is not."""


@once
def _lacking(machine: Machine) -> Sequence[tuple[State, Reading]]:
    """The readings that find nothing on some way."""
    found = flow(machine)
    making = [state for state in machine.states if not _SELECTING.isdisjoint(state.node)]
    return [(state, reading) for state in dict.fromkeys((*found.known, *making)) for reading in lacking(state, found)]


def _paths_lead_somewhere(machine: Machine) -> Iterator[Problem]:
    for state, reading in _lacking(machine):
        if _fails(state, reading):
            yield state.at(reading.place), _nothing_there(reading)


def _paths_lead_somewhere_on_every_way(machine: Machine) -> Iterator[Problem]:
    for state, reading in _lacking(machine):
        if not _fails(state, reading):
            yield state.at(reading.place), _nothing_there(reading)


def _nothing_there(reading: Reading) -> str:
    lacks = [found for found in reading.found if isinstance(found, Missing)]
    first = lacks[0]
    names = first.container.fields if isinstance(first.container, Record) else ()
    by = f" that {maker(first.container)} leaves" if maker(first.container) else ""
    says = "by AWS's documentation there is" if first.documented else "there is"
    way = "" if len(lacks) == len(reading.found) else "on one way here, "
    hint = nearest(first.step, names)
    return f"'{reading.written[:80]}': {way}{says} no '{first.step[:80]}' in {told(first.container)}{by}{hint}"


def _results_have_a_place(machine: Machine) -> Iterator[Problem]:
    found = flow(machine)
    for state in found.known:
        if state.query_language != "JSONPath":
            continue
        arriving = found.arriving[state]
        holders = [(state.path, state.node), *((catcher.path, catcher.node) for catcher in state.catchers)]
        for place, holder in holders:
            path = parse_path(as_text(holder.get("ResultPath")))
            if not path.steps or not path.single:
                continue
            if len(path.steps) == 1 and all(isinstance(raw, Record) for raw in arriving) and path.steps[0][:1] != "[":
                continue  # an object takes any field
            tried = [put(raw, path.steps, Anything()) for raw in arriving]
            failed = [one for one in tried if isinstance(one, Missing)]
            if failed:
                way = "" if len(failed) == len(tried) else "on one way here "
                where = f"{way}'{failed[0].step}' cannot be set in {told(failed[0].container)}"
                yield f"{place}.ResultPath", f"'{as_text(holder['ResultPath'])[:80]}': {where}"


def _maps_go_through_arrays(machine: Machine) -> Iterator[Problem]:
    found = flow(machine)
    for state in machine.of("Map"):
        if is_distributed(state):
            continue
        arrays = [steps.items(state, data) for _, data in found.entered(state)]
        if arrays and all(isinstance(array, Record | Scalar) for array in arrays):
            given = told(arrays[0]) if not isinstance(arrays[0], Missing) else ""
            field = "Items" if state.query_language == "JSONata" else "ItemsPath"
            yield state.at(field) if field in state.node else state.path, f"gets {given}, where a Map needs an array"


def _comparisons_can_be_true(machine: Machine) -> Iterator[Problem]:
    found = flow(machine)
    for state in found.known:
        if state.type != "Choice" or state.query_language != "JSONPath":
            continue
        ways = [data for _, data in found.entered(state)]
        todo = [(rule, f"Choices[{n}]", 0) for n, rule in enumerate(as_list(state.node.get("Choices")))]
        while todo:
            node, place, depth = todo.pop()
            rule = as_object(node)
            for name in ("And", "Or"):
                inner = enumerate(as_list(rule.get(name))) if depth < MAX_DEPTH else ()
                todo.extend((part, f"{place}.{name}[{n}]", depth + 1) for n, part in inner)
            operator = operator_of(rule)
            values = [value_of(as_text(rule.get("Variable")), data) for data in ways] if operator else []
            if values and all(not isinstance(one, Missing) and can_be_true(operator, one) is False for one in values):
                kinds = {told(one) for one in values if not isinstance(one, Missing)}
                given = " or ".join(sorted(kinds))
                yield state.at(f"{place}.{operator}"), f"is never true: '{rule.get('Variable')}' is {given}"


_SHAPING = frozenset(("ResultPath", "ResultSelector", "OutputPath", "Output"))


def _replaces(state: State) -> bool:
    """Whether a Task's bare result becomes the whole state: nothing says where else it goes."""
    return state.type == "Task" and _SHAPING.isdisjoint(state.node)


def _input_is_kept(machine: Machine) -> Iterator[Problem]:
    losing = {state.path: state for state in machine.states if _replaces(state)}
    needed = _needed_behind(machine, losing) if losing else {}
    for path, state in losing.items():
        if path in needed:
            name, reader = needed[path]
            yield path, f"has no ResultPath, so its result has to hold '{name}', too, which {reader} reads from it"
        elif state.query_language == "JSONPath" and (behind := _gets_result(state)):
            yield path, f"has no ResultPath, so {behind} gets its result in place of the input"


def _gets_result(state: State) -> str:
    """The next round, or a Task behind a Choice, that gets the whole result where the input was; empty without one."""
    choice = state.scope.states.get(as_text(state.node.get("Next")))
    for later in choice.after if choice and choice.type == "Choice" else ():
        is_next_round = later.type == "Wait" and not any("OutputPath" in one.node for one in (choice, later) if one)
        if is_next_round and _reads_what_it_does_not_answer(state):
            return later.name
        if later.type == "Task" and "Parameters" not in later.node:
            return later.name
    return ""


def _reads_what_it_does_not_answer(state: State) -> bool:
    """Whether a Task needs more than what AWS says its own result holds."""
    if "Parameters" not in state.node:
        return True
    whole = any(path.root == "$" and not path.steps for _, path in read_paths(state))
    return whole or not _answered(state).issuperset(_first_names(state))


def _answered(state: State) -> set[str]:
    """The names that AWS says a Task's result has."""
    result = steps.task_result(state)
    return set(result.fields) if isinstance(result, Record) else set()


def _needed_behind(machine: Machine, losing: dict[str, State]) -> dict[str, tuple[str, str]]:
    """For each Task in `losing` a name that was there before it, and a state that reads it from its result."""
    found = flow(machine)
    before: dict[str, set[str]] = {}
    for path, state in losing.items():
        ways = found.first.get(state, ())
        before[path] = {name for way in ways if isinstance(way, Record) for name in way.fields}
    read = [
        (path, name, state.name)
        for state in machine.states
        for path in _makers(found.arriving.get(state, ())) & losing.keys()
        for name in _first_names(state)
    ]
    unsaid = any(name not in before[path] for path, name, _ in read)
    from_input = _read_from_input(machine) if unsaid else set[str]()
    needed: dict[str, tuple[str, str]] = {}
    for path, name, reader in read:
        if name in _answered(losing[path]):
            continue
        at_hand = EXECUTION_INPUT in _makers(found.first.get(losing[path], ()))
        if name in before[path] or (at_hand and name in from_input):
            needed.setdefault(path, (name, reader))
    return needed


def _read_from_input(machine: Machine) -> set[str]:
    """The names that states read from the execution's input, where the machine collects results beside it.

    Nothing else is known of that input; and where results replace one another, each holds all that is needed.
    """
    found = flow(machine)
    if not any(as_text(state.node.get("ResultPath")).startswith("$.") for state in machine.states):
        return set()
    readers = (state for state in machine.states if _makers(found.arriving.get(state, ())) == {EXECUTION_INPUT})
    return {name for state in readers for name in _first_names(state)}


def _makers(ways: Iterable[Shape]) -> set[str]:
    """Where the data comes from, as far as it may hold more than is known of it."""
    return {way.by for way in ways if isinstance(way, Anything) or (isinstance(way, Record) and way.known == "some")}


def _first_names(state: State) -> Iterator[str]:
    """The names that `state` reads directly from its input."""
    if state.query_language == "JSONata":
        for text in state.contents.texts:
            if text.place != "constant" and is_expression(text.value):
                reads = parse_expression(stand_in(text.value)).reads
                yield from (names[1] for names in reads if len(names) > 1 and names[0] == "input")
    elif "InputPath" not in state.node:
        for text, path in read_paths(state):
            if path.root == "$" and path.steps and text.field not in ("ResultSelector", "OutputPath", "Assign"):
                yield path.steps[0]


RULES = (
    Rule(
        "ASL059",
        "warning",
        "A result does not replace what later states need",
        "Without ResultPath a Task's result takes the place of its whole input, the business data included.",
        "Put the result beside the input, with ResultPath like $.result.",
        _RESULT,
        _input_is_kept,
        harm="data",
    ),
    Rule(
        "ASL096",
        "error",
        "A path leads to data that is there",
        "What no state before it sets, and the data cannot hold, fails the execution with States.Runtime, which nothing"
        " catches.",
        "Correct the path, or set the field in a state before: with ResultPath, ResultSelector or Parameters.",
        _PATHS,
        _paths_lead_somewhere,
    ),
    Rule(
        "ASL097",
        "warning",
        "A path leads to data that is there on every way to its state",
        "What is set on one way is missing where the execution comes by another: a catcher without ResultPath leaves"
        " Error and Cause alone, a call what its service answers. In JSONata what is undefined fails the state.",
        "Set the field on each way, keep the input with ResultPath, or ask with IsPresent ($exists in JSONata) first.",
        _FILTERING,
        _paths_lead_somewhere_on_every_way,
    ),
    Rule(
        "ASL072",
        "warning",
        "A ResultPath leads into an object",
        "A field can be set in an object; in an array or a plain value the execution fails with"
        " States.ReferencePathConflict.",
        "Let the state before hand on an object, with ResultSelector or Parameters, or leave ResultPath out.",
        _RESULT,
        _results_have_a_place,
        about=frozenset(("ResultPath", "Catch")),
    ),
    Rule(
        "ASL073",
        "warning",
        "A Map goes through an array",
        "An inline Map takes an array and nothing else.",
        "Write ItemsPath, or Items, so that it names the array inside the input.",
        _INLINE,
        _maps_go_through_arrays,
        about=frozenset(("Map",)),
    ),
    Rule(
        "ASL074",
        "warning",
        "A comparison can be true",
        "A value of another kind than the operator compares is neither equal nor less nor greater, so the rule never"
        " leads on.",
        "Use the operator of the value's kind: String, Numeric, Boolean or Timestamp.",
        _CHOICE,
        _comparisons_can_be_true,
        about=frozenset(("Choice",)),
    ),
)
