"""The projection, as far as its definition tells; what it does is tested in the embedded cloud."""

from __future__ import annotations

from typing import Any

import asl
from workflows import order_events


def definition() -> Any:
    return order_events("order-views", "https://sqs.us-east-1.amazonaws.com/123456789012/poison-events")


def test_it_has_no_finding_as_an_express_machine() -> None:
    assert asl.check(definition(), type="EXPRESS") == []


def test_an_older_or_repeated_event_never_overwrites_a_newer_one() -> None:
    processor = definition()["States"]["ProjectEvents"]["ItemProcessor"]["States"]
    assert (
        processor["UpdateView"]["Arguments"]["ConditionExpression"]
        == "attribute_not_exists(version) OR version < :version"
    )
    refused = processor["UpdateView"]["Catch"][0]
    assert refused == {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "NothingToProject"}


def test_what_cannot_be_projected_is_set_aside_and_a_batch_keeps_its_order() -> None:
    projection = definition()["States"]["ProjectEvents"]
    assert projection["MaxConcurrency"] == 1
    assert projection["ItemProcessor"]["States"]["IsLedgerChange"]["Default"] == "SetAside"
    assert projection["ItemProcessor"]["States"]["UpdateView"]["Catch"][-1]["Next"] == "SetAside"
