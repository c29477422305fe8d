"""ComponentResources that turn any workflow into AWS resources. What only orders need is in `components.orders`."""

from components.alarms import Alarm, Alarms, AlarmsArgs, function_alarms, machine_alarms, not_started, pipe_alarms
from components.bucket import Bucket
from components.dashboard import Dashboard, function_row, graph, machine_rows, pipe_row
from components.event_pipe import EventPipe, EventPipeArgs
from components.exports import export
from components.function import DependencyLayer, Function, FunctionArgs, Use
from components.gathering import gather
from components.key import Key
from components.logs import Logs
from components.metrics import Figure, Formula, Metric
from components.naming import NameRefusedError, NameRule, physical_name, tag_and_bound
from components.references import Reference, ReferencesRefusedError
from components.role import Role, RoleTooLargeError, account
from components.schedule import Schedule, ScheduleArgs
from components.state_machine import StateMachine, StateMachineArgs
from components.storage import IndexArgs, Queue, Secret, Table, TableArgs
from components.topic import Topic
from components.webhook import Webhook

__all__ = [
    "Alarm",
    "Alarms",
    "AlarmsArgs",
    "Bucket",
    "Dashboard",
    "DependencyLayer",
    "EventPipe",
    "EventPipeArgs",
    "Figure",
    "Formula",
    "Function",
    "FunctionArgs",
    "IndexArgs",
    "Key",
    "Logs",
    "Metric",
    "NameRefusedError",
    "NameRule",
    "Queue",
    "Reference",
    "ReferencesRefusedError",
    "Role",
    "RoleTooLargeError",
    "Schedule",
    "ScheduleArgs",
    "Secret",
    "StateMachine",
    "StateMachineArgs",
    "Table",
    "TableArgs",
    "Topic",
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
    "not_started",
    "physical_name",
    "pipe_alarms",
    "pipe_row",
    "tag_and_bound",
]
