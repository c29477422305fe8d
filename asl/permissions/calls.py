"""The calls that a machine's states make for themselves, each with what it passes and what it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from asl.analysis.constants import settled
from asl.integrations import find, permissions
from asl.integrations.arguments import arguments, field_of, is_given, look_up, slots
from asl.integrations.arns import role_arns
from asl.integrations.compute import FUNCTION_ARN
from asl.integrations.distributed_map import CHILDREN, is_distributed, storage_calls
from asl.integrations.table import Permission, Target
from asl.syntax.walk import Machine, State

_ASSUME = Permission(("sts:AssumeRole",), (Target("{RoleArn}", role_arns),))
"""With Credentials another role makes the call, and has the permissions for it:
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html"""


class Call(NamedTuple):
    """One call of a state. `id` names it in messages, `field` is the path of what it passes, `given` that itself."""

    state: State
    id: str
    field: str
    given: object
    needs: Sequence[Permission]

    def needed(self) -> Iterator[Permission]:
        """What it needs with just these arguments."""
        return (one for one in self.needs if not one.when or _applies(one.when, self.given))

    def unsaid(self) -> dict[str, bool]:
        """The parameters that permissions need and the definition does not say, with whether data will say them."""
        found: dict[str, bool] = {}
        for permission in self.needed():
            if not permission.actions:
                continue
            templates = [target.template for target in permission.targets]
            templates += [template for _, _, template in permission.conditions]
            for template in templates:
                for name, default in slots(template).items():
                    values = look_up(self.given, name, default)
                    if not values or None in values:
                        found[name] = None in values
        return found

    def nameless(self) -> list[str]:
        """The parameters for which AWS names no action, so that only a declaration with actions will do."""
        needed = [permission for permission in self.needed() if not permission.actions]
        return [name for one in needed for target in one.targets for name in slots(target.template)]


def calls(machine: Machine) -> Iterator[Call]:
    """Every call, in the order of the definition; a Task whose Resource is unknown makes none."""
    for state in machine.states:
        if state.type == "Task":
            yield from _task(machine, state)
        elif is_distributed(state):
            label = {"Label": state.node["Label"]} if "Label" in state.node else {}
            yield Call(state, "a Distributed Map", state.path, label, CHILDREN)
            for field, given, needs in storage_calls(state):
                said = settled(machine, state, given)
                yield Call(state, field, state.at(f"{field}.{field_of(state)}"), said, needs)


def _task(machine: Machine, state: State) -> Iterator[Call]:
    resource = state.resource
    found = find(resource)
    if found is None:
        return
    row, pattern = found
    if "Credentials" in state.node:
        assumed = settled(machine, state, state.node["Credentials"])
        yield Call(state, row.id, state.at("Credentials"), assumed, (_ASSUME,))
    elif row is FUNCTION_ARN:
        yield Call(state, row.id, state.path, {"Resource": resource}, row.permissions)
    else:
        whole = state.node.get(field_of(state))
        given = settled(machine, state, whole if isinstance(whole, str) else arguments(state))
        yield Call(state, row.id, state.at(field_of(state)), given, permissions(row, pattern, given))


def _applies(when: str, given: object) -> bool:
    if when.startswith("!"):
        return not is_given(given, when[1:])
    name, fits, pattern = when.partition("~")
    if fits:
        return any(found is not None and re.search(pattern, found) for found in look_up(given, name))
    name, _, value = when.partition("=")
    return any(not value or found in (value, None) for found in look_up(given, name))
