"""A definition made ready to run: each state with its fields read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asl.running.choices import Holds, jsonata_rule, jsonpath_rule
from asl.running.data import Field, Jsonata, JsonPath, Language, expressions, template
from asl.running.handling import Catcher, Retrier, catchers, retriers
from asl.running.sizes import text
from asl.syntax.shapes import Object, as_list, as_object, as_text
from asl.syntax.walk import Scope, State, walk


class Step:
    """A state, ready to run."""

    def __init__(self, state: State) -> None:
        node = state.node
        self.name = state.name
        self.path = state.path
        self.type = state.type
        self.node = node
        self.jsonata = state.query_language == "JSONata"
        self.data: Language = Jsonata(node) if self.jsonata else JsonPath(node)
        self.next = as_text(node.get("Next"))
        self.way_on = f"{state.path}.{'Default' if state.type == 'Choice' else 'Next'}"
        """The path of the transition that leads on where no rule and no catcher does."""
        self.retriers: tuple[Retrier, ...] = retriers(state)
        self.catchers: tuple[Catcher, ...] = catchers(state)
        self.resource = state.resource
        # The context object is made for states that read it; most do not.
        written = text({key: value for key, value in node.items() if key not in _INNER})
        self.reads_context = "$$" in written or "context" in written or "$states " in written or "$states%" in written
        self.entered = f"{state.type}StateEntered"
        self.exited = f"{state.type}StateExited"
        self.scopes: tuple[Lines, ...] = tuple(Lines(scope) for scope in state.inner)
        self.select = _selector(node, jsonata=self.jsonata) if state.type == "Map" else None
        """What a Map's iteration is given, from the state's effective input; None for the item itself."""
        self.rules: tuple[Rule, ...] = ()
        if state.type == "Choice":
            rules = enumerate(map(as_object, as_list(node["Choices"])))
            self.rules = tuple(_rule(state.path, f"Choices[{n}]", rule, node, self.jsonata) for n, rule in rules)

    def child(self, type: str) -> Program:
        """The program that the children of a Distributed Map run."""
        return Program.of(self.scopes[0], type)


_INNER = ("Branches", "ItemProcessor", "Iterator")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a Choice: where it leads, and what it makes of the data when it holds."""

    path: str
    holds: Holds
    next: str
    data: Language


def _rule(around: str, place: str, rule: Object, state: Object, jsonata: bool) -> Rule:
    # The state's own Output and Assign are for its Default: https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html#state-choice-assign
    own = {name: rule[name] for name in ("Output", "Assign") if name in rule}
    path, next = f"{around}.{place}.Next", as_text(rule.get("Next"))
    if jsonata:
        return Rule(path, jsonata_rule(rule, f"{place}/"), next, Jsonata(own, f"{place}/"))
    narrowed = {"OutputPath": state["OutputPath"]} if "OutputPath" in state else {}
    return Rule(path, jsonpath_rule(rule), next, JsonPath(own | narrowed))


def _selector(node: Object, *, jsonata: bool) -> Field | None:
    # A Map's Parameters are the older name of its ItemSelector: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
    field = next((name for name in ("ItemSelector", "Parameters") if name in node), "")
    if not field:
        return None
    if not jsonata:
        return template(node[field])
    evaluated = expressions(node[field], field)
    return lambda frame, document: evaluated(frame, frame.names())


class Lines:
    """A scope, ready to run: the machine's own states, a branch's, a Map's processor's."""

    def __init__(self, scope: Scope) -> None:
        self.start_at = scope.start_at
        self.steps: Mapping[str, Step] = {name: Step(state) for name, state in scope.states.items()}
        self.node = scope.node


class Program:
    """A definition, ready to run any number of times."""

    def __init__(self, lines: Lines, type: str, timeout: object) -> None:
        self.lines = lines
        self.type = type
        self.timeout = timeout
        """TimeoutSeconds, where it has them."""

    @classmethod
    def of(cls, lines: Lines, type: str) -> Program:
        """What a Distributed Map's children run."""
        return cls(lines, type, None)

    @classmethod
    def read(cls, definition: object, *, type: str = "STANDARD") -> Program:
        """A definition that `check` has nothing against; what it makes of any other is not said.

        Raises:
            ValueError: for a `type` that no machine has.
        """
        machine = walk(definition, type=type)
        return cls(Lines(machine.scopes[0]), type, machine.definition.get("TimeoutSeconds"))
