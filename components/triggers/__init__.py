"""What starts a machine: one component for each kind of start."""

from .event_rule import EventRule, EventRuleArgs
from .http_api import HttpApi, HttpApiArgs, Jwt, Route
from .inputs import InputRefusedError
from .object_trigger import ObjectTrigger, ObjectTriggerArgs
from .parts import TriggerRefusedError
from .queue_trigger import QueueTrigger, QueueTriggerArgs
from .schedule import Schedule, ScheduleArgs
from .stream_trigger import StreamTrigger, StreamTriggerArgs

__all__ = [
    "EventRule",
    "EventRuleArgs",
    "HttpApi",
    "HttpApiArgs",
    "InputRefusedError",
    "Jwt",
    "ObjectTrigger",
    "ObjectTriggerArgs",
    "QueueTrigger",
    "QueueTriggerArgs",
    "Route",
    "Schedule",
    "ScheduleArgs",
    "StreamTrigger",
    "StreamTriggerArgs",
    "TriggerRefusedError",
]
