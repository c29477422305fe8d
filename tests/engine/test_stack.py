"""What is read of a stack where Pulumi writes it is what Pulumi's command line says."""

from __future__ import annotations

from pathlib import Path

import pulumi.automation as auto

from emulator.engine import Engine

PLAIN = {"is": True, "list": [1, "two", None]}
PROGRAM = """
import pulumi

config = pulumi.Config()
pulumi.export("plain", {"is": config.get_bool("plain"), "list": [1, "two", None]})
if config.get("password"):
    pulumi.export("password", config.require_secret("password"))
"""


def shown(outputs: auto.OutputMap) -> dict[str, tuple[object, bool]]:
    return {name: (output.value, output.secret) for name, output in outputs.items()}


def test_outputs_state_settings_and_history_are_what_pulumi_says_of_them(shared_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: told\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    stack = shared_engine.stack("dev", tmp_path)
    assert (stack.outputs(), stack.info()) == ({}, None), "nothing is deployed"

    stack.set_config("told:plain", auto.ConfigValue("true"))
    up = stack.up()
    assert stack.get_config("plain").value == "true"
    assert shown(up.outputs) == shown(auto.Stack.outputs(stack)) == {"plain": (PLAIN, False)}
    assert stack.export_stack().deployment == auto.Stack.export_stack(stack).deployment

    stack.set_config("told:password", auto.ConfigValue("to nobody", secret=True))
    up, said = stack.up(), auto.Stack.info(stack)
    assert shown(up.outputs) == {"plain": (PLAIN, False), "password": ("to nobody", True)}
    assert said
    told = up.summary
    assert (told.kind, told.result, told.resource_changes) == (said.kind, said.result, said.resource_changes)
    assert told.config["told:password"].secret
    assert "to nobody" not in str(told.config["told:password"].value)
    assert "to nobody" not in str(stack.export_stack().deployment), "as it is kept"
    assert shared_engine.stack("dev", tmp_path).outputs()["password"].value == "to nobody", "found again"
