"""Which variables have a value where a state reads them, on every way by which an execution can come there.

Each state gets the ways that lead to it, told apart by what they have assigned, by constants that variables hold, and
by what Choices were answered: a way that has `$found` false does not go where `$found` is asked to be true. A catcher
gets the variables as they were on state entry, and a branch or iteration begins with those around it:
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import chain
from typing import NamedTuple

from asl.analysis.assignment.choices import Tell, sent, variable
from asl.analysis.assignment.expressions import comes_to, constant, learn, truth
from asl.analysis.assignment.reads import ALWAYS, DONE, FOR_EACH, Reading, once_read, readings
from asl.analysis.assignment.ways import ASSIGNED, COARSEST, NO_VARIABLES, Constant, Held, Way, few
from asl.analysis.caching import once
from asl.analysis.flow.steps import WITH_RESULT
from asl.integrations.distributed_map import is_distributed
from asl.syntax.expressions import is_expression, parse_expression
from asl.syntax.paths import parse_path
from asl.syntax.placeholders import stand_in
from asl.syntax.shapes import Object, as_list, as_object, as_text
from asl.syntax.walk import Machine, State

Ways = Sequence[Way]
Readings = Mapping[str, Sequence[Reading]]


class Gap(NamedTuple):
    """A variable that `state` reads at `place`, and that has no value on a way there."""

    state: State
    place: str
    name: str
    passed_by: str
    """The transition by which an execution passes its Assign by; empty where none is known."""
    fails: bool
    """Whether the read fails. A text goes without what it does not find."""
    always: bool
    """Whether it has a value on no way."""


@once
def gaps(machine: Machine) -> Sequence[Gap]:
    """Each place where a variable is read that not every way has assigned; none where deployment says who assigns."""
    every = {state: found for state in machine.states if (found := readings(state))}
    if not every or _is_filled_in(machine):
        return ()
    # Mostly all is assigned on every way, which is soon seen where ways are not told apart.
    return _gaps_in(machine, every, COARSEST) and _gaps_in(machine, every, 0)


def _gaps_in(machine: Machine, every: Mapping[State, Readings], coarseness: int) -> Sequence[Gap]:
    forward = _Forward(machine, every, coarseness)
    forward.run()
    return [gap for state, ways in forward.arriving.items() for gap in _gaps(forward, state, ways)]


def _is_filled_in(machine: Machine) -> bool:
    """Whether an Assign, or a name in one, is left to deployment."""
    holders = chain.from_iterable((state.node, *_rules(state), *_catchers(state)) for state in machine.states)
    made = [holder["Assign"] for holder in holders if "Assign" in holder]
    return any((one != {} and not as_object(one)) or any("${" in name for name in as_object(one)) for one in made)


def _rules(state: State) -> Sequence[Object]:
    return [as_object(rule) for rule in as_list(state.node.get("Choices"))]


def _catchers(state: State) -> Sequence[Object]:
    return [catcher.node for catcher in state.catchers]


def _gaps(forward: _Forward, state: State, ways: Ways) -> Iterator[Gap]:
    told: dict[tuple[str, str], list[tuple[Way, bool]]] = {}

    def tell(place: str, way: Way, names: frozenset[str], *, fails: bool = True) -> None:
        for name in sorted(names & forward.names):
            told.setdefault((place, name), []).append((way, fails))

    for _ in forward.leave(state, ways, tell):
        pass
    for (place, name), lacking in told.items():
        passed_by = next((way.passed_by[name] for way, _ in lacking if name in way.passed_by), "")
        always = all(name not in way.held for way in ways)
        yield Gap(state, place, name, passed_by, all(fails for _, fails in lacking), always)


def _keep_quiet(place: str, way: Way, names: frozenset[str], *, fails: bool = True) -> None:
    """What is read on the way is told once all ways are known."""


class _Forward:
    """What arrives at each state that can be reached."""

    def __init__(self, machine: Machine, every: Mapping[State, Readings], coarseness: int) -> None:
        self.arriving: dict[State, Ways] = {}
        self._coarseness = dict.fromkeys(machine.states, coarseness)
        self._start = machine.scopes[0]
        self._rank = {state: index for index, state in enumerate(machine.states)}
        self._readings = every
        read = chain.from_iterable(chain.from_iterable(found.values()) for found in every.values())
        self.names = frozenset[str]().union(*(reading.names for reading in read)) - {"states"}

    def run(self) -> None:
        """Follow the ways from the machine's start, until nothing new is learnt."""
        waiting: list[tuple[int, State]] = []
        start = self._start.states.get(self._start.start_at)
        todo: list[tuple[State, Ways]] = [(start, [NO_VARIABLES])] if start else []
        while True:
            for target, ways in todo:
                if ways and self._arrive(target, ways):
                    heappush(waiting, (self._rank[target], target))
            if not waiting:
                return
            _, state = heappop(waiting)
            while waiting and waiting[0][1] is state:
                heappop(waiting)
            todo = list(self.leave(state, self.arriving[state], _keep_quiet))

    def _arrive(self, state: State, ways: Ways) -> bool:
        """Whether `ways` bring something new to `state`."""
        before = self.arriving.get(state, ())
        after, self._coarseness[state] = few([*before, *ways], self._coarseness[state])
        self.arriving[state] = after
        return len(after) != len(before) or any(way not in before for way in after)

    def leave(self, state: State, ways: Ways, tell: Tell) -> Iterator[tuple[State, Ways]]:
        """Where `ways` lead on from `state`: into its branches, to what comes next, to its catchers' states."""
        found = self._readings.get(state, {})
        entered = once_read(found.get(ALWAYS, ()), ways, tell)
        once_read(found.get(FOR_EACH, ()), entered, tell)
        for scope in state.inner:
            if start := scope.states.get(scope.start_at):
                outer = [NO_VARIABLES] if is_distributed(state) and entered else entered
                yield start, [way.with_other_data() for way in outer]
        if state.type == "Choice":
            yield from self._choose(state, entered, found, tell)
        elif target := state.scope.states.get(as_text(state.node.get("Next"))):
            yield target, self._after(state, state.node, once_read(found.get(DONE, ()), entered, tell))
        else:
            once_read(found.get(DONE, ()), entered, tell)
        for index, catcher in enumerate(state.catchers):
            caught = once_read(found.get(f"Catch[{index}]", ()), ways, tell)
            if target := state.scope.states.get(as_text(catcher.node.get("Next"))):
                past = [way.passing(catcher.path, _names(state.node)) for way in caught]
                yield target, self._after(state, catcher.node, past)

    def _choose(self, state: State, ways: Ways, found: Readings, tell: Tell) -> Iterator[tuple[State, Ways]]:
        if "InputPath" in state.node:
            ways = [way.with_other_data() for way in ways]
        every = {name for rule in (state.node, *_rules(state)) for name in _names(rule)}
        for index, rule in enumerate(_rules(state)):
            place = f"Choices[{index}]"
            true, ways = _asked(state, rule, place, ways, tell)
            true = once_read(found.get(f"{place}.", ()), true, tell)
            if target := state.scope.states.get(as_text(rule.get("Next"))):
                yield target, self._after(state, rule, [way.passing(state.at(place), every) for way in true])
        ways = once_read(found.get(DONE, ()), ways, tell)
        if target := state.scope.states.get(as_text(state.node.get("Default"))):
            yield target, self._after(state, state.node, [way.passing(state.at("Default"), every) for way in ways])

    def _after(self, state: State, holder: Object, ways: Ways) -> Ways:
        """`ways` once the Assign of `holder` is done: of the state itself, a rule or a catcher."""
        return [_with_data(state, holder, way.assigned(self._assigned(state, holder, way))) for way in ways]

    def _assigned(self, state: State, holder: Object, way: Way) -> Mapping[str, Constant | Held]:
        made = as_object(holder.get("Assign"))
        values = {key.removesuffix(".$"): _held(state, key, value, way) for key, value in made.items()}
        return {name: held for name, held in values.items() if name in self.names}


def _names(holder: Object) -> Iterator[str]:
    """What its Assign assigns."""
    for key in as_object(holder.get("Assign")):
        yield key.removesuffix(".$")


def _held(state: State, key: str, value: object, way: Way) -> Constant | Held:
    """What a variable holds that is given `value`."""
    if state.query_language == "JSONata" and is_expression(value):
        worth = comes_to(parse_expression(stand_in(value)).tree, way)
        return worth if isinstance(worth, Constant) else ASSIGNED
    if state.query_language == "JSONPath" and key.endswith(".$"):
        path = parse_path(as_text(value))
        held = way.held.get(variable(path), ASSIGNED) if not path.steps else ASSIGNED
        return held if isinstance(held, Constant) else ASSIGNED
    return constant(value)


def _asked(state: State, rule: Object, place: str, ways: Ways, tell: Tell) -> tuple[Ways, Ways]:
    """The ways on which `rule` holds, and those on which it does not."""
    if state.query_language != "JSONata":
        return sent(rule, place, ways, tell)
    condition = rule.get("Condition")
    if not is_expression(condition):
        return (ways if condition is not False else ()), (ways if condition is not True else ())
    expression = parse_expression(stand_in(condition))
    reading = Reading(f"{place}.Condition", expression.variables, expression.tree, (), "")
    asked = [(way, truth(comes_to(expression.tree, way))) for way in once_read([reading], ways, tell)]
    true = [learn(expression.tree, True, way) for way, answer in asked if answer is not False]
    return true, [learn(expression.tree, False, way) for way, answer in asked if answer is not True]


def _with_data(state: State, holder: Object, way: Way) -> Way:
    """`way` with what is still known of the data that `state` hands on."""
    is_caught = holder is not state.node and state.type != "Choice"
    if state.query_language == "JSONata":
        return way.with_other_data() if "Output" in holder or is_caught or state.type in WITH_RESULT else way
    if "OutputPath" in state.node and not is_caught:
        return way.with_other_data()
    if state.type in ("Choice", "Wait"):
        return way.with_other_data() if "InputPath" in state.node else way
    path = holder.get("ResultPath", "$")
    if path is None:
        return way
    steps = parse_path(as_text(path)).steps
    is_bare = state.type == "Pass" and not {"Result", "Parameters", "InputPath"} & state.node.keys()
    return way if is_bare and not steps else way.with_other_data(steps[0] if steps else "")
