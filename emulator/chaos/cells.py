"""What strikes the workflows beside the orders: every fault in each of their functions, and troubles of their own.

A cell is one case of its workflow's demo, struck. Of the functions that a workflow has in common with the orders those
that it hands something of its own are struck here, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from emulator.chaos.expected import ATTEMPTS
from emulator.chaos.faults import Fault
from emulator.chaos.plan import CALLS

ALWAYS = 99
READS_ONLY: Mapping[str, str] = {"check_application": "it reads the application, and changes nothing"}
"""The functions that nothing strikes here, and why."""


@dataclass(frozen=True)
class Cell:
    """`way` is the case that `emulator.chaos.cases` makes of it; `faults` are (function, fault, how often), and `own`
    is what befalls that case beside them."""

    way: str
    faults: tuple[tuple[str, Fault, int], ...] = ()
    own: str = ""

    @property
    def shows(self) -> frozenset[tuple[str, str]]:
        """The faults that it is an example of."""
        return frozenset(("fault", fault.value) for _, fault, _ in self.faults)

    @property
    def fault(self) -> str:
        """All that befalls it."""
        return " and ".join(filter(None, [*dict.fromkeys(fault for _, fault, _ in self.faults), self.own]))

    @property
    def function(self) -> str:
        """Where faults strike it."""
        return ", ".join(function for function, _, _ in self.faults)


def _each(
    called_on: Mapping[str, str], transacting: Collection[str] = (), calls: Sequence[Fault] = CALLS
) -> Iterator[Cell]:
    """Each fault in each function, on a way on which it is called."""
    for function, way in called_on.items():
        for fault in (*calls, *([Fault.CONFLICT] if function in transacting else [])):
            # A function that looks several times may change something by the last look alone.
            times = ALWAYS if fault is Fault.DELIVERED_TWICE else 1
            yield Cell(way, ((function, fault, times),))


_RETURNING = {
    **dict.fromkeys(("open_return", "make_label", "check_return", "record_inspection", "refund_return"), "accepted"),
    "restock_return": "accepted",
    "cancel_return": "no-label",
    "settle_return": "by-hand",
}
_PARTS = ("quote_price", "quote_stock", "quote_delivery")

CELLS: Mapping[str, Sequence[Cell]] = {
    "bulk": (
        *_each(dict.fromkeys(("read_intake", "start_orders", "report_intake"), "taken-in")),
        Cell("left", (("read_intake", Fault.REFUSES, ATTEMPTS),)),
        Cell("left", (("start_orders", Fault.REFUSES, ATTEMPTS),)),
        Cell("rivals", own="the same file at the same moment"),
        Cell("rivals", (("read_intake", Fault.CRASH_AFTER_WORK, 1),), "the same file at the same moment"),
    ),
    "onboarding": (
        *_each({"create_account": "plain"}, ["create_account"]),
        *_each({"close_account": "declined-order", "decide_review": "unsure-identity"}),
        # Opened or not, nobody knows.
        Cell("not-opened", (("create_account", Fault.CRASH_AFTER_WORK, ALWAYS),)),
        Cell("not-opened", (("create_account", Fault.REFUSES, ALWAYS),)),
        Cell("killed-once", own="container killed"),
        Cell("killed-always", own="container killed each time"),
        Cell("busy-twice", own="API busy"),
        Cell("hangs-forever", own="API hangs"),
        Cell("html-instead", own="API answers a web page"),
        Cell("down", own="API down"),
    ),
    "quote": (
        *_each(dict.fromkeys(_PARTS, "basket"), calls=(Fault.CRASH_AFTER_WORK, Fault.DELIVERED_TWICE, Fault.HANGS)),
        *(Cell("basket", ((part, Fault.REFUSES, ALWAYS),)) for part in _PARTS),
        Cell("basket", tuple((part, Fault.REFUSES, ALWAYS) for part in _PARTS)),
    ),
    "returns": (
        *_each(_RETURNING, _RETURNING),
        *_each(dict.fromkeys(("tell_return", "ask_person", "decide"), "accepted")),
        *(Cell("accepted", (("refund_return", Fault.PROVIDER_DOWN, times),)) for times in (1, ATTEMPTS - 1)),
        # Given back or not, nobody knows.
        Cell("accepted", (("refund_return", Fault.CRASH_AFTER_WRITE, ALWAYS),)),
        Cell("settled", (("refund_return", Fault.REFUSES, ALWAYS),)),
        Cell("settled", (("restock_return", Fault.REFUSES, ALWAYS),)),
        Cell("not-labeled", (("make_label", Fault.REFUSES, ALWAYS),)),
        Cell("accepted", (("check_return", Fault.REFUSES, ATTEMPTS),)),
        Cell("twice", own="started twice"),
    ),
}
"""By workflow, as the stack's settings name it."""
