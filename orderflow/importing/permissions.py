"""What a role may do by the definition, beside what the old one was allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from asl.permissions.policy import Allowed, allowed
from asl.permissions.roles import MACHINE_LOG_GROUP, MACHINE_LOGGING, MACHINE_TRACING
from asl.review.permissions import dangers

What: TypeAlias = Literal["kept", "narrower", "wider", "gained", "lost"]
_EVERY_MACHINE = {*MACHINE_LOG_GROUP.actions, *MACHINE_LOGGING.actions, *MACHINE_TRACING.actions}
"""A machine's role has these whatever it calls."""
_BEFORE_NAME = re.compile(r"arn:[^:]+:[a-z0-9-]+:[^:]*:[^:]*:(?:[\w-]+[:/])?(?=\$\{)")
_ATTRIBUTE = re.compile(r"\$\{([\w-]+(?:\.[\w-]+)*)\.\w+\}")


class Compared(NamedTuple):
    """What became of permissions on one resource: `note` is what they were where that is another, or why to look.

    `kept` is what both allow, `gained` and `lost` what one of them does, the others what one allows more of.
    """

    what: What
    actions: tuple[str, ...]
    resource: str
    note: str = ""


def compared(new: Mapping[str, object], old: Mapping[str, object]) -> list[Compared]:
    """The permissions of two policies by what became of them; logging and tracing, which every machine has, left out.

    Names and ARNs of one resource of a template are taken for the same.
    """
    before = [one for one in allowed(old) if one.action not in _EVERY_MACHINE]
    after = [one for one in allowed(new) if one.action not in _EVERY_MACHINE]
    grouped: dict[tuple[What, str, str], list[str]] = {}
    for what, one, note in [*_after(after, before), *_lost(after, before)]:
        grouped.setdefault((what, one.resource, note), []).append(one.action)
    found = [Compared(what, tuple(sorted({*actions})), on, note) for (what, on, note), actions in grouped.items()]
    return sorted(found, key=lambda one: (_ORDER.index(one.what), one.actions, one.resource))


_ORDER: tuple[What, ...] = ("kept", "narrower", "wider", "gained", "lost")


def _after(after: Sequence[Allowed], before: Sequence[Allowed]) -> Iterator[tuple[What, Allowed, str]]:
    for one in after:
        around = [other for other in before if _covers(other, one)]
        inside = [other for other in before if _covers(one, other)]
        if any(_is_same(other, one) for other in around):
            yield "kept", one, ""
        elif around or inside:
            was = (around or inside)[0]
            yield "narrower" if around else "wider", one, f"was {was.action} on {was.resource}"
        else:
            yield "gained", one, "; ".join(dangers(one))


def _lost(after: Sequence[Allowed], before: Sequence[Allowed]) -> Iterator[tuple[What, Allowed, str]]:
    for one in before:
        if not any(_covers(one, other) or _covers(other, one) for other in after):
            yield "lost", one, "; ".join(dangers(one))


def _is_same(one: Allowed, other: Allowed) -> bool:
    return one.action.lower() == other.action.lower() and _thing(one.resource) == _thing(other.resource)


def _covers(wide: Allowed, narrow: Allowed) -> bool:
    """Whether a permission with wildcards has another in it. Actions are the same in any case:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"""
    is_action = _matches(wide.action.lower(), narrow.action.lower())
    return is_action and _matches(_thing(wide.resource), _thing(narrow.resource))


def _matches(pattern: str, text: str) -> bool:
    parts = ("." if one == "?" else ".*" if one == "*" else re.escape(one) for one in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), text) is not None


def _thing(resource: str) -> str:
    """A resource of the template by its logical id, whether its name or its ARN was said."""
    return _ATTRIBUTE.sub(r"${\1}", _BEFORE_NAME.sub("", resource.replace("arn:${Partition}:", "arn:aws:")))
