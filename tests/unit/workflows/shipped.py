"""The shipped workflows with production's settings and plain ARNs, for files of cases: `module:function`."""

from __future__ import annotations

from dataclasses import fields

from asl import Node
from workflows import (
    Decisions,
    Delivery,
    Functions,
    OnboardingParts,
    QuoteFunctions,
    ReturnFunctions,
    bulk_intake,
    onboarding,
    order_events,
    order_fulfillment,
    quote,
    returns,
)

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function"


def order() -> Node:
    """The carrier is asked every six hours, a parcel may take a fortnight, and people have two days to decide."""
    functions = Functions(**{f.name: f"{FUNCTION}:{f.name}:live" for f in fields(Functions)})
    return order_fulfillment(functions, Delivery(21_600, 1_209_600), Decisions(500_000, 172_800))


def events() -> Node:
    """The projection into a view, with a queue for what cannot be projected."""
    return order_events("order-views", "https://sqs.us-east-1.amazonaws.com/123456789012/poison-events")


def sent_back() -> Node:
    """Returns, with the same times as orders have."""
    functions = ReturnFunctions(**{f.name: f"{FUNCTION}:{f.name}:live" for f in fields(ReturnFunctions)})
    return returns(functions, Delivery(21_600, 1_209_600), Decisions(500_000, 172_800))


def bulk() -> Node:
    """The intake of files from a bucket, which tells a topic."""
    read, start, report = (f"{FUNCTION}:{name}:live" for name in ("read_intake", "start_orders", "report_intake"))
    return bulk_intake(read, start, report, "intake", "intakes", "arn:aws:sns:us-east-1:123456789012:intakes")


def quoted() -> Node:
    """A part of a quote may take three seconds."""
    return quote(QuoteFunctions(**{f.name: f"{FUNCTION}:{f.name}:live" for f in fields(QuoteFunctions)}), 3)


def onboard() -> Node:
    """People have two days each time that they are asked; an order takes a month at most."""
    parts = OnboardingParts(
        check_application=f"{FUNCTION}:check_application:live",
        identity_url="https://identity.example.com",
        identity_seconds=30,
        connection="arn:aws:events:us-east-1:123456789012:connection/identity/1234abcd-12ab-34cd-56ef-1234567890ab",
        scan={
            "Cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/document-scan",
            "TaskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/document-scan:1",
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-0123456789abcdef0"]}},
        },
        container="document-scan",
        applicants="applicants",
        reviews="https://sqs.us-east-1.amazonaws.com/123456789012/reviews",
        create_account=f"{FUNCTION}:create_account:live",
        close_account=f"{FUNCTION}:close_account:live",
        notices="arn:aws:sns:us-east-1:123456789012:applicants",
        orders="arn:aws:states:us-east-1:123456789012:stateMachine:order-fulfillment",
        order_seconds=2_592_000,
    )
    return onboarding(parts, 172_800)
