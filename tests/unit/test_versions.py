"""docs/versions.md says what is so: what the package asks for, and the types by which stacks know the components."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "versions.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def supported(what: str) -> str:
    """What the page's table says is supported."""
    (found,) = re.findall(rf"^\| {what} \| (\S+) \|", PAGE, re.MULTILINE)
    return found


def test_what_is_supported_is_what_the_wheel_asks_for() -> None:
    assert supported("Python") == PROJECT["requires-python"]
    for name in ("pulumi", "pulumi-aws"):
        assert f"{name}{supported(name)}" in PROJECT["optional-dependencies"]["components"]
        assert f"| {version(name)} |" in PAGE


def test_the_changelog_has_the_version_or_what_is_to_be_in_it() -> None:
    first = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[0]
    assert first == "Unreleased" or first.startswith(PROJECT["version"])
    assert f"@v{PROJECT['version']}" in PAGE


def test_a_component_s_type_is_its_class_s_name() -> None:
    """It is in the URN of all that is below it: under another one everything would be replaced."""
    found: dict[str, str] = {}
    for file in (ROOT / "components").rglob("*.py"):
        for made in ast.walk(ast.parse(file.read_text())):
            if isinstance(made, ast.ClassDef):
                types = re.findall(r'super\(\).__init__\(\s*"([^"]+)"', ast.unparse(made).replace("'", '"'))
                found.update((made.name, one) for one in types if ":" in one)
    assert len(found) > 20
    assert {name: one for name, one in found.items() if not one.endswith(f":{name}")} == {}
