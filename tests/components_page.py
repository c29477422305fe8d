"""The page of components, made from their docstrings, their arguments, and the example that has each of them."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_origin

import pulumi

import components

EXAMPLE = Path(__file__).parents[1] / "examples" / "parts" / "__main__.py"
HEAD = """# Components

Made by `make docs` from the components' docstrings and arguments, and from
[`examples/parts/__main__.py`](../examples/parts/__main__.py), which tests hold against AWS's schemas of resources and
its list of actions. A program of your own writes `from orderflow.components import …`; programs in other languages have
some of them: [docs/package.md](package.md).

Each takes a name first, which is its name in Pulumi and ends its name in AWS, and `opts` last, Pulumi's
[resource options](https://www.pulumi.com/docs/iac/concepts/resources/options/). What AWS would refuse stops the preview
with an error that says what is wrong and how to mend it.
"""
TAIL = """
## What deploying them needs

The policies of [the runbook](runbook.md#first-deployment-to-an-account) let a deployment make all that is in the
program of orders. For connections, tasks and functions that exist already, with `$PROJECT` for the project's name, give
the deploy role beside them

```json
{deploy}
```

and the boundary, here for the example's roles,

```json
{boundary}
```

To make a function of an image, the deploy role reads the image and may let Lambda read it:
https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-permissions
"""


class Paragraph(NamedTuple):
    """A part of the example: the names it tells of, how to use them, and the code."""

    names: tuple[str, ...]
    how: str
    code: str


def components_page() -> str:
    """`docs/components.md`, whole."""
    told = list(paragraphs(EXAMPLE.read_text()))
    first = list(dict.fromkeys(one.names[0] for one in told))
    others = [name for name in sorted(components.__all__) if _is_component(name) and name not in first]
    sections = "".join(f"\n{section}" for name in (*first, *others) for section in _section(name, told))
    return HEAD + sections + TAIL.format(deploy=_policy("deploy"), boundary=_policy("boundary"))


def documented(page: str) -> set[str]:
    """The names that have a heading on the page."""
    return set(re.findall(r"^##+ `(\w+)`$", page, flags=re.MULTILINE))


def paragraphs(program: str) -> Iterator[Paragraph]:
    """The paragraphs of a program that begin with `# Name, Name: how to use them`."""
    for block in re.split(r"\n\n(?=# \w+[,:])", program)[1:]:
        comment, _, code = re.match(r"((?:#.*\n)+)()((?:.|\n)*)", block).groups()  # type: ignore[union-attr]
        text = " ".join(line.removeprefix("# ") for line in comment.splitlines())
        names, _, how = text.partition(": ")
        yield Paragraph(tuple(names.split(", ")), how, code.strip())


def _policy(name: str) -> str:
    return (EXAMPLE.parent / "policies" / f"{name}.json").read_text().strip()


def _is_component(name: str) -> bool:
    found = getattr(components, name)
    return inspect.isclass(found) and issubclass(found, pulumi.ComponentResource)


def _section(name: str, told: list[Paragraph]) -> Iterator[str]:
    """What is said of one name, and of those that go with it."""
    own = [one for one in told if one.names[0] == name]
    yield f"## `{name}`\n\n{_described(name)}"
    for one in own:
        yield f"{one.how}\n\n```python\n{one.code}\n```\n"
    if getattr(components, name).__module__.startswith("components.triggers"):
        yield "How to use it: [docs/triggers.md](triggers.md).\n"
    yield from _arguments(name)
    for beside in dict.fromkeys(beside for one in own for beside in one.names[1:]):
        if beside != f"{name}Args":
            yield f"### `{beside}`\n\n{_described(beside)}"
            yield from _arguments(beside)


def _described(name: str) -> str:
    """A docstring; what is raised as a list."""
    text, _, raised = inspect.cleandoc(getattr(components, name).__doc__ or "").partition("\nRaises:\n")
    reasons = re.sub(r"^    (\w+(?:, \w+)*): ", r"- `\1`: ", raised, flags=re.MULTILINE)
    reasons = re.sub(r"^ {8}", "  ", reasons, flags=re.MULTILINE)
    return f"{text.strip()}\n" + (f"\nIt stops the preview with\n\n{reasons.strip()}\n" if reasons else "")


def _arguments(name: str) -> Iterator[str]:
    """The table of what it takes, and what it then has."""
    found = getattr(components, name)
    taken = getattr(components, f"{name}Args", None)
    if taken is not None:
        yield f"`{name}Args`: {_described(f'{name}Args')}"
    owner = taken or found
    rows = [_row(*one, vars(sys.modules[owner.__module__])) for one in _taken(owner)]
    if rows:
        yield "| argument | type | default |\n|---|---|---|\n" + "".join(rows)
    if _is_component(name) and (public := [one for one in found.__annotations__ if not one.startswith("_")]):
        yield f"It has {', '.join(f'`{one}`' for one in public)}.\n"


def _taken(owner: Any) -> Iterator[tuple[str, str, str]]:
    """Each argument's name, type and default."""
    if is_dataclass(owner):
        yield from ((one.name, str(one.type), _default(one)) for one in fields(owner))
        return
    takes: Mapping[str, inspect.Parameter] = inspect.signature(owner).parameters
    for name, one in takes.items():
        if name not in ("name", "opts"):
            default = "" if one.default is inspect.Parameter.empty else _written(one.default)
            yield name, str(one.annotation), default


def _default(one: Field[Any]) -> str:
    if one.default_factory is not MISSING:
        made = one.default_factory()
        return f"`{made!r}`" if isinstance(made, dict) else f"`{type(made).__name__}()`"
    return "" if one.default is MISSING else _written(one.default)


def _written(value: object) -> str:
    return f'`Path("{value.as_posix()}")`' if isinstance(value, Path) else f"`{value!r}`".replace("'", '"')


def _row(name: str, type: str, default: str, known: Mapping[str, Any]) -> str:
    """A row of the table, its type with what it abbreviates: `known` is what the names in it stand for."""

    def whole(word: re.Match[str]) -> str:
        meant = known.get(word[0])
        return re.sub(r"\w+\.(?=\w)", "", str(meant)) if get_origin(meant) is not None else word[0]

    escaped = re.sub(r"(?<![\w.])\w+", whole, type).replace("|", "\\|")
    return f"| `{name}` | `{escaped}` | {default or 'required'} |\n"


if __name__ == "__main__":
    print(components_page(), end="")
