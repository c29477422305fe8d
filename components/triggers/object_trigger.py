"""Starting a machine for each object that is put into a bucket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from ..bucket import Bucket
from ..state_machine import StateMachine
from ..storage import Queue
from .event_rule import EventRule, EventRuleArgs
from .parts import MAX_AGE_SECONDS, RETRIES, require_kind


@dataclass(frozen=True)
class ObjectTriggerArgs:
    """Each object that comes into `source`, its key beginning with `prefix` and ending with `suffix`, starts `target`.

    `input` takes values of the event by `<$.path>`: `<$.detail.bucket.name>`, `<$.detail.object.key>`. The others are
    those of `EventRuleArgs`.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """

    target: StateMachine
    source: Bucket
    prefix: str = ""
    suffix: str = ""
    input: Mapping[str, Any] | str | None = None
    retries: int = RETRIES
    max_age_seconds: int = MAX_AGE_SECONDS
    dead_letters: Queue | None = None


class ObjectTrigger(pulumi.ComponentResource):
    """The bucket's events on the account's bus, and an `EventRule` for those of the objects that are wanted.

    S3 tells of an object at least once, and of two versions of one key in any order; `<$.detail.object.sequencer>`
    says which was later. A machine that puts objects where it is started by them never ends starting.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html

    Raises:
        TriggerRefusedError, InputRefusedError: as `EventRule` does.
    """

    arn: pulumi.Output[str]
    target_arn: pulumi.Output[str]
    dead_letters: Queue

    def __init__(self, name: str, args: ObjectTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        require_kind(f"object trigger '{name}'", "source", args.source, Bucket)
        require_kind(f"object trigger '{name}'", "target", args.target, StateMachine)
        super().__init__("orderflow:index:ObjectTrigger", name, None, opts)
        detail: dict[str, object] = {"bucket": {"name": [args.source.name]}}
        if args.prefix or args.suffix:
            detail["object"] = {"key": [_keys(args.prefix, args.suffix)]}
        rule = EventRule(
            name,
            EventRuleArgs(
                args.target,
                {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail},
                args.input,
                retries=args.retries,
                max_age_seconds=args.max_age_seconds,
                dead_letters=args.dead_letters,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[args.source.to_events()]),
        )
        self.arn, self.target_arn, self.dead_letters = rule.arn, rule.target_arn, rule.dead_letters
        self.register_outputs({"arn": self.arn})


def _keys(prefix: str, suffix: str) -> dict[str, str]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html"""
    if prefix and suffix:
        before, after = (re.sub(r"([*\\])", r"\\\1", text) for text in (prefix, suffix))
        return {"wildcard": f"{before}*{after}"}
    return {"prefix": prefix} if prefix else {"suffix": suffix}
