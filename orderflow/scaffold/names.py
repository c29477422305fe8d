"""Which names a workflow can have: it is a Python module and function, and part of the names of resources in AWS."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass

from orderflow.errors import OrderflowError

ROLE_LETTERS = 64
"""The narrowest: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""
_ROLE = "{project}-{stack}-{name}-machine"
"""What the role of a machine is called: components/state_machine.py."""
_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


@dataclass(frozen=True)
class Name:
    """A workflow's name: `words` are of small letters and digits."""

    words: tuple[str, ...]

    @property
    def of_module(self) -> str:
        return "_".join(self.words)

    @property
    def of_resource(self) -> str:
        return "-".join(self.words)

    @property
    def in_prose(self) -> str:
        return " ".join(self.words).capitalize()

    @property
    def of_class(self) -> str:
        return "".join(word.capitalize() for word in self.words)


def read_name(text: str) -> Name:
    """The name that `text` is.

    Raises:
        OrderflowError: for what Python would not take, with the nearest that it does.
    """
    if not _NAME.fullmatch(text):
        fit = fitting(text)
        hint = f": '{fit}' would do" if _NAME.fullmatch(fit) else ""
        raise OrderflowError(
            f"'{text}' cannot name a workflow, which takes small letters, digits and hyphens, a letter first{hint}"
        )
    name = Name(tuple(re.split("[-_]", text)))
    if keyword.iskeyword(name.of_module) or hasattr(builtins, name.of_module):
        raise OrderflowError(
            f"'{text}' is a word of Python's own, and the workflow becomes a function of that name: "
            f"'{name.of_resource}-items' would do"
        )
    return name


def fitting(text: str) -> str:
    """`text` in small letters, digits and hyphens: `RestockShelves` becomes `restock-shelves`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text)
    return re.sub(r"[^a-z0-9]+", "-", spaced.lower()).strip("-")


def require_room(name: Name, project: str, stacks: Collection[str]) -> None:
    """Refuse a name with which a role of the longest-named stack would be longer than AWS takes.

    Raises:
        OrderflowError: saying by how much to shorten it.
    """
    longest = max(stacks, key=len)
    role = _ROLE.format(project=project, stack=longest, name=name.of_resource)
    if (over := len(role) - ROLE_LETTERS) > 0:
        raise OrderflowError(
            f"'{name.of_resource}' is too long by {over}: in the stack '{longest}' the machine's role would be {role}, "
            f"and AWS takes {ROLE_LETTERS} letters"
        )
