"""Measures each call of a function inside its process: the handler's own time, the calls that it makes left out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def install(address: str) -> None:
    """Append a line `SUBJECT MILLISECONDS` to the file `address` for each call that this process serves.

    The subject is the order's id, the execution of a quote, or the request of an API.
    """
    from awslambdaric import bootstrap
    from botocore.client import BaseClient

    load, api_call = bootstrap._get_handler, BaseClient._make_api_call  # type: ignore[attr-defined]
    elsewhere = 0.0

    def get_handler(name: str) -> Callable[[Any, Any], Any]:
        handler = load(name)

        def served(event: Any, context: Any) -> Any:
            nonlocal elsewhere
            elsewhere, begun = 0.0, time.perf_counter()
            try:
                return handler(event, context)
            finally:
                own = (time.perf_counter() - begun - elsewhere) * 1000
                if isinstance(event, dict):
                    with open(address, "a") as file:
                        file.write(f"{_subject(event)} {own:.3f}\n")

        return served

    def make_api_call(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        nonlocal elsewhere
        begun = time.perf_counter()
        try:
            return api_call(client, operation, arguments)
        finally:
            elsewhere += time.perf_counter() - begun

    bootstrap._get_handler = get_handler
    BaseClient._make_api_call = make_api_call  # type: ignore[attr-defined]


def _subject(event: dict[str, Any]) -> str:
    if "order" in event:
        return str(event["order"].get("orderId"))
    return "request" if "requestContext" in event else str(event.get("executionId"))
