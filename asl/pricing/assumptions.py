"""What a definition does not say and a price depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Assumptions:
    """How executions go on average.

    `shares` says by state which part of its visits goes to which next state, `{"Paid": {"Ship": 0.9}}`. What it leaves
    open goes in equal parts to the other rules of a Choice; of a Task to `Next`: a catch that is not named never acts.
    `rounds` says by Choice how often it is asked before its loop is left, `{"IsDelivered": 12}`; `items` by Map how
    many items it has.
    """

    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    rounds: Mapping[str, float] = field(default_factory=dict[str, float])
    items: Mapping[str, float] = field(default_factory=dict[str, float])
    map_items: float = 10
    """Items of a Map that `items` does not name."""
    retries_per_call: float = 0.01
    """Further attempts for each call of a Task that has a Retry: one call in a hundred is repeated."""
    lambda_ms: float = 200
    lambda_mb: float = 256
    lambda_architecture: Literal["arm64", "x86_64"] = "arm64"
    call_ms: float = 50
    """What a call of another service than Lambda takes."""
    payload_kb: float = 4
    """The state's input, a message, or a table's item; 1 KB is 1,000 bytes."""
    log_event_kb: float = 1
    """One record of the machine's log at level ALL; 0 where the level is OFF. ERROR writes next to nothing."""

    def __post_init__(self) -> None:
        figures = [self.map_items, self.retries_per_call, self.lambda_ms, self.lambda_mb, self.call_ms]
        figures += [self.payload_kb, self.log_event_kb, *self.items.values()]
        figures += [share for shares in self.shares.values() for share in shares.values()]
        if any(figure < 0 for figure in figures) or any(rounds < 1 for rounds in self.rounds.values()):
            raise ValueError("shares, items, times and sizes are 0 or more, and a loop has at least 1 round")
        for name, shares in self.shares.items():
            if sum(shares.values()) > 1 + 1e-9:
                raise ValueError(f"the shares of {name} add up to {sum(shares.values()):g}, and cannot exceed 1")
