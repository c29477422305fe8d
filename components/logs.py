"""How much is logged, and for how long it is kept."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Logs:
    """`level` is what state machines log, one of ALL, ERROR, FATAL, OFF; `execution_data` adds inputs and outputs.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """

    retention_days: int
    level: str = "ERROR"
    execution_data: bool = False
