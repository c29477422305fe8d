"""The shipped workflows, broken in one place at a time as people break them: the check tells of each, and where.

An operator says how something breaks; it offers every place of a workflow where that can happen. A seed chooses among
the places, and how a name is misspelt. `python -m tests.unit.asl.test_mutations 200` tries seeds 0 to 199.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import asl
from workflows import Decisions, Delivery, Functions, order_events, order_fulfillment, reconciliation

SEED = 20_260
PLACES_PER_OPERATOR = 1
LEAST = 50

Node = dict[str, Any]
Break = Callable[[random.Random], object]
Place = tuple[str, Break]
"""The path of what breaks, and what breaks it."""


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:{}:live".format


def fulfillment() -> Node:
    functions = Functions(**{field.name: FUNCTION(field.name) for field in fields(Functions)})
    decisions = Decisions(limit_cents=100_000, seconds=86_400)
    return order_fulfillment(functions, Delivery(poll_seconds=21_600, deadline_seconds=1_209_600), decisions)


def events() -> Node:
    return order_events("order-views", "https://sqs.us-east-1.amazonaws.com/123456789012/poison-events")


def reconciling() -> Node:
    list_orders, compare_orders, report = map(FUNCTION, ("list_orders", "compare_orders", "report"))
    return reconciliation(list_orders, compare_orders, report, "order-exports")


@dataclass(frozen=True)
class Workflow:
    name: str
    type: str
    build: Callable[[], Node]

    def definition(self) -> Node:
        """A definition of one's own to break."""
        return json.loads(_text(self))


@cache
def _text(workflow: Workflow) -> str:
    return json.dumps(workflow.build())


WORKFLOWS = (
    Workflow("order-fulfillment", "STANDARD", fulfillment),
    Workflow("order-events", "EXPRESS", events),
    Workflow("reconciliation", "STANDARD", reconciling),
)


@dataclass(frozen=True)
class State:
    path: str
    node: Node
    around: Node
    """The States object that it stands in."""
    name: str


def states(scope: Node, path: str = "") -> Iterator[State]:
    """Every state of a definition, outer before inner."""
    prefix = f"{path}.States" if path else "States"
    for name, node in scope["States"].items():
        yield State(f"{prefix}.{name}", node, scope["States"], name)
        for index, branch in enumerate(node.get("Branches", [])):
            yield from states(branch, f"{prefix}.{name}.Branches[{index}]")
        if "ItemProcessor" in node:
            yield from states(node["ItemProcessor"], f"{prefix}.{name}.ItemProcessor")


def texts(value: Any, path: str) -> Iterator[tuple[str, Any, Any, str]]:
    """Every string in a state with its path, its container and its key there; inner scopes left out."""
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(keys):
        below = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}"
        if isinstance(inner, str):
            yield below, value, key, inner
        elif key not in ("Branches", "ItemProcessor"):
            yield from texts(inner, below)


def misspelt(word: str, chance: random.Random) -> str:
    """`word` with one slip of the finger, not at its ends."""
    at = chance.randrange(1, len(word) - 1)
    slips = [word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:], word[:at] + "q" + word[at + 1 :]]
    slips.append(word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    return chance.choice([slip for slip in slips if slip != word])


def setting(node: Any, key: Any, *values: object) -> Break:
    """Puts one of `values`."""
    return lambda chance: node.__setitem__(key, chance.choice(values))


def dropping(node: Any, key: Any) -> Break:
    return lambda chance: node.pop(key)


def misspelling(node: Any, key: Any) -> Break:
    return lambda chance: node.__setitem__(key, misspelt(node[key], chance))


def renaming(node: Node, old: str, new: str | None = None) -> Break:
    """Another key for the same value; without `new` the old one misspelt."""
    return lambda chance: node.__setitem__(new or misspelt(old, chance), node.pop(old))


def rewriting(node: Any, key: Any, *changes: tuple[str, str]) -> Break:
    """One of `changes` (a pattern and what stands there instead) that applies to a text."""

    def change(chance: random.Random) -> None:
        fitting = [(old, new) for old, new in changes if re.search(old, node[key])]
        old, new = chance.choice(fitting)
        node[key] = re.sub(old, new, node[key], count=1)

    return change


OPERATORS: dict[str, Callable[[Node], Iterator[Place]]] = {}


def operator(places: Callable[[Node], Iterator[Place]]) -> Callable[[Node], Iterator[Place]]:
    OPERATORS[places.__name__] = places
    return places


# Transitions


@operator
def a_target_is_misspelt(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("Next", "Default"):
            if field in state.node:
                yield f"{state.path}.{field}", misspelling(state.node, field)
        for field in ("Choices", "Catch"):
            for index, element in enumerate(state.node.get(field, [])):
                yield f"{state.path}.{field}[{index}].Next", misspelling(element, "Next")


@operator
def the_start_is_misspelt(definition: Node) -> Iterator[Place]:
    yield "StartAt", misspelling(definition, "StartAt")


@operator
def a_state_is_renamed_and_its_references_are_not(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        yield state.path, renaming(state.around, state.name)


@operator
def a_state_has_next_and_end(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if "Next" in state.node:
            yield state.path, setting(state.node, "End", True)


@operator
def a_state_neither_goes_on_nor_ends(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("Next", "End"):
            if field in state.node:
                yield state.path, dropping(state.node, field)


@operator
def a_transition_leaves_its_scope(definition: Node) -> Iterator[Place]:
    outer = [name for name, node in definition["States"].items() if node["Type"] in ("Task", "Succeed")]
    for state in states(definition):
        if state.around is not definition["States"] and "End" in state.node and outer:

            def leave(chance: random.Random, node: Node = state.node) -> None:
                del node["End"]
                node["Next"] = chance.choice(outer)

            yield state.path, leave


@operator
def a_state_leads_to_itself(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if "Next" in state.node:
            yield state.path, setting(state.node, "Next", state.name)


@operator
def a_choice_has_no_default(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if "Default" in state.node:
            yield state.path, dropping(state.node, "Default")


@operator
def a_name_stands_in_two_scopes(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if state.around is not definition["States"] and len(state.around) == 1:
            yield state.path, renaming(state.around, state.name, next(iter(definition["States"])))


# Fields


@operator
def a_required_field_is_missing(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("Type", "Resource", "Choices", "Branches", "Seconds", "ItemProcessor"):
            if field in state.node:
                yield state.path, dropping(state.node, field)


@operator
def a_field_is_misspelt(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in state.node:
            if field not in ("Comment", "End"):
                yield state.path, renaming(state.node, field)


@operator
def a_type_is_misspelt(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        yield f"{state.path}.Type", misspelling(state.node, "Type")


@operator
def a_field_is_of_another_language(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if state.node["Type"] == "Task":
            if definition.get("QueryLanguage") == "JSONata":
                yield state.path, setting(state.node, "ResultPath", "$.result")
            else:
                yield state.path, setting(state.node, "Output", "{% $states.result %}")


@operator
def the_query_language_is_forgotten(definition: Node) -> Iterator[Place]:
    if "QueryLanguage" in definition:
        yield "", dropping(definition, "QueryLanguage")


@operator
def a_timeout_is_out_of_range(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if "TimeoutSeconds" in state.node:
            wrong = setting(state.node, "TimeoutSeconds", 0, -1, 100_000_000, 2.5, "30", None)
            yield f"{state.path}.TimeoutSeconds", wrong


@operator
def a_timeout_is_missing(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if "TimeoutSeconds" in state.node:
            yield state.path, dropping(state.node, "TimeoutSeconds")


@operator
def a_heartbeat_is_not_shorter_than_its_timeout(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if limit := state.node.get("TimeoutSeconds"):
            yield state.path, setting(state.node, "HeartbeatSeconds", limit, limit + 1)


@operator
def a_wait_has_two_times(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if state.node["Type"] == "Wait":
            yield state.path, setting(state.node, "Timestamp", "2030-01-31T12:00:00Z")


@operator
def a_name_is_too_long(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if state.node["Type"] == "Fail":
            yield state.path, renaming(state.around, state.name, "X" * 81)


@operator
def a_map_has_the_wrong_mode(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if "ItemProcessor" in state.node:
            mode = state.node["ItemProcessor"]["ProcessorConfig"]
            other = "INLINE" if mode["Mode"] == "DISTRIBUTED" else "DISTRIBUTED"
            yield f"{state.path}.ItemProcessor.ProcessorConfig", setting(mode, "Mode", other, "INLIN")


@operator
def a_figure_of_a_map_is_wrong(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if "MaxConcurrency" in state.node:
            yield f"{state.path}.MaxConcurrency", setting(state.node, "MaxConcurrency", -1, "one", 1.5)


# Errors


@operator
def a_retriers_figure_is_out_of_range(definition: Node) -> Iterator[Place]:
    wrong = {"IntervalSeconds": -1, "BackoffRate": 0.5, "MaxAttempts": -1, "MaxDelaySeconds": 0}
    for state in states(definition):
        for index, retrier in enumerate(state.node.get("Retry", [])):
            for field, value in wrong.items():
                if field in retrier:
                    yield f"{state.path}.Retry[{index}].{field}", setting(retrier, field, value)


@operator
def a_retrier_has_a_misspelt_field(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for index, retrier in enumerate(state.node.get("Retry", [])):
            for field in retrier:
                yield f"{state.path}.Retry[{index}]", renaming(retrier, field)


@operator
def the_jitter_is_misspelt(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for index, retrier in enumerate(state.node.get("Retry", [])):
            if "JitterStrategy" in retrier:
                yield f"{state.path}.Retry[{index}].JitterStrategy", misspelling(retrier, "JitterStrategy")


@operator
def the_catch_all_is_not_last(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("Retry", "Catch"):
            if len(state.node.get(field, [])) > 1:
                yield f"{state.path}.{field}", lambda chance, handlers=state.node[field]: handlers.reverse()


@operator
def the_catch_all_has_company(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("Retry", "Catch"):
            if handlers := state.node.get(field):
                names = handlers[-1]["ErrorEquals"]
                yield f"{state.path}.{field}[{len(handlers) - 1}]", lambda chance, names=names: names.append("Mine")


@operator
def a_reserved_error_is_misspelt(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("Retry", "Catch"):
            for index, handler in enumerate(state.node.get(field, [])):
                if handler["ErrorEquals"] == ["States.ALL"]:
                    names = ("States.All", "States.AL", "States.Any")
                    yield f"{state.path}.{field}[{index}]", setting(handler["ErrorEquals"], 0, *names)


@operator
def a_catcher_leads_nowhere(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for index, catcher in enumerate(state.node.get("Catch", [])):
            yield f"{state.path}.Catch[{index}]", dropping(catcher, "Next")


@operator
def a_catcher_names_no_error(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for index, catcher in enumerate(state.node.get("Catch", [])):
            yield f"{state.path}.Catch[{index}]", setting(catcher, "ErrorEquals", [], "States.ALL", None)


@operator
def the_catch_all_is_missing(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if len(state.node.get("Catch", [])) > 1 and "QueryLanguage" not in definition:
            yield f"{state.path}.Catch", lambda chance, handlers=state.node["Catch"]: handlers.pop()


@operator
def lambda_is_not_retried(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if ":lambda:" in state.node.get("Resource", ""):
            yield state.path, dropping(state.node, "Retry")


@operator
def an_error_of_dynamodb_is_written_as_the_sdk_does(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("Retry", "Catch"):
            for index, handler in enumerate(state.node.get(field, [])):
                if handler["ErrorEquals"][0].startswith("DynamoDB."):
                    change = rewriting(handler["ErrorEquals"], 0, ("DynamoDB", "DynamoDb"))
                    yield f"{state.path}.{field}[{index}].ErrorEquals", change


@operator
def an_error_of_the_business_is_misspelt(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("Retry", "Catch"):
            for index, handler in enumerate(state.node.get(field, [])):
                for number, name in enumerate(handler["ErrorEquals"]):
                    if not name.startswith("States."):
                        path = f"{state.path}.{field}[{index}].ErrorEquals"
                        yield path, misspelling(handler["ErrorEquals"], number)


# Data

_PATH = re.compile(r"\$(?!\$)[\w.\[\]]*")
_STEP = re.compile(r"(?<=\.)[A-Za-z]{4,}")


def _misspell_a_step(node: Any, key: Any, steps: list[re.Match[str]]) -> Break:
    def change(chance: random.Random) -> None:
        step = chance.choice(steps)
        node[key] = node[key][: step.start()] + misspelt(step[0], chance) + node[key][step.end() :]

    return change


@operator
def a_path_is_misspelt(definition: Node) -> Iterator[Place]:
    """In JSONPath, in names that stand elsewhere, too: what a function sets and one state reads nobody can check."""
    words = Counter(re.findall(r"[A-Za-z]+", json.dumps(definition)))
    for state in states(definition) if "QueryLanguage" not in definition else ():
        for path, node, key, text in texts(state.node, state.path):
            if str(key).endswith((".$", "Path", "Variable")) and key != "ResultPath":
                for match in _PATH.finditer(text):
                    steps = [step for step in _STEP.finditer(text, match.start(), match.end()) if words[step[0]] > 1]
                    if steps:
                        yield path, _misspell_a_step(node, key, steps)


@operator
def a_field_in_an_expression_is_misspelt(definition: Node) -> Iterator[Place]:
    for state in states(definition) if "QueryLanguage" in definition else ():
        for path, node, key, text in texts(state.node, state.path):
            for match in re.finditer(r"\$(?:states\.input\.dynamodb\.NewImage|image)\.\w+", text):
                yield path, _misspell_a_step(node, key, list(_STEP.finditer(text, match.start(), match.end())))


@operator
def a_path_into_the_context_is_misspelt(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for path, node, key, text in texts(state.node, state.path):
            changes = (("Execution", "Excution"), (r"\.Id", ".Identifier"))
            if "$$.Execution.Id" in text or "$states.context.Execution.Id" in text:
                yield path, rewriting(node, key, *changes)


@operator
def an_index_is_too_large(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for path, node, key, text in texts(state.node.get("ResultSelector"), f"{state.path}.ResultSelector"):
            if re.search(r"\[\d\]", text):
                yield path, rewriting(node, key, (r"\[\d\]", "[2]"))


@operator
def a_path_does_not_parse(definition: Node) -> Iterator[Place]:
    for state in states(definition) if "QueryLanguage" not in definition else ():
        for path, node, key, text in texts(state.node, state.path):
            if str(key).endswith((".$", "Path", "Variable")) and text.startswith("$."):
                yield path, rewriting(node, key, (r"\.", ".["), (r"^\$", ""), ("$", "["), (r"\.", ". "))


@operator
def the_dollar_is_dropped_from_a_key(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for path, node, key, _ in texts(state.node, state.path):
            if str(key).endswith(".$"):
                yield path.removesuffix(".$"), renaming(node, key, key.removesuffix(".$"))


@operator
def a_constant_stands_under_a_key_with_a_dollar(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for path, node, key, text in texts(state.node.get("Parameters"), f"{state.path}.Parameters"):
            if not str(key).endswith(".$") and not text.startswith("$"):
                yield path, renaming(node, key, f"{key}.$")


@operator
def an_intrinsic_function_is_wrong(definition: Node) -> Iterator[Place]:
    changes = (
        (r", [^,()]+\)$", ")"), (r"\)$", ", $.orderId)"), (r"States\.\w", "States.Q"), (r"\)$", ""), ("'", ""),
        (r"\{\}", ""),
    )  # fmt: skip
    for state in states(definition):
        for path, node, key, text in texts(state.node, state.path):
            if text.startswith("States.") and key != 0:
                yield path, rewriting(node, key, *changes)


@operator
def the_result_replaces_the_order(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        # Behind the last state of a way, or before one that reads nothing, nobody needs the order any more.
        following = definition["States"].get(state.node.get("Next"), {"Type": "Succeed"})
        if "ResultPath" in state.node and following["Type"] != "Succeed" and "ItemReader" not in following:
            yield state.path, dropping(state.node, "ResultPath")


@operator
def the_error_replaces_the_order(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for index, catcher in enumerate(state.node.get("Catch", [])):
            if "ResultPath" in catcher:
                yield f"{state.path}.Catch[{index}]", dropping(catcher, "ResultPath")


READ_BY_NO_STATE = ("reservation.$", "lookedAt.$", "issues.$", "unlisted.$")


@operator
def a_selection_lacks_a_field(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in state.node.get("ResultSelector", {}):
            if field not in READ_BY_NO_STATE:
                yield f"{state.path}.ResultSelector", dropping(state.node["ResultSelector"], field)


@operator
def a_template_gives_a_field_twice(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if "executionId.$" in state.node.get("Parameters", {}):
            yield state.path, setting(state.node["Parameters"], "executionId", "unknown")


# Choices


@operator
def a_comparison_is_of_another_kind(definition: Node) -> Iterator[Place]:
    others = {"StringEquals": "NumericEquals", "NumericGreaterThanEquals": "StringGreaterThanEquals"}
    for state in states(definition):
        for index, rule in enumerate(state.node.get("Choices", [])):
            for old, new in others.items():
                if old in rule:
                    yield f"{state.path}.Choices[{index}]", renaming(rule, old, new)


@operator
def a_count_is_compared_as_text(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for index, rule in enumerate(state.node.get("Choices", [])):
            if (count := rule.get("NumericGreaterThanEquals")) is not None:

                def compare(chance: random.Random, rule: Node = rule, count: int = count) -> None:
                    del rule["NumericGreaterThanEquals"]
                    rule["StringGreaterThanEquals"] = str(count)

                yield f"{state.path}.Choices[{index}]", compare


@operator
def a_rule_is_broken(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for index, rule in enumerate(state.node.get("Choices", [])):
            path = f"{state.path}.Choices[{index}]"
            for field in rule:
                yield path, dropping(rule, field)
            if "Variable" in rule:
                yield path, setting(rule, "IsPresent", True)
                yield path, lambda chance, rule=rule: rule.update({"Not": dict(rule)})
            else:
                yield path, setting(rule, "Condition", "true", 1, "{% true", None)


@operator
def a_loop_has_no_bound(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        rules = state.node.get("Choices", [])
        for index, rule in enumerate(rules):
            if "NumericGreaterThanEquals" in rule:
                yield f"{state.path}.Choices[{index}]", lambda chance, rules=rules, index=index: rules.pop(index)


@operator
def a_loops_bound_is_never_reached(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for path, node, key, text in texts(state.node, state.path):
            if "MathAdd" in text:
                yield path, rewriting(node, key, (r"1\)", "0)"), (r"1\)", "-1)"))
                yield f"{state.path}.ResultPath", rewriting(state.node, "ResultPath", (r"\w+$", "counted"))
        for index, rule in enumerate(state.node.get("Choices", [])):
            if "NumericGreaterThanEquals" in rule:
                other = renaming(rule, "NumericGreaterThanEquals", "NumericLessThanEquals")
                yield f"{state.path}.Choices[{index}]", other


@operator
def a_choice_leads_to_itself(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if state.node["Type"] == "Choice" and "QueryLanguage" not in definition:
            yield state.path, setting(state.node, "Default", state.name)


@operator
def a_loop_outlasts_the_machine(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        if state.node["Type"] == "Wait":
            seconds = state.node["Seconds"]
            yield f"{state.path}.Seconds", setting(state.node, "Seconds", seconds * 5, seconds * 100)


@operator
def a_machine_ends_before_its_work(definition: Node) -> Iterator[Place]:
    yield "TimeoutSeconds", setting(definition, "TimeoutSeconds", 5, -1, "240")


# Calls


@operator
def an_integration_is_unknown(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        resource = state.node.get("Resource", "")
        if ":states:::" in resource:
            yield f"{state.path}.Resource", rewriting(state.node, "Resource", (r"\w(?=\w$)", ""), (r":::\w", ":::"))
        elif resource:
            changes = (
                (":function:", ":functoin:"),
                ("^arn:", "arm:"),
                (":live", ":li ve"),
                ("^arn:.*", "the-function"),
            )
            yield f"{state.path}.Resource", rewriting(state.node, "Resource", *changes)


@operator
def a_parameter_is_missing_or_misspelt(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        given = state.node.get("Arguments", {})
        for name in ("TableName", "Key", "QueueUrl", "MessageBody", "UpdateExpression", "ConditionExpression"):
            if name in given:
                yield f"{state.path}.Arguments", renaming(given, name)
                if name not in ("UpdateExpression", "ConditionExpression"):
                    yield f"{state.path}.Arguments", dropping(given, name)


@operator
def an_express_machine_waits(definition: Node) -> Iterator[Place]:
    for state in states(definition) if "QueryLanguage" in definition else ():
        if ":states:::" in state.node.get("Resource", ""):
            suffix = rewriting(state.node, "Resource", ("$", ".sync"), ("$", ".waitForTaskToken"))
            yield f"{state.path}.Resource", suffix


@operator
def an_expression_of_dynamodb_does_not_fit(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("ExpressionAttributeValues", "ExpressionAttributeNames"):
            values = state.node.get("Arguments", {}).get(field, {})
            for name in values:
                yield f"{state.path}.Arguments.{field}", dropping(values, name)
                yield f"{state.path}.Arguments.{field}", renaming(values, name)


@operator
def a_value_for_dynamodb_has_no_type(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for field in ("Key", "ExpressionAttributeValues"):
            values = state.node.get("Arguments", {}).get(field, {})
            for name, value in values.items():
                if isinstance(value, dict):
                    type = next(iter(value))
                    path = f"{state.path}.Arguments.{field}.{name}"
                    yield path, renaming(value, type, "T")
                    yield path, setting(values, name, {}, value | {"N": "1"} if type != "N" else {}, {"N": 1})


# JSONata


@operator
def an_expression_does_not_parse(definition: Node) -> Iterator[Place]:
    changes = ((r" %\}$", ""), (r"^\{% ", ""), (r" %\}$", " + %}"), (r"\$states", "($states"), (r"\.", ".."))
    for state in states(definition):
        for path, node, key, text in texts(state.node, state.path):
            if text.startswith("{%"):
                yield path, rewriting(node, key, *changes[:4])


@operator
def an_expression_loses_its_braces(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for path, node, key, text in texts(state.node, state.path):
            if text.startswith("{% $states"):
                yield path, lambda chance, node=node, key=key: node.__setitem__(key, node[key][3:-3])


@operator
def an_expression_reads_a_wrong_part_of_states(definition: Node) -> Iterator[Place]:
    wrong = [(r"\$states\.input", f"$states.{name}") for name in ("inputs", "result", "errorOutput", "Input")]
    for state in states(definition):
        for path, node, key, text in texts(state.node, state.path):
            # A Map's Output may read its result, and a catcher's Output its error.
            if "$states.input" in text and "Output" not in path:
                yield path, rewriting(node, key, *wrong)


@operator
def an_expression_reads_a_variable_that_nobody_assigns(definition: Node) -> Iterator[Place]:
    for state in states(definition):
        for path, node, key, text in texts(state.node, state.path):
            if "$states" in text:
                yield path, rewriting(node, key, (r"\$states", "$state"))


@dataclass(frozen=True)
class Mutant:
    workflow: Workflow
    operator: str
    number: int
    """The place among those that the operator offers."""
    path: str

    def __str__(self) -> str:
        return f"{self.workflow.name}: {self.operator} at {self.path or 'the definition'} (place {self.number})"

    def definition(self, seed: int) -> Node:
        definition = self.workflow.definition()
        _, breaks = list(OPERATORS[self.operator](definition))[self.number]
        breaks(random.Random(f"{seed} {self}"))
        return definition


@cache
def all_mutants() -> list[Mutant]:
    """Every operator at every place that it offers."""
    return [
        Mutant(workflow, name, number, path)
        for workflow in WORKFLOWS
        for name, places in OPERATORS.items()
        for number, (path, _) in enumerate(places(workflow.definition()))
    ]


def chosen(seed: int) -> list[Mutant]:
    """Some places of each operator, in each workflow where it has any."""
    chance = random.Random(seed)
    by_operator: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in all_mutants():
        by_operator.setdefault((mutant.workflow.name, mutant.operator), []).append(mutant)
    return [
        mutant
        for every in by_operator.values()
        for mutant in chance.sample(every, min(PLACES_PER_OPERATOR, len(every)))
    ]


Told = tuple[str, str, str]


def told(definition: Node, workflow: Workflow) -> set[Told]:
    return {(one.rule.id, one.path, one.message) for one in asl.check(definition, type=workflow.type)}


@cache
def told_of_the_whole(workflow: Workflow) -> set[tuple[str, str]]:
    return {(rule, path) for rule, path, _ in told(workflow.definition(), workflow)}


@cache
def walked(workflow: Workflow) -> tuple[asl.State, ...]:
    return asl.walk(workflow.definition()).states


def found(mutant: Mutant, seed: int) -> list[Told]:
    """What is told of the broken workflow that is not told of the whole one, at or near the place that broke."""
    definition = mutant.definition(seed)
    new = [one for one in told(definition, mutant.workflow) if one[:2] not in told_of_the_whole(mutant.workflow)]
    near = [*_neighbours(mutant), mutant.path]
    return [(rule, path, message) for rule, path, message in new if _speaks_of(near, path, message)]


def _speaks_of(near: list[str], path: str, message: str) -> bool:
    """Whether a finding stands at one of the paths `near`, above or below it, or names it."""
    if path in ("", "TimeoutSeconds"):  # of the machine as a whole
        return True
    return any(path.startswith(one) or one.startswith(path) or one in message for one in near)


def _neighbours(mutant: Mutant) -> list[str]:
    """Path and name of the state that breaks, and the paths of those that it leads to or that lead to it."""
    every = walked(mutant.workflow)
    inside = [state for state in every if f"{mutant.path}.".startswith((f"{state.path}.", f"{state.path}["))]
    own = max(inside, key=lambda state: len(state.path), default=None)
    if own is None:
        return []
    names = {edge.target for edge in own.exits}
    names |= {state.name for state in every if own.name in {edge.target for edge in state.exits}}
    beside = [state.path for state in every if state.scope is own.scope and state.name in names]
    return [own.path, f"'{own.name}'", *beside]


def test_whatever_breaks_is_told_at_its_place() -> None:
    mutants = chosen(SEED)
    broken = {repr(mutant.definition(SEED)) for mutant in mutants}
    assert len(broken) >= LEAST, "too few different mutants"
    assert not broken & {repr(workflow.definition()) for workflow in WORKFLOWS}, "a mutant is as good as new"
    missed = [str(mutant) for mutant in mutants if not found(mutant, SEED)]
    assert missed == [], "nothing is told of:\n" + "\n".join(missed)


def test_the_same_seed_breaks_the_same() -> None:
    first, second = ([mutant.definition(SEED) for mutant in chosen(SEED)] for _ in range(2))
    assert first == second


if __name__ == "__main__":
    tried = 0
    misses: dict[str, int] = {}
    for seed in range(int(sys.argv[1])):
        for mutant in chosen(seed):
            tried += 1
            if not found(mutant, seed):
                misses[str(mutant)] = misses.get(str(mutant), 0) + 1
    print(f"{tried} mutants tried, {sum(misses.values())} missed")
    for name, count in sorted(misses.items()):
        print(f"  {count} x {name}")
