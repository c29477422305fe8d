"""What a page shows, as data; `page` makes the page of it.

States are named by their paths, as everywhere: `States.FulfillInParallel.Branches[0].States.ReserveInventory`; a path
that the definition does not have is passed over. Times are seconds since 1970. Inputs, outputs, errors and texts are
shown as they are given: whoever publishes a page masks them first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, TypeAlias

from asl.syntax.shapes import Object

Outcome: TypeAlias = Literal["running", "succeeded", "caught", "failed", "aborted"]
"""How a stay in a state went on. `caught`: it failed, and a Catch led on from there."""

Status: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html"""


class Unknown(Enum):
    """Data that is not there, or that one may not see: not the same as null."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """What a rule found at `path`, which may lie inside a state; empty for the machine as a whole."""

    rule: str
    rank: str
    """`error`, `advice`, or of a warning also what it can lose: `warning, money`."""
    path: str
    message: str
    fix: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ShownPermission:
    """One action on one resource, the reason for it, and why it is worth a second look, where it is."""

    action: str
    resource: str
    reason: str = ""
    condition: str = ""
    danger: str = ""


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """An estimate in dollars. `shares` says which part of it each state causes, between 0 and 1."""

    usd_per_execution: float
    usd_per_month: float
    executions_per_month: float
    shares: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class ShownMachine:
    """A definition and what is known of it. `asl.viewer.machine.shown_machine` finds that out.

    `permissions` are by the path of the state that needs them; at the empty path those of the machine as a whole.
    `started_by` says in words what starts it: a rule, a queue, another machine.
    """

    name: str
    definition: Object
    type: str = "STANDARD"
    findings: tuple[ShownFinding, ...] = ()
    permissions: Mapping[str, tuple[ShownPermission, ...]] = field(
        default_factory=dict[str, tuple[ShownPermission, ...]]
    )
    price: ShownPrice | None = None
    started_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """One call of a task: `ended` is None while it goes on."""

    began: float
    ended: float | None = None
    input: object = UNKNOWN
    output: object = UNKNOWN
    error: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class ShownVisit:
    """One stay in the state at `state`.

    `after` is the number of the visit that led to it in its scope, None at a scope's start. `items` are the places of
    the items that it is for, of each Map around it from the outermost. `assigned` are variables given a value when it
    was left. `log` is a link to its log lines: http, https, or a path beside the page.
    """

    state: str
    entered: float
    left: float | None = None
    outcome: Outcome = "running"
    after: int | None = None
    items: tuple[int, ...] = ()
    input: object = UNKNOWN
    output: object = UNKNOWN
    assigned: Mapping[str, object] = field(default_factory=dict[str, object])
    error: str = ""
    cause: str = ""
    attempts: tuple[ShownAttempt, ...] = ()
    log: str = ""


@dataclass(frozen=True, slots=True)
class ShownExecution:
    """An execution; `asl.viewer.events.shown_execution` reads one from its history.

    `visits` are in the order in which they began; those of a Map Run's children may be among them. `links` are words
    and where they lead, such as the execution in AWS's console.
    """

    name: str
    status: Status
    started: float
    ended: float | None = None
    input: object = UNKNOWN
    output: object = UNKNOWN
    error: str = ""
    cause: str = ""
    visits: tuple[ShownVisit, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    masked: bool = False
    """Whether secrets and personal fields are left out, which the page then says."""


@dataclass(frozen=True, slots=True)
class ShownPromise:
    """A promise of the machine: whether it is proven `kept`, and was `before`, which is None where that is not known.

    `explored` is whether all that exploration tried kept it, None where that did not come to the promise. `detail` is
    the way that breaks it.
    """

    text: str
    kept: bool
    before: bool | None = None
    detail: str = ""
    explored: bool | None = None


@dataclass(frozen=True, slots=True)
class ShownEnd:
    """How executions can end: in the state at the path `state`, the shortest way through the states in `shortest`."""

    state: str
    status: str
    shortest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownExploration:
    """What exploration found of a machine. `refused` says why nothing was tried, `cut` what was not, and why.

    `unreached` are paths of states. Each of `problems` comes with a way that an execution has taken.
    """

    told: str = ""
    refused: str = ""
    ends: tuple[ShownEnd, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    unreached: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What a view's machine was before. What changed in its states the page finds out itself."""

    before: ShownMachine
    gained: tuple[ShownPermission, ...] = ()
    lost: tuple[ShownPermission, ...] = ()
    new_findings: tuple[ShownFinding, ...] = ()
    gone_findings: tuple[ShownFinding, ...] = ()
    promises: tuple[ShownPromise, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """How one order went: each transition taken, as the paths of its two states, in order.

    `outcome` is a word for its end, such as DELIVERED; `asl.viewer.events.way` makes one of an execution. A transition
    from the empty path is the start.
    """

    name: str
    outcome: str
    taken: tuple[tuple[str, str], ...]
    seconds: float = 0
    caught: frozenset[int] = frozenset()
    """Which of `taken`, by number, a Catch made."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Many orders that went through a machine."""

    ways: tuple[Way, ...]
    noun: str = "order"


@dataclass(frozen=True, slots=True)
class View:
    """A machine, and what happened to it: an execution, a change, a flow, or none of them."""

    machine: ShownMachine
    title: str = ""
    """What tells it from the page's other views; the machine's name where it is empty."""
    execution: ShownExecution | None = None
    change: Change | None = None
    flow: Flow | None = None
    exploration: ShownExploration | None = None
    notes: tuple[str, ...] = ()
    """What a reader has to know first, a line each."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of one or more views; the reader chooses between them.

    `reload_seconds` has the page read its own file again that often: whoever follows an execution writes it anew.
    """

    title: str
    views: tuple[View, ...]
    reload_seconds: float | None = None
    made: str = ""
    """When and from what it was made, in words, for the page's foot."""
