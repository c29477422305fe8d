"""What came of a file, added up from what its execution has written into the bucket."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SHOWN = 20
"""How many of the refused lines a summary tells itself."""


@dataclass
class Came:
    """What the batches came to: orders that were started now, or before this execution began, and lines that could
    not be started, because another order has the id."""

    started: int = 0
    before: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @classmethod
    def of(cls, batches: Iterable[Mapping[str, Any]]) -> Came:
        came = cls()
        for batch in batches:
            came.started += batch["started"]
            came.before += batch["before"]
            came.refused += batch["refused"]
        came.refused.sort(key=_number)
        return came


def batches(manifests: Iterable[str], read: Callable[[str], Iterable[bytes]]) -> Iterator[dict[str, Any]]:
    """The output of every child that succeeded, by the manifests of its Map Run.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    """
    for manifest in manifests:
        for file in json.loads(b"".join(read(manifest)))["ResultFiles"]["SUCCEEDED"]:
            yield from map(json.loads, read(file["Key"]))


def all_refused(in_the_file: Iterable[bytes], came: Came) -> Iterator[dict[str, Any]]:
    """Every refused line, with its number and its reason, in the order of the file."""
    return heapq.merge(map(json.loads, in_the_file), came.refused, key=_number)


def _number(line: Mapping[str, Any]) -> int:
    return line["line"]
