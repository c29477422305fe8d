"""A stack whose state and history are read where Pulumi writes them.

The Automation API starts Pulumi's command line for each question, which takes it a third of a second of computing to
begin with: three times for an `up`, beside the one that deploys. https://www.pulumi.com/docs/iac/using-pulumi/automation-api/
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import yaml
from pulumi.automation._stack import StackInitMode

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105
"""What marks a secret in a state, in which it is encrypted."""


class Stack(auto.Stack):
    """The stack `name` of the project `project`, made if `state`, the folder of Pulumi's own backend, has none yet."""

    def __init__(self, name: str, project: str, workspace: auto.LocalWorkspace, state: Path) -> None:
        self.name = name
        self.workspace = workspace
        self._mode = StackInitMode.SELECT
        self._settings = Path(workspace.work_dir) / f"Pulumi.{name}.yaml"
        self._checkpoint = state / ".pulumi" / "stacks" / project / f"{name}.json"
        self._history = state / ".pulumi" / "history" / project / name
        if not self._checkpoint.is_file():
            workspace.create_stack(name)

    def outputs(self) -> auto.OutputMap:
        """What the program exported in the last `up`. Secrets are for Pulumi to decrypt."""
        resources = self._latest().get("resources") or []
        told = next((each.get("outputs", {}) for each in resources if each["type"] == "pulumi:pulumi:Stack"), {})
        if SECRET in json.dumps(told):
            return super().outputs()
        return {name: auto.OutputValue(value, secret=False) for name, value in told.items()}

    def info(self, show_secrets: bool = True) -> auto.UpdateSummary | None:
        """What came of the last operation; its settings are as they are kept, secrets encrypted."""
        entries = sorted(self._history.glob("*.history.json"))
        if not entries:
            return None
        found = json.loads(entries[-1].read_text())
        config = {
            name: {"value": json.dumps(value) if is_secret else value, "secret": is_secret}
            for name, value in found["config"].items()
            for is_secret in (isinstance(value, dict),)
        }
        return auto.UpdateSummary(
            kind=found["kind"],
            start_time=datetime.fromtimestamp(found["startTime"], UTC),
            end_time=datetime.fromtimestamp(found["endTime"], UTC),
            message=found["message"],
            environment=found["environment"],
            config=config,
            result=found["result"],
            resource_changes=found.get("resourceChanges"),
        )

    def export_stack(self) -> auto.Deployment:
        """The state as it is kept, secrets encrypted."""
        return auto.Deployment(version=self._kept()["version"], deployment=self._latest())

    def set_config(self, key: str, value: auto.ConfigValue, *, path: bool = False) -> None:
        """Change a setting. Secrets are for Pulumi to encrypt."""
        if value.secret or path:
            super().set_config(key, value, path=path)
            return
        settings = yaml.safe_load(self._settings.read_text()) if self._settings.is_file() else {}
        settings.setdefault("config", {})[key] = value.value
        self._settings.write_text(yaml.safe_dump(settings))

    def _latest(self) -> dict[str, Any]:
        return self._kept()["checkpoint"].get("latest") or {}

    def _kept(self) -> dict[str, Any]:
        return json.loads(self._checkpoint.read_text())
