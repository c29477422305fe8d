"""Going through all checks, with what AWS may answer instead of showing a part."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from orderflow.doctor.checks import CHECKS, Check
from orderflow.doctor.lines import DEPLOY, Connect, Line, Seen, Told, told_by
from orderflow.errors import aws_errors
from orderflow.outputs import Deployment
from orderflow.text import one_line

LOOK_SECONDS = 5
AT_ONCE = 4
"""Services throttle who asks about everything at once."""

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"})
GONE = frozenset(
    {
        *("ResourceNotFoundException", "ResourceNotFound", "NotFoundException", "NotFound", "NoSuchEntity"),
        *("StateMachineDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
        *("NoSuchBucket", "404", "RepositoryNotFoundException", "InvalidSubnetID.NotFound"),
        "ClientException",  # ECS's, of a task definition
    }
)
"""What services call that something is not there."""
OF_THE_CALLER = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId"),
        *("InvalidSignatureException", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
        *("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"),
    }
)
"""What is no part's fault, and would be said of every part."""

Pair: TypeAlias = tuple[Check, Told]


def examine(deployment: Deployment, wait: float, report: Callable[[Sequence[Line]], None]) -> list[Line]:
    """What is said of every part of a stack.

    For `wait` seconds at most it is looked again at what will change by itself; `report` hears of it before each wait.

    Raises:
        OrderflowError: when the outputs do not tell of everything, or AWS cannot be asked.
    """
    pairs = [(check, told) for check in CHECKS for told in told_by(deployment.outputs, check.output)]
    connect, deadline = _connected(deployment), time.monotonic() + wait
    found = _looked_at(pairs, connect)
    while waiting := [place for place, lines in enumerate(found) if any(line.state == "waiting" for line in lines)]:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        report([line for place in waiting for line in found[place]])
        time.sleep(min(LOOK_SECONDS, left))
        again = _looked_at([pairs[place] for place in waiting], connect)
        for place, lines in zip(waiting, again, strict=True):
            found[place] = lines
    return [line for lines in found for line in lines]


def _looked_at(pairs: Sequence[Pair], connect: Connect) -> list[list[Line]]:
    def lines(pair: Pair) -> list[Line]:
        return _lines(*pair, connect)

    with ThreadPoolExecutor(AT_ONCE) as workers:
        return list(workers.map(lines, pairs))


def _lines(check: Check, told: Told, connect: Connect) -> list[Line]:
    with aws_errors():
        try:
            seen = list(check.look(connect, told))
        except ClientError as error:
            seen = [_hidden(check, error)]
    return [Line(check.part, told.name, *one) for one in seen]


def _hidden(check: Check, error: ClientError) -> Seen:
    """What is said of a part that AWS does not show. What is no part's fault is raised again."""
    reason = error.response.get("Error", {})
    code, message = reason.get("Code", "unknown"), reason.get("Message", "no message")
    if code in OF_THE_CALLER:
        raise error
    if code in DENIED:
        called = [action for action in check.needs if action.endswith(f":{error.operation_name}")]
        action = " and ".join(called or check.needs)
        return Seen("unseen", f"could not be looked at: needs {action}", f"allow {action} (runbook, Is it all there?)")
    if code in GONE:
        return Seen("wrong", "is not there", DEPLOY)
    found = one_line(f"could not be looked at: {error.operation_name}: {code}: {message}", 400)
    return Seen("unseen", found, "mend what AWS names, and look again")


def _connected(deployment: Deployment) -> Connect:
    """Clients, each made when it is first needed. Threads can share them, and cannot make them at the same time."""
    making, made = Lock(), dict[str, Any]()

    def connect(service: str) -> Any:
        with making:
            if service not in made:
                made[service] = deployment.connect(service)
            return made[service]

    return connect
