"""`orderflow new workflow`: what is written into which folder, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Literal

import pytest
from typer.testing import CliRunner

import asl
from orderflow.cli import app
from orderflow.errors import OrderflowError
from orderflow.scaffold.planning import Wanted, planned
from orderflow.scaffold.program import Registration, parsed, registered
from orderflow.scaffold.writing import write

ARN = "arn:aws:lambda:us-east-1:123456789012:function:restock:live"
LONGEST = "restock-shelves-in-" + "x" * 28
"""With which the role `shop-dev-NAME-machine` has 64 letters, as many as AWS takes."""
EACH = list(product(["x", LONGEST], ["STANDARD", "EXPRESS"], [False, True]))
OTHERS = '''"""Our shop."""

import pulumi_aws as aws
from shop import things

things()
aws.sqs.Queue("orders")
'''


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which commands run."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def ruff(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(("name", "type", "is_jsonpath"), EACH)
def test_a_definition_begun_has_no_finding_and_files_are_written_as_ruff_would(
    shop: Path, name: str, type: Literal["STANDARD", "EXPRESS"], is_jsonpath: bool
) -> None:
    plan = planned(Wanted(name, type, is_jsonpath), shop)
    module = ModuleType("begun")
    exec(plan.new[f"workflows/{name.replace('-', '_')}.py"], module.__dict__)
    definition = getattr(module, name.replace("-", "_"))(ARN)
    assert asl.check(definition, type=type) == []
    assert definition.get("QueryLanguage", "JSONPath") == ("JSONPath" if is_jsonpath else "JSONata")
    assert f'"{type}"' in plan.new["__main__.py"]
    assert f'"{type}"' in plan.new[f"tests/test_{name.replace('-', '_')}.py"]
    for path, text in plan.new.items():  # `write` would have ruff mend them
        (shop / path).parent.mkdir(exist_ok=True)
        (shop / path).write_text(text)
    assert "All checks passed!" in ruff(shop, "check")
    assert "already formatted" in ruff(shop, "format", "--check")


def test_the_command_tells_what_it_wrote_and_what_to_do_next_in_three_lines(shop: Path) -> None:
    said = CliRunner().invoke(app, ["new", "workflow", "restock"])
    assert said.exit_code == 0
    wrote, _, then = said.stdout.partition("Next:\n")
    assert {line.removeprefix("Wrote ") for line in wrote.splitlines()} == {
        path.relative_to(shop).as_posix()
        for path in shop.rglob("*")
        if path.is_file() and ".ruff_cache" not in path.parts
    }
    assert len(then.splitlines()) == 3


def test_a_program_of_others_is_kept_and_gets_what_it_lacks(shop: Path) -> None:
    (shop / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (shop / "Pulumi.live.yaml").write_text("")
    (shop / "__main__.py").write_text(OTHERS)
    plan = planned(Wanted("restock"), shop)
    assert "Pulumi.yaml" not in plan.new
    assert 'stack("live")' in plan.new["tests/test_restock_in_stack.py"]
    added = plan.changed["__main__.py"].splitlines()
    assert [line for line in added if line.startswith(("from", "import"))] == [
        "import pulumi_aws as aws",
        "from shop import things",
        "from orderflow import components",
        "from workflows.restock import restock",
    ]
    assert added.index("logs = components.Logs(retention_days=30)") > added.index('aws.sqs.Queue("orders")')


def test_names_of_others_are_not_taken_for_what_a_workflow_needs(shop: Path) -> None:
    (shop / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    head = "from orderflow import components\n"
    (shop / "__main__.py").write_text(f"{head}logs, parts = [], 1\n")
    added = planned(Wanted("restock"), shop).changed["__main__.py"]
    assert "\nmachine_logs = components.Logs(" in added
    assert "parts +=" not in added
    assert added.count(head) == 1
    (shop / "__main__.py").write_text("import components\n")
    with pytest.raises(OrderflowError, match="something else called 'components'"):
        planned(Wanted("restock"), shop)


@pytest.mark.parametrize(
    ("installed", "asked"),
    [
        (None, "orderflow[components]"),
        ({"url": "file:///w/orderflow-1.whl", "archive_info": {}}, "orderflow[components] @ file:///w/orderflow-1.whl"),
        (
            {"url": "https://x.org/o", "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": "abc"}},
            "orderflow[components] @ git+https://x.org/o@v1",
        ),
        (
            {"url": "https://x.org/o", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "orderflow[components] @ git+https://x.org/o@abc",
        ),
    ],
)
def test_a_project_asks_for_the_package_that_began_it(
    shop: Path, monkeypatch: pytest.MonkeyPatch, installed: dict[str, Any] | None, asked: str
) -> None:
    """PyPI has another one of that name."""
    told = SimpleNamespace(read_text=lambda name: installed and json.dumps(installed))  # pyright: ignore
    monkeypatch.setattr("orderflow.scaffold.installed.distribution", lambda name: told)  # pyright: ignore
    project = tomllib.loads(planned(Wanted("restock"), shop).new["pyproject.toml"])
    assert project["project"]["dependencies"] == [asked]


def test_nothing_is_written_over(shop: Path) -> None:
    plan = planned(Wanted("restock"), shop)
    write(plan, shop)
    with pytest.raises(FileExistsError):
        write(plan, shop)
    before = {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()}
    with pytest.raises(OrderflowError, match=r"workflows/restock\.py, handlers/restock\.py, .* are there already"):
        planned(Wanted("restock"), shop)
    (shop / "handlers" / "tell.py").write_text("mine")
    said = CliRunner().invoke(app, ["new", "workflow", "tell"])
    assert said.exit_code == 1
    assert "handlers/tell.py is there already" in said.stderr
    (shop / "handlers" / "tell.py").unlink()
    assert {path: path.read_bytes() for path in shop.rglob("*") if path.is_file()} == before


def test_each_workflow_of_a_program_is_exported_with_the_others(shop: Path) -> None:
    write(planned(Wanted("restock"), shop), shop)
    lines = planned(Wanted("tell"), shop).changed["__main__.py"].splitlines()
    *made, export = [line for line in lines if line.startswith(("parts +=", "components.export"))]
    assert len(made) == 2
    assert export.endswith("*parts)")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("RestockShelves", "'restock-shelves' would do"),
        ("2nd", "a letter first"),
        ("größe", "small letters"),
        ("", "small letters"),
        ("../x", "'x' would do"),
        ("import", "a word of Python's own"),
        ("list", "a word of Python's own"),
        ("logs", "something else called 'logs'"),
        ("asl", "what the new files import under that name: 'asl-items' would do"),
        ("retry-lambda", "what the new files import"),
        ("test-drive", "pytest takes every function .*: 'try-test-drive' would do"),
        (LONGEST + "x", "too long by 1"),
    ],
)
def test_a_name_that_would_not_do_is_refused_with_one_that_would(shop: Path, name: str, told: str) -> None:
    with pytest.raises(OrderflowError, match=told):
        planned(Wanted(name), shop)


def test_a_file_where_a_folder_is_wanted_is_told_in_one_line(shop: Path) -> None:
    (shop / "workflows").write_text("")
    ended = CliRunner().invoke(app, ["new", "workflow", "restock"])
    assert (ended.exit_code, ended.output) == (1, f"orderflow: {shop / 'workflows'}: File exists\n")


OLD: dict[str, dict[str, str]] = {
    "no Pulumi.yaml": {"__main__.py": ""},
    "names no program in Python": {"Pulumi.yaml": "name: shop\nruntime: nodejs\n"},
    "run this in its folder": {"Pulumi.yaml": "name: shop\nruntime: python\nmain: infra\n", "infra/__main__.py": ""},
    r"Pulumi.yaml is no YAML: .*line 1": {"Pulumi.yaml": "name: [", "__main__.py": ""},
    "Pulumi.yaml has no `name`": {"Pulumi.yaml": "runtime: python\n", "__main__.py": ""},
    "Pulumi.yaml holds no settings": {"Pulumi.yaml": "shop", "__main__.py": ""},
    r"__main__.py:2: .*; mend it first": {"Pulumi.yaml": "name: shop\nruntime: python\n", "__main__.py": "\nif:\n"},
}


@pytest.mark.parametrize(("told", "files"), OLD.items(), ids=OLD)
def test_a_folder_that_it_cannot_go_into_is_refused(shop: Path, told: str, files: dict[str, Any]) -> None:
    for path, text in files.items():
        (shop / path).parent.mkdir(exist_ok=True)
        (shop / path).write_text(text)
    with pytest.raises(OrderflowError, match=told):
        planned(Wanted("restock"), shop)
    assert not (shop / "workflows").exists()


@pytest.mark.parametrize(
    ("imports", "then"),
    [
        (["workflows.a", "workflows.z"], ["workflows.a", "workflows.m", "workflows.z"]),
        (["workflows.z"], ["workflows.m", "workflows.z"]),
        (["pulumi", "workflows.a"], ["pulumi", "workflows.a", "workflows.m"]),
    ],
)
def test_an_import_goes_to_where_it_is_sorted_in(imports: list[str], then: list[str]) -> None:
    source = "".join(f"from {module} import x\n" for module in imports) + "\nx()\n"
    program = registered(source, parsed(source, "__main__.py"), Registration((("workflows.m", "x"),), ""))
    assert [line.split()[1] for line in program.splitlines() if line.startswith("from")] == then
