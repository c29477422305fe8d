"""One page that shows a machine: alone, with an execution, a change, or many orders that went through it.

`data` says what it shows, `machine` and `events` make that of a definition and a history, `page` the page.
"""

from asl.viewer.data import (
    UNKNOWN,
    Change,
    Flow,
    Page,
    ShownAttempt,
    ShownEnd,
    ShownExecution,
    ShownExploration,
    ShownFinding,
    ShownMachine,
    ShownPermission,
    ShownPrice,
    ShownPromise,
    ShownVisit,
    View,
    Way,
)
from asl.viewer.events import shown_execution, way
from asl.viewer.machine import shown_finding, shown_machine, shown_permission, shown_permissions
from asl.viewer.page import page

__all__ = [
    "UNKNOWN",
    "Change",
    "Flow",
    "Page",
    "ShownAttempt",
    "ShownEnd",
    "ShownExecution",
    "ShownExploration",
    "ShownFinding",
    "ShownMachine",
    "ShownPermission",
    "ShownPrice",
    "ShownPromise",
    "ShownVisit",
    "View",
    "Way",
    "page",
    "shown_execution",
    "shown_finding",
    "shown_machine",
    "shown_permission",
    "shown_permissions",
    "way",
]
