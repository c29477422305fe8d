"""What a preview says of a machine: what can lose something at once, advice where it is asked for."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest

from orderflow.testing.stack import Stacks
from tests.infra.conftest import PARTS
from tests.pages import program as code

PROGRAM = """
from components import Logs, StateMachine, StateMachineArgs

weigh = {
    "Type": "Task",
    "Resource": "arn:aws:lambda:us-east-1:111122223333:function:weigh:live",
    "Next": "Heavy",
}
heavy = {"Type": "Choice", "Choices": [{"Variable": "$.heavy", "BooleanEquals": True, "Next": "Done"}]}
states = {"Weigh": weigh, "Heavy": heavy, "Done": {"Type": "Succeed"}}
StateMachine("parcels", StateMachineArgs({"StartAt": "Weigh", "States": states}, Logs(7)))
"""


def test_warnings_name_their_machine_and_advice_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: Stacks
) -> None:
    said: dict[str, list[str]] = {}
    for level in ("debug", "info", "warn"):
        heard = said.setdefault(level, [])
        monkeypatch.setattr(pulumi.log, level, lambda text, *_, heard=heard, **__: heard.append(text))
    (tmp_path / "program.py").write_text(PROGRAM)
    stack("dev", preview=True, program=tmp_path / "program.py")
    (warning,) = said["warn"]
    assert warning.startswith("parcels: ASL050 States.Heavy: ")
    assert "parcels: 2 pieces of advice not shown: `pulumi preview --debug` shows them" in said["info"]
    lines = "\n".join(said["debug"]).splitlines()
    advice = [line.split(":")[1].split()[0] for line in lines if line.startswith("parcels: ASL")]
    assert advice == ["ASL053", "ASL055"]


@pytest.mark.parametrize(
    ("name", "config"), [("local", {}), ("prod", {}), ("dev", {"orderflow:workflows": "onboarding"})]
)
def test_the_shipped_program_is_warned_of_nothing(
    name: str, config: dict[str, str], monkeypatch: pytest.MonkeyPatch, stack: Stacks
) -> None:
    """A warning on every deployment is one that nobody reads."""
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: warned.append(text))
    stack(name, preview=True, config=config)
    assert warned == []


@pytest.mark.parametrize("program", [PARTS, "docs/triggers.md"], ids=["parts", "triggers"])
def test_what_is_shown_of_every_component_passes_a_first_preview(
    program: Path | str, tmp_path: Path, stack: Stacks
) -> None:
    if isinstance(program, str):
        page, program = program, tmp_path / "program.py"
        program.write_text(code(page))
    config = {"orderflow:identityKey": "k", "orderflow:subnet": "subnet-0123"}
    assert stack("dev", preview=True, config=config, program=program).resources("aws:sfn/stateMachine:StateMachine")
