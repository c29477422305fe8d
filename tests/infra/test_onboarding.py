"""Onboarding, which no shipped stack has unless its settings say so: what it would deploy, and who may do that."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any

import pytest

from components.container_image import Build, ImageRefusedError
from components.orders.sources import HANDLERS, ROOT
from emulator.cloud import ACCOUNT, REGION
from orderflow.testing.stack import Stack
from tests.authorization.judge import problems as wrong_statements
from tests.iam import Policy, without_each_line
from tests.infra.cloudformation import problems
from tests.infra.conftest import policies
from tests.infra.test_runbook_policies import DEPLOY, denied, looks, needs, outside
from tests.infra.test_statements import documents
from tests.pages import blocks
from tests.runbook import printed

OWN = ("check-application", "close-account", "create-account", "decide-review", "document-scan", "onboarding")


def beside(number: int) -> list[dict[str, Any]]:
    """The statements that docs/on-aws.md prints: of the deploy role, and of the boundary."""
    block = list(blocks("docs/on-aws.md", "json"))[number]
    names = {"AWS_REGION": REGION, "ACCOUNT": ACCOUNT, "PROJECT": "orderflow", "S": "dev"}
    return json.loads(Template(block.text).substitute(names))["Statement"]


def test_every_resource_is_as_awss_schemas_want_it(onboarding: Stack) -> None:
    assert problems(onboarding.resources()) == []


def test_every_statement_is_one_that_aws_knows_and_a_wildcard_has_its_reason(onboarding: Stack) -> None:
    judged = [(resource.name, found) for resource in onboarding.resources() for found in documents(resource)]
    assert [f"{of}: {problem}" for of, found in judged for problem in wrong_statements(found)] == []
    for name, role in policies(onboarding).items():
        for statement in role["policy"]["Statement"]:
            assert "*" not in statement["Resource"] or statement["Sid"].endswith("HasNoResourceLevel"), (
                name,
                statement,
            )


def test_its_definition_and_its_roles_are_the_golden_ones(onboarding: Stack, golden: Any) -> None:
    golden("definition.onboarding", onboarding.machine("onboarding").definition)
    own = {name: role for name, role in policies(onboarding).items() if any(one in name for one in OWN)}
    golden("policies.onboarding", own)


def test_with_what_is_printed_for_it_it_may_be_deployed_and_each_line_of_that_is_needed(onboarding: Stack) -> None:
    needed = [*needs(onboarding), *looks(onboarding)]
    own = printed("dev", account=ACCOUNT).inline[DEPLOY]["Statement"]
    assert list(denied({"Statement": [*own, *beside(0)]}, needed)) == []
    shorter = without_each_line({"Statement": beside(0)})
    assert [line for line, left in shorter if not any(denied({"Statement": [*own, *left["Statement"]]}, needed))] == []


def test_with_what_is_printed_for_it_its_roles_are_within_the_boundary_by_each_line_of_that(onboarding: Stack) -> None:
    own = printed("dev", account=ACCOUNT).managed["boundary-orderflow-dev"]["Statement"]
    assert outside(onboarding, Policy({"Statement": [*own, *beside(1)]})) == []
    shorter = without_each_line({"Statement": beside(1)})
    kept = [
        line for line, left in shorter if not outside(onboarding, Policy({"Statement": [*own, *left["Statement"]]}))
    ]
    assert kept == []


def test_nothing_personal_and_no_key_is_in_the_state(onboarding: Stack) -> None:
    """Applicants come with the executions; the key of the API is put in by a person."""
    connection = onboarding.one("aws:cloudwatch/eventConnection:EventConnection", "identity")
    assert connection.inputs["authParameters"]["apiKey"]["value"] == "not-put-in"
    machine = onboarding.one("aws:sfn/stateMachine:StateMachine", "onboarding")
    assert machine.inputs["loggingConfiguration"]["includeExecutionData"] is False, "though the stack's others log it"
    assert onboarding.one("aws:sfn/stateMachine:StateMachine", "order-fulfillment").inputs["loggingConfiguration"][
        "includeExecutionData"
    ]


def test_an_order_that_takes_long_is_not_stopped_by_whoever_waits_for_it(onboarding: Stack) -> None:
    longest = onboarding.machine("order-fulfillment").definition["TimeoutSeconds"]
    definition = onboarding.machine("onboarding").definition
    assert definition["States"]["FirstOrder"]["TimeoutSeconds"] > longest
    assert definition["TimeoutSeconds"] > definition["States"]["FirstOrder"]["TimeoutSeconds"]


DOCKERFILE = HANDLERS / "containers" / "document_scan.Dockerfile"


def test_the_image_holds_all_that_its_code_imports_of_the_project() -> None:
    held = {place.removeprefix("/app/") for place in Build(DOCKERFILE, ROOT).files() if place.startswith("/app/")}
    todo, found = {"handlers/containers/document_scan.py"}, set[str]()
    while todo:
        found.add(file := todo.pop())
        imports = [line.split() for line in (ROOT / file).read_text().splitlines() if line.startswith("from handlers.")]
        names = {name for _, module, _, *of in imports for name in (module, f"{module}.{of[0]}")}
        todo |= {path for name in names if (ROOT / (path := f"{name.replace('.', '/')}.py")).is_file()} - found
    assert found | {"handlers/__init__.py", "handlers/containers/__init__.py", "handlers/shared/__init__.py"} == held


def test_an_image_has_another_tag_when_what_goes_into_it_is_another(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "scan.py").write_text("1")
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"FROM python@sha256:{'0' * 64}\nCOPY code/ /app/\n")
    build = Build(dockerfile, tmp_path)
    first = build.tag()
    (tmp_path / "unrelated.py").write_text("2")
    assert build.tag() == first
    (tmp_path / "code" / "scan.py").write_text("2")
    assert build.tag() != first


def test_an_image_that_may_be_another_tomorrow_or_lacks_a_file_is_refused(tmp_path: Path) -> None:
    dockerfile = tmp_path / "scan.Dockerfile"
    dockerfile.write_text("FROM python:3.13\n")
    with pytest.raises(ImageRefusedError, match=r"scan.Dockerfile: FROM names no digest.*name@sha256:"):
        Build(dockerfile, tmp_path).tag()
    dockerfile.write_text(f"FROM python@sha256:{'0' * 64}\nCOPY gone.py /app/\n")
    with pytest.raises(ImageRefusedError, match=r"it copies gone.py, which is not in"):
        Build(dockerfile, tmp_path).tag()
