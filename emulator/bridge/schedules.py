"""EventBridge Scheduler's schedules."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.bridge.resource import Found, Inputs, Resource, chosen, pascal
from emulator.cloud import Cloud


class Schedule(Resource):
    """Its id is `group/name`."""

    replaced_by = frozenset({"name", "groupName"})

    def create(self, cloud: Cloud, inputs: Inputs) -> str:
        cloud.client("scheduler").create_schedule(**self._named(inputs), **self._configuration(inputs))
        return f"{inputs.get('groupName', 'default')}/{inputs['name']}"

    def read(self, cloud: Cloud, id: str, known: Inputs) -> Found | None:
        client, (group, name) = cloud.client("scheduler"), id.split("/")
        try:
            is_ = client.get_schedule(Name=name, GroupName=group)
        except client.exceptions.ResourceNotFoundException:
            return None
        inputs = {"name": name, "scheduleExpression": is_["ScheduleExpression"], "state": is_["State"]}
        return Found(inputs, {"arn": is_["Arn"]})

    def update(self, cloud: Cloud, id: str, old: Inputs, new: Inputs) -> None:
        cloud.client("scheduler").update_schedule(**self._named(new), **self._configuration(new))

    def delete(self, cloud: Cloud, id: str, known: Inputs) -> None:
        client, (group, name) = cloud.client("scheduler"), id.split("/")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_schedule(Name=name, GroupName=group)

    def _named(self, inputs: Inputs) -> dict[str, str]:
        return {"Name": inputs["name"], "GroupName": inputs.get("groupName", "default")}

    def _configuration(self, inputs: Inputs) -> dict[str, Any]:
        when = ("scheduleExpression", "scheduleExpressionTimezone", "startDate", "endDate", "flexibleTimeWindow")
        return pascal(chosen(inputs, *when, "target", "state", "description"))


RESOURCES: Mapping[str, Resource] = {"aws:scheduler/schedule:Schedule": Schedule()}
