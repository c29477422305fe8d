"""Functions that Lambda resumes from a snapshot: the setting, and code that would have all of them be alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.handler_files import PYTHON_VERSION, HandlerRefusedError
from components.snapshots import kept_in_snapshot
from orderflow.testing.stack import Stack, Stacks
from tests.infra.cloudformation import problems as schema_problems
from tests.infra.conftest import Run

FUNCTION = "aws:lambda/function:Function"
KEPT = {
    "import uuid\nID = uuid.uuid4()": "uuid.uuid4, which is drawn once",
    "from uuid import uuid4 as new\nID = str(new())": "uuid.uuid4, which is drawn once",
    "import secrets\nclass A:\n    token = secrets.token_hex()": "secrets.token_hex, which is drawn once",
    "import os\ndef f(seed=os.urandom(8)): ...": "os.urandom, which is drawn once",
    "import time\nif True:\n    AT = time.time()": "time.time, which is the time at which the version was published",
    "from datetime import datetime\nAT = datetime.now()": "datetime.datetime.now, which is the time",
    "import socket\nS = socket.create_connection(('x', 1))": "socket.create_connection, which opens a connection",
    "from urllib import request\nA = request.urlopen('x')": "urllib.request.urlopen, which opens a connection",
    "import random\ndef f():\n    return random.random()": "random.random, which goes on from the one seed",
    "from random import choice\nf = lambda: choice([1])": "random.choice, which goes on from the one seed",
    "import random\nR = random.Random()": "random.Random, which goes on from the one seed",
}
ANEW = [
    "import uuid\ndef f():\n    return uuid.uuid4()",
    "import uuid\nf = lambda: uuid.uuid4()",
    "import functools, time\n@functools.cache\ndef f():\n    return time.time()",
    "import random\ndef f():\n    return random.SystemRandom().uniform(0, 1) + random.Random().random()",
    "import boto3\nCLIENT = boto3.client('s3')",
    "from typing import TYPE_CHECKING\nimport uuid\nif TYPE_CHECKING:\n    ID = uuid.uuid4()",
    "from handlers.shared import uuid\nID = uuid.uuid4()",
]


@pytest.mark.parametrize("source", KEPT)
def test_what_all_environments_would_share_is_named_with_its_line(source: str, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(source)
    (told,) = kept_in_snapshot([tmp_path / "one.py"], tmp_path)
    assert KEPT[source] in told
    assert told.startswith(("one.py:2 ", "one.py:3 "))


@pytest.mark.parametrize("source", ANEW)
def test_what_each_environment_does_for_itself_is_left_alone(source: str, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(source)
    assert kept_in_snapshot([tmp_path / "one.py"], tmp_path) == []


def test_with_the_setting_every_function_is_resumed_from_its_published_versions(
    stack: Stacks, stacks: dict[str, Stack]
) -> None:
    functions = stack("dev", config={"orderflow:snapStart": "true"}).resources(FUNCTION)
    assert len(functions) == len(stacks["dev"].resources(FUNCTION)) > 0
    for function in functions:
        assert function.inputs["snapStart"] == {"applyOn": "PublishedVersions"}
        assert function.inputs["publish"] is True
        assert function.inputs["runtime"] == f"python{PYTHON_VERSION}"
    assert tuple(map(int, PYTHON_VERSION.split("."))) >= (3, 12), "what SnapStart takes of Python"
    # A template has a resource for each version; here `publish` makes them.
    assert [problem for problem in schema_problems(functions) if "W2530" not in problem] == []


def test_without_it_none_is(stacks: dict[str, Stack]) -> None:
    functions = stacks["prod"].resources(FUNCTION)
    assert functions
    assert all("snapStart" not in one.inputs for one in functions)


PROGRAM = """
from pathlib import Path
from components import Function, FunctionArgs, Logs

Function("counts", FunctionArgs("counts", None, [], Logs(7), snap_start=SNAP_START, sources=Path("SOURCES")))
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    """A program with a function that draws an id while it is loaded."""
    sources = tmp_path / "functions"
    sources.mkdir()
    (sources / "counts.py").write_text("import uuid\nID = uuid.uuid4()\ndef handler(event, context): ...\n")
    return PROGRAM.replace("SOURCES", str(sources))


def test_such_a_function_is_refused_before_anything_is_registered(program: str, run: Run, stack: Stacks) -> None:
    with pytest.raises(HandlerRefusedError, match=r"functions/counts\.py:2 calls uuid\.uuid4, which is drawn once"):
        run(program.replace("SNAP_START", "True"), preview=True)
    assert stack.last
    assert not [one for one in stack.last.resources() if one.type.startswith("aws:")]


def test_one_that_is_loaded_anew_each_time_may_do_so(program: str, run: Run) -> None:
    assert run(program.replace("SNAP_START", "False"), preview=True).resources(FUNCTION)
