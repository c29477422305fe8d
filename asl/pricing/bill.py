"""The price of a month, side by side for both types of machine."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from asl.pricing import prices
from asl.pricing.assumptions import Assumptions
from asl.pricing.prices import Price
from asl.pricing.usage import Usage, count, usage
from asl.pricing.visits import visits
from asl.rules.check import check
from asl.syntax.shapes import Object
from asl.syntax.walk import walk

_EXPRESS_SECONDS = 300
_MESSAGES = {
    "sqs": ("SQS requests", prices.SQS_REQUEST),
    "sns": ("SNS requests", prices.SNS_REQUEST),
    "events": ("EventBridge events", prices.EVENTBRIDGE_EVENT),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bill: `units` per execution and what they cost in a month, with the price's source."""

    name: str
    units: float
    usd_per_month: float
    source: str


@dataclass(frozen=True, slots=True)
class Bill:
    """A month of a machine of one `type`; `impossible` says why it cannot be of that type, where it cannot."""

    type: str
    items: tuple[Item, ...]
    executions_per_month: float
    impossible: tuple[str, ...] = ()

    @property
    def usd_per_month(self) -> float:
        return sum(item.usd_per_month for item in self.items)

    @property
    def usd_per_execution(self) -> float:
        return self.usd_per_month / self.executions_per_month


@dataclass(frozen=True, slots=True)
class Cost:
    """Both bills, and what they rest on. Nothing is counted for the calls in `usage.without_price`."""

    standard: Bill
    express: Bill
    usage: Usage
    visits: dict[str, float]
    assumptions: Assumptions
    region: str = prices.REGION


def cost(definition: Object, *, executions_per_month: float = 1_000_000, assumed: Assumptions | None = None) -> Cost:
    """What `executions_per_month` of `definition` cost, as Standard and as Express, with all that it calls.

    Raises:
        ValueError: when a loop is never left, or an assumption does not fit the definition.
    """
    if executions_per_month <= 0:
        raise ValueError("a price needs at least one execution")
    given = assumed or Assumptions()
    machine = walk(definition)
    entered = visits(machine, given)
    used = usage(machine, given, entered)
    month = _Month(executions_per_month)
    shared = _shared(used, given, month)
    transitions = month.item("state transitions", used.transitions, prices.STANDARD_TRANSITION)
    standard = (transitions, *_express_children(used, month), *shared)
    express = (
        month.item("Express requests", 1, prices.EXPRESS_REQUEST),
        month.item("Express GB-seconds", gb_seconds(used.seconds, used.memory_mb), prices.EXPRESS_GB_SECOND),
        *shared,
    )
    return Cost(
        Bill("STANDARD", standard, executions_per_month),
        Bill("EXPRESS", express, executions_per_month, _not_express(definition, used)),
        used,
        entered,
        given,
    )


def shares(definition: Object, found: Cost) -> dict[str, float]:
    """Which part of the price each state causes, by its path, as a Standard machine: by transitions, calls and logs."""
    one = _Month(1)
    usd: dict[str, float] = {}
    for state in walk(definition).states:
        used = Usage()
        count(state, found.visits[state.path], found.assumptions, used)
        transitions = one.item("state transitions", used.transitions, prices.STANDARD_TRANSITION)
        usd[state.path] = sum(item.usd_per_month for item in (transitions, *_shared(used, found.assumptions, one)))
    whole = sum(usd.values())
    return {path: part / whole for path, part in usd.items()} if whole else {}


def gb_seconds(seconds: float, memory_mb: float) -> float:
    """Billed in steps of 100 ms and of 64 MB, both rounded up: https://aws.amazon.com/step-functions/pricing/"""
    # Rounded before it is rounded up: 0.3 s must not become 400 ms by the last bit.
    duration = max(1, ceil(round(seconds * 10, 6))) / 10
    return duration * max(1, ceil(round(memory_mb / 64, 6))) * 64 / 1024


@dataclass(frozen=True, slots=True)
class _Month:
    executions: float

    def item(self, name: str, units: float, price: Price) -> Item:
        return Item(name, units, price.of(units * self.executions), price.source)


def _express_children(used: Usage, month: _Month) -> tuple[Item, ...]:
    """What a Distributed Map's Express children cost beside the machine itself, which is Standard."""
    started = sum(one.executions for one in used.express_children)
    compute = sum(one.executions * gb_seconds(one.seconds, one.memory_mb) for one in used.express_children)
    found = (
        month.item("children: Express requests", started, prices.EXPRESS_REQUEST),
        month.item("children: Express GB-seconds", compute, prices.EXPRESS_GB_SECOND),
    )
    return tuple(item for item in found if item.units)


def _shared(used: Usage, given: Assumptions, month: _Month) -> tuple[Item, ...]:
    """What both types pay alike: what they call, and their logs."""
    on_arm = given.lambda_architecture == "arm64"
    # Billed to the next millisecond: https://aws.amazon.com/lambda/pricing/
    compute = used.lambda_calls * ceil(given.lambda_ms) / 1000 * given.lambda_mb / 1024
    found = [
        month.item("Lambda requests", used.lambda_calls, prices.LAMBDA_REQUEST),
        month.item(
            "Lambda GB-seconds", compute, prices.LAMBDA_GB_SECOND_ARM64 if on_arm else prices.LAMBDA_GB_SECOND_X86
        ),
        month.item("DynamoDB write units", used.write_units, prices.DYNAMODB_WRITE_UNIT),
        month.item("DynamoDB read units", used.read_units, prices.DYNAMODB_READ_UNIT),
        *(month.item(_MESSAGES[name][0], count, _MESSAGES[name][1]) for name, count in used.messages.items()),
        month.item("log GB", used.log_events * given.log_event_kb / 1e6, prices.LOG_GB),
    ]
    return tuple(item for item in found if item.units)


def _not_express(definition: Object, used: Usage) -> tuple[str, ...]:
    errors = [one for one in check(definition, type="EXPRESS") if one.rule.severity == "error"]
    found = [f"{one.path}: {one.message}" for one in errors]
    if used.seconds > _EXPRESS_SECONDS:
        found.append(f"takes {used.seconds:,.0f} s on average, where Express machines have {_EXPRESS_SECONDS} s")
    return tuple(found)
