"""Connections: by which machines sign in at the APIs of others."""

from __future__ import annotations

from collections.abc import Iterator

from orderflow.doctor.lines import Connect, Seen, Told
from orderflow.documents import at
from orderflow.text import one_line

CHANGES = ("CREATING", "UPDATING", "AUTHORIZING")
PUT_IN = "put its key in (docs/on-aws.md, What onboarding needs from people): aws events update-connection --name"


def is_authorized(connect: Connect, told: Told) -> Iterator[Seen]:
    """Its secret is not read: what is made with a stand-in has its key once it was changed.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeConnection.html
    """
    put_in = f"{PUT_IN} {told.text('name')}"
    connection = connect("events").describe_connection(Name=told.text("name"))
    state, reason = connection["ConnectionState"], connection.get("StateReason")
    found = one_line(f"{state}: {reason}", 300) if reason else state
    if state in CHANGES:
        yield Seen("waiting", found)
    elif state != "AUTHORIZED":
        yield Seen("wrong", found, put_in)
    elif at(told.value, "standIn") is True and connection["LastModifiedTime"] == connection["CreationTime"]:
        yield Seen("wrong", "has the stand-in that it is made with, and the API refuses that", put_in)
    else:
        yield Seen("ok", "AUTHORIZED")
