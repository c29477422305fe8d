"""Rules about calls that answer with whole pages of data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from asl.integrations.arguments import arguments, field_of
from asl.rules.findings import Problem, Rule
from asl.syntax.walk import Machine

_LARGE = "https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"

_PAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
        "dynamodb:query": ("Limit", "a page of 1 MB"),
        "dynamodb:scan": ("Limit", "a page of 1 MB"),
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
        "s3:listObjectsV2": ("MaxKeys", "1,000 objects"),
    }
)
"""The parameter that makes a page smaller, and how much comes without it."""


def _pages_fit(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        _, _, call = state.resource.partition(":aws-sdk:")
        parameter, size = _PAGES.get(call, ("", ""))
        if not parameter or isinstance(state.node.get(field_of(state)), str):
            continue
        if parameter not in (name.removesuffix(".$") for name in arguments(state)):
            yield state.path, f"may answer with {size}, and has no {parameter}"


RULES = (
    Rule(
        "ASL090",
        "warning",
        "A page of data fits into a state",
        "A task's result ends at 256 KiB with States.DataLimitExceeded, which States.ALL does not catch; a full page"
        " is larger.",
        "Ask for smaller pages with Limit or MaxKeys, or let a function or a Distributed Map read.",
        _LARGE,
        _pages_fit,
    ),
)
