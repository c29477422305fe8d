"""ComponentResources that turn workflows into AWS resources."""

from components.alarms import Alarms, AlarmsArgs
from components.bucket import Bucket
from components.dashboard import Dashboard
from components.event_pipe import EventPipe, EventPipeArgs
from components.exports import export
from components.function import DependencyLayer, Function, FunctionArgs, Use
from components.gathering import gather
from components.key import Key
from components.logs import Logs
from components.metrics import WATCH_MINUTES, Watched
from components.naming import NameRefusedError, NameRule, physical_name, tag_and_bound
from components.order_functions import OrderFunctions
from components.order_tables import OrderTables, order_tables
from components.references import Reference, ReferencesRefusedError
from components.role import Role, RoleTooLargeError, account
from components.schedule import Schedule, ScheduleArgs
from components.settings import Settings, SettingsError, load_settings
from components.state_machine import StateMachine, StateMachineArgs
from components.storage import IndexArgs, Queue, Secret, Table, TableArgs
from components.topic import Topic
from components.webhook import Webhook

__all__ = [
    "WATCH_MINUTES",
    "Alarms",
    "AlarmsArgs",
    "Bucket",
    "Dashboard",
    "DependencyLayer",
    "EventPipe",
    "EventPipeArgs",
    "Function",
    "FunctionArgs",
    "IndexArgs",
    "Key",
    "Logs",
    "NameRefusedError",
    "NameRule",
    "OrderFunctions",
    "OrderTables",
    "Queue",
    "Reference",
    "ReferencesRefusedError",
    "Role",
    "RoleTooLargeError",
    "Schedule",
    "ScheduleArgs",
    "Secret",
    "Settings",
    "SettingsError",
    "StateMachine",
    "StateMachineArgs",
    "Table",
    "TableArgs",
    "Topic",
    "Use",
    "Watched",
    "Webhook",
    "account",
    "export",
    "gather",
    "load_settings",
    "order_tables",
    "physical_name",
    "tag_and_bound",
]
