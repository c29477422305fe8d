"""The merge sort of $sort and `^(…)`. Where a comparison does not tell ties apart, its order is part of the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Item = TypeVar("Item")


def merged(items: list[Item], later: Callable[[Item, Item], object]) -> list[Item]:
    """`items` in order; `later(left, right)` says whether `left` comes behind `right`."""
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    left, right = merged(items[:middle], later), merged(items[middle:], later)
    result: list[Item] = []
    one = other = 0
    while one < len(left) and other < len(right):
        if later(left[one], right[other]):
            result.append(right[other])
            other += 1
        else:
            result.append(left[one])
            one += 1
    return result + left[one:] + right[other:]
