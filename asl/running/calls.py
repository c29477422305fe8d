"""A task's attempt: a call that somebody else makes, from being scheduled to its end.

The events of a call: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from asl.running.failures import DATA_LIMIT, RUNTIME, TIMEOUT, Broken, Failure
from asl.running.frames import Frame
from asl.running.loop import Timer
from asl.running.sizes import is_too_long, text
from asl.syntax.shapes import as_object

Kind: TypeAlias = Literal["function", "activity", "service"]
Perform: TypeAlias = "Callable[[Call], None]"
"""Makes a call, or sees to it that it is made. It may answer at once."""

_FAMILIES: dict[Kind, str] = {"function": "LambdaFunction", "activity": "Activity", "service": "Task"}


class Call:
    """What a task asks for, and where the answer goes. All methods are called in the loop's own thread.

    `resource` is the state's Resource, `arguments` what it is called with. Whoever performs it calls `submitted` (of
    a job or a callback, once the request is made), then one of `succeed` and `fail`; an activity's worker `start`s it.
    """

    def __init__(self, frame: Frame, arguments: object, seconds: float | None, heartbeat: float | None) -> None:
        self.frame = frame
        self.state = frame.step.name
        self.path = frame.step.path
        self.resource = frame.step.resource
        self.arguments = arguments
        self.attempt = frame.retries
        """How often the state was tried again before."""
        self.token = frame.token
        self.seconds = seconds
        self.heartbeat_seconds = heartbeat
        self.role: str | None = None
        """The role of the state's Credentials."""
        self.answer: object = None
        self.failure: Failure | None = None
        self.done = False
        self.kind: Kind = _kind(self.resource)
        self.service, self.action, self.pattern = _parts(self.resource) if self.kind == "service" else ("", "", "")
        """Of a service integration: `sqs`, `sendMessage`, and `sync`, `sync:2`, `waitForTaskToken` or nothing."""
        self._is_put_events = (self.service, self.action) == ("events", "putEvents")
        self._family = _FAMILIES[self.kind]
        self._named = _named(self.service, self.action, self.pattern)
        self._timers: list[Timer] = []
        self._heartbeat: Timer | None = None
        self._started = False

    def schedule(self) -> None:
        """Tell that the call is asked for; from now on its time runs."""
        frame, execution = self.frame, self.frame.execution
        details: dict[str, object] = dict(self._named)
        if self.kind == "service":
            details |= {"region": execution.region, "parameters": self.arguments}
        else:
            details |= {"resource": self.resource, "input": self.arguments}
        if self.seconds is not None:
            details["timeoutInSeconds"] = int(self.seconds)
        if self.heartbeat_seconds is not None and self.kind != "function":
            details["heartbeatInSeconds"] = int(self.heartbeat_seconds)
        if self.role is not None:
            details["taskCredentials"] = {"roleArn": self.role}
        execution.record(frame.thread, f"{self._family}Scheduled", details)
        if self.seconds is not None:
            self._timers.append(execution.loop.at(execution.loop.now + self.seconds, self._time_out))
        if self.kind != "activity":
            self.start()

    def start(self, worker: str | None = None) -> None:
        """Somebody works on it; of an activity its worker."""
        self._started = True
        self._tell("Started", {"workerName": worker} if self.kind == "activity" else {})
        self.heartbeat()

    def submitted(self, output: object) -> None:
        """The request of a job or a callback was made, and gave `output`."""
        if not self.done and not self._has_failed_entries(output):
            self._tell("Submitted", {"output": output})
            self.heartbeat()

    def heartbeat(self) -> None:
        """Whoever works on it is alive."""
        if self._heartbeat:
            self._heartbeat.cancel()
        if self.heartbeat_seconds is not None and not self.done:
            loop = self.frame.execution.loop
            self._heartbeat = loop.at(loop.now + self.heartbeat_seconds * loop.pace, self._miss_heartbeat)

    def succeed(self, output: object) -> None:
        """The task's result is `output`."""
        if self.done:
            return
        if is_too_long(output):
            self._fail(Failure(DATA_LIMIT, too_long(self.frame)))
            return
        if not self.pattern and self._has_failed_entries(output):
            return
        self._tell("Succeeded", {"output": output})
        self.answer = output
        self._end()

    def fail(self, error: str | None, cause: str | None = None) -> None:
        """The task failed; AWS passes on either of the two that is left out as missing."""
        if not self.done:
            self._fail(Failure(error, cause))

    def refuse(self, detail: str) -> None:
        """The task cannot be started at all: the execution fails, and no event tells of a call."""
        if not self.done:
            self.failure = self.frame.failure(Broken(RUNTIME, detail))
            self._end()

    def abandon(self) -> None:
        """Nobody waits for it any more."""
        self.done = True
        for timer in (*self._timers, self._heartbeat):
            if timer:
                timer.cancel()

    def _has_failed_entries(self, answer: object) -> bool:
        """Whether events were not taken, of which the task fails; the cause is as recorded.

        https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
        """
        is_failed = self._is_put_events and bool(as_object(answer).get("FailedEntryCount"))
        if is_failed:
            self._fail(Failure("EventBridge.FailedEntry", text(answer)))
        return is_failed

    def _fail(self, failure: Failure) -> None:
        self._tell("Failed", {"error": failure.error, "cause": failure.cause})
        self.failure = failure
        self._end()

    def _time_out(self) -> None:
        self._end_in_time(Failure(TIMEOUT))

    def _miss_heartbeat(self) -> None:
        self._end_in_time(Failure(TIMEOUT, missed_heartbeat=True))

    def _end_in_time(self, failure: Failure) -> None:
        if self.done:
            return
        self._tell("TimedOut", {"error": failure.error})
        self.failure = failure
        self._end()

    def _tell(self, what: str, details: dict[str, object]) -> None:
        self.frame.execution.record(self.frame.thread, f"{self._family}{what}", {**self._named, **details})

    def _end(self) -> None:
        self.abandon()
        self.frame.thread.wake()


def too_long(frame: Frame) -> str:
    """The cause of a States.DataLimitExceeded."""
    return (
        f"The state/task '{frame.step.resource or frame.step.name}' returned a result with a size exceeding the "
        "maximum number of bytes service limit."
    )


def _kind(resource: str) -> Kind:
    if ":activity:" in resource:
        return "activity"
    return "service" if ":states:" in resource else "function"


def _parts(resource: str) -> tuple[str, str, str]:
    integration, _, pattern = resource.split(":", 5)[-1].partition(".")
    service, _, action = integration.rpartition(":")
    return service, action, pattern


def _named(service: str, action: str, pattern: str) -> dict[str, object]:
    """What each event of a service integration repeats."""
    return {"resourceType": service, "resource": f"{action}.{pattern}" if pattern else action} if service else {}
