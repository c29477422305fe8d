"""ComponentResources that turn any workflow into AWS resources. What only orders need is in `components.orders`."""

from .alarms import (
    Alarm,
    Alarms,
    AlarmsArgs,
    function_alarms,
    machine_alarms,
    not_started,
    nothing_started,
    pipe_alarms,
)
from .bucket import Bucket, BucketRefusedError
from .code import FunctionRefusedError, LayerRefusedError
from .connection import ApiKey, Basic, Connection, ConnectionArgs, ConnectionRefusedError, OAuth
from .container_image import Build, ContainerImage, ImageRefusedError
from .dashboard import Dashboard, function_row, graph, machine_rows, pipe_row, triggers_row
from .existing_function import ExistingFunction, ExistingFunctionRefusedError
from .exports import export
from .function import DependencyLayer, Function, FunctionArgs
from .gathering import gather
from .input_schema import SchemaRefusedError
from .key import Key, KeyRefusedError
from .logs import Logs, RetentionRefusedError
from .metrics import Figure, Formula, Metric
from .naming import NameRefusedError, NameRule, PatternRefusedError, name_by, physical_name, tag_and_bound
from .network import Network
from .packaging import FolderRefusedError, Lock, Requirements
from .references import Reference, ReferencesRefusedError
from .release import AllAtOnce, Canary, Linear, ReleaseRefusedError
from .role import Role, RoleTooLargeError, account
from .state_machine import StateMachine, StateMachineArgs
from .storage import (
    IndexArgs,
    LocalIndexArgs,
    Queue,
    QueueArgs,
    QueueRefusedError,
    Secret,
    Table,
    TableArgs,
    TableRefusedError,
)
from .task import Task, TaskArgs, TaskRefusedError
from .topic import Subscription, Topic, TopicRefusedError
from .triggers import (
    EventRule,
    EventRuleArgs,
    HttpApi,
    HttpApiArgs,
    InputRefusedError,
    Jwt,
    ObjectTrigger,
    ObjectTriggerArgs,
    QueueTrigger,
    QueueTriggerArgs,
    Route,
    Schedule,
    ScheduleArgs,
    StreamTrigger,
    StreamTriggerArgs,
    TriggerRefusedError,
)
from .uses import Elsewhere, Use
from .webhook import Webhook

__all__ = [
    "Alarm",
    "Alarms",
    "AlarmsArgs",
    "AllAtOnce",
    "ApiKey",
    "Basic",
    "Bucket",
    "BucketRefusedError",
    "Build",
    "Canary",
    "Connection",
    "ConnectionArgs",
    "ConnectionRefusedError",
    "ContainerImage",
    "Dashboard",
    "DependencyLayer",
    "Elsewhere",
    "EventRule",
    "EventRuleArgs",
    "ExistingFunction",
    "ExistingFunctionRefusedError",
    "Figure",
    "FolderRefusedError",
    "Formula",
    "Function",
    "FunctionArgs",
    "FunctionRefusedError",
    "HttpApi",
    "HttpApiArgs",
    "ImageRefusedError",
    "IndexArgs",
    "InputRefusedError",
    "Jwt",
    "Key",
    "KeyRefusedError",
    "LayerRefusedError",
    "Linear",
    "LocalIndexArgs",
    "Lock",
    "Logs",
    "Metric",
    "NameRefusedError",
    "NameRule",
    "Network",
    "OAuth",
    "ObjectTrigger",
    "ObjectTriggerArgs",
    "PatternRefusedError",
    "Queue",
    "QueueArgs",
    "QueueRefusedError",
    "QueueTrigger",
    "QueueTriggerArgs",
    "Reference",
    "ReferencesRefusedError",
    "ReleaseRefusedError",
    "Requirements",
    "RetentionRefusedError",
    "Role",
    "RoleTooLargeError",
    "Route",
    "Schedule",
    "ScheduleArgs",
    "SchemaRefusedError",
    "Secret",
    "StateMachine",
    "StateMachineArgs",
    "StreamTrigger",
    "StreamTriggerArgs",
    "Subscription",
    "Table",
    "TableArgs",
    "TableRefusedError",
    "Task",
    "TaskArgs",
    "TaskRefusedError",
    "Topic",
    "TopicRefusedError",
    "TriggerRefusedError",
    "Use",
    "Webhook",
    "account",
    "export",
    "function_alarms",
    "function_row",
    "gather",
    "graph",
    "machine_alarms",
    "machine_rows",
    "name_by",
    "not_started",
    "nothing_started",
    "physical_name",
    "pipe_alarms",
    "pipe_row",
    "tag_and_bound",
    "triggers_row",
]
