"""What a machine's role needs, read off its definition; and the same for a function's calls."""

from __future__ import annotations

from asl.findings import nearest
from asl.integrations import INTEGRATIONS, find
from asl.policy import Reach, Statement
from asl.rules.integrations import arguments
from asl.shape import Object, as_text
from asl.walk import walk


def grants(definition: Object) -> list[Statement]:
    """The statements that the tasks of a checked `definition` need, in the order of the definition.

    Raises:
        ValueError: when a task calls something that the table does not know: nothing is granted by guess.
    """
    statements: list[Statement] = []
    for state in walk(definition).states:
        if state.type != "Task":
            continue
        resource = as_text(state.node.get("Resource"))
        found = find(resource)
        if found is None:
            raise ValueError(
                f"{state.at('Resource')}: '{resource}' is no known integration; check the definition first"
            )
        for permission in found[0].permissions:
            value = as_text(arguments(state).get(permission.parameter)) if permission.parameter else resource
            if not value:
                raise ValueError(f"{state.path}: {found[0].id} lacks a literal {permission.parameter}")
            statements.append(Statement(permission.actions[0], permission.actions, (Reach(value, permission.arns),)))
    return statements


def allow(call: str, value: str) -> list[Statement]:
    """The statements that a function needs to make `call` (`dynamodb:updateItem`) on `value`, a name, URL or ARN.

    Raises:
        KeyError: naming the nearest call, when the table has no such call.
    """
    if call not in INTEGRATIONS:
        raise KeyError(f"'{call}' is no call that the integration table knows{nearest(call, INTEGRATIONS)}")
    return [
        Statement(permission.actions[0], permission.actions, (Reach(value, permission.arns),))
        for permission in INTEGRATIONS[call].permissions
    ]
