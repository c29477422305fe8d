"""Rules about HTTP Tasks."""

from __future__ import annotations

from collections.abc import Iterator

from asl.integrations.arguments import arguments, field_of, is_expression
from asl.rules.findings import Problem, Rule
from asl.syntax.hints import nearest
from asl.syntax.shapes import as_object, kind, shown
from asl.syntax.walk import Machine

_HTTP = "https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
_REFUSED = frozenset((
    "a-im", "accept-charset", "accept-datetime", "accept-encoding", "authorization", "cache-control", "connection",
    "content-encoding", "content-md5", "date", "expect", "forwarded", "from", "host", "http2-settings", "if-match",
    "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "origin", "pragma",
    "proxy-authorization", "referer", "server", "te", "trailer", "transfer-encoding", "upgrade", "via", "warning",
))  # fmt: skip
_REFUSED_BEGINNINGS = ("x-forwarded-", "x-amz-", "x-amzn-")
"""Headers, in small letters, that belong to the connection or to AWS."""


def _requests_are_taken(machine: Machine) -> Iterator[Problem]:
    for state in machine.of("Task"):
        if not state.resource.endswith(":states:::http:invoke"):
            continue
        field, given = field_of(state), arguments(state)
        method, endpoint = given.get("Method", "GET"), given.get("ApiEndpoint")
        if _is_known(method) and method not in METHODS:
            hint = nearest(str(method), METHODS)
            yield state.at(f"{field}.Method"), f"is {shown(method)}, where {', '.join(METHODS)} is expected{hint}"
        if isinstance(endpoint, str) and endpoint.startswith("http://"):
            yield state.at(f"{field}.ApiEndpoint"), "is not https"
        for part in ("Authentication", "InvocationConfig"):
            inner = given.get(part)
            if kind(inner) == "an object" and not {"ConnectionArn", "ConnectionArn.$"} & set(as_object(inner)):
                yield state.at(f"{field}.{part}"), "lacks ConnectionArn"
        for name in as_object(given.get("Headers")):
            header = name.removesuffix(".$").lower()
            if header in _REFUSED or header.startswith(_REFUSED_BEGINNINGS):
                yield state.at(f"{field}.Headers.{name}"), "is a header that an HTTP Task cannot set"


def _is_known(value: object) -> bool:
    return isinstance(value, str) and not is_expression(value) and "${" not in value


RULES = (
    Rule(
        "ASL099",
        "error",
        "An HTTP Task's request is one that AWS sends",
        "HTTP Tasks call HTTPS endpoints alone by a connection, and know seven methods; with a header of AWS's own the"
        " task fails with States.Runtime, which nothing catches.",
        "Write a method of the page; put Authorization into the connection, and leave out what AWS sets itself.",
        _HTTP,
        _requests_are_taken,
    ),
)
