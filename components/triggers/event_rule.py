"""Starting a machine for each event of a bus that matches a pattern."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from asl.permissions import roles

from ..input_schema import Unknown, UnknownText
from ..naming import RULE, physical_name
from ..role import Role
from ..state_machine import StateMachine
from ..storage import Queue
from .inputs import PLACE, InputRefusedError, places, require_input, require_names, template
from .parts import (
    MAX_AGE_SECONDS,
    RETRIES,
    TriggerRefusedError,
    dead_letters_of,
    require_dead_letters,
    require_kind,
    require_retries,
)
from .patterns import require_pattern

EVENT: Mapping[str, object] = {
    "version": "0",
    **{name: UnknownText(name) for name in ("id", "detail-type", "source", "account", "time", "region")},
    "resources": [],
    "detail": Unknown("detail"),
}
"""What every event has: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html"""
DEFAULT_BUS = "default"
_BUS = re.compile(r"(arn:aws[\w-]*:events:[a-z0-9-]+:\d{12}:event-bus/)?[/.A-Za-z0-9_-]{1,256}")
"""https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html"""
NAMES = tuple(f"aws.events.{name}" for name in ("rule-arn", "rule-name", "event.ingestion-time", "event", "event.json"))
"""What EventBridge itself knows: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""
PATHS = 100
"""Of one rule's input: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""


@dataclass(frozen=True)
class EventRuleArgs:
    """Each event of `bus` that matches `pattern` starts `target` with `input`, or with the event itself.

    `bus` is a bus's name or ARN. `input` takes values of the event by `<$.path>`; nothing but `<$.detail>` makes that
    the input. `pattern` and `input` may hold Outputs. What could not be started after `retries` or `max_age_seconds`
    goes to `dead_letters`, a queue of its own unless given.
    """

    target: StateMachine
    pattern: Mapping[str, Any]
    input: Mapping[str, Any] | str | None = None
    bus: pulumi.Input[str] = DEFAULT_BUS
    retries: int = RETRIES
    max_age_seconds: int = MAX_AGE_SECONDS
    dead_letters: Queue | None = None


class EventRule(pulumi.ComponentResource):
    """A rule with a role that may start its machine and nothing else.

    EventBridge delivers at least once and in no order: one event may start two executions.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html

    Raises:
        TriggerRefusedError: for a pattern, retries or dead letters that AWS would refuse, before any resource is
            registered.
        InputRefusedError: for an input that the machine's `input_schema` refuses, likewise before.
    """

    arn: pulumi.Output[str]
    target_arn: pulumi.Output[str]
    dead_letters: Queue

    def __init__(self, name: str, args: EventRuleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        said = f"rule '{name}'"
        require_kind(said, "target", args.target, StateMachine)
        require_retries(said, args.retries, args.max_age_seconds)
        require_dead_letters(said, args.dead_letters, from_rules=True)
        require_pattern(said, args.pattern)
        _require_bus(said, args.bus)
        require_names(said, args.input, NAMES)
        _require_form(said, args.input)
        require_input(said, args.target, args.input, EVENT)
        super().__init__("orderflow:index:EventRule", name, None, opts)
        child, physical = pulumi.ResourceOptions(parent=self), physical_name(name, RULE, self)
        self.dead_letters = dead_letters_of(name, args.dead_letters, self, from_rules=True)
        bus = None if isinstance(args.bus, str) and args.bus == DEFAULT_BUS else args.bus
        role = Role(
            f"{name}-rule",
            service="events",
            statements=[roles.start("${machine}", waits=False)],
            values=pulumi.Output.all(machine=args.target.arn),
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
            for_arns=[pulumi.Output.from_input(args.bus).apply(lambda bus: _rule_on(bus, physical))],
            opts=child,
        )
        rule = aws.cloudwatch.EventRule(
            name,
            name=physical,
            event_bus_name=bus,
            event_pattern=pulumi.Output.json_dumps(args.pattern),
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            event_bus_name=bus,
            target_id="machine",
            # Through its alias: what is deployed, and moves with it.
            arn=args.target.alias_arn,
            role_arn=role.arn,
            **_transformed(said, args.input),
            retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                maximum_retry_attempts=args.retries, maximum_event_age_in_seconds=args.max_age_seconds
            ),
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=self.dead_letters.arn),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role.policy, self.dead_letters]),
        )
        self.arn, self.target_arn = rule.arn, args.target.alias_arn
        self.register_outputs({"arn": self.arn})


def _require_bus(trigger: str, bus: object) -> None:
    if isinstance(bus, str) and not _BUS.fullmatch(bus):
        raise TriggerRefusedError(f"{trigger}: `bus` is a bus's name or ARN, not {bus!r}")


def _rule_on(bus: str, rule: str) -> str:
    """How a rule's ARN ends: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html"""
    name = bus.rpartition("event-bus/")[2]
    return f"rule/{rule}" if name == DEFAULT_BUS else f"rule/{name}/{rule}"


def _require_form(trigger: str, given: object) -> None:
    """Raises InputRefusedError for what EventBridge cannot make of an event."""
    if isinstance(given, str) and not ((whole := PLACE.fullmatch(given)) and whole[1].startswith("$")):
        raise InputRefusedError(
            f"{trigger}: `input` is {given!r}, and a text as a whole is a part of the event, such as '<$.detail>'"
        )
    if len(paths := _paths(given)) > PATHS:
        raise InputRefusedError(f"{trigger}: `input` takes {len(paths)} values of the event, and AWS {PATHS} at most")


def _paths(given: object) -> list[str]:
    return list(dict.fromkeys(place for place in places(given) if place.startswith("$")))


def _transformed(trigger: str, given: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """The arguments of a target that say what it gets: nothing, a part of the event, a constant, or a template."""
    if given is None:
        return {}
    if isinstance(given, str):
        return {"input_path": given.strip("<>")}
    names = {path: f"value{number}" for number, path in enumerate(_paths(given), 1)}
    known = pulumi.Output.from_input(given)
    text = known.apply(lambda known: template(trigger, known, lambda place: names.get(place, place)))
    if not list(places(given)):
        return {"input": text}
    transformer = aws.cloudwatch.EventTargetInputTransformerArgs(
        input_paths={name: path for path, name in names.items()}, input_template=text
    )
    return {"input_transformer": transformer}
