"""ComponentResources that turn workflows into AWS resources."""

from components.alarms import Alarms, AlarmsArgs
from components.event_pipe import EventPipe, EventPipeArgs
from components.function import DependencyLayer, Function, FunctionArgs, Use
from components.logs import Logs
from components.naming import physical_name, tag_everything
from components.references import Reference, gather
from components.role import Role, account
from components.settings import Settings, SettingsError, load_settings
from components.state_machine import StateMachine, StateMachineArgs
from components.storage import Queue, Table, TableArgs

__all__ = [
    "Alarms",
    "AlarmsArgs",
    "DependencyLayer",
    "EventPipe",
    "EventPipeArgs",
    "Function",
    "FunctionArgs",
    "Logs",
    "Queue",
    "Reference",
    "Role",
    "Settings",
    "SettingsError",
    "StateMachine",
    "StateMachineArgs",
    "Table",
    "TableArgs",
    "Use",
    "account",
    "gather",
    "load_settings",
    "physical_name",
    "tag_everything",
]
