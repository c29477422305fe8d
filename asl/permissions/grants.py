"""What a machine's role needs, read off its definition; and the same for a function's calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from asl.integrations import INTEGRATIONS, find
from asl.integrations.arguments import insert, look_up, slots
from asl.integrations.arns import Account, arn_itself
from asl.integrations.table import Permission
from asl.permissions.calls import Call, calls
from asl.permissions.policy import Condition, Reach, Statement
from asl.syntax.hints import nearest
from asl.syntax.placeholders import is_placeholder
from asl.syntax.shapes import Object
from asl.syntax.walk import Machine, walk


@dataclass(frozen=True, slots=True)
class Allow:
    """What a state may reach that its definition does not say, and why: `reason` becomes the statement's Sid.

    `state` is its name or path, `resource` a name or ARN as the parameter would hold it, or several of them.
    `parameter` is the parameter it stands for, where the state leaves open more than one, and always at a Map
    (`ItemReader.Bucket`). `actions` are IAM's names for a call that IAM names otherwise, or for what a call needs
    beside its own action: the key of an encrypted queue, `("kms:Decrypt", "kms:GenerateDataKey")`. An empty
    `resource` says that there is nothing to reach: a task definition without roles.
    """

    state: str
    resource: Any
    reason: str
    parameter: str = ""
    actions: tuple[str, ...] = ()

    @property
    def resources(self) -> tuple[str, ...]:
        return (self.resource,) if isinstance(self.resource, str) else tuple(self.resource)


class PermissionsError(ValueError):
    """Permissions cannot be derived. `problems` says of each place what to declare, `statements` is what is sure."""

    def __init__(self, problems: Iterable[str], statements: Iterable[Statement] = ()) -> None:
        self.problems, self.statements = tuple(problems), tuple(statements)
        super().__init__("\n".join(self.problems))


_Declared: TypeAlias = Mapping[str, Sequence[Allow]]


def grants(definition: Object, *, allow: Sequence[Allow] = ()) -> list[Statement]:
    """The statements that a checked `definition` and what it was declared to reach need, in the definition's order.

    Raises:
        PermissionsError: when a call is unknown or its target is neither said nor declared: nothing is granted by
            guess; and when a declaration serves nothing.
    """
    machine = walk(definition)
    problems = list(_unknown(machine))
    statements: list[Statement] = []
    granted: dict[str, list[Statement]] = {}
    used: list[Allow] = []
    for call in calls(machine):
        own = [one for one in allow if one.state in (call.state.name, call.state.path)]
        declared, wrong = _declared(call, own)
        problems += wrong
        statements += [
            _beside(one)
            for ones in declared.values()
            for one in ones
            if one.actions and not any(one is other for other in used)
        ]
        used += [one for ones in declared.values() for one in ones]
        needed = [permission for permission in call.needed() if permission.actions]
        own_statements = [made for one in needed for made in _statements_of(one, call.given, declared)]
        statements += own_statements
        for name in (call.state.name, call.state.path):
            granted.setdefault(name, []).extend(own_statements)
    for one in allow:
        if not problems and not any(one is other for other in used) and not _repeats(one, granted.get(one.state, ())):
            problems.append(f"Allow({one.state!r}, …, {one.reason!r}): no such state leaves anything to declare")
    if problems:
        raise PermissionsError(problems, statements)
    return statements


def grants_by_state(machine: Machine, allow: Sequence[Allow] = ()) -> dict[str, list[Statement]]:
    """What each state needs, by its path, as far as that is known: what is still to be declared is left out."""
    found: dict[str, list[Statement]] = {}
    for call in calls(machine):
        own = [one for one in allow if one.state in (call.state.name, call.state.path)]
        declared, _ = _declared(call, own)
        needed = [permission for permission in call.needed() if permission.actions]
        statements = [made for one in needed for made in _statements_of(one, call.given, declared)]
        statements += [_beside(one) for ones in declared.values() for one in ones if one.actions]
        found.setdefault(call.state.path, []).extend(statements)
    return found


def _repeats(one: Allow, granted: Iterable[Statement]) -> bool:
    """Whether a declaration may say just what its state is `granted` by the definition already.

    `${parcels.arn}` and `${parcels.name}` are one table; what a value is that only deployment knows, nobody can say.
    """
    values = [reach.value for statement in granted for reach in statement.reaches]
    things, unknown = set(map(_thing, values)), any(map(is_placeholder, values))
    said = [_thing(text) in things or (unknown and is_placeholder(text)) for text in one.resources]
    return not one.actions and bool(said) and all(said)


def _thing(text: str) -> str:
    return text.partition(".")[0] if is_placeholder(text) else text


def allow(call: str, value: str) -> list[Statement]:
    """The statements that a function needs to make `call` (`dynamodb:updateItem`) on `value`, a name, URL or ARN.

    Raises:
        KeyError: naming the nearest call, when the table has no such call.
        ValueError: when the call works on more than one thing.
    """
    if call not in INTEGRATIONS:
        raise KeyError(f"'{call}' is no call that the integration table knows{nearest(call, INTEGRATIONS)}")
    needed = [one for one in INTEGRATIONS[call].permissions if "request-response" in one.patterns]
    # Of permissions that depend on which parameter is given, the first is for the usual one.
    needed = [one for one in needed if not one.when] or needed[:1]
    names = {name for one in needed for target in one.targets for name in slots(target.template)}
    if len(names) != 1:
        raise ValueError(f"'{call}' works on {', '.join(sorted(names)) or 'nothing'}: one value does not say it")
    given = dict.fromkeys(names, value)
    return [statement for one in needed for statement in _statements_of(one, given, {})]


def _unknown(machine: Machine) -> Iterator[str]:
    for state in machine.states:
        resource = state.resource
        if state.type == "Task" and find(resource) is None:
            yield f"{state.at('Resource')}: '{resource}' is no known integration; check the definition first"


def _declared(call: Call, own: Sequence[Allow]) -> tuple[_Declared, list[str]]:
    """The declarations by the parameter they stand for, and what is still to be declared.

    Those under `actions` are beside what the call's own actions need, those under `said` repeat the definition.
    """
    unsaid, nameless = call.unsaid(), call.nameless()
    found: dict[str, list[Allow]] = {name: [] for name in (*unsaid, *nameless)}
    for one in own:
        open_ones = [
            name
            for name in (nameless if one.actions else [*unsaid, *([] if one.resources else nameless)])
            if one.parameter in _parameter(call, name)
        ]
        if one.actions and not open_ones:
            found.setdefault("actions", []).append(one)
        elif open_ones != ["Resource"] and not one.actions and not one.parameter and _is_said(call, one):
            found.setdefault("said", []).append(one)
        elif len(open_ones) == 1:
            found[open_ones[0]].append(one)
    wrong = [_ask(call, name, runtime, [*unsaid, *nameless]) for name, runtime in unsaid.items() if not found[name]]
    wrong += [_ask_actions(call, name, nameless) for name in nameless if not found[name]]
    return found, wrong


def _is_said(call: Call, one: Allow) -> bool:
    """Whether a declaration names just what the definition says, by its value or its ARN."""
    said = [
        Reach(text, target.arns)
        for permission in call.needed()
        for target in permission.targets
        if permission.actions
        for text in _expand(target.template, call.given, {})[0]
    ]
    return bool(one.resources) and all(
        any(resource in (reach.value, *reach.arns(reach.value, _account_of(resource))) for reach in said)
        for resource in one.resources
    )


def _account_of(arn: str) -> Account:
    parts = arn.split(":")
    return Account(parts[1], parts[3], parts[4]) if len(parts) > 5 else Account()


def _parameter(call: Call, name: str) -> tuple[str, ...]:
    """How a declaration can call a parameter. A Map's reader and writer both have a Bucket: there it is named whole."""
    return (f"{call.id}.{name}",) if call.state.type == "Map" else (name, "")


def _ask(call: Call, name: str, runtime: bool, unsaid: list[str]) -> str:
    why = "is read from data" if runtime else "is not in the definition"
    whole = _parameter(call, name)
    which = f", parameter={whole[0]!r}" if len(unsaid) > 1 or "" not in whole else ""
    return f"{call.field}: {name} of {call.id} {why}; declare Allow({call.state.name!r}, {name}, REASON{which})"


def _ask_actions(call: Call, name: str, nameless: Sequence[str]) -> str:
    state = call.state.name
    if name == "Resource":
        return (
            f"{call.state.path}: IAM has no action named as {call.id}; declare "
            f"Allow({state!r}, RESOURCE, REASON, actions=(…,)) with those AWS documents"
        )
    which = f", parameter={name!r}" if len(nameless) > 1 else ""
    return (
        f"{call.field}: what {call.id} needs on {name}, AWS's list of actions does not say; declare "
        f"Allow({state!r}, {name}, REASON{which}, actions=(…,)) with the actions AWS documents, "
        f"or Allow({state!r}, (), REASON, parameter={name!r}) where it needs none"
    )


def _beside(one: Allow) -> Statement:
    return Statement(one.reason, one.actions, tuple(Reach(text, arn_itself) for text in one.resources))


def _statements_of(permission: Permission, given: object, declared: _Declared) -> Iterator[Statement]:
    reaches: list[Reach] = []
    reasons: list[str] = []
    for target in permission.targets:
        texts, why = _expand(target.template, given, declared)
        reaches += [Reach(text, target.arns) for text in texts]
        reasons += why
    conditions: dict[tuple[str, str], tuple[str, ...]] = {}
    for operator, key, template in permission.conditions:
        texts, why = _expand(template, given, declared)
        conditions[operator, key] = (*conditions.get((operator, key), ()), *texts)
        reasons += why
    reason = " and ".join(dict.fromkeys(filter(None, [*reasons, permission.reason]))) or permission.actions[0]
    if reaches:
        pairs = tuple(Condition(operator, key, values) for (operator, key), values in conditions.items())
        yield Statement(reason, permission.actions, tuple(reaches), pairs)


def _expand(template: str, given: object, declared: _Declared) -> tuple[list[str], list[str]]:
    """A template with all its parameters filled in, once for each value, and the reasons of those declared."""
    texts, reasons = [template], list[str]()
    for name, default in slots(template).items():
        values = [value for value in look_up(given, name, default) if value is not None]
        for one in declared.get(name, ()):
            values += one.resources
            reasons.append(one.reason)
        texts = [insert(text, name, value) for text in texts for value in values]
    return texts, reasons
