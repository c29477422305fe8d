"""What a machine needs for the tasks of ECS it runs that stands in no definition: their roles, and older revisions."""

from __future__ import annotations

from collections.abc import Iterator

from asl import Allow
from asl.integrations.arguments import look_up
from asl.integrations.compute import RUN_TASK
from asl.permissions.calls import calls
from asl.syntax.walk import walk

from .references import Gathered


def for_tasks(gathered: Gathered) -> Iterator[Allow]:
    """What is declared by itself for each state of a definition that runs a `Task`."""
    tasks = {str(one): one for one in gathered.references.values() if one.roles}
    if not tasks:
        return
    for call in calls(walk(gathered.symbolic())):
        for named in look_up(call.given, "TaskDefinition") if "TaskRoles" in call.unsaid() else ():
            if task := tasks.get(named or ""):
                state, roles = call.state.path, [*task.roles.values()]
                yield Allow(state, roles, "hand over the roles of a task", parameter="TaskRoles")
                revisions = task.output.apply(lambda arn: f"{arn.rpartition(':')[0]}:*")
                yield Allow(state, revisions, "executions in flight run the revision they began with", actions=RUN_TASK)
