"""The whole program without an engine: what would be registered, with which inputs and options."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from emulator.cloud import ACCOUNT
from orderflow.testing import stack as kit
from orderflow.testing.stack import Resource, Stack, Stacks
from tests.pages import program
from tests.runbook import printed

Run: TypeAlias = Callable[..., Stack]

PARTS = Path(__file__).parents[2] / "examples" / "parts" / "__main__.py"
GOLDEN = Path(__file__).parent / "golden"


def policies(made: Stack) -> dict[str, Any]:
    """Every role with who may take it on and what it then may do."""
    return {role.name: {"trust": role.trust, "policy": role.policy} for role in made.roles()}


class Recorder(kit.Recorder):
    """The engine behind the fixture `stack`, for programs that are run by `emulator.program.run_program`: a subclass
    answers itself what they ask AWS."""

    def __init__(self) -> None:
        super().__init__(Stack("dev", "orderflow"), {})

    @property
    def resources(self) -> list[Resource]:
        return self.stack.registered

    def of(self, type: str) -> list[Resource]:
        return self.stack.resources(type)


@pytest.fixture(scope="session")
def stacks(stack: Stacks) -> dict[str, Stack]:
    """The shipped stacks, run once each."""
    return {name: stack(name) for name in ("local", "dev", "staging", "prod")}


@pytest.fixture(scope="session")
def every_stack(stacks: dict[str, Stack], stack: Stacks) -> dict[str, Stack]:
    """The shipped stacks, of which `prod` takes payments at Stripe, and one for trying that out with test keys."""
    return {**stacks, "staging with Stripe": stack("staging", config={"orderflow:payments": "stripe"})}


@pytest.fixture(scope="session")
def parts(stack: Stacks) -> Stack:
    """The stack of the program that has each component for any workflow."""
    config = {"orderflow:identityKey": "k", "orderflow:subnet": "subnet-0123"}
    return stack("dev", config=config, program=PARTS)


@pytest.fixture(scope="session")
def onboarding(stack: Stacks) -> Stack:
    """The stack `dev` with onboarding, and the boundary that the runbook sets."""
    return stack("dev", config={"orderflow:workflows": "onboarding", **printed("dev", account=ACCOUNT).settings})


@pytest.fixture(scope="session")
def triggers(tmp_path_factory: pytest.TempPathFactory, stack: Stacks) -> Stack:
    """The program of docs/triggers.md, which has every trigger."""
    file = tmp_path_factory.mktemp("triggers") / "program.py"
    file.write_text(program("docs/triggers.md"))
    return stack("dev", program=file)


@pytest.fixture
def run(tmp_path: Path, stack: Stacks) -> Run:
    """Runs a text as the program, under the settings of `dev`."""

    def run(program: str, **options: Any) -> Stack:
        (tmp_path / "program.py").write_text(program)
        return stack("dev", program=tmp_path / "program.py", **options)

    return run


@pytest.fixture
def golden() -> Callable[[str, object], None]:
    """Compare with a golden file whole; `make golden` writes it anew."""

    def compare(name: str, found: object) -> None:
        file = GOLDEN / f"{name}.json"
        if os.environ.get("UPDATE_GOLDEN"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
        assert found == json.loads(file.read_text()), f"{file.name} differs: `make golden`, then read its diff"

    return compare
