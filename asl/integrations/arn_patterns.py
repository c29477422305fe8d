"""Whether an ARN may be of a type that AWS writes as `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`.

The ARN may hold the wildcards of a policy, `*` and `?`, and placeholders, `${table}`, that stand for any text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

_TOKEN = re.compile(r"\$\{[^}]*\}|.", re.DOTALL)


class _Token(NamedTuple):
    """One character, or any but those `barred`; `many` stands for none, one or more of them."""

    char: str = ""
    barred: frozenset[str] = frozenset()
    many: bool = False

    def meets(self, other: _Token) -> bool:
        if self.char and other.char:
            return self.char == other.char
        return self.char not in other.barred and other.char not in self.barred


_Tokens: TypeAlias = tuple[_Token, ...]


@lru_cache(maxsize=2**16)
def may_be(arn: str, pattern: str, others: frozenset[str]) -> bool:
    """Whether `arn` may be of the type of `pattern`; `others` are the patterns of the service's types.

    A name ends where another type goes on: with `${Bucket}/${Object}` beside `${Bucket}`, a bucket's has no `/`.
    """
    given, wanted = _given(arn), _wanted(pattern, others)
    todo, seen = [(0, 0)], set[tuple[int, int]]()
    while todo:
        at = i, j = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        if at == (len(given), len(wanted)):
            return True
        here, there = given[i : i + 1], wanted[j : j + 1]
        if here and here[0].many:
            todo.append((i + 1, j))
        if there and there[0].many:
            todo.append((i, j + 1))
        if here and there and here[0].meets(there[0]):
            todo.append((i + (not here[0].many), j + (not there[0].many)))
    return False


@lru_cache(maxsize=2**12)
def _given(arn: str) -> _Tokens:
    any_text = _Token(many=True)
    return tuple(
        any_text if text == "*" or len(text) > 1 else _Token() if text == "?" else _Token(text)
        for text in _TOKEN.findall(arn)
    )


@lru_cache(maxsize=2**12)
def _wanted(pattern: str, others: frozenset[str]) -> _Tokens:
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(pattern):
        if len(match[0]) == 1:
            tokens.append(_Token(match[0]))
        else:
            head = pattern[: match.end()]
            barred = frozenset(other[len(head)] for other in others if other.startswith(head) and other != head)
            tokens += [_Token(barred=barred), _Token(barred=barred, many=True)]
    return tuple(tokens)
