"""Tasks of ECS in the embedded cloud: a container whose code is this project's runs as a process of its own.

What its Dockerfile copies is laid out in a folder, as it is in the image, and its entry point started there, with the
environment of the task definition and of the task. The process has nothing of this project beside that.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ministack.services import ecs

if TYPE_CHECKING:
    from components.container_image import Build

ROOT = Path(__file__).resolve().parent.parent
CONTAINERS = ROOT / "handlers" / "containers"
_ENTRYPOINT = re.compile(r"^ENTRYPOINT (\[.*\])$", re.MULTILINE)
_LOOKS_SECONDS = 0.05


class TaskFailedError(Exception):
    """A task ended, and not well: `error` is what the state fails with, the message its cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(cause)
        self.error = error


def run(given: Mapping[str, Any], lacking: str, submitted: Callable[[Any], None], done: Callable[[], bool]) -> Any:
    """Run the task that an `ecs:runTask.sync` is given, to its end; the state's result.

    `submitted` is told of the task once it has started. It is stopped when the state is `done` with it.

    Raises:
        NotImplementedError: `lacking`, where the code of its container is not in this project.
        TaskFailedError: where a container ends with another code than 0, or is stopped.
    """
    from components.container_image import Build  # with Pulumi's SDK, for which no other cloud waits

    request = _camel(given)
    definition = _answer(ecs._describe_task_definition({"taskDefinition": request["taskDefinition"]}))["taskDefinition"]
    (container, *others) = definition["containerDefinitions"]
    dockerfile = CONTAINERS / f"{container['name'].replace('-', '_')}.Dockerfile"
    if others or not dockerfile.is_file():
        raise NotImplementedError(lacking)
    answer = _answer(ecs._run_task(request))
    task = ecs._tasks[answer["tasks"][0]["taskArn"]]
    submitted(_pascal(answer))
    code = _run(task, container, Build(dockerfile, ROOT), done)
    if task["lastStatus"] != "STOPPED":
        reason = "Essential container in task exited"
        ecs._mark_task_stopped(task["taskArn"], task, reason, "EssentialContainerExited", exit_code=code)
    task["containers"][0]["exitCode"] = code
    told = _pascal(ecs._sanitize(task))
    if code:
        raise TaskFailedError("States.TaskFailed", json.dumps(told))
    return told


def _run(task: Any, container: Mapping[str, Any], build: Build, done: Callable[[], bool]) -> int:
    """The container's exit code."""
    home = Path(tempfile.mkdtemp(prefix="task-"))
    try:
        for place, file in build.files().items():
            (target := home / place.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        return _process(task, container, build, home, done)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _process(task: Any, container: Mapping[str, Any], build: Build, home: Path, done: Callable[[], bool]) -> int:
    found = _ENTRYPOINT.search(build.dockerfile.read_text())
    assert found  # noqa: S101 of the images that are this project's
    _, *arguments = json.loads(found[1])
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=home / "app",
        env=_environment(task, container),
        stdin=subprocess.DEVNULL,
    )
    while (code := _ended(process)) is None:
        if task["lastStatus"] == "STOPPED" or done():
            process.kill()
    return code if code >= 0 else 128 - code  # as a shell and a container tell of a signal


def _ended(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_LOOKS_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _environment(task: Any, container: Mapping[str, Any]) -> dict[str, str]:
    """What a container finds: how to reach the cloud, what its definition says, and what the task says."""
    overrides = [one for one in task["overrides"].get("containerOverrides", []) if one["name"] == container["name"]]
    given = [*container.get("environment", []), *(one for each in overrides for one in each.get("environment", []))]
    return {
        "PATH": os.environ.get("PATH", ""),
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        "AWS_DEFAULT_REGION": os.environ["MINISTACK_REGION"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        **{one["name"]: str(one["value"]) for one in given},
    }


def _answer(answer: Any) -> Any:
    """The body of what ministack answers.

    Raises:
        TaskFailedError: when it refuses.
    """
    status, _, body = answer
    found = json.loads(body)
    if status != 200:
        raise TaskFailedError("ECS.AmazonECSException", str(found.get("message") or found))
    return found


def _camel(value: Any) -> Any:
    """Step Functions names parameters in Pascal case, and ECS in camel case; a container's environment has names of its
    own, which are values here."""
    if isinstance(value, Mapping):
        return {f"{name[:1].lower()}{name[1:]}": _camel(inner) for name, inner in value.items()}
    return [_camel(one) for one in value] if isinstance(value, list) else value


def _pascal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {f"{name[:1].upper()}{name[1:]}": _pascal(inner) for name, inner in value.items()}
    return [_pascal(one) for one in value] if isinstance(value, list) else value
