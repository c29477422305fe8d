"""How a state fails: the error and the cause that AWS tells, and who can handle it.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
ALL = "States.ALL"
DATA_LIMIT = "States.DataLimitExceeded"
QUERY = "States.QueryEvaluationError"
REFERENCE_PATH = "States.ReferencePathConflict"
TOLERATED_EXCEEDED = "States.ExceedToleratedFailureThreshold"
READER_FAILED = "States.ItemReaderFailed"
WRITER_FAILED = "States.ResultWriterFailed"


class Failure(Exception):  # noqa: N818 what fails is the state
    """A state failed with `error` and `cause`; AWS leaves out either where there is none.

    `missed_heartbeat` distinguishes a heartbeat that did not come: its error reads States.Timeout, and a handler of
    States.HeartbeatTimeout takes it, too.
    """

    def __init__(self, error: str | None, cause: str | None = None, *, missed_heartbeat: bool = False) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.missed_heartbeat = missed_heartbeat

    @property
    def ends_all(self) -> bool:
        """Whether it ends the execution whatever stands around the state: nothing takes it, no event tells of it."""
        return self.error == RUNTIME

    @property
    def output(self) -> dict[str, object]:
        """What a catcher is given."""
        return {"Error": self.error, "Cause": self.cause}

    def is_one_of(self, names: frozenset[str]) -> bool:
        """Whether a retrier or catcher of the errors `names` takes it.

        Nothing takes States.Runtime. States.TaskFailed stands for every error but States.Timeout, States.ALL for
        every error there is.
        """
        if self.ends_all:
            return False
        if self.error in names or ALL in names:
            return True
        if self.missed_heartbeat and HEARTBEAT_TIMEOUT in names:
            return True
        return TASK_FAILED in names and self.error != TIMEOUT


class Broken(Exception):  # noqa: N818 as above
    """A state's own fields cannot be applied to its data; the state says where it is, which makes it a `Failure`.

    `location` is the field, `Output/total`, where it is a JSONata expression that failed.
    """

    def __init__(self, error: str, detail: str, location: str | None = None) -> None:
        super().__init__(detail)
        self.error = error
        self.detail = detail
        self.location = location
