"""The shipped workflows with production's settings and plain ARNs, for files of cases: `module:function`."""

from __future__ import annotations

from dataclasses import fields

from asl import Node
from workflows import (
    Decisions,
    Delivery,
    Functions,
    QuoteFunctions,
    bulk_intake,
    order_events,
    order_fulfillment,
    quote,
)

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function"


def order() -> Node:
    """The carrier is asked every six hours, a parcel may take a fortnight, and people have two days to decide."""
    functions = Functions(**{f.name: f"{FUNCTION}:{f.name}:live" for f in fields(Functions)})
    return order_fulfillment(functions, Delivery(21_600, 1_209_600), Decisions(500_000, 172_800))


def events() -> Node:
    """The projection into a view, with a queue for what cannot be projected."""
    return order_events("order-views", "https://sqs.us-east-1.amazonaws.com/123456789012/poison-events")


def bulk() -> Node:
    """The intake of files from a bucket, which tells a topic."""
    functions = (f"{FUNCTION}:{name}:live" for name in ("read_intake", "start_orders", "report_intake"))
    return bulk_intake(*functions, "intake", "intakes", "arn:aws:sns:us-east-1:123456789012:intakes")


def quoted() -> Node:
    """A part of a quote may take three seconds."""
    return quote(QuoteFunctions(**{f.name: f"{FUNCTION}:{f.name}:live" for f in fields(QuoteFunctions)}), 3)
